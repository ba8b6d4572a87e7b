using FastDqn.Learning.Interop;
using FastDqn.Learning.Weights;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FastDqn.Learning.Networks;

/// <summary>
/// A stage of IMPALA's residual network (Espeholt et al. 2018, figure 3): 3x3 convolution, 3x3/2 max-pool, two residual
/// blocks. (B, C, H, W) to (B, C', ceil(H / 2), ceil(W / 2)).
/// </summary>
internal sealed class ImpalaStage : Layer
{
    private readonly Layer[] _layers;

    public ImpalaStage(NetworkBuilder builder, string name, Planes input, int outputs, bool spectralNorm)
    {
        var window = ConvolutionWindow.ThreeByThree(input, outputs);
        var conv = new ConvLayer(builder, $"{name}.conv", window);
        var pool = new MaxPoolLayer(window.Output);
        Output = pool.Output;
        builder.Rows.Add($"{name}.pool", "max pool 3x3/2", Output);
        _layers =
        [
            conv, pool,
            new ResidualBlock(builder, $"{name}.res_block0", Output, spectralNorm),
            new ResidualBlock(builder, $"{name}.res_block1", Output, spectralNorm),
        ];
    }

    public Planes Output { get; }

    public override string Export(OnnxGraph graph, string x) => _layers.Aggregate(x, (seen, layer) => layer.Export(graph, seen));

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass) => Run(_layers, parameters, input, pass);
}

/// <summary>x + conv(relu(conv(relu(x)))), 3x3 convolutions.</summary>
internal sealed class ResidualBlock : Layer
{
    private readonly BranchReluLayer _relu = new();
    private readonly Layer _first;
    private readonly Layer _second;

    public ResidualBlock(NetworkBuilder builder, string name, Planes planes, bool spectralNorm)
    {
        var input = builder.Rows.Last;
        builder.Rows.Add($"{name}.relu0", "relu", planes);
        _first = Convolution(builder, $"{name}.conv0", planes, spectralNorm);
        _ = _first.TryAddRelu();
        builder.Rows.Add($"{name}.relu1", "relu", planes);
        _second = Convolution(builder, $"{name}.conv1", planes, spectralNorm);
        builder.Rows.Add($"{name}.add", "sum", planes, 0, builder.Rows.Last, input);
    }

    public override string Export(OnnxGraph graph, string x) =>
        graph.Node("Add", [_second.Export(graph, _first.Export(graph, _relu.Export(graph, x))), x]);

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass)
    {
        var x = pass.Leaf(input);
        return _second.Forward(parameters, _first.Forward(parameters, _relu.Forward(parameters, x, pass), pass), pass).Plus(x);
    }

    private static Layer Convolution(NetworkBuilder builder, string name, Planes planes, bool spectralNorm) =>
        spectralNorm
            ? new SpectralConvLayer(builder, name, planes)
            : new ConvLayer(builder, name, ConvolutionWindow.ThreeByThree(planes, planes.Channels));
}

/// <summary>3x3 maximum, stride 2, padding 1.</summary>
internal sealed class MaxPoolLayer(Planes input) : KernelLayer
{
    public Planes Output { get; } = new(input.Channels, (input.Height + 1) / 2, (input.Width + 1) / 2);

    public override string Export(OnnxGraph graph, string x) => graph.Node(
        "MaxPool",
        [x],
        OnnxGraph.With("kernel_shape", 3, 3),
        OnnxGraph.With("strides", 2, 2),
        OnnxGraph.With("pads", 1, 1, 1, 1));

    public override void Backward(in Tape.Entry entry, KernelPool pool, Tensor dy, Tensor? dx)
    {
        if (dx is not null)
            pool.MaxPoolBack(entry.X.size(0), input, entry.X, dy, dx);
    }

    protected override Tensor Input(Tensor input, in Pass pass) => pass.Images(input);

    protected override (Tensor Y, Tensor? Kept) ByKernels(ParameterSet parameters, Tensor x, KernelPool pool)
    {
        var y = Empty(x.size(0), Output);
        pool.MaxPool(x.size(0), input, x, y);
        return (y, null);
    }

    protected override Tensor ByTorch(ParameterSet parameters, Tensor input, in Pass pass) => functional.max_pool2d(input, 3, 2, 1);
}

/// <summary>
/// 3x3 convolution whose weight, as a matrix (out, in * 9), is divided by an estimate of its largest singular value
/// (Miyato et al. 2018); one power iteration per training pass, none otherwise. Ends with ReLU where asked.
/// </summary>
internal sealed class SpectralConvLayer : Layer, IKernelLayer
{
    // As many as PyTorch's own spectral norm begins with: random vectors say nothing of a weight's size, and a target
    // network, which never iterates, would divide by that.
    private const int FirstIterations = 15;
    private readonly ConvolutionWindow _window;
    private readonly int _weight;
    private readonly int _bias;
    private readonly int _left;
    private readonly int _right;
    private readonly int[] _trained;
    private bool _relu;

    public SpectralConvLayer(NetworkBuilder builder, string name, Planes planes)
    {
        var channels = planes.Channels;
        _window = ConvolutionWindow.ThreeByThree(planes, channels);
        _weight = builder.Layout.Add(
            $"{name}.weight", _window.WeightShape, Initializers.Weight(builder.Init, Math.Sqrt(2)), byTorch: true);
        _bias = builder.Layout.Add($"{name}.bias", [channels], Initializers.Bias(builder.Init, channels * 9L));
        _left = builder.Layout.AddBuffer($"{name}.weight_u", [channels], Initializers.UnitVector);
        _right = builder.Layout.AddBuffer($"{name}.weight_v", [channels * 9L], Initializers.UnitVector);
        builder.Layout.AddSettling(Begin);
        _trained = [_bias];
        builder.Rows.Add(name, $"{_window}, spectral norm", _window.Output, _window.MultiplyAdds);
    }

