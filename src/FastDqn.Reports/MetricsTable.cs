using System.Globalization;
using FastDqn.Core;
using FastDqn.Reports.Curves;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Reports;

/// <summary>
/// The metrics of runs as one table: a row for each row of their <c>metrics.jsonl</c>, the run's own columns first,
/// then one for each metric, empty where the row has no value of it.
/// </summary>
public sealed class MetricsTable
{
    private readonly IReadOnlyList<string> _folders;
    private readonly bool _all;

    private MetricsTable(IReadOnlyList<string> folders, IReadOnlyList<string> metrics, bool all) =>
        (_folders, Metrics, _all) = (folders, metrics, all);

    /// <summary>The columns before the metrics'.</summary>
    public static IReadOnlyList<string> RunColumns { get; } =
        ["run", "environment", "algorithm", "name", "seed", "kind", "step", "frames"];

    /// <summary>The metrics' columns.</summary>
    public IReadOnlyList<string> Metrics { get; }

    /// <summary>Looks through the runs for what they have.</summary>
    /// <param name="folders">Run folders.</param>
    /// <param name="metrics">Columns that are wanted, in their order; empty: all.</param>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/>: a metric that no run has; <see cref="ErrorKind.BadData"/>: damaged files.
    /// </exception>
    public static MetricsTable Of(IReadOnlyList<string> folders, IReadOnlyList<string> metrics)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentNullException.ThrowIfNull(metrics);
        var known = folders.SelectMany(Rows).SelectMany(row => row.Values.Select(v => v.Name)).ToHashSet(StringComparer.Ordinal);
        var sorted = known.Order(StringComparer.Ordinal).ToList();
        if (metrics.FirstOrDefault(m => !known.Contains(m)) is { } unknown)
            throw new FastDqnException(
                ErrorKind.Usage,
                $"no run has a metric '{unknown}'{NearestMatch.Hint(unknown, sorted)} (there are: {string.Join(", ", sorted)})");
        return new MetricsTable(folders, metrics.Count > 0 ? [.. metrics.Distinct(StringComparer.Ordinal)] : sorted, metrics.Count == 0);
    }

    /// <summary>Writes it as CSV (RFC 4180, with a header); returns how many rows there are.</summary>
    public long WriteCsv(TextWriter output, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(output);
        var columns = Metrics.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        Write(output, [.. RunColumns, .. Metrics]);
        var count = 0L;
        var cells = new string[RunColumns.Count + Metrics.Count];
        foreach (var folder in _folders)
        {
            var config = RunDirectory.ReadConfig(folder, warn);
            string[] own =
            [
                folder, ConfigGroups.Game(config), config.Algorithm.Name, config.Run.Name,
                config.Run.Seed.ToString(CultureInfo.InvariantCulture),
            ];
            foreach (var row in Rows(folder))
            {
                if (!_all && !row.Values.Any(v => columns.ContainsKey(v.Name)))
                    continue;
                Array.Fill(cells, "");
                own.CopyTo(cells, 0);
                (cells[5], cells[6], cells[7]) = (row.Kind, Number(row.Step), Number(row.Frames));
                foreach (var (name, value) in row.Values)
                {
                    if (columns.TryGetValue(name, out var column))
                        cells[RunColumns.Count + column] = Number(value);
                }

                Write(output, cells);
                count++;
            }
        }

        return count;
    }

    private static IEnumerable<MetricsRow> Rows(string folder) =>
        File.Exists(RunDirectory.MetricsOf(folder)) ? MetricsFile.Read(RunDirectory.MetricsOf(folder)) : [];

    private static void Write(TextWriter output, string[] cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0)
                output.Write(',');
            output.Write(Csv.Cell(cells[i]));
        }

        output.Write("\r\n");
    }

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "";
}
