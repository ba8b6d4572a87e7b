using FastDqn.Core;
using FastDqn.Learning.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>
/// Uniform fractions tau in [0, 1) for IQN, drawn on the host from the owner's generator. A sample lives in the
/// caller's dispose scope.
/// </summary>
internal sealed class FractionSampler(Device device) : IDisposable
{
    private Tensor? _host;

    /// <summary>(<paramref name="batch"/>, <paramref name="count"/>) fractions.</summary>
    public Tensor Sample(RandomStream random, int batch, int count)
    {
        if (_host is null || _host.NumberOfElements < (long)batch * count)
        {
            _host?.Dispose();
            _host = zeros([(long)batch * count], ScalarType.Float32, CPU).DetachFromDisposeScope();
        }

        Draw(random, PinnedTensor.Span<float>(_host)[..(batch * count)]);
        return _host.narrow(0, 0, (long)batch * count).view(batch, count).to(ScalarType.Float32, device, copy: true);
    }

    /// <summary>Fills <paramref name="fractions"/>.</summary>
    public static void Draw(RandomStream random, Span<float> fractions)
    {
        foreach (ref var value in fractions)
            value = (float)(random.NextUInt64() >> 40) * (1f / (1 << 24));
    }

    public void Dispose() => _host?.Dispose();
}
