using System.Text.Json;
using System.Text.Json.Nodes;

namespace FastDqn.Cli.Terminal;

/// <summary>Writes results to stdout, warnings to stderr.</summary>
internal static class Output
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>One JSON document.</summary>
    public static void Json(JsonNode document) => Console.Out.WriteLine(document.ToJsonString(Indented));

    /// <summary>One line on stderr, as trainings show warnings.</summary>
    public static void Warn(string text) => Console.Error.WriteLine($"warning: {Plain(text)}");

    /// <summary>
    /// A text on one line of its own, without what a terminal would obey: names, and what stands in the files of a run,
    /// may be anybody's.
    /// </summary>
    public static string Plain(string text) =>
        string.Concat(text.ReplaceLineEndings(" ").Select(c => c == '\t' ? ' ' : char.IsControl(c) ? '?' : c));

    /// <summary>Rows as aligned columns, the first one being the header.</summary>
    public static void Table(IReadOnlyList<string[]> rows)
    {
        rows = [.. rows.Select(row => row.Select(Plain).ToArray())];
        var widths = new int[rows.Max(r => r.Length)];
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
                widths[i] = Math.Max(widths[i], row[i].Length);
        }

        foreach (var row in rows)
            Console.Out.WriteLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }

    /// <summary>A number for people: at most three digits behind the point.</summary>
    public static string Number(double value) =>
        double.IsFinite(value) ? value.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture) : "-";

    /// <summary>A number for JSON: null where it is not finite.</summary>
    public static JsonNode? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
