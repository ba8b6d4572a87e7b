using System.Text.Json;

namespace FastDqn.Training.Tracking;

/// <summary>How much of a run's rows was taken: all of the steps before one, and some rows of that one.</summary>
/// <param name="Step">Agent steps of the last row taken; -1: none was.</param>
/// <param name="Rows">Rows of that step taken.</param>
internal readonly record struct FeedCursor(long Step, int Rows)
{
    public static FeedCursor Start => new(-1, 0);
}

/// <summary>
/// Follows a run's <c>metrics.jsonl</c> beside the one who writes it. The file is cut back where a run goes on from a
/// checkpoint, and the same rows are written again: they are told by their steps and passed over.
/// </summary>
internal sealed class MetricsFeed(string path, FeedCursor taken)
{
    private const int Piece = 1 << 18;
    private readonly byte[] _buffer = new byte[2 * Piece];
    private long _position;
    private FeedCursor _seen = FeedCursor.Start;

    /// <summary>What was taken so far.</summary>
    public FeedCursor Taken { get; private set; } = taken;

    /// <summary>The points of the next rows, as many as one request holds; empty: there are no more for now.</summary>
    /// <param name="most">Points at most, but for a row that has more.</param>
    public IReadOnlyList<MlflowMetric> Next(int most)
    {
        var points = new List<MlflowMetric>();
        if (!File.Exists(path))
            return points;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        var again = _position == 0;
        if (file.Length < _position)
            Again();
        while (true)
        {
            file.Position = _position;
            var bytes = _buffer.AsSpan(0, file.ReadAtLeast(_buffer, _buffer.Length, throwOnEndOfStream: false));
            var end = bytes.LastIndexOf((byte)'\n');
            if (end < 0)
                return points;
            bytes = bytes[..(end + 1)];
            while (bytes.Length > 0)
            {
                var length = bytes.IndexOf((byte)'\n') + 1;
                var row = Row(bytes[..length]);
                if (row is null && !again)
                {
                    // The file was cut and has grown beyond where this had been.
                    again = true;
                    Again();
                    break;
                }

                if (points.Count > 0 && points.Count + row?.Points.Count > most)
                    return points;
                if (row is not null)
                    Take(row.Value.Step, row.Value.Points, points);
                _position += length;
                bytes = bytes[length..];
            }
        }
    }

    private void Again() => (_position, _seen) = (0, FeedCursor.Start);

    private void Take(long step, List<MlflowMetric> row, List<MlflowMetric> points)
    {
        _seen = step == _seen.Step ? _seen with { Rows = _seen.Rows + 1 } : new FeedCursor(step, 1);
        if (step < Taken.Step || (step == Taken.Step && _seen.Rows <= Taken.Rows))
            return;
        Taken = _seen;
        points.AddRange(row);
    }

    /// <summary>A row's step and points; null: it is none.</summary>
    private static (long Step, List<MlflowMetric> Points)? Row(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            using var document = JsonDocument.ParseValue(ref reader);
            var row = document.RootElement;
            var (kind, step) = (row.GetProperty("kind").GetString() ?? "", row.GetProperty("step").GetInt64());
            var points = new List<MlflowMetric>();
            foreach (var part in new[] { "metrics", "wall" })
            {
                if (!row.TryGetProperty(part, out var values))
                    continue;
                // What numbers a row is none of its figures.
                points.AddRange(values.EnumerateObject()
                    .Where(v => v.Value.ValueKind == JsonValueKind.Number)
                    .Where(v => kind is not ("episode" or "update") || v.Name is "return" or "length" or "loss")
                    .Select(v => new MlflowMetric(kind == "train" ? v.Name : $"{kind}/{v.Name}", v.Value.GetDouble(), step)));
            }

            return (step, points);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }
}
