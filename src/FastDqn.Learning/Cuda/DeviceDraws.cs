using FastDqn.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Cuda;

/// <summary>
/// Drawn numbers for device work (IQN's fractions, augmentations): each place that asks for some gets a tensor of its
/// own, at a fixed address. They are drawn in the order of asking; from the second run on, before the work begins.
/// </summary>
internal sealed class DeviceDraws(DeviceQueue queue, Device device) : IDisposable
{
    private readonly List<(DeviceInput<float> Input, Draw Draw)> _inputs = [];
    private RandomStream? _random;
    private int _next;
    private int _slot;

    /// <summary>Draws what a run asks for.</summary>
    public void Begin(RandomStream random, int slot)
    {
        (_random, _slot) = (random, slot);
        foreach (var (input, draw) in _inputs)
            Fill(input, draw);
    }

    /// <summary>The work begins, which asks in the order it always does.</summary>
    public void Rewind() => _next = 0;

    /// <summary>(<paramref name="rows"/>, <paramref name="count"/>) numbers.</summary>
    public Tensor Sample(int rows, int count, Draw draw)
    {
        if (_next == _inputs.Count)
        {
            var input = new DeviceInput<float>(queue, device, ScalarType.Float32, rows, count);
            _inputs.Add((input, draw));
            Fill(input, draw);
            // Asked for by work that runs already.
            queue.Finish();
        }

        return _inputs[_next++].Input.Values;
    }

    public void Dispose() => _inputs.ForEach(asked => asked.Input.Dispose());

    private void Fill(DeviceInput<float> input, Draw draw)
    {
        draw(_random!, input.Host(_slot));
        input.Upload(_slot);
    }
}
