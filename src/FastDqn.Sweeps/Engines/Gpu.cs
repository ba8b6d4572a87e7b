using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace FastDqn.Sweeps.Engines;

/// <summary>A GPU that can be handed out: a card, or a slice of one (MIG).</summary>
/// <param name="Name">Its word for CUDA_VISIBLE_DEVICES.</param>
public sealed partial record Gpu(string Name)
{
    // What a slice keeps of its nominal size.
    private const double SliceShare = 0.95;

    /// <summary>Bytes of its memory that are free; null: not known.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>Only one process may use it at a time.</summary>
    public bool IsExclusive { get; init; }

    /// <summary>It is a slice of a card: CUDA shows a process one slice at most.</summary>
    public bool IsSlice { get; init; }

    /// <summary>The GPUs to hand out: those of CUDA_VISIBLE_DEVICES, else those that nvidia-smi lists.</summary>
    public static IReadOnlyList<Gpu> Available()
    {
        var visible = Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES");
        if (visible is not null && Words(visible).Count == 0)
            return [];
        const string query = "--query-gpu=uuid,memory.free,compute_mode,mig.mode.current";
        return Parse(Ask("-L"), Ask(query, "--format=csv,noheader,nounits"), visible, HasMps());
    }

    /// <summary>Reads what nvidia-smi says.</summary>
    /// <param name="list">Of <c>-L</c>: the cards, their slices below them.</param>
    /// <param name="states">A line a card: UUID, free MiB, compute mode, whether it is divided into slices.</param>
    /// <param name="visible">CUDA_VISIBLE_DEVICES; null: not set.</param>
    /// <param name="mps">The multi-process service is up: what is exclusive is its own.</param>
    public static IReadOnlyList<Gpu> Parse(string list, string states, string? visible, bool mps)
    {
        var stateOf = states.Split('\n').Select(l => l.Split(',', StringSplitOptions.TrimEntries)).Where(f => f.Length == 4)
            .DistinctBy(f => f[0]).ToDictionary(f => f[0], StringComparer.Ordinal);
        var cards = new List<(Gpu Card, bool Divided, List<Gpu> Slices)>();
        foreach (var line in list.Split('\n'))
        {
            if (CardLine().Match(line) is { Success: true } card)
            {
                var state = stateOf.GetValueOrDefault(card.Groups["uuid"].Value);
                cards.Add((
                    new Gpu(card.Groups["uuid"].Value)
                    {
                        FreeBytes = long.TryParse(state?[1], CultureInfo.InvariantCulture, out var free) ? free << 20 : null,
                        IsExclusive = !mps && state?[2] == "Exclusive_Process",
                    },
                    state?[3] == "Enabled",
                    []));
            }
            else if (SliceLine().Match(line) is { Success: true } slice && cards.Count > 0)
            {
                var gibibytes = double.Parse(slice.Groups["size"].Value, CultureInfo.InvariantCulture);
                cards[^1].Slices.Add(new Gpu(slice.Groups["uuid"].Value)
                {
                    FreeBytes = (long)(gibibytes * SliceShare * (1L << 30)),
                    IsExclusive = cards[^1].Card.IsExclusive,
                    IsSlice = true,
                });
            }
        }

        if (visible is not null)
            return [.. Words(visible).Select(word => Known(word))];
        // Nothing runs on a card that is divided but has no slices.
        return [.. cards.SelectMany(c => c.Divided || c.Slices.Count > 0 ? c.Slices : [c.Card])];

        // The word stays as the user wrote it; what is known of the device goes with it.
        Gpu Known(string word)
        {
            var slice = word.StartsWith("MIG-", StringComparison.Ordinal);
            var found = int.TryParse(word, CultureInfo.InvariantCulture, out var index)
                ? cards.ElementAtOrDefault(index) is { Card: { } numbered } entry ? entry.Slices.FirstOrDefault() ?? numbered : null
                : cards.SelectMany(c => c.Slices.Append(c.Card)).FirstOrDefault(g => g.Name.StartsWith(word, StringComparison.Ordinal));
            return (found ?? new Gpu(word) { IsSlice = slice }) with { Name = word };
        }
    }

    private static List<string> Words(string visible) =>
        [.. visible.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeWhile(g => g != "-1")];

    private static bool HasMps() => File.Exists(Path.Combine(
        Environment.GetEnvironmentVariable("CUDA_MPS_PIPE_DIRECTORY") is { Length: > 0 } given ? given : "/tmp/nvidia-mps", "control"));

    private static string Ask(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("nvidia-smi", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            error.GetAwaiter().GetResult();
            return process.ExitCode == 0 ? output : "";
        }
        catch (Win32Exception)
        {
            return "";
        }
    }

    // GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)
    [GeneratedRegex(@"^GPU \d+: .*\(UUID: (?<uuid>GPU-[^)]+)\)")]
    private static partial Regex CardLine();

    //   MIG 3g.20gb     Device  0: (UUID: MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f)
    [GeneratedRegex(@"^\s+MIG (\d+c\.)?\d+g\.(?<size>\d+)gb\S*\s+Device\s+\d+: \(UUID: (?<uuid>MIG-[^)]+)\)")]
    private static partial Regex SliceLine();
}
