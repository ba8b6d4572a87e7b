using FastDqn.Core;
using FastDqn.Learning.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>Fills <paramref name="numbers"/> with what it draws.</summary>
internal delegate void Draw(RandomStream random, Span<float> numbers);

/// <summary>
/// Numbers drawn on the host from the owner's generator: IQN's fractions, augmentations. A sample lives in the caller's
/// dispose scope.
/// </summary>
internal sealed class HostDraws(Device device) : IDisposable
{
    /// <summary>Uniform fractions tau in [0, 1) for IQN.</summary>
    public static readonly Draw Fractions = (random, numbers) =>
    {
        foreach (ref var value in numbers)
            value = (float)(random.NextUInt64() >> 40) * (1f / (1 << 24));
    };

    private Tensor? _host;

    /// <summary>(<paramref name="rows"/>, <paramref name="count"/>) numbers.</summary>
    public Tensor Sample(RandomStream random, int rows, int count, Draw draw)
    {
        if (_host is null || _host.NumberOfElements < (long)rows * count)
        {
            _host?.Dispose();
            _host = zeros([(long)rows * count], ScalarType.Float32, CPU).DetachFromDisposeScope();
        }

        draw(random, PinnedTensor.Span<float>(_host)[..(rows * count)]);
        return _host.narrow(0, 0, (long)rows * count).view(rows, count).to(ScalarType.Float32, device, copy: true);
    }

    public void Dispose() => _host?.Dispose();
}
