using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using FastDqn.Core;

namespace FastDqn.Bench;

/// <summary>One measurement, and what it is compared with where there is such a thing.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The figure.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Peer">What it is compared with, measured in the same run.</param>
/// <param name="PeerValue">The peer's figure, in the same unit.</param>
/// <param name="Ratio">How many times better than the peer: above 1 is faster, or smaller.</param>
internal sealed record BenchRow(
    string Name, double Value, string Unit, string? Peer = null, double? PeerValue = null, double? Ratio = null)
{
    /// <summary>A time (or a size) compared with a peer's: the ratio is peer over own.</summary>
    public static BenchRow LessIsBetter(string name, double value, string unit, string peer, double peerValue) =>
        new(name, value, unit, peer, peerValue, peerValue / value);
}

/// <summary>A suite's rows as a table and as JSON.</summary>
internal static class BenchReport
{
    private static readonly JsonSerializerOptions Options =
        new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static void Print(IReadOnlyList<BenchRow> rows, TextWriter to)
    {
        var cells = rows.Select(row => new[]
        {
            row.Name, Number(row.Value), row.Unit, row.Peer ?? "",
            row.PeerValue is { } p ? Number(p) : "", row.Ratio is { } r ? Number(r) : "",
        }).Prepend(["name", "value", "unit", "peer", "peer value", "ratio"]).ToList();
        var widths = Enumerable.Range(0, 6).Select(i => cells.Max(row => row[i].Length)).ToArray();
        foreach (var row in cells)
        {
            to.WriteLine(string.Join(
                "  ", row.Select((cell, i) => i is 1 or 4 or 5 ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
        }
    }

    public static void WriteJson(string suite, IReadOnlyList<BenchRow> rows, string file)
    {
        var document = new
        {
            Suite = suite,
            Machine = new
            {
                Cpu = Cpu(),
                Cores = Environment.ProcessorCount,
                Os = RuntimeInformation.OSDescription,
                Runtime = RuntimeInformation.FrameworkDescription,
            },
            Rows = rows,
        };
        try
        {
            File.WriteAllText(file, JsonSerializer.Serialize(document, Options) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FastDqnException(ErrorKind.Usage, $"{file} cannot be written: {e.Message}", e);
        }
    }

    private static string Number(double value) => value.ToString(
        Math.Abs(value) >= 1000 ? "0" : Math.Abs(value) >= 10 ? "0.0" : "0.000", CultureInfo.InvariantCulture);

    private static string Cpu()
    {
        const string Key = "model name";
        return File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal))
                ?.Split(':')[^1].Trim() ?? "unknown"
            : "unknown";
    }
}
