using System.Globalization;
using FastDqn.Core;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Networks;

/// <summary>
/// Declares a network's layers. Modules are numbered as in a <c>torch.nn.Sequential</c> called <c>network</c>
/// (CleanRL's naming), where activations and flattening take a number too.
/// </summary>
internal sealed class NetworkBuilder
{
    private readonly List<(int Inputs, int Outputs)> _noise = [];
    private readonly AlgorithmSpec _spec;
    private readonly NetworkInput _input;
    private double _inputScale;
    private int _index;

    public NetworkBuilder(AlgorithmSpec spec, NetworkInput input, bool channelsLast)
    {
        (_spec, _input, _inputScale) = (spec, input, ScaleOf(spec, input));
        Layout = new ParameterLayout(channelsLast);
        Rows = new NetworkRows(Layout);
    }

    public ParameterLayout Layout { get; }

    public NetworkRows Rows { get; }

    /// <summary>What the body's convolutions give; empty without any.</summary>
    public Planes Map { get; private set; }

    public Initialization Init => _spec.Body.Init;

    /// <summary>Layers have biases.</summary>
    public bool HasBias => _spec.Body.Bias;

    /// <summary>Declares a layer's bias of <paramref name="outputs"/> numbers; -1 where the network has none.</summary>
    public int AddBias(string layer, int outputs, long fanIn) =>
        HasBias ? Layout.Add($"{layer}.bias", [outputs], Initializers.Bias(Init, fanIn)) : -1;

    /// <summary>Inputs and outputs of each noisy layer.</summary>
    public IReadOnlyList<(int Inputs, int Outputs)> Noise => _noise;

    public int AddNoise(int inputs, int outputs)
    {
        _noise.Add((inputs, outputs));
        return _noise.Count - 1;
    }

    /// <summary>The next module's name in the Sequential.</summary>
    public string Next() => string.Create(CultureInfo.InvariantCulture, $"network.{_index++}");

    /// <summary>The factor that the first layer folds into its weights; 1 for all others.</summary>
    public double TakeInputScale()
    {
        var scale = _inputScale;
        _inputScale = 1;
        return scale;
    }

    /// <summary>
    /// The body's layers and the number of features they give. With <paramref name="trunkOnly"/> the body ends before
    /// its last fully connected layer (the head brings its own).
    /// </summary>
    public (IReadOnlyList<Layer> Layers, int Features) Body(bool trunkOnly)
    {
        var body = _spec.Body;
        var layers = new List<Layer>();
        if (body.Kind == BodyKind.Impala)
            return (layers, Impala(layers, InputPlanes(), trunkOnly));
        var (convolutions, widths) = body.Composition();
        if (body.IsFlat)
        {
            Rows.Add("input", InputText(), [_input.Elements]);
            var features = Dense(layers, _input.Elements, widths);
            // No layer of the body folds it in, and no head of two streams or of the user's and no LSTM can.
            if ((trunkOnly || body.Lstm > 0 || _spec.HeadRule is not null) && TakeInputScale() is not 1 and var scale)
                layers.Add(new ScaleLayer(scale));
            return (layers, features);
        }

        var planes = convolutions.Aggregate(InputPlanes(), (seen, convolution) => Convolve(layers, seen, convolution));
        Flatten(layers, planes);
        Renormalize(layers, planes);
        return (layers, Dense(layers, planes.Elements, trunkOnly ? widths.SkipLast(1) : widths));
    }

    /// <summary>
    /// Has <paramref name="layers"/> end with an activation, called <paramref name="name"/>, which is asked for only if
    /// there is one.
    /// </summary>
    public void Activate(List<Layer> layers, Activation activation, long[] shape, Func<string> name)
    {
        if (activation == ActivationKind.None)
            return;
        if (activation != ActivationKind.Relu || !layers[^1].TryAddRelu())
            layers.Add(new ActivationLayer(activation));
        Rows.Add(name(), activation.ToString(), shape);
    }

    /// <summary>The body's activation, for the head's hidden layers.</summary>
    public void Activate(List<Layer> layers, long[] shape, Func<string> name) => Activate(layers, _spec.Body.Activation, shape, name);

    private static double ScaleOf(AlgorithmSpec spec, NetworkInput input) => (input.Kind, spec.Body.Input) switch
    {
        (ObservationKind.UInt8, InputRange.Unit) => 1.0 / 255,
        (ObservationKind.UInt8, InputRange.Signed) => 1.0 / 128,
        _ => 1,
    };

