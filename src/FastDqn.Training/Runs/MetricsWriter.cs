using System.Buffers;
using System.Text;
using System.Text.Json;
using FastDqn.Core;

namespace FastDqn.Training.Runs;

/// <summary>
/// <c>metrics.jsonl</c>: a row is one JSON object. <c>kind</c>, <c>step</c> (agent steps), <c>frames</c> and
/// <c>metrics</c> depend on configuration and seed alone; whatever depends on the clock lies under <c>wall</c>, so that
/// two runs can be compared by leaving that key out.
/// </summary>
public sealed class MetricsWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _row = new(1024);

    /// <summary>
    /// Opens the file to continue after its first <paramref name="position"/> bytes; what lies beyond (rows after the
    /// checkpoint that a run resumes from) is dropped.
    /// </summary>
    public MetricsWriter(string path, long position = 0)
    {
        var length = File.Exists(path) ? new FileInfo(path).Length : 0;
        if (length < position)
        {
            throw new FastDqnException(
                ErrorKind.BadData,
                $"{path}: has {length} bytes, fewer than its checkpoint says ({position}): the run folder was changed; restore the file, "
                + $"or begin a run from the weights: --init {Path.GetDirectoryName(path)}");
        }

        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 1);
        _file.SetLength(position);
        _file.Position = position;
    }

    /// <summary>Bytes written so far.</summary>
    public long Position => _file.Position;

    /// <summary>Appends a row. Values that are not finite become null, as JSON has no word for them.</summary>
    public void Write(
        string kind,
        long step,
        long frames,
        IReadOnlyList<KeyValuePair<string, double>> metrics,
        IReadOnlyList<KeyValuePair<string, double>>? wall = null)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        _row.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_row))
        {
            json.WriteStartObject();
            json.WriteString("kind", kind);
            json.WriteNumber("step", step);
            json.WriteNumber("frames", frames);
            WriteValues(json, "metrics", metrics);
            if (wall is { Count: > 0 })
                WriteValues(json, "wall", wall);
            json.WriteEndObject();
        }

        _row.Write("\n"u8);
        _file.Write(_row.WrittenSpan);
    }

    /// <summary>
    /// The last rows before <paramref name="position"/> that are of one step, in order: kind, metrics and what lies
    /// under wall.
    /// </summary>
    public static IReadOnlyList<(string Kind, IReadOnlyList<KeyValuePair<string, double>> Values)> LastRows(
        string path, long position, long step)
    {
        var tail = Math.Min(position, 1 << 20);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
        file.Position = position - tail;
        using var lines = new LineReader(file, path, lenient: true);
        var rows = new List<(string, IReadOnlyList<KeyValuePair<string, double>>)>();
        var mark = Encoding.UTF8.GetBytes(FormattableString.Invariant($"\"step\":{step},"));
        while (lines.Read() && lines.Consumed <= tail)
        {
            if (lines.Line.Span.IndexOf(mark) < 0)
            {
                rows.Clear();
                continue;
            }

            try
            {
                using var row = JsonDocument.Parse(lines.Line);
                var values = Values(row.RootElement, "metrics").Concat(Values(row.RootElement, "wall"));
                rows.Add((row.RootElement.GetProperty("kind").GetString() ?? "", [.. values]));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                // The cut-off first line of the tail.
            }
        }

        return rows;
    }

    /// <summary>Episodes that a run had finished by a step, as its rows number them; 0 where there are none.</summary>
    internal static long EpisodesBy(string path, long step)
    {
        if (FileKinds.Of(path) != FileKind.File)
            return 0;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        using var lines = new LineReader(file, path, lenient: true);
        var episodes = 0L;
        while (lines.Read())
        {
            if (lines.Line.Span.IndexOf("\"episode\""u8) < 0)
                continue;
            try
            {
                using var row = JsonDocument.Parse(lines.Line);
                if (row.RootElement.GetProperty("step").GetInt64() > step)
                    break;
                episodes = row.RootElement.GetProperty("metrics").GetProperty("number").GetInt64();
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                // Half a row, or none of an episode.
            }
        }

        return episodes;
    }

    /// <summary>Makes the rows durable.</summary>
    public void Flush() => _file.Flush(flushToDisk: true);

    public void Dispose() => _file.Dispose();

    private static IEnumerable<KeyValuePair<string, double>> Values(JsonElement row, string name) =>
        row.TryGetProperty(name, out var values)
        ? values
            .EnumerateObject()
            .Where(v => v.Value.ValueKind == JsonValueKind.Number)
            .Select(v => KeyValuePair.Create(v.Name, v.Value.GetDouble()))
        : [];

    private static void WriteValues(Utf8JsonWriter json, string name, IReadOnlyList<KeyValuePair<string, double>> values)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in values)
        {
            if (double.IsFinite(value))
                json.WriteNumber(key, value);
            else
                json.WriteNull(key);
        }

        json.WriteEndObject();
    }
}
