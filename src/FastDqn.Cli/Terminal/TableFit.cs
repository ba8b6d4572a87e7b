namespace FastDqn.Cli.Terminal;

/// <summary>Makes a table as narrow as the terminal, so that no line of it wraps.</summary>
internal static class TableFit
{
    // A space on either side of a cell and one between columns.
    private const int Padding = 3;

    /// <summary>
    /// Rows, the header first, that fit into <paramref name="width"/> characters: with option names cut to their last
    /// word where that is needed, then with the last columns left out for one that says how many they are. The first
    /// <paramref name="kept"/> columns always stay.
    /// </summary>
    public static IReadOnlyList<string[]> Fit(IReadOnlyList<string[]> rows, int width, int kept)
    {
        if (Width(rows) <= width)
            return rows;
        IReadOnlyList<string[]> shorter = [ShortNames(rows[0], kept), .. rows.Skip(1)];
        if (Width(shorter) <= width)
            return shorter;
        for (var count = shorter[0].Length - 1; count > kept; count--)
        {
            var fewer = Columns(shorter, count);
            if (Width(fewer) <= width)
                return fewer;
        }

        return Columns(shorter, kept);
    }

    /// <summary>A line cut to a width, with an ellipsis where something is left out.</summary>
    public static string Cut(string line, int width) => line.Length <= width ? line : line[..(width - 1)] + "\u2026";

    private static int Width(IReadOnlyList<string[]> rows) =>
        Enumerable.Range(0, rows[0].Length).Sum(c => rows.Max(r => r[c].Length) + Padding) + 1;

    private static IReadOnlyList<string[]> Columns(IReadOnlyList<string[]> rows, int count) =>
        [.. rows.Select((row, i) => (string[])[.. row[..count], i == 0 ? $"+{rows[0].Length - count}" : ""])];

    // learning_rate says as much as optimizer.learning_rate, unless there is another one.
    private static string[] ShortNames(string[] header, int kept)
    {
        static string Last(string name) => name[(name.LastIndexOfAny(['.', '/']) + 1)..];
        var twice = header.GroupBy(Last).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. header.Select(
                (name, i) => (i < kept && !name.Contains('/', StringComparison.Ordinal)) || twice.Contains(Last(name)) ? name : Last(name)),
        ];
    }
}
