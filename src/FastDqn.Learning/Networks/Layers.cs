using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Weights;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FastDqn.Learning.Networks;

/// <summary>2-D convolution, with ReLU where asked; (B, C, H, W) to (B, C', H', W').</summary>
internal sealed class ConvLayer : KernelLayer
{
    private readonly ConvolutionWindow _window;
    private readonly int _weight;
    private readonly int _bias;
    private readonly double _inputScale;
    private readonly int[] _trained;
    private bool _relu;

    public ConvLayer(NetworkBuilder builder, string name, ConvolutionWindow window)
    {
        _window = window;
        _inputScale = builder.TakeInputScale();
        _weight = builder.Layout.Add($"{name}.weight", window.WeightShape, Initializers.Weight(builder.Init, Math.Sqrt(2)));
        _bias = builder.AddBias(name, window.Output.Channels, window.FanIn);
        _trained = [_weight, _bias];
        builder.Rows.Add(name, window.ToString(), window.Output, window.MultiplyAdds);
    }

    public Planes Output => _window.Output;

    public override bool TryAddRelu() => _relu = true;

    public override string Export(OnnxGraph graph, string x) => _window.Export(
        graph, graph.Scale(x, _inputScale), graph.Parameter(_weight), _bias < 0 ? null : graph.Parameter(_bias), _relu);

    public override ReadOnlySpan<int> Trained => _trained;

    public override void Backward(in Tape.Entry entry, KernelPool pool, Tensor dy, Tensor? dx)
    {
        var p = entry.Parameters!;
        pool.ConvolveBack(
            _window.Shape(entry.X.size(0), _inputScale, _relu),
            entry.X,
            p.Data(_weight),
            entry.Y,
            dy,
            dx,
            p.GradientData(_weight),
            p.GradientData(_bias));
    }

    /// <summary>The layer as part of a <see cref="ConvolutionChain"/>.</summary>
    public KernelPool.Chained Chained(ParameterSet parameters, long images) => new()
    {
        Shape = _window.Shape(images, _inputScale, _relu),
        Weights = parameters.Data(_weight),
        Bias = parameters.Data(_bias),
    };

    protected override Tensor Input(Tensor input, in Pass pass) => pass.Images(input);

    protected override (Tensor Y, Tensor? Kept) ByKernels(ParameterSet parameters, Tensor x, KernelPool pool)
    {
        var images = x.size(0);
        var y = Empty(images, _window.Output);
        pool.Convolve(_window.Shape(images, _inputScale, _relu), x, parameters.Data(_weight), parameters.Data(_bias), y);
        return (y, null);
    }

    protected override Tensor ByTorch(ParameterSet parameters, Tensor input, in Pass pass)
    {
        // The scale of bytes is folded into the weights: a few thousand products instead of one for every pixel.
        var weight = parameters.Factor(_weight);
        if (_inputScale != 1)
            weight *= _inputScale;
        return _window.ByTorch(As(input, weight.dtype), weight, _bias < 0 ? null : parameters.Factor(_bias), _relu);
    }
}

/// <summary>Fully connected layer, with ReLU where asked; (B, in) to (B, out).</summary>
internal sealed class LinearLayer : KernelLayer
{
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly int _weight;
    private readonly int _bias;
    private readonly double _inputScale;
    private readonly int[] _trained;
    private bool _relu;

    public LinearLayer(NetworkBuilder builder, string name, int inputs, int outputs)
    {
        (_inputs, _outputs, _inputScale) = (inputs, outputs, builder.TakeInputScale());
        _weight = builder.Layout.Add($"{name}.weight", [outputs, inputs], Initializers.Weight(builder.Init, Math.Sqrt(2)));
        _bias = builder.AddBias(name, outputs, inputs);
        _trained = [_weight, _bias];
        builder.Rows.Add(name, "linear", [outputs], (long)inputs * outputs);
    }

    /// <summary>With parameters that its owner has declared.</summary>
    public LinearLayer(int weight, int bias, int inputs, int outputs)
    {
        (_weight, _bias, _inputs, _outputs, _inputScale) = (weight, bias, inputs, outputs, 1);
        _trained = [weight, bias];
    }

