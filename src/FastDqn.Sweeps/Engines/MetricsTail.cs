using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FastDqn.Core;
using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Sweeps.Engines;

/// <summary>
/// Follows a run's <c>metrics.jsonl</c> from where it last stopped reading and keeps the study's metric. Rows are JSON
/// objects with <c>step</c> and <c>metrics</c> (or the metric beside <c>step</c>, for programs of your own). A metric
/// of a row whose <c>kind</c> is not <c>train</c> is called <c>KIND/NAME</c>: <c>eval/mean_return</c>; an evaluation's
/// also <c>NAME</c>, where no row has a metric of just that name. A row that is still being written is left for the
/// next time. A file that no longer holds what was read last (a run resumed from an earlier checkpoint, another file
/// under the name) is read again.
/// <para>
/// NaN and Infinity are understood as Python writes them. A null is a value that is not known yet where the metric
/// had none before, and one that is not finite afterwards.
/// </para>
/// </summary>
public sealed partial class MetricsTail
{
    private const int MarkBytes = 256;

    private readonly string _path;
    private readonly MetricSpec _metric;
    private readonly bool _continues;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<(long Step, double Value)> _rows = [];
    private byte[] _mark = []; // what lies before the offset
    private long _offset;
    private long _earlier;     // where the present attempt's rows begin, until the first of them is read
    private bool _exact;

    /// <param name="path">The run's metrics.</param>
    /// <param name="metric">The study's.</param>
    /// <param name="earlier">Bytes that failed attempts wrote: they count until the present one writes a row.</param>
    /// <param name="continues">
    /// The present attempt goes on where the one before it was: of that one the rows of earlier steps count.
    /// </param>
    public MetricsTail(string path, MetricSpec metric, long earlier = 0, bool continues = false) =>
        (_path, _metric, _earlier, _continues) = (path, metric, earlier, continues);

    /// <summary>
    /// The value of the run so far: NaN where it is not finite, null when the metric has not been seen.
    /// </summary>
    public double? Summary
    {
        get
        {
            if (_rows.Count == 0)
                return null;
            var values = Averaged();
            return _metric.Summary switch
            {
                MetricSummary.Mean => values.Average(),
                // A run that ends without a finite value has failed, whatever it reached before.
                MetricSummary.Best when double.IsFinite(values[^1]) => values.Where(double.IsFinite).MinBy(_metric.ToLoss),
                _ => double.IsFinite(values[^1]) ? values[^1] : double.NaN,
            };
        }
    }

    /// <summary>The names of every metric seen, for error messages.</summary>
    public IReadOnlyCollection<string> Names => _names;

    /// <summary>The rows that are new since the last call, as step and (window-averaged) value.</summary>
    /// <param name="ended">The run has ended: a last row without its line break is whole.</param>
    public IReadOnlyList<(long Step, double Value)> Read(bool ended = false)
    {
        var rows = new List<(long, double)>();
        try
        {
            using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            if (!Before(file, _mark.Length).SequenceEqual(_mark))
                Restart();
            file.Position = _offset;
            using var lines = new LineReader(file, _path, lenient: true);
            var start = _offset;
            while (lines.Read() && (lines.Ended || ended))
            {
                var at = _offset;
                _offset = start + lines.Consumed;
                var line = lines.Line;
                // A row that was torn by a failed attempt's end is followed by the next attempt's first.
                if (at < _earlier && _earlier < at + line.Length)
                    (line, at) = (line[(int)(_earlier - at)..], _earlier);
                if (ReadRow(line) is { } row && Add(row.Step, row.Value, at))
                    rows.Add((row.Step, _rows.TakeLast(_metric.Window).Average(r => r.Value)));
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
            using var document = Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("step", out var step) || StepOf(step) is not { } at)
                return null;
            var values = root.TryGetProperty("metrics", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : root;
            var prefix = root.TryGetProperty("kind", out var kind) && kind.GetString() is { } word and not "train" ? word + "/" : "";
            double? found = null;
            foreach (var property in values.EnumerateObject())
            {
                if (property.Name is "step" or "kind" or "frames" or "wall")
                    continue;
                _names.Add(prefix + property.Name);
                if (prefix + property.Name == _metric.Name && !_exact)
                {
                    // What counted by its short name until now was another metric.
                    _rows.Clear();
                    _exact = true;
                }

                if (_exact ? prefix + property.Name == _metric.Name : prefix == "eval/" && property.Name == _metric.Name)
                    found = ValueOf(property.Value);
            }

            return found is { } value ? (at, value) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A torn line of a run that was killed; the run's own resume truncates it.
            return null;
        }
    }

    // JSON has no word for values that are not finite; what programs write instead becomes a string.
    private static JsonDocument Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException)
        {
            var text = Encoding.UTF8.GetString(line.Span);
            return JsonDocument.Parse(NotFinite().Replace(text, word => word.Value[0] == '"' ? word.Value : $"\"{word.Value}\""));
        }
    }

    /// <summary>Strings, which stay as they are, and bare words for what is not finite.</summary>
    [GeneratedRegex("""
        "(?:\\.|[^"\\])*"|[-+]?\b(?:NaN|nan|Infinity|inf)\b
        """, RegexOptions.CultureInvariant)]
    private static partial Regex NotFinite();

    private static long? StepOf(JsonElement step)
    {
        if (step.ValueKind != JsonValueKind.Number)
            return null;
        if (step.TryGetInt64(out var whole))
            return whole;
        // 1.0 and 1e3, as floats write it.
        var number = Math.Floor(step.GetDouble());
        return Math.Abs(number) < 9e18 ? (long)number : null;
    }

    private double? ValueOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when double.IsFinite(value.GetDouble()) => value.GetDouble(),
        JsonValueKind.Null when _rows.Count == 0 => null,
        _ => double.NaN,
    };

    /// <summary>
    /// Takes a row at that place of the file; false for one of an earlier attempt, which was reported then.
    /// </summary>
    private bool Add(long step, double value, long at)
    {
        var earlier = at < _earlier;
        if (!earlier && _earlier > 0)
        {
            _earlier = 0;
            _rows.RemoveAll(row => !_continues || row.Step >= step);
        }

        _rows.Add((step, value));
        return !earlier;
    }

    /// <summary>The values, each replaced by the mean of the newest ones.</summary>
    private List<double> Averaged()
    {
        if (_metric.Window == 1)
            return [.. _rows.Select(row => row.Value)];
        return [.. _rows.Select((_, i) => _rows.Take((i + 1 - Math.Min(_metric.Window, i + 1))..(i + 1)).Average(row => row.Value))];
    }

    private void Restart()
    {
        (_offset, _earlier, _exact, _mark) = (0, 0, false, []);
        _rows.Clear();
    }
}
