using System.Text;
using System.Text.Json;
using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Sweeps.Engines;

/// <summary>
/// Follows a run's <c>metrics.jsonl</c> from where it last stopped reading and keeps the study's metric. Rows are JSON
/// objects with <c>step</c> and <c>metrics</c> (or the metric beside <c>step</c>, for programs of your own). A metric of
/// a row whose <c>kind</c> is not <c>train</c> is called <c>KIND/NAME</c>: <c>eval/mean_return</c>; an evaluation's also <c>NAME</c>,
/// where no row has a metric of just that name. A row that is still
/// being written is left for the next time. A file that has become shorter (a run resumed from an earlier
/// checkpoint) is read again.
/// </summary>
public sealed class MetricsTail(string path, MetricSpec metric)
{
    private readonly Queue<double> _window = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private long _offset;
    private bool _exact;
    private double _sum;
    private int _count;
    private double? _best;
    private double? _last;

    /// <summary>The value of the run so far, or null when the metric has not been seen.</summary>
    public double? Summary => _count == 0 ? null : metric.Summary switch
    {
        MetricSummary.Best => _best,
        MetricSummary.Mean => _sum / _count,
        _ => _last,
    };

    /// <summary>The names of every metric seen, for error messages.</summary>
    public IReadOnlyCollection<string> Names => _names;

    /// <summary>The rows that are new since the last call, as step and (window-averaged) value.</summary>
    public IReadOnlyList<(long Step, double Value)> Read()
    {
        var rows = new List<(long, double)>();
        byte[] bytes;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length < _offset)
                Restart();
            file.Position = _offset;
            bytes = new byte[file.Length - _offset];
            bytes = bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return rows;
        }

        var end = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        _offset += end;
        foreach (var line in Encoding.UTF8.GetString(bytes, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (ReadRow(line) is { } row)
                rows.Add(row);
        return rows;
    }

    private (long Step, double Value)? ReadRow(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("step", out var step) || !step.TryGetInt64(out var at))
                return null;
            var values = root.TryGetProperty("metrics", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : root;
            var prefix = root.TryGetProperty("kind", out var kind) && kind.GetString() is { } word and not "train" ? word + "/" : "";
            double? found = null;
            foreach (var property in values.EnumerateObject())
            {
                if (property.Name is "step" or "kind" or "frames" or "wall")
                    continue;
                _names.Add(prefix + property.Name);
                if (prefix + property.Name == metric.Name && !_exact)
                {
                    // What counted by its short name until now was another metric.
                    Reset();
                    _exact = true;
                }

                if (_exact ? prefix + property.Name == metric.Name : prefix == "eval/" && property.Name == metric.Name)
                    found = property.Value.ValueKind == JsonValueKind.Number ? property.Value.GetDouble() : double.NaN;
            }

            return found is { } value ? (at, Add(value)) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A torn line of a run that was killed; the run's own resume truncates it.
            return null;
        }
    }

    private double Add(double value)
    {
        _window.Enqueue(value);
        if (_window.Count > metric.Window)
            _window.Dequeue();
        var mean = _window.Average();
        _count++;
        _sum += mean;
        _last = mean;
        if (_best is not { } best || metric.Better(mean, best))
            _best = mean;
        return mean;
    }

    private void Restart()
    {
        (_offset, _exact) = (0, false);
        Reset();
    }

    private void Reset()
    {
        (_sum, _count, _best, _last) = (0, 0, null, null);
        _window.Clear();
    }
}
