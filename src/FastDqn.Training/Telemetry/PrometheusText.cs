using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace FastDqn.Training.Telemetry;

/// <summary>
/// What <see cref="TrainingMeter"/> has, in Prometheus' text format (version 0.0.4). Names follow OpenTelemetry's
/// rules: <c>fastdqn.stage.time</c>, a counter in s, is <c>fastdqn_stage_time_seconds_total</c>.
/// </summary>
internal sealed class PrometheusText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly List<Instrument> _instruments = [];
    private readonly Dictionary<Instrument, OrderedDictionary<string, string>> _samples = new(ReferenceEqualityComparer.Instance);

    public PrometheusText()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != TrainingMeter.Name || !instrument.IsObservable)
                return;
            lock (_lock)
                _instruments.Add(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            Add(instrument, value.ToString(CultureInfo.InvariantCulture), tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, Number(value), tags));
        _listener.Start();
    }

    /// <summary>Everything as it is now.</summary>
    public string Read()
    {
        lock (_lock)
        {
            _samples.Clear();
            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            foreach (var instrument in _instruments)
            {
                if (!_samples.TryGetValue(instrument, out var samples))
                    continue;
                var name = NameOf(instrument);
                text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {Escaped(instrument.Description ?? "", quotes: false)}\n");
                text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {(IsCounter(instrument) ? "counter" : "gauge")}\n");
                foreach (var (labels, value) in samples)
                    text.Append(name).Append(labels).Append(' ').Append(value).Append('\n');
            }

            return text.ToString();
        }
    }

    public void Dispose() => _listener.Dispose();

    private static string NameOf(Instrument instrument)
    {
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        return instrument.Name.Replace('.', '_') + unit + (IsCounter(instrument) ? "_total" : "");
    }

    private static bool IsCounter(Instrument instrument) => instrument is ObservableCounter<long> or ObservableCounter<double>;

    private static string Number(double value) => value switch
    {
        double.NaN => "NaN",
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Escaped(string text, bool quotes)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    // Called by Read, under the lock.
    private void Add(Instrument instrument, string value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new List<string>();
        foreach (var (key, label) in tags)
            labels.Add($"{key}=\"{Escaped(Convert.ToString(label, CultureInfo.InvariantCulture) ?? "", quotes: true)}\"");
        if (!_samples.TryGetValue(instrument, out var samples))
            _samples.Add(instrument, samples = []);
        // Of trainings that are named alike in every label the newest is told: a scrape may hold a name once.
        samples[labels.Count == 0 ? "" : $"{{{string.Join(',', labels)}}}"] = value;
    }
}
