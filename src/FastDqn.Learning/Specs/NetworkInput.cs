using FastDqn.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Specs;

/// <summary>
/// What a network sees: <paramref name="Kind"/> and the shape of one stacked observation, (channels, height, width) or
/// (features). A stack of several vectors is flattened by the MLP.
/// </summary>
public sealed record NetworkInput(ObservationKind Kind, IReadOnlyList<int> Shape)
{
    /// <summary>Elements of one observation.</summary>
    public int Elements => Shape.Aggregate(1, (product, side) => product * side);

    /// <summary>Bytes of one observation.</summary>
    public int Bytes => Elements * (Kind == ObservationKind.UInt8 ? 1 : 4);

    /// <summary>Of an element, as tensors have it.</summary>
    internal ScalarType Type => Kind == ObservationKind.UInt8 ? ScalarType.Byte : ScalarType.Float32;

    /// <summary>The shape as text, 4x84x84.</summary>
    public override string ToString() => $"{string.Join('x', Shape)} {(Kind == ObservationKind.UInt8 ? "uint8" : "float32")}";

    /// <summary>Memory of a device for so many observations, of zeros; no scope disposes it.</summary>
    internal Tensor Zeros(Device device, params ReadOnlySpan<long> leading)
    {
        long[] shape = [.. leading, .. Shape.Select(side => (long)side)];
        return zeros(shape, Type, device).DetachFromDisposeScope();
    }

    internal void Validate()
    {
        if (Shape.Count is 0 or > 4 || Shape.Any(side => side <= 0))
            throw new FastDqnException(ErrorKind.Usage, $"a network cannot see observations of shape {string.Join('x', Shape)}");
    }
}
