using System.Globalization;
using System.Text.Json.Nodes;

namespace FastDqn.Training.Reports;

/// <summary>
/// What a page shows, as the data that <c>page.js</c> draws: a head and sections of a few kinds. Texts are texts: the
/// page never takes them for markup.
/// </summary>
internal sealed class Page
{
    /// <summary>Longer texts are cut: a name of 100 KB must not fill the page.</summary>
    public const int LongestText = 2000;

    private readonly JsonArray _sections = [];
    private readonly JsonObject _document;

    /// <param name="title">Its heading.</param>
    /// <param name="subtitle">The line under it.</param>
    /// <param name="status">A word on how it stands, or "".</param>
    /// <param name="state">What colours the word: good, busy, bad, or "".</param>
    public Page(string title, string subtitle, string status = "", string state = "") => _document = new JsonObject
    {
        ["title"] = Text(title),
        ["subtitle"] = Text(subtitle),
        ["status"] = Text(status),
        ["state"] = state,
        ["sections"] = _sections,
    };

    public JsonObject ToJson() => _document;

    /// <summary>Names and values; those without a value are left out.</summary>
    public Page Facts(string title, IEnumerable<(string Name, string Value)> facts)
    {
        JsonArray rows = [.. facts.Where(f => f.Value.Length > 0).Select(f => (JsonNode)new JsonArray(f.Name, Text(f.Value)))];
        return rows.Count == 0 ? this : Add("facts", title, "", ("rows", rows));
    }

    /// <summary>
    /// A table that can be sorted and, where it is long, filtered; columns in which no row has anything are left out.
    /// </summary>
    /// <param name="title">Its heading.</param>
    /// <param name="note">A line under it.</param>
    /// <param name="columns">Their names.</param>
    /// <param name="rows">A text or a number a cell; null: nothing.</param>
    public Page Table(string title, string note, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        var all = rows.ToList();
        var used = Enumerable.Range(0, columns.Count).Where(i => all.Any(row => row[i] is not (null or "" or double.NaN))).ToList();
        var kept = all.Select(row => (IReadOnlyList<object?>)[.. used.Select(i => row[i])]);
        return Whole(title, note, [.. used.Select(i => columns[i])], kept);
    }

    /// <summary>A table whose rows can be ticked, to be compared; for live pages.</summary>
    public Page Picks(string title, string note, IReadOnlyList<string> columns, IEnumerable<(string Id, IReadOnlyList<object?> Cells)> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
            return this;
        Whole(title, note, columns, all.Select(r => r.Cells));
        _sections[^1]!["ids"] = new JsonArray([.. all.Select(r => (JsonNode)JsonValue.Create(r.Id))]);
        return this;
    }

    /// <summary>Charts; those without a point are left out.</summary>
    public Page Charts(string title, string note, IEnumerable<Chart> charts)
    {
        JsonArray drawn = [.. charts.Where(c => c.Curves.Any(s => s.X.Count > 0)).Select(c => (JsonNode)c.ToJson())];
        return drawn.Count == 0 ? this : Add("charts", title, note, ("charts", drawn));
    }

    /// <summary>Shares as bars.</summary>
    public Page Bars(string title, string note, IEnumerable<(string Name, double Share, string Text)> bars)
    {
        JsonArray rows = [.. bars.Select(b => (JsonNode)new JsonArray(Text(b.Name), Number(b.Share), Text(b.Text)))];
        return rows.Count == 0 ? this : Add("bars", title, note, ("rows", rows));
    }

    /// <summary>Films, by a name and what an image's <c>src</c> takes.</summary>
    public Page Films(string title, string note, IEnumerable<(string Name, string Source)> films)
    {
        JsonArray rows = [.. films.Select(f => (JsonNode)new JsonArray(Text(f.Name), JsonValue.Create(f.Source)))];
        return rows.Count == 0 ? this : Add("films", title, note, ("rows", rows));
    }

    /// <summary>A line through parallel axes for each of <paramref name="lines"/>, the last one the best.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="note">A line under it.</param>
    /// <param name="axes">Name, and where on it (0 to 1) which label stands.</param>
    /// <param name="lines">A name, and where it crosses each axis; null: it does not.</param>
    public Page Parallel(
        string title, string note, IEnumerable<(string Name, IEnumerable<(double Share, string Label)> Ticks)> axes,
        IEnumerable<(string Name, IEnumerable<double?> Shares)> lines)
    {
        JsonArray rows = [.. lines.Select(l => (JsonNode)new JsonArray(Text(l.Name), new JsonArray([.. l.Shares.Select(s => Cell(s))])))];
        JsonArray ticked =
        [
            .. axes.Select(a => (JsonNode)new JsonArray(
                Text(a.Name), new JsonArray([.. a.Ticks.Select(t => (JsonNode)new JsonArray(Number(t.Share), Text(t.Label)))]))),
        ];
        return rows.Count == 0 ? this : Add("parallel", title, note, ("axes", ticked), ("rows", rows));
    }

