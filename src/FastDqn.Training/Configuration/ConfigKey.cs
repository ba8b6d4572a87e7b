using System.Globalization;
using System.Reflection;
using FastDqn.Core;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;

namespace FastDqn.Training.Configuration;

/// <summary>One option: its dotted name, type, unit, range, default and what it means.</summary>
public sealed class ConfigKey
{
    /// <summary>Types with a form of their own: what they are called, what can be written, how it is read.</summary>
    private static readonly Dictionary<Type, (string Name, string Forms, Func<string, object> Parse)> OwnForms = new()
    {
        [typeof(Activation)] = ("activation", Activation.Forms, text => Activation.Parse(text)),
        [typeof(Initialization)] = ("initialisation", Initialization.Forms, text => Initialization.Parse(text)),
        [typeof(Padding)] = ("padding", Padding.Forms, text => Padding.Parse(text)),
        [typeof(IReadOnlyList<ConvolutionSpec>)] = (
            "list of convolutions", ConvolutionSpec.Forms,
            // In quotes where the list is JSON, as studies store it.
            text => Entries(text).Select(element => ConvolutionSpec.Parse(element.Trim('"'))).ToArray()),
    };

    private readonly OptionAttribute _option;

    internal ConfigKey(string name, IReadOnlyList<PropertyInfo> path, OptionAttribute option, object? defaultValue)
    {
        Name = name;
        Path = path;
        _option = option;
        Default = defaultValue;
        ValueType = path[^1].PropertyType;
        Choices = ValueType.IsEnum ? [.. Enum.GetNames(ValueType).Select(OptionRecord.NameOf)] : option.Choices;
        TurnsOff = [.. option.TurnsOff.Select(text => text.Split('=', 2)).Select(pair => (pair[0], pair[1]))];
    }

    /// <summary>The dotted snake_case name, as in <c>--set schedule.batch_size=64</c>.</summary>
    public string Name { get; }

    /// <summary>The word before the point.</summary>
    public string Section => Name[..Name.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>
    /// bool, int, long, double, string, an enumeration, a range, a list of int or of steps with their epsilons, or a
    /// type with a form of its own.
    /// </summary>
    public Type ValueType { get; }

    /// <summary>
    /// "integer", "number", "integer or range", "true/false", "text", "list of integers", "list of numbers", "choice",
    /// or the name of a form.
    /// </summary>
    public string TypeName => ValueType switch
    {
        _ when OwnForms.TryGetValue(ValueType, out var form) => form.Name,
        _ when Choices.Count > 0 => "choice",
        _ when ValueType == typeof(bool) => "true/false",
        _ when ValueType == typeof(int) || ValueType == typeof(long) => "integer",
        _ when ValueType == typeof(double) => "number",
        _ when ValueType == typeof(IntRange) => "integer or range",
        _ when ValueType == typeof(IReadOnlyList<int>) => "list of integers",
        _ when ValueType == typeof(IReadOnlyList<(long, double)>) => "list of numbers",
        _ => "text",
    };

    public object? Default { get; }

    public string DefaultText => Format(Default);

    public string Unit => _option.Unit;

    public string Description => _option.Description;

    public double Min => _option.Min;

    public double Max => _option.Max;

    /// <summary>The range begins above <see cref="Min"/>, not at it.</summary>
    public bool MinExcluded => _option.MinExcluded;

    /// <summary>The range ends below <see cref="Max"/>, not at it.</summary>
    public bool MaxExcluded => _option.MaxExcluded;

    /// <summary>The words allowed, empty for anything but a choice.</summary>
    public IReadOnlyList<string> Choices { get; }

    /// <summary>
    /// The options, and what they are then, that one who sets this option turns off (<see cref="Alternatives"/>).
    /// </summary>
    public IReadOnlyList<(string Name, string Value)> TurnsOff { get; }

    /// <summary>The options that do the same in another way, and so are not set beside this one.</summary>
    public IReadOnlyList<string> InsteadOf => _option.InsteadOf;

    /// <summary>A run that goes on may have another value.</summary>
    public bool MayChange => _option.MayChange;

    /// <summary>A run that is branched off another may have another value from there on.</summary>
    public bool MidRun => _option.MidRun;

    /// <summary>At which values the course of a run depends on its whole length.</summary>
    public string FollowsLengthAt => _option.FollowsLengthAt;

    /// <summary>True for integers and numbers: what a sweep can draw from a range.</summary>
    public bool IsNumeric =>
        ValueType == typeof(int) || ValueType == typeof(long) || ValueType == typeof(double) || ValueType == typeof(IntRange);

    internal IReadOnlyList<PropertyInfo> Path { get; }

    /// <summary>Reads a value of this key's type from text.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: not of the type, out of range, not a
    /// choice.</exception>
    public object Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = text.Trim();
        if (OwnForms.TryGetValue(ValueType, out var form))
            return ParseForm(text, form.Parse);
        if (Choices.Count > 0)
            return ParseChoice(text);
        if (ValueType == typeof(string))
            return text;
        if (ValueType == typeof(bool))
        {
            return text.ToUpperInvariant() switch
            {
                "TRUE" or "YES" or "ON" or "1" => true,
                "FALSE" or "NO" or "OFF" or "0" => false,
                _ => throw Wrong(text, "is neither true nor false"),
            };
        }

        if (ValueType == typeof(IReadOnlyList<int>))
            return Elements(text).Select(e => checked((int)ParseInteger(e, int.MinValue, int.MaxValue))).ToArray();
        if (ValueType == typeof(IReadOnlyList<(long, double)>))
            return ParseSchedule(text);
        if (ValueType == typeof(int))
            return (int)ParseInteger(text, int.MinValue, int.MaxValue);
        if (ValueType == typeof(long))
            return ParseInteger(text, long.MinValue, long.MaxValue);
        if (ValueType == typeof(IntRange))
            return ParseRange(text);
        return ParseNumber(text);
    }

