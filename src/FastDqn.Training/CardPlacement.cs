using System.Globalization;
using FastDqn.Core;
using FastDqn.Pixels.Cuda;
using FastDqn.Training.Configuration;

namespace FastDqn.Training;

/// <summary>
/// Keeps a run's thread, and those that it starts, on the processors of the NUMA node that its card is attached to:
/// what they first touch, page-locked memory too, then lies there. On machines of one node, and where the machine does
/// not tell, nothing is done.
/// </summary>
internal sealed class CardPlacement : IDisposable
{
    private readonly IReadOnlyList<int> _before;

    private CardPlacement(IReadOnlyList<int> before, string sentence) => (_before, Sentence) = (before, sentence);

    /// <summary>What was done, in words.</summary>
    public string Sentence { get; }

    /// <summary>Places the calling thread, until the result is disposed on it; null: nothing was to be done.</summary>
    public static CardPlacement? Enter(TrainConfig config) =>
        config.Run.Numa == NumaChoice.Off || LearnerBinding.DeviceOf(config) == "cpu" || !CudaDriver.Installed
            ? null
            : Enter(CudaDriver.Load().PciAddress(0), config.Env.Atari.Threads, "/");

    /// <param name="card">The card's address on the bus, "0000:17:00.0".</param>
    /// <param name="threads">Emulator threads that are asked for; 0: as many as there are processors.</param>
    /// <param name="root">Where sys is.</param>
    internal static CardPlacement? Enter(string card, int threads, string root)
    {
        var allowed = Processors.Allowed;
        if (Near(card, root) is not { } near)
            return null;
        int[] kept = [.. near.Processors.Intersect(allowed)];
        // More threads than the node has processors are worth more than their place.
        if (kept.Length == 0 || kept.Length == allowed.Count || threads > kept.Length || !Processors.Allow(kept))
            return null;
        return new CardPlacement(
            allowed,
            string.Create(
                CultureInfo.InvariantCulture,
                $"threads on the {kept.Length} processors of NUMA node {near.Node}, where card {card} is (run.numa=off: on all)"));
    }

    /// <summary>
    /// The card's node and its processors; null where there is one node only, or the machine does not tell.
    /// </summary>
    internal static (int Node, IReadOnlyList<int> Processors)? Near(string card, string root)
    {
        var nodes = Path.Combine(root, "sys/devices/system/node");
        if (Read(Path.Combine(nodes, "online")) is not { } online || Processors.Parse(online) is not { Count: > 1 } all
            || !int.TryParse(
                Read(Path.Combine(root, "sys/bus/pci/devices", card, "numa_node")), NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture, out var node)
            || !all.Contains(node)
            || Read(Path.Combine(nodes, $"node{node}/cpulist")) is not { } list || Processors.Parse(list) is not { Count: > 0 } processors)
        {
            return null;
        }

        return (node, processors);
    }

    public void Dispose() => _ = Processors.Allow(_before);

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