    public override bool TryAddRelu() => _relu = true;

    /// <summary>Numbers of its output.</summary>
    public int Outputs => _outputs;

    /// <summary>The same parameters without ReLU.</summary>
    public LinearLayer WithoutRelu() => new(_weight, _bias, _inputs, _outputs);

    public override string Export(OnnxGraph graph, string x)
    {
        // Not Gemm, which takes a batch and no samples beside it.
        var weight = graph.Node("Transpose", [graph.Parameter(_weight)]);
        var y = graph.Node("MatMul", [graph.Scale(x, _inputScale), weight]);
        if (_bias >= 0)
            y = graph.Node("Add", [y, graph.Parameter(_bias)]);
        return _relu ? graph.Node("Relu", [y]) : y;
    }

    public override ReadOnlySpan<int> Trained => _trained;

    public override void Backward(in Tape.Entry entry, KernelPool pool, Tensor dy, Tensor? dx)
    {
        var p = entry.Parameters!;
        pool.LinearBack(Shape(entry.X), entry.X, p.Data(_weight), entry.Y, dy, dx, p.GradientData(_weight), p.GradientData(_bias));
    }

    protected override Tensor Input(Tensor input, in Pass pass) => pass.Rows(input);

    protected override (Tensor Y, Tensor? Kept) ByKernels(ParameterSet parameters, Tensor x, KernelPool pool)
    {
        var y = Empty(x.size(0), _outputs);
        pool.Linear(Shape(x), x, parameters.Data(_weight), parameters.Data(_bias), y);
        return (y, null);
    }

    protected override Tensor ByTorch(ParameterSet parameters, Tensor input, in Pass pass)
    {
        var weight = parameters.Factor(_weight);
        if (_inputScale != 1)
            weight *= _inputScale;
        var y = functional.linear(As(input, weight.dtype), weight, _bias < 0 ? null : parameters.Factor(_bias));
        return _relu ? functional.relu(y, inplace: true) : y;
    }

    private KernelPool.Dense Shape(Tensor x) =>
        new() { Rows = x.size(0), Inputs = _inputs, Outputs = _outputs, Scale = (float)_inputScale, Relu = _relu ? 1 : 0 };
}

/// <summary>
/// Linear layer with factorised Gaussian noise (Fortunato et al. 2018, equations 9 to 11): weight mu + sigma * f(e_out)
/// f(e_in)^T. The product is not formed: y = x mu^T + b + ((x * f(e_in)) sigma^T + sigma_b) * f(e_out).
/// </summary>
internal sealed class NoisyLinearLayer : Layer
{
    private readonly LinearLayer _mean;
    private readonly LinearLayer _spread;
    private readonly int _noise;

    public NoisyLinearLayer(NetworkBuilder builder, string name, int inputs, int outputs, double sigma0)
    {
        var (bound, sigma) = (Initializers.Uniform(1 / Math.Sqrt(inputs)), Initializers.Constant(sigma0 / Math.Sqrt(inputs)));
        var layout = builder.Layout;
        // The order in the flat storage is that of the draws.
        var (mu, deviation) = (
            layout.Add($"{name}.weight_mu", [outputs, inputs], bound), layout.Add($"{name}.weight_sigma", [outputs, inputs], sigma));
        _mean = new LinearLayer(mu, layout.Add($"{name}.bias_mu", [outputs], bound), inputs, outputs);
        _spread = new LinearLayer(deviation, layout.Add($"{name}.bias_sigma", [outputs], sigma), inputs, outputs);
        _noise = builder.AddNoise(inputs, outputs);
        builder.Rows.Add(name, "noisy linear", [outputs], 2L * inputs * outputs);
    }

    /// <summary>The layer without its noise.</summary>
    public LinearLayer Mean => _mean;

    public override string Export(OnnxGraph graph, string x) => _mean.Export(graph, x);

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass)
    {
        if (pass.Noise is not { } noise)
            return _mean.Forward(parameters, input, pass);
        var x = pass.Leaf(input);
        var mean = As(_mean.Forward(parameters, x, pass), ScalarType.Float32);
        var spread = As(_spread.Forward(parameters, x * noise.Inputs(_noise), pass), ScalarType.Float32);
        return mean.addcmul(spread, noise.Outputs(_noise), Numbers.One);
    }
}

