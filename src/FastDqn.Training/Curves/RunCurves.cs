using FastDqn.Core;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Curves;

/// <summary>The metrics of one run by name: (agent steps, value) in the order written.</summary>
public sealed class RunCurves
{
    private static readonly IReadOnlyList<(double Step, double Value)> None = [];
    private readonly Dictionary<string, List<(double Step, double Value)>> _metrics = new(StringComparer.Ordinal);

    private RunCurves(string folder, TrainConfig config) => (Folder, Config) = (folder, config);

    public string Folder { get; }

    public TrainConfig Config { get; }

    /// <summary>The names of metrics with a value.</summary>
    public IReadOnlyCollection<string> Names => _metrics.Keys;

    /// <summary>The names of metrics that have had no value so far.</summary>
    public HashSet<string> Unknown { get; } = new(StringComparer.Ordinal);

    /// <summary>A metric's values; none where it has had none.</summary>
    public IReadOnlyList<(double Step, double Value)> this[string metric] => _metrics.TryGetValue(metric, out var points) ? points : None;

    public bool Has(string metric) => _metrics.ContainsKey(metric);

    /// <summary>A metric's last value, or NaN.</summary>
    public double Last(string metric) => this[metric] is { Count: > 0 } points ? points[^1].Value : double.NaN;

    /// <summary>
    /// The full name of a metric: NAME alone stands for eval/NAME, else episode/NAME or random/NAME, where there is no
    /// other NAME.
    /// </summary>
    public string FullName(string metric) =>
        new[] { "", "eval/", "episode/", "random/" }.Select(kind => kind + metric)
            .FirstOrDefault(name => Has(name) || Unknown.Contains(name)) ?? metric;

    /// <param name="folder">The run's folder.</param>
    /// <param name="warn">Told of options that were removed since.</param>
    /// <param name="required">A run without a metrics file is refused; else it has no curves.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: no run, or a damaged metrics file (with its
    /// line).</exception>
    public static RunCurves Read(string folder, Action<string> warn, bool required = true)
    {
        var curves = new RunCurves(folder, RunDirectory.ReadConfig(folder, warn));
        var path = RunDirectory.MetricsOf(folder);
        if (!File.Exists(path))
            return required
                ? throw new FastDqnException(ErrorKind.BadData, $"{path}: no such file: the run has not written any metrics yet")
                : curves;
        foreach (var row in MetricsFile.Read(path))
        {
            foreach (var (name, value) in row.Values)
                curves.Add(name, row.Step, value);
        }

        return curves;
    }

    private void Add(string name, double step, double value)
    {
        if (double.IsNaN(value))
        {
            if (!Has(name))
                Unknown.Add(name);
            return;
        }

        Unknown.Remove(name);
        if (!_metrics.TryGetValue(name, out var points))
            _metrics.Add(name, points = []);
        points.Add((step, value));
    }
}
