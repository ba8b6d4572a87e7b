using System.Text.Json;
using FastDqn.Core;
using FastDqn.Media;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Charts;

/// <summary>The metrics of one run by name: (agent steps, value) in the order written.</summary>
internal sealed class RunCurves
{
    private RunCurves(string folder, TrainConfig config) => (Folder, Config) = (folder, config);

    public string Folder { get; }

    public TrainConfig Config { get; }

    public Dictionary<string, List<(double Step, double Value)>> Metrics { get; } = new(StringComparer.Ordinal);

    /// <summary>The names of metrics that have had no value so far.</summary>
    public HashSet<string> Unknown { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// The full name of a metric: NAME alone stands for eval/NAME, else episode/NAME or random/NAME, where there is no
    /// other NAME.
    /// </summary>
    public string FullName(string metric) =>
        new[] { "", "eval/", "episode/", "random/" }.Select(kind => kind + metric)
            .FirstOrDefault(name => Metrics.ContainsKey(name) || Unknown.Contains(name)) ?? metric;

    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: no run, or a damaged metrics file (with its
    /// line).</exception>
    public static RunCurves Read(string folder, Action<string> warn)
    {
        var config = RunDirectory.ReadConfig(folder, warn);
        var path = RunDirectory.MetricsOf(folder);
        if (!File.Exists(path))
            throw new FastDqnException(ErrorKind.BadData, $"{path}: no such file: the run has not written any metrics yet");
        var curves = new RunCurves(folder, config);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        using var lines = new LineReader(file, path);
        while (lines.Read())
        {
            try
            {
                curves.Add(lines.Line);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                // A run that is being written may end in half a row.
                if (lines.Ended)
                    throw new FastDqnException(ErrorKind.BadData, $"{path}:{lines.Number}: not a row of metrics", e);
            }
        }

        return curves;
    }

    private void Add(ReadOnlyMemory<byte> line)
    {
        using var row = JsonDocument.Parse(line);
        var step = row.RootElement.GetProperty("step").GetDouble();
        // As in studies: eval/mean_return.
        var prefix = row.RootElement.TryGetProperty("kind", out var kind) && kind.GetString() is { } word and not "train" ? word + "/" : "";
        foreach (var metric in row.RootElement.GetProperty("metrics").EnumerateObject())
        {
            if (metric.Value.ValueKind != JsonValueKind.Number)
            {
                if (!Metrics.ContainsKey(prefix + metric.Name))
                    Unknown.Add(prefix + metric.Name);
                continue;
            }

            Unknown.Remove(prefix + metric.Name);
            if (!Metrics.TryGetValue(prefix + metric.Name, out var points))
                Metrics.Add(prefix + metric.Name, points = []);
            points.Add((step, metric.Value.GetDouble()));
        }
    }
}

/// <summary>
/// Several runs' curves as one: their mean, and a band from the lowest to the highest, at every step that any of them
/// wrote. A run has a say from its first step to its last.
/// </summary>
internal static class SeedBand
{
    /// <param name="name">Legend.</param>
    /// <param name="runs">A curve a run; steps ascend.</param>
    /// <param name="smooth">Points of a running mean over each run; 1: none.</param>
    public static Series Of(string name, IReadOnlyList<IReadOnlyList<(double Step, double Value)>> runs, int smooth)
    {
        var curves = runs.Select(run => Smooth(run, smooth)).ToList();
        if (curves.Count == 1)
            return new Series(name, [.. curves[0].Select(p => p.Step)], [.. curves[0].Select(p => p.Value)]);
        curves = [.. curves.Select(curve => curve.GroupBy(p => p.Step, (step, points) => (step, points.Average(p => p.Value))).ToList())];
        var steps = curves.SelectMany(c => c.Select(p => p.Step)).Distinct().Order().ToList();
        var values = steps.Select(s => curves.Where(c => s >= c[0].Step && s <= c[^1].Step).Select(c => At(c, s)).ToList()).ToList();
        return new Series(
            $"{name} ({curves.Count} seeds)",
            steps,
            [.. values.Select(v => v.Average())],
            [.. values.Select(v => v.Min())],
            [.. values.Select(v => v.Max())]);
    }

    private static List<(double Step, double Value)> Smooth(IReadOnlyList<(double Step, double Value)> run, int width)
    {
        var smooth = new List<(double, double)>(run.Count);
        var sum = 0.0;
        for (var i = 0; i < run.Count; i++)
        {
            sum += run[i].Value;
            if (i >= width)
                sum -= run[i - width].Value;
            smooth.Add((run[i].Step, sum / Math.Min(i + 1, width)));
        }

        return smooth;
    }

    private static double At(List<(double Step, double Value)> curve, double step)
    {
        var after = curve.FindIndex(p => p.Step >= step);
        if (after <= 0 || curve[after].Step == step)
            return curve[Math.Max(after, 0)].Value;
        var (a, b) = (curve[after - 1], curve[after]);
        return a.Value + ((step - a.Step) / (b.Step - a.Step) * (b.Value - a.Value));
    }
}