    /// <summary>The value as text that <see cref="Parse"/> reads back to the same value.</summary>
    public static string Format(object? value) => value switch
    {
        null => "",
        bool b => b ? "true" : "false",
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        IReadOnlyList<int> list => $"[{string.Join(", ", list.Select(e => Format(e)))}]",
        IReadOnlyList<ConvolutionSpec> list => $"[{string.Join(", ", list)}]",
        IReadOnlyList<(long, double)> points => $"[{string.Join(", ", Numbers(points).Select(e => Format(e)))}]",
        Enum e => OptionRecord.NameOf(e.ToString()),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>A schedule's points as one list: step, epsilon, step, epsilon.</summary>
    public static IEnumerable<double> Numbers(IReadOnlyList<(long Step, double Epsilon)> points) =>
        points.SelectMany(p => new[] { p.Step, p.Epsilon });

    /// <summary>"integer, 1..4096, environments": the type with its range and unit, for help texts.</summary>
    public string Domain()
    {
        var values = OwnForms.TryGetValue(ValueType, out var form) ? form.Forms
            : Choices.Count > 0 ? string.Join(" | ", Choices)
            : TypeName;
        string[] words = [values, _option.Range, Unit];
        return string.Join(", ", words.Where(word => word.Length > 0));
    }

    /// <summary>Numbers that commas, spaces or both stand between.</summary>
    private string[] Elements(string text)
    {
        try
        {
            return [.. Entries(text).SelectMany(entry => entry.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        }
        catch (FormatException e)
        {
            throw Wrong(text, e.Message);
        }
    }

    /// <summary>What stands between commas.</summary>
    /// <exception cref="FormatException">Why the text is no list.</exception>
    private static string[] Entries(string text)
    {
        var inner = (text.StartsWith('[') && text.EndsWith(']') ? text[1..^1] : text).Trim();
        if (inner.Length == 0)
            return [];
        var entries = inner.Split(',', StringSplitOptions.TrimEntries);
        return !entries.Contains("") ? entries : throw new FormatException("has nothing before, between or behind its commas");
    }

    private static string Letters(string word) =>
        word.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);

    private object ParseForm(string text, Func<string, object> parse)
    {
        try
        {
            return parse(text);
        }
        catch (FormatException e)
        {
            throw Wrong(text, e.Message);
        }
    }

    private object ParseChoice(string text)
    {
        var word = Letters(text);
        var match = Choices.FirstOrDefault(c => string.Equals(Letters(c), word, StringComparison.OrdinalIgnoreCase))
            ?? throw Wrong(text, $"is none of {string.Join(", ", Choices)}{NearestMatch.Hint(text, Choices)}");
        if (!ValueType.IsEnum)
            return match;
        return Enum.GetValues(ValueType).Cast<object>().First(v => OptionRecord.NameOf(v.ToString()!) == match);
    }

    private long ParseInteger(string text, long min, long max)
    {
        // 1e6 and 50k are how people write step counts.
        var plain = text.Replace("_", "", StringComparison.Ordinal);
        var scale = plain.Length > 1 ? plain[^1] switch { 'k' or 'K' => 1_000L, 'm' or 'M' => 1_000_000L, _ => 1L } : 1L;
        if (scale > 1)
            plain = plain[..^1];
        const decimal exact = 9_000_000_000_000_000;
        var (least, most) = (Math.Max(min, -exact), Math.Min(max, exact));
        if (!decimal.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            // Decimals end at 28 digits, what people write does not.
            var beyond = double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var rough) && double.IsFinite(rough);
            throw !beyond ? Wrong(text, "is not a whole number") : rough < 0 ? TooSmall(text, least) : TooLarge(text, most);
        }

        if (Math.Abs(number) <= exact && decimal.Truncate(number * scale) != number * scale)
            throw Wrong(text, "is not a whole number");
        if (number > most / scale)
            throw TooLarge(text, most);
        if (number < least / scale)
            throw TooSmall(text, least);
        var value = (long)(number * scale);
        CheckRange(text, value);
        return value;
    }

    private IntRange ParseRange(string text)
    {
        var (least, most) = IntRange.Ends(text);
        var range = new IntRange((int)ParseInteger(least, int.MinValue, int.MaxValue), (int)ParseInteger(most, int.MinValue, int.MaxValue));
        return range.Least <= range.Most ? range : throw Wrong(text, "ends below its start: write the smaller number first");
    }

    private double ParseNumber(string text)
    {
        if (!TryInfinity(text, out var number)
            && (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) || double.IsNaN(number)))
        {
            throw Wrong(text, "is not a number");
        }

        // Digits without end are a slip; who means infinity writes the word.
        if (double.IsInfinity(number) && !TryInfinity(text, out _))
            throw Wrong(text, "is larger than any number here");
        CheckRange(text, number);
        return number;
    }

