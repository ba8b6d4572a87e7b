using FastDqn.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Cuda;

/// <summary>
/// IQN's fractions for device work: each place that asks for some gets a tensor of its own, at a fixed address. They
/// are drawn in the order of asking; from the second run on, before the work begins.
/// </summary>
internal sealed class DeviceFractions(DeviceQueue queue, Device device) : IDisposable
{
    private readonly List<DeviceInput<float>> _inputs = [];
    private RandomStream? _random;
    private int _next;
    private int _slot;

    /// <summary>Draws what a run asks for.</summary>
    public void Begin(RandomStream random, int slot)
    {
        (_random, _slot) = (random, slot);
        foreach (var input in _inputs)
            Draw(input);
    }

    /// <summary>The work begins, which asks in the order it always does.</summary>
    public void Rewind() => _next = 0;

    /// <summary>(<paramref name="batch"/>, <paramref name="count"/>) fractions.</summary>
    public Tensor Sample(int batch, int count)
    {
        if (_next == _inputs.Count)
        {
            _inputs.Add(new DeviceInput<float>(queue, device, ScalarType.Float32, batch, count));
            Draw(_inputs[^1]);
            // Asked for by work that runs already.
            queue.Finish();
        }

        return _inputs[_next++].Values;
    }

    public void Dispose() => _inputs.ForEach(input => input.Dispose());

    private void Draw(DeviceInput<float> input)
    {
        FractionSampler.Draw(_random!, input.Host(_slot));
        input.Upload(_slot);
    }
}