/// <summary>The activation of a layer that does not bring its own.</summary>
internal sealed class ActivationLayer(Activation activation) : Layer
{
    public override string Export(OnnxGraph graph, string x) => graph.Activation(x, activation);

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass) => Of(input, activation);

    public static Tensor Of(Tensor x, Activation activation) => activation.Kind switch
    {
        ActivationKind.Relu => functional.relu(x),
        ActivationKind.LeakyRelu => x.leaky_relu(Numbers.Of(activation.Slope)),
        ActivationKind.Tanh => x.tanh(),
        ActivationKind.Elu => x.elu(Numbers.One, Numbers.One, Numbers.One),
        _ => x,
    };
}

/// <summary>What a flat body of no layers gives, in the range that the network sees.</summary>
internal sealed class ScaleLayer(double scale) : Layer
{
    public override string Export(OnnxGraph graph, string x) => graph.Scale(x, scale);

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass) => input.mul(Numbers.Of(scale));
}

/// <summary>
/// Rows (B, features) rescaled to 0..1, each by its own lowest and highest number (Schrittwieser et al. 2020, MuZero).
/// </summary>
internal sealed class RenormalizeLayer : Layer
{
    // For rows whose numbers are all the same.
    private const double Least = 1e-5;
    private static readonly long[] Features = [1];

    public override string Export(OnnxGraph graph, string x)
    {
        var (low, high) = (Extreme("ReduceMin"), Extreme("ReduceMax"));
        var range = graph.Node("Add", [graph.Node("Sub", [high, low]), graph.Constant(Least)]);
        return graph.Node("Div", [graph.Node("Sub", [x, low]), range]);

        string Extreme(string name) => graph.Node(name, [x], OnnxGraph.With("axes", [1]), OnnxGraph.With("keepdims", 1L));
    }

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass)
    {
        var rows = As(pass.Leaf(input), ScalarType.Float32);
        var low = rows.amin(Features, keepdim: true);
        return (rows - low) / (rows.amax(Features, keepdim: true) - low).Plus(Numbers.Of(Least));
    }
}

/// <summary>ReLU of images that leaves its input as it is, for residual branches.</summary>
internal sealed class BranchReluLayer : KernelLayer
{
    public override string Export(OnnxGraph graph, string x) => graph.Node("Relu", [x]);

    public override void Backward(in Tape.Entry entry, KernelPool pool, Tensor dy, Tensor? dx)
    {
        if (dx is not null)
            pool.ReluBack(dx.NumberOfElements, entry.Y, dy, dx);
    }

    protected override Tensor Input(Tensor input, in Pass pass) => pass.Images(input);

    protected override (Tensor Y, Tensor? Kept) ByKernels(ParameterSet parameters, Tensor x, KernelPool pool)
    {
        var y = empty_like(x);
        pool.Relu(x.NumberOfElements, x, y);
        return (y, null);
    }

    protected override Tensor ByTorch(ParameterSet parameters, Tensor input, in Pass pass) => functional.relu(input);
}

/// <summary>Images (B, C, H, W), channels last in memory, to (B, C H W) in PyTorch's order.</summary>
internal sealed class FlattenLayer(Planes planes) : KernelLayer
{
    public override string Export(OnnxGraph graph, string x) => graph.Node("Flatten", [x]);

    public override void Backward(in Tape.Entry entry, KernelPool pool, Tensor dy, Tensor? dx)
    {
        if (dx is not null)
            pool.ToRows(entry.X.size(0), planes.Channels, planes.Height * planes.Width, dy, dx);
    }

    protected override Tensor Input(Tensor input, in Pass pass) => pass.Images(input);

    protected override (Tensor Y, Tensor? Kept) ByKernels(ParameterSet parameters, Tensor x, KernelPool pool)
    {
        var y = Empty(x.size(0), planes.Elements);
        pool.ToRows(x.size(0), planes.Height * planes.Width, planes.Channels, x, y);
        return (y, null);
    }