    /// <summary>Commands to copy.</summary>
    public Page Commands(string title, string note, params IEnumerable<string> commands)
    {
        JsonArray rows = [.. commands.Select(c => (JsonNode)JsonValue.Create(c))];
        return rows.Count == 0 ? this : Add("commands", title, note, ("rows", rows));
    }

    public static JsonNode? Cell(object? value) => value switch
    {
        null => null,
        double number => Number(number),
        Link link => new JsonObject { ["text"] = Text(link.Text), ["href"] = link.Address },
        int or long => JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        _ => Text(value.ToString() ?? ""),
    };

    /// <summary>A number with six significant digits, whole ones as they are; null where it is not finite.</summary>
    public static JsonNode? Number(double value)
    {
        if (!double.IsFinite(value))
            return null;
        return value == Math.Round(value) && Math.Abs(value) < 1e15
            ? JsonValue.Create((long)value)
            : JsonValue.Create(double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }

    /// <summary>A number for people in a sentence.</summary>
    public static string Short(double value) =>
        !double.IsFinite(value) ? "" : Math.Abs(value) >= 1000 ? value.ToString("N0", CultureInfo.InvariantCulture)
        : value.ToString("0.###", CultureInfo.InvariantCulture);

    public static string Cut(string text) => text.Length <= LongestText ? text
        : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[LongestText - 1]) ? LongestText - 1 : LongestText), "…");

    private Page Whole(string title, string note, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        JsonArray cells = [.. rows.Select(row => (JsonNode)new JsonArray([.. row.Select(Cell)]))];
        return cells.Count == 0 ? this
            : Add("table", title, note, ("columns", new JsonArray([.. columns.Select(c => (JsonNode)Text(c))])), ("rows", cells));
    }

    private static JsonValue Text(string text) => JsonValue.Create(Cut(text));

    private Page Add(string kind, string title, string note, params ReadOnlySpan<(string Key, JsonNode Value)> parts)
    {
        var section = new JsonObject { ["kind"] = kind, ["title"] = Text(title), ["note"] = Text(note) };
        foreach (var (key, value) in parts)
            section[key] = value;
        _sections.Add(section);
        return this;
    }
}

/// <summary>A cell that leads to another page of the same server.</summary>
internal sealed record Link(string Text, string Address);

/// <summary>How a curve is drawn.</summary>
internal enum CurveStyle
{
    Line,
    Dots,

    /// <summary>A value holds until the next one.</summary>
    Steps,
}

/// <summary>A curve of a chart; <paramref name="Low"/> and <paramref name="High"/> make a band around it.</summary>
internal sealed record Curve(
    string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<double>? Low = null, IReadOnlyList<double>? High = null,
    CurveStyle Style = CurveStyle.Line)
{
    public static Curve Of(string name, IReadOnlyList<(double Step, double Value)> points, CurveStyle style = CurveStyle.Line) =>
        new(name, [.. points.Select(p => p.Step)], [.. points.Select(p => p.Value)], Style: style);

    public JsonObject ToJson()
    {
        var style = Style.ToString().ToLowerInvariant();
        var json = new JsonObject { ["name"] = Page.Cut(Name), ["x"] = List(X), ["y"] = List(Y), ["style"] = style };
        if (Low is not null && High is not null)
            (json["low"], json["high"]) = (List(Low), List(High));
        return json;
    }

    private static JsonArray List(IReadOnlyList<double> values) => [.. values.Select(Page.Number)];
}

/// <summary>Curves over a common axis.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="X">What the axis below counts.</param>
/// <param name="Y">What the values are, with their unit.</param>
/// <param name="Curves">
/// What is drawn. A curve's place gives it its colour, so charts of the same things have them in the same places, also
/// those without a point.
/// </param>
internal sealed record Chart(string Title, string X, string Y, IReadOnlyList<Curve> Curves)
{
    /// <summary>Values that are marked by a line across, with their names.</summary>
    public IReadOnlyList<(string Name, double Value)> Marks { get; init; } = [];

    /// <summary>The axis below is logarithmic.</summary>
    public bool LogX { get; init; }

    /// <summary>What the axis below spans at least; null: the points.</summary>
    public (double From, double To)? Span { get; init; }

    /// <summary>The values are shares, counts or the like: their axis has zero.</summary>
    public bool FromZero { get; init; }

    /// <summary>What the whole numbers of the axis below, from 0, stand for.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    public JsonObject ToJson() => new()
    {
        ["title"] = Page.Cut(Title),
        ["x"] = Page.Cut(X),
        ["y"] = Page.Cut(Y),
        ["logX"] = LogX,
        ["span"] = Span is var (from, to) ? new JsonArray(Page.Number(from), Page.Number(to)) : null,
        ["fromZero"] = FromZero,
        ["words"] = new JsonArray([.. Words.Select(w => (JsonNode)Page.Cut(w))]),
        ["marks"] = new JsonArray(
            [.. Marks.Where(m => double.IsFinite(m.Value)).Select(m => (JsonNode)new JsonArray(Page.Cut(m.Name), Page.Number(m.Value)))]),
        ["curves"] = new JsonArray([.. Curves.Select(c => (JsonNode)c.ToJson())]),
    };
}
