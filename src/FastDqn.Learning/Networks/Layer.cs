using FastDqn.Learning.Interop;
using FastDqn.Learning.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Networks;

/// <summary>An image's channels, height and width.</summary>
internal readonly record struct Planes(int Channels, int Height, int Width)
{
    public int Elements => Channels * Height * Width;

    /// <summary>The three as a shape.</summary>
    public long[] Sides => [Channels, Height, Width];
}

/// <summary>How a forward pass is run.</summary>
/// <param name="Training">Batch statistics are taken and updated; false uses the running ones.</param>
/// <param name="Noise">The sample of noisy layers; null switches the noise off.</param>
/// <param name="Pool">Runs layers on our kernels, on the CPU; null leaves them to libtorch.</param>
/// <param name="Tape">Remembers them for the backward pass; null for passes that are not differentiated.</param>
internal readonly record struct Pass(bool Training, NoiseSample? Noise, KernelPool? Pool, Tape? Tape = null)
{
    /// <summary>A tensor that several layers take.</summary>
    public Tensor Leaf(Tensor x) => Tape is null ? x : Tape.Leaf(x);

    /// <summary>Rows (B, features) as our kernels take them.</summary>
    public Tensor Rows(Tensor x) => Leaf(x.is_contiguous() ? x : x.contiguous());

    /// <summary>Images (B, C, H, W) as our kernels take them: channels last in memory.</summary>
    public Tensor Images(Tensor x) => Leaf(x.stride(1) == 1 || x.size(1) == 1 ? x : QNetwork.ChannelsLast(x));
}

/// <summary>
/// One step of a forward pass. A layer holds no numbers: it knows where its parameters lie, and any
/// <see cref="ParameterSet"/> of the network can be run through it, on any thread.
/// </summary>
internal abstract class Layer
{
    // Sizes of tensors to be made; libtorch reads them during the call only.
    [ThreadStatic]
    private static long[]? _sizes;
    [ThreadStatic]
    private static long[]? _strides;
    [ThreadStatic]
    private static long[]? _pair;

    public abstract Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass);

    /// <summary>The layer without noise and training, as ONNX has it: the value that it makes of <paramref
    /// name="x"/>.</summary>
    public abstract string Export(OnnxGraph graph, string x);

    /// <summary>
    /// Makes the layer end with ReLU; false where it cannot, and an <see cref="ActivationLayer"/> has to follow.
    /// </summary>
    public virtual bool TryAddRelu() => false;

    /// <summary>Numbers as a type; themselves where they are of it.</summary>
    public static Tensor As(Tensor x, ScalarType type) => x.dtype == type ? x : x.to(type);

    /// <summary>Room for images, channels last in memory.</summary>
    public static Tensor Empty(long images, Planes planes)
    {
        var (sizes, strides) = (_sizes ??= new long[4], _strides ??= new long[4]);
        (sizes[0], sizes[1], sizes[2], sizes[3]) = (images, planes.Channels, planes.Height, planes.Width);
        (strides[0], strides[1], strides[2], strides[3]) = (planes.Elements, 1, (long)planes.Width * planes.Channels, planes.Channels);
        return empty_strided(sizes, strides, ScalarType.Float32);
    }

    /// <summary>Room for rows.</summary>
    public static Tensor Empty(long rows, long features)
    {
        var sizes = _pair ??= new long[2];
        (sizes[0], sizes[1]) = (rows, features);
        return empty(sizes, ScalarType.Float32);
    }

    /// <summary>
    /// Runs layers one after the other; what no backward pass needs is released as soon as it is used.
    /// </summary>
    public static Tensor Run(IReadOnlyList<Layer> layers, ParameterSet parameters, Tensor input, in Pass pass)
    {
        var x = input;
        for (var i = 0; i < layers.Count; i++)
        {
            var y = layers[i].Forward(parameters, x, pass);
            if (i > 0 && pass is { Pool: not null, Tape: null } && !ReferenceEquals(x, y))
                x.Dispose();
            x = y;
        }

        return x;
    }
}

/// <summary>A layer whose runs on our kernels are entries of a <see cref="Tape"/>.</summary>
internal interface IKernelLayer
{
    /// <summary>
    /// The gradients of an entry's parameters, and of its input into <paramref name="dx"/> unless that is null.
    /// </summary>
    void Backward(in Tape.Entry entry, KernelPool pool, Tensor dy, Tensor? dx);

    /// <summary>The parameters whose gradients it overwrites; -1: there is no such one.</summary>
    ReadOnlySpan<int> Trained => [];
}

/// <summary>
/// A layer that runs on our CPU kernels where a pass has a pool, and by libtorch's operations elsewhere (on a GPU).
/// </summary>
internal abstract class KernelLayer : Layer, IKernelLayer
{
    public sealed override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass)
    {
        if (pass.Pool is not { } pool)
            return ByTorch(parameters, input, pass);
        var x = Input(input, pass);
        var (y, kept) = ByKernels(parameters, x, pool);
        pass.Tape?.Add(this, parameters, x, y, kept);
        return y;
    }

    public abstract void Backward(in Tape.Entry entry, KernelPool pool, Tensor dy, Tensor? dx);

    public virtual ReadOnlySpan<int> Trained => [];

    /// <summary>The input as the kernels take it, a leaf of the tape.</summary>
    protected abstract Tensor Input(Tensor input, in Pass pass);

    /// <summary>The output, and what else the backward pass needs.</summary>
    protected abstract (Tensor Y, Tensor? Kept) ByKernels(ParameterSet parameters, Tensor x, KernelPool pool);

    protected abstract Tensor ByTorch(ParameterSet parameters, Tensor input, in Pass pass);
}
