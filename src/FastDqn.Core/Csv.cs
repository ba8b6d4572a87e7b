namespace FastDqn.Core;

/// <summary>Cells of comma-separated values (RFC 4180).</summary>
public static class Csv
{
    /// <summary>A cell's text, in quotes where it needs them.</summary>
    public static string Cell(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"" : text;
}
