using System.Text.Json;
using FastDqn.Core;

namespace FastDqn.Training.Curves;

/// <summary>A row of <c>metrics.jsonl</c>; a value that is not known is NaN.</summary>
/// <param name="Kind">train, episode, eval or random.</param>
/// <param name="Step">Agent steps.</param>
/// <param name="Frames">Emulated frames; NaN where the row does not say.</param>
/// <param name="Values">By the names that studies and charts use: eval/mean_return.</param>
public sealed record MetricsRow(string Kind, double Step, double Frames, IReadOnlyList<(string Name, double Value)> Values);

/// <summary>Reads <c>metrics.jsonl</c>, also of a run that goes on.</summary>
public static class MetricsFile
{
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.BadData"/>: it cannot be read, or has a damaged line, by its number.
    /// </exception>
    public static IEnumerable<MetricsRow> Read(string path)
    {
        using var file = Open(path);
        using var lines = new LineReader(file, path);
        while (lines.Read())
        {
            MetricsRow row;
            try
            {
                row = Parse(lines.Line);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                // A run that is being written may end in half a row.
                if (lines.Ended)
                    throw new FastDqnException(ErrorKind.BadData, $"{path}:{lines.Number}: not a row of metrics", e);
                yield break;
            }

            yield return row;
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{path}: cannot be read: {InputFile.Reason(e)}", e);
        }
    }

    private static MetricsRow Parse(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var row = document.RootElement;
        var kind = row.TryGetProperty("kind", out var word) ? word.GetString() ?? "train" : "train";
        var prefix = kind == "train" ? "" : kind + "/";
        var values = new List<(string, double)>();
        Add(row.GetProperty("metrics"));
        if (row.TryGetProperty("wall", out var wall))
            Add(wall);
        var frames = row.TryGetProperty("frames", out var f) ? Value(f) : double.NaN;
        return new MetricsRow(kind, row.GetProperty("step").GetDouble(), frames, values);

        void Add(JsonElement metrics) => values.AddRange(metrics.EnumerateObject().Select(m => (prefix + m.Name, Value(m.Value))));
    }

    private static double Value(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;
}
