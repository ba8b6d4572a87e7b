using System.Text.Json;
using FastDqn.Core;
using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Sweeps.Engines;

/// <summary>
/// Follows a run's <c>metrics.jsonl</c> from where it last stopped reading and keeps the study's metric. Rows are JSON
/// objects with <c>step</c> and <c>metrics</c> (or the metric beside <c>step</c>, for programs of your own). A metric of
/// a row whose <c>kind</c> is not <c>train</c> is called <c>KIND/NAME</c>: <c>eval/mean_return</c>; an evaluation's also <c>NAME</c>,
/// where no row has a metric of just that name. A row that is still
/// being written is left for the next time. A file that no longer holds what was read last (a run resumed from an
/// earlier checkpoint, another file under the name) is read again.
/// </summary>
public sealed class MetricsTail(string path, MetricSpec metric)
{
    private const int MarkBytes = 256;
    private readonly Queue<double> _window = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private long _offset;
    private byte[] _mark = []; // what lies before the offset
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
    /// <param name="ended">Its writer has: a last row counts without a line end.</param>
    public IReadOnlyList<(long Step, double Value)> Read(bool ended = false)
    {
        var rows = new List<(long, double)>();
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            if (!Before(file, _mark.Length).SequenceEqual(_mark))
                Restart();
            file.Position = _offset;
            using var lines = new LineReader(file, path, lenient: true);
            var start = _offset;
            while (lines.Read() && (lines.Ended || ended))
            {
                _offset = start + lines.Consumed;
                if (ReadRow(lines.Line) is { } row)
                    rows.Add(row);
            }

            if (_offset > start)
                _mark = Before(file, (int)Math.Min(_offset, MarkBytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not there yet, or just being replaced: the next time.
        }

        return rows;
    }

    private byte[] Before(FileStream file, int count)
    {
        var bytes = new byte[count];
        return bytes[..RandomAccess.Read(file.SafeFileHandle, bytes, _offset - count)];
    }

    private (long Step, double Value)? ReadRow(ReadOnlyMemory<byte> line)
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
        (_offset, _mark, _exact) = (0, [], false);
        Reset();
    }

    private void Reset()
    {
        (_sum, _count, _best, _last) = (0, 0, null, null);
        _window.Clear();
    }
}