    private string InputText() => _input.Kind == ObservationKind.Float32 ? "float32" : _spec.Body.Input switch
    {
        InputRange.Unit => "uint8 / 255",
        InputRange.Signed => "(uint8 - 128) / 128",
        _ => "uint8",
    };

    private Planes InputPlanes()
    {
        var shape = _input.Shape;
        var planes = shape.Count switch
        {
            3 => new Planes(shape[0], shape[1], shape[2]),
            4 => new Planes(shape[0] * shape[1], shape[2], shape[3]),
            _ => throw new FastDqnException(
                ErrorKind.Usage,
                $"body.kind {OptionRecord.Word(_spec.Body.Kind)} needs observations of (channels, height, width), these are {_input}: "
                + "use body.kind mlp"),
        };
        Rows.Add("input", InputText(), planes);
        return planes;
    }

    private Planes Convolve(List<Layer> layers, Planes seen, ConvolutionSpec convolution)
    {
        var body = _spec.Body;
        var window = new ConvolutionWindow(seen, convolution, convolution.Padding ?? body.Padding);
        if (window.Output is not { Height: > 0, Width: > 0 })
            throw new FastDqnException(
                ErrorKind.Usage,
                $"body.kind {OptionRecord.Word(body.Kind)} does not fit observations of {_input}: "
                + $"a {convolution.Height}x{convolution.Width} convolution sees {seen.Height}x{seen.Width}");
        var planes = window.Output;
        if ((long)planes.Channels * planes.Height * planes.Width > int.MaxValue)
        {
            throw new FastDqnException(
                ErrorKind.Usage, $"body.convolutions: '{convolution}' gives {string.Join('x', planes.Sides)} numbers, which is too many");
        }

        layers.Add(new ConvLayer(this, Next(), window));
        Finish(layers, convolution.Norm ?? body.Norm, convolution.Activation ?? body.Activation, planes.Sides, planes.Channels);
        return planes;
    }

    /// <summary>Norm and activation of a convolution or, without channels, of a fully connected layer.</summary>
    private void Finish(List<Layer> layers, NormKind norm, Activation activation, long[] shape, int? channels = null)
    {
        if (norm == NormKind.Batch && channels is { } count)
            layers.Add(new BatchNormLayer(this, Next(), shape, count));
        if (norm == NormKind.Layer)
            layers.Add(new LayerNormLayer(this, Next(), shape));
        Activate(layers, activation, shape, Next);
    }

    private void Flatten(List<Layer> layers, Planes planes)
    {
        layers.Add(new FlattenLayer(planes));
        Rows.Add(Next(), "flatten", [planes.Elements]);
        Map = planes;
    }

    private void Renormalize(List<Layer> layers, Planes planes)
    {
        if (!_spec.Body.Renormalize)
            return;
        layers.Add(new RenormalizeLayer());
        Rows.Add("renormalize", "to 0..1", [planes.Elements]);
    }

    private int Dense(List<Layer> layers, int features, IEnumerable<int> widths)
    {
        foreach (var width in widths)
        {
            layers.Add(new LinearLayer(this, Next(), features, width));
            Finish(layers, _spec.Body.Norm, _spec.Body.Activation, [width]);
            features = width;
        }

        return features;
    }

    private int Impala(List<Layer> layers, Planes planes, bool trunkOnly)
    {
        var body = _spec.Body;
        foreach (var outputs in (int[])[16, 32, 32])
        {
            var stage = new ImpalaStage(this, Next(), planes, outputs * body.Scale, body.SpectralNorm);
            layers.Add(stage);
            planes = stage.Output;
        }

        if (body.MaxPoolSide > 0)
        {
            // Pooling comes before the last ReLU; the two commute.
            layers.Add(new AdaptiveMaxPoolLayer(planes, body.MaxPoolSide));
            planes = planes with { Height = body.MaxPoolSide, Width = body.MaxPoolSide };
            Rows.Add("max_pool", "max pool", planes);
        }

        Flatten(layers, planes);
        Finish(layers, body.Norm, ActivationKind.Relu, [planes.Elements]);
        Renormalize(layers, planes);
        return Dense(layers, planes.Elements, trunkOnly || body.Hidden == 0 ? [] : [body.Hidden]);
    }
}
