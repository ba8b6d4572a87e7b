using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;
using static TorchSharp.torch;

namespace FastDqn.Learning.Networks;

/// <summary>
/// The convolutions that a network of images begins with, up to where it flattens, in one call of our kernels: for
/// passes without a gradient, to the bytes of the layers one by one.
/// </summary>
internal sealed class ConvolutionChain
{
    private readonly ConvLayer[] _layers;

    private ConvolutionChain(ConvLayer[] layers, IReadOnlyList<Layer> after) => (_layers, After) = (layers, after);

    /// <summary>The layers of the body that come after it.</summary>
    public IReadOnlyList<Layer> After { get; }

    /// <summary>
    /// The chain that <paramref name="body"/> begins with; null where it does not, and where a kernel covers all that
    /// it sees: a linear layer, which takes many images together.
    /// </summary>
    public static ConvolutionChain? Of(IReadOnlyList<Layer> body, NetworkInput input)
    {
        var layers = body.TakeWhile(layer => layer is ConvLayer).Cast<ConvLayer>().ToArray();
        return input.Kind == ObservationKind.UInt8 && layers.Length > 0 && body[layers.Length] is FlattenLayer
            && layers.All(layer => layer.Output is not { Height: 1, Width: 1 })
            ? new ConvolutionChain(layers, [.. body.Skip(layers.Length + 1)])
            : null;
    }

    /// <summary>
    /// Whether it serves a pass over these images: bytes, and so many that no thread is idle, since each goes to one.
    /// </summary>
    public static bool Serves(in Pass pass, Tensor planes) =>
        pass is { Pool: { } pool, Tape: null } && planes.dtype == ScalarType.Byte && planes.size(0) >= 2L * (pool.Threads - 1);

    /// <summary>(B, C, H, W) bytes to (B, features).</summary>
    public Tensor Forward(ParameterSet parameters, Tensor planes, KernelPool pool)
    {
        var images = planes.size(0);
        Span<KernelPool.Chained> layers = stackalloc KernelPool.Chained[_layers.Length];
        for (var i = 0; i < _layers.Length; i++)
            layers[i] = _layers[i].Chained(parameters, images);
        var rows = Layer.Empty(images, _layers[^1].Output.Elements);
        pool.ConvolveChain(layers, planes, rows);
        return rows;
    }
}
