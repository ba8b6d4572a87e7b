using FastDqn.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Cuda;

/// <summary>
/// Drawn numbers for device work (IQN's fractions, augmentations), the last floats of its block: each place that asks
/// for some gets those that follow the ones before, always the same. They are drawn in the order of asking; from the
/// second run on, before the work begins.
/// </summary>
/// <param name="queue">Where the work is asked for.</param>
/// <param name="block">Holds them.</param>
/// <param name="first">The first of them among the block's floats.</param>
internal sealed class DeviceDraws(DeviceQueue queue, DeviceBlock block, int first) : IDisposable
{
    private readonly List<(Tensor Numbers, int First, int Count, Draw Draw)> _asked = [];
    private RandomStream? _random;
    private int _after = first;
    private int _next;
    private int _slot;

    /// <summary>Draws what a run asks for, to be copied with the block.</summary>
    public void Begin(RandomStream random, int slot)
    {
        (_random, _slot) = (random, slot);
        foreach (var (_, from, count, draw) in _asked)
            draw(random, block.HostFloats(slot).Slice(from, count));
    }

    /// <summary>The work begins, which asks in the order it always does.</summary>
    public void Rewind() => _next = 0;

    /// <summary>(<paramref name="rows"/>, <paramref name="count"/>) numbers.</summary>
    public Tensor Sample(int rows, int count, Draw draw)
    {
        if (_next == _asked.Count)
        {
            var (from, size) = (_after, rows * count);
            draw(_random!, block.HostFloats(_slot).Slice(from, size));
            block.UploadFloats(_slot, from, size);
            _asked.Add((block.Floats.narrow(0, from, size).view(rows, count).DetachFromDisposeScope(), from, size, draw));
            _after += size;
            // Asked for by work that runs already.
            queue.Finish();
        }

        return _asked[_next++].Numbers;
    }

    public void Dispose() => _asked.ForEach(asked => asked.Numbers.Dispose());
}