    protected override Tensor ByTorch(ParameterSet parameters, Tensor input, in Pass pass) => input.flatten(1);
}

/// <summary>
/// LayerNorm over everything but the batch, with scale and shift, and ReLU where asked; images or rows.
/// </summary>
internal sealed class LayerNormLayer : KernelLayer
{
    private readonly int _weight;
    private readonly int _bias;
    private readonly long[] _shape;
    private readonly long _count;
    private readonly int[] _trained;
    private bool _relu;

    public LayerNormLayer(NetworkBuilder builder, string name, long[] shape)
    {
        _shape = shape;
        _count = shape.Aggregate(1L, (product, side) => product * side);
        _weight = builder.Layout.Add($"{name}.weight", shape, Initializers.Ones);
        _bias = builder.Layout.Add($"{name}.bias", shape, Initializers.Zeros);
        _trained = [_weight, _bias];
        builder.Rows.Add(name, "layer norm", shape);
    }

    public override bool TryAddRelu() => _relu = true;

    public override string Export(OnnxGraph graph, string x)
    {
        var y = graph.Node(
            "LayerNormalization",
            [x, graph.Parameter(_weight), graph.Parameter(_bias)],
            OnnxGraph.With("axis", (long)-_shape.Length),
            OnnxGraph.With("epsilon", 1e-5));
        return _relu ? graph.Node("Relu", [y]) : y;
    }

    public override ReadOnlySpan<int> Trained => _trained;

    public override void Backward(in Tape.Entry entry, KernelPool pool, Tensor dy, Tensor? dx)
    {
        var p = entry.Parameters!;
        pool.LayerNormBack(
            Shape(entry.X), entry.X, p.Data(_weight), entry.Y, entry.Kept!, dy, dx, p.GradientData(_weight), p.GradientData(_bias));
    }

    protected override Tensor Input(Tensor input, in Pass pass) => _shape.Length == 3 ? pass.Images(input) : pass.Rows(input);

    protected override (Tensor Y, Tensor? Kept) ByKernels(ParameterSet parameters, Tensor x, KernelPool pool)
    {
        var (y, statistics) = (empty_like(x), Empty(x.size(0), 2));
        pool.LayerNorm(Shape(x), x, parameters.Data(_weight), parameters.Data(_bias), y, statistics);
        return (y, statistics);
    }

    protected override Tensor ByTorch(ParameterSet parameters, Tensor input, in Pass pass)
    {
        var y = functional.layer_norm(As(input, ScalarType.Float32), _shape, parameters[_weight], parameters[_bias]);
        return _relu ? functional.relu(y, inplace: true) : y;
    }

    private KernelPool.Normalization Shape(Tensor x) => new() { Rows = x.size(0), Count = _count, Relu = _relu ? 1 : 0 };
}

/// <summary>Batch norm over (B, H, W) of each channel, momentum 0.1.</summary>
internal sealed class BatchNormLayer : Layer
{
    private readonly int _weight;
    private readonly int _bias;
    private readonly int _mean;
    private readonly int _variance;

    public BatchNormLayer(NetworkBuilder builder, string name, long[] shape, int channels)
    {
        _weight = builder.Layout.Add($"{name}.weight", [channels], Initializers.Ones, byTorch: true);
        _bias = builder.Layout.Add($"{name}.bias", [channels], Initializers.Zeros, byTorch: true);
        _mean = builder.Layout.AddBuffer($"{name}.running_mean", [channels], Initializers.Zeros);
        _variance = builder.Layout.AddBuffer($"{name}.running_var", [channels], Initializers.Ones);
        builder.Rows.Add(name, "batch norm", shape);
    }

    public override string Export(OnnxGraph graph, string x) => graph.Node(
        "BatchNormalization",
        [x, graph.Parameter(_weight), graph.Parameter(_bias), graph.Buffer(_mean), graph.Buffer(_variance)],
        OnnxGraph.With("epsilon", 1e-5));

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass) =>
        functional.batch_norm(
            As(input, ScalarType.Float32),
            parameters.Buffer(_mean),
            parameters.Buffer(_variance),
            parameters[_weight],
            parameters[_bias],
            pass.Training);
}