    private void CheckRange(string text, double value)
    {
        if (!_option.Allows(value))
            throw Wrong(text, $"is out of range ({Domain()})");
    }

    // As C, Python and YAML write it; .NET's own word is "Infinity".
    private static bool TryInfinity(string text, out double number)
    {
        var word = text.TrimStart('+', '-').TrimStart('.');
        var infinite = text.Length - word.Length <= 2 && word.ToUpperInvariant() is "INF" or "INFINITY";
        number = !infinite ? 0 : text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        return infinite;
    }

    private FastDqnException TooLarge(string text, decimal most) =>
        Wrong(text, string.Create(CultureInfo.InvariantCulture, $"is too large (at most {Math.Min(most, Bound(Max, most))})"));

    private FastDqnException TooSmall(string text, decimal least) =>
        Wrong(text, string.Create(CultureInfo.InvariantCulture, $"is too small (at least {Math.Max(least, Bound(Min, least))})"));

    private static decimal Bound(double bound, decimal otherwise) => double.IsInfinity(bound) ? otherwise : (decimal)bound;

    private (long Step, double Epsilon)[] ParseSchedule(string text)
    {
        var list = Elements(text).Select(ParseNumber).ToArray();
        if (list.Length % 2 != 0)
            throw Wrong(text, "needs pairs of agent step and epsilon");
        for (var i = 0; i < list.Length; i += 2)
        {
            if (list[i] < 0 || list[i] > 9e15 || list[i] != Math.Floor(list[i]))
                throw Wrong(text, FormattableString.Invariant($"has {list[i]} where an agent step belongs"));
            if (i > 0 && list[i] <= list[i - 2])
                throw Wrong(text, FormattableString.Invariant($"has step {list[i]} after {list[i - 2]}: steps ascend"));
            if (list[i + 1] is not (>= 0 and <= 1))
                throw Wrong(text, FormattableString.Invariant($"has an epsilon of {list[i + 1]}: 0 to 1"));
        }

        return [.. list.Chunk(2).Select(pair => ((long)pair[0], pair[1]))];
    }

    private FastDqnException Wrong(string text, string why)
    {
        var shown = text.Length > 60 ? text[..60] + "..." : text;
        return new FastDqnException(ErrorKind.Usage, $"{Name}: '{shown}' {why}");
    }
}
