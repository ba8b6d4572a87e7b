using System.Globalization;
using System.Text;
using FastDqn.Core;
using FastDqn.Training.Configuration;
using FastDqn.Training.Curves;
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
    /// <param name="warn">Told of damaged runs among several.</param>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/>: a metric that no run has; <see cref="ErrorKind.BadData"/>: damaged files.
    /// </exception>
    public static MetricsTable Of(IReadOnlyList<string> folders, IReadOnlyList<string> metrics, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentNullException.ThrowIfNull(metrics);
        var runs = RunFolders.Read(folders, folder => (Folder: folder, Names: NamesOf(folder)), warn);
        var known = runs.SelectMany(run => run.Names).ToHashSet(StringComparer.Ordinal);
        var sorted = known.Order(StringComparer.Ordinal).ToList();
        if (metrics.FirstOrDefault(m => !known.Contains(m)) is { } unknown)
            throw new FastDqnException(
                ErrorKind.Usage,
                $"no run has a metric '{unknown}'{NearestMatch.Hint(unknown, sorted)} (there are: {string.Join(", ", sorted)})");
        folders = [.. runs.Select(run => run.Folder)];
        return new MetricsTable(folders, metrics.Count > 0 ? [.. metrics.Distinct(StringComparer.Ordinal)] : sorted, metrics.Count == 0);
    }

    /// <summary>Writes it as CSV (RFC 4180, with a header); returns how many rows there are.</summary>
    public long WriteCsv(TextWriter output, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(output);
        Write(output, [.. RunColumns, .. Metrics]);
        var count = 0L;
        foreach (var (run, row, values) in Entries(warn))
        {
            string[] own =
            [
                run.Folder, run.Environment, run.Algorithm, run.Name, run.Seed.ToString(CultureInfo.InvariantCulture), row.Kind,
                Number(row.Step), Number(row.Frames),
            ];
            Write(output, [.. own, .. values.Select(Number)]);
            count++;
        }

        return count;
    }

    /// <inheritdoc cref="WriteCsv(TextWriter, Action{string})"/>
    public long WriteCsv(Stream output, Action<string> warn)
    {
        using var text = new StreamWriter(output, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        return WriteCsv(text, warn);
    }

    /// <summary>Writes it as Parquet, with the same columns; returns how many rows there are.</summary>
    public long WriteParquet(Stream output, Action<string> warn) =>
        ParquetTable.WriteAsync(output, Metrics, Entries(warn)).GetAwaiter().GetResult();

    /// <summary>The rows, each with a value for each of <see cref="Metrics"/>, NaN where there is none.</summary>
    private IEnumerable<(RunLabels Run, MetricsRow Row, double[] Values)> Entries(Action<string> warn)
    {
        var columns = Metrics.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        foreach (var folder in _folders)
        {
            var config = RunDirectory.ReadConfig(folder, warn);
            var run = new RunLabels(folder, ConfigGroups.Game(config), config.Algorithm.Name, config.Run.Name, config.Run.Seed);
            foreach (var row in Rows(folder))
            {
                if (!_all && !row.Values.Any(v => columns.ContainsKey(v.Name)))
                    continue;
                var values = new double[Metrics.Count];
                Array.Fill(values, double.NaN);
                foreach (var (name, value) in row.Values)
                {
                    if (columns.TryGetValue(name, out var column))
                        values[column] = value;
                }

                yield return (run, row, values);
            }
        }
    }

    /// <summary>The metrics of a run that can be read from end to end.</summary>
    private static HashSet<string> NamesOf(string folder)
    {
        _ = RunDirectory.ReadConfig(folder, _ => { });
        return Rows(folder).SelectMany(row => row.Values.Select(v => v.Name)).ToHashSet(StringComparer.Ordinal);
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

/// <summary>What the table says of a run in each of its rows.</summary>
internal sealed record RunLabels(string Folder, string Environment, string Algorithm, string Name, long Seed);