    public override bool TryAddRelu() => _relu = true;

    public override string Export(OnnxGraph graph, string x)
    {
        var (tensor, left, right) = (graph.TensorOf(_weight), graph.TensorOfBuffer(_left), graph.TensorOfBuffer(_right));
        var (weight, columns) = (tensor.Values.ToArray(), right.Values.Length);
        var largest = 0.0;
        for (var i = 0; i < weight.Length; i++)
            largest += (double)weight[i] * left.Values.Span[i / columns] * right.Values.Span[i % columns];
        for (var i = 0; i < weight.Length; i++)
            weight[i] = (float)(weight[i] / largest);
        return _window.Export(graph, x, graph.Hold(tensor with { Values = weight }), graph.Parameter(_bias), _relu);
    }

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass)
    {
        var weight = parameters[_weight];
        var matrix = weight.flatten(1);
        if (pass.Training)
            IteratePower(parameters, matrix);
        // Copies: the buffers may be iterated again before the backward pass has used them.
        var left = parameters.Buffer(_left).clone();
        var right = parameters.Buffer(_right).clone();
        var normalized = weight / left.dot(matrix.mv(right));
        if (pass.Pool is { } pool)
            return ByKernels(parameters, pass.Images(input), pass.Images(normalized), pool, pass);
        var type = parameters.FactorType;
        return _window.ByTorch(As(input, type), As(normalized, type), parameters.Factor(_bias), _relu);
    }

    public ReadOnlySpan<int> Trained => _trained;

    /// <summary>The gradient of the normalized weight, a leaf, goes on through libtorch.</summary>
    public void Backward(in Tape.Entry entry, KernelPool pool, Tensor dy, Tensor? dx)
    {
        var weight = entry.Kept!;
        var gradient = empty_like(weight);
        pool.ConvolveBack(
            _window.Shape(entry.X.size(0), 1, _relu), entry.X, PinnedTensor.Data(weight), entry.Y, dy, dx,
            PinnedTensor.Data(gradient), entry.Parameters!.GradientData(_bias));
        weight.grad = gradient;
    }

    private static Tensor Normalized(Tensor vector) => vector / vector.norm().clamp_min(Numbers.Of(1e-12));

    private Tensor ByKernels(ParameterSet parameters, Tensor x, Tensor weight, KernelPool pool, in Pass pass)
    {
        var y = Empty(x.size(0), _window.Output);
        pool.Convolve(_window.Shape(x.size(0), 1, _relu), x, PinnedTensor.Data(weight), parameters.Data(_bias), y);
        pass.Tape?.Add(this, parameters, x, y, weight);
        return y;
    }

    private void Begin(ParameterSet parameters)
    {
        using var scope = NewDisposeScope();
        var matrix = parameters[_weight].flatten(1);
        for (var i = 0; i < FirstIterations; i++)
            IteratePower(parameters, matrix);
    }

    private void IteratePower(ParameterSet parameters, Tensor matrix)
    {
        using var noGrad = no_grad();
        var left = Normalized(matrix.mv(parameters.Buffer(_right)));
        parameters.Buffer(_left).copy_(left);
        parameters.Buffer(_right).copy_(Normalized(matrix.t().mv(left)));
    }
}

/// <summary>Adaptive max-pool to a square, then nothing else (BTR's pooled head).</summary>
internal sealed class AdaptiveMaxPoolLayer(Planes input, int side) : Layer
{
    private readonly long[] _size = [side, side];

    public override string Export(OnnxGraph graph, string x) => Along(graph, Along(graph, x, 2, input.Height), 3, input.Width);

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass) =>
        pass.Pool is null ? ByParts(input, side) : functional.adaptive_max_pool2d(input, _size);

    /// <summary>
    /// The same, and the same gradient each time: where windows overlap, libtorch's own adds up on a GPU in any order.
    /// </summary>
    internal static Tensor ByParts(Tensor input, int side) => Along(2, Along(3, input, side), side);

    // The first of equal maxima takes the gradient, as in a window read row by row.
    private static Tensor Along(int dimension, Tensor input, int side)
    {
        var size = input.size(dimension);
        var parts = new Tensor[side];
        for (var i = 0; i < side; i++)
        {
            var (first, end) = (i * size / side, (((i + 1) * size) + side - 1) / side);
            parts[i] = input.narrow(dimension, first, end - first).max(dimension, keepdim: true).values;
        }

        return cat(parts, dimension);
    }

    // As above: ONNX's windows are all of one size, these may not be.
    private string Along(OnnxGraph graph, string x, int axis, int length)
    {
        var parts = Enumerable.Range(0, side).Select(i =>
        {
            var (begin, end) = (i * length / side, (((i + 1) * length) + side - 1) / side);
            var part = graph.Node("Slice", [x, graph.Whole(begin), graph.Whole(end), graph.Whole(axis)]);
            return graph.Node("ReduceMax", [part], OnnxGraph.With("axes", [axis]), OnnxGraph.With("keepdims", 1L));
        });
        return graph.Node("Concat", [.. parts], OnnxGraph.With("axis", (long)axis));
    }
}
