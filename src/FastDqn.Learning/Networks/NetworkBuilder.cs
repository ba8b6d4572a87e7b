using System.Globalization;
using FastDqn.Core;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Networks;

/// <summary>
/// Declares a network's layers. Modules are numbered as in a <c>torch.nn.Sequential</c> called <c>network</c>
/// (CleanRL's naming), where activations and flattening take a number too.
/// </summary>
internal sealed class NetworkBuilder(AlgorithmSpec spec, NetworkInput input, bool channelsLast)
{
    private readonly List<(int Inputs, int Outputs)> _noise = [];
    private double _inputScale = input.Kind == ObservationKind.UInt8 ? 1.0 / 255 : 1;
    private int _index;

    public ParameterLayout Layout { get; } = new(channelsLast);

    public InitKind Init => spec.Body.Init;

    /// <summary>Declares a layer's bias of <paramref name="outputs"/> numbers; -1 where the network has none.</summary>
    public int AddBias(string layer, int outputs, long fanIn) =>
        spec.Body.Bias ? Layout.Add($"{layer}.bias", [outputs], Initializers.Bias(Init, fanIn)) : -1;

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
    /// its fully connected layer (the head brings its own).
    /// </summary>
    public (IReadOnlyList<Layer> Layers, int Features) Body(bool trunkOnly)
    {
        var body = spec.Body;
        var layers = new List<Layer>();
        if (body.Kind == BodyKind.Mlp)
            return (layers, Mlp(layers, input.Elements, body.Widths));
        var planes = InputPlanes();
        switch (body.Kind)
        {
            case BodyKind.Dqn2013:
                planes = Conv(layers, Conv(layers, planes, 16, 8, 4), 32, 4, 2);
                return (layers, Connect(layers, planes, trunkOnly ? [] : [256]));
            case BodyKind.Nature:
                planes = Conv(layers, Conv(layers, Conv(layers, planes, 32, 8, 4), 64, 4, 2), 64, 3, 1);
                return (layers, Connect(layers, planes, trunkOnly ? [] : [512]));
            case BodyKind.GridWorld:
                return (layers, Connect(layers, Conv(layers, planes, 16, 3, 1), trunkOnly ? [] : [128]));
            case BodyKind.Conv5x5:
                return (layers, Connect(layers, Conv(layers, Conv(layers, Conv(layers, planes, 16, 5, 2), 32, 5, 2), 32, 5, 2), []));
            case BodyKind.Impala:
                return (layers, Impala(layers, planes, trunkOnly));
            default:
                throw new FastDqnException(ErrorKind.Usage, $"body.kind {body.Kind} is unknown");
        }
    }

    private Planes InputPlanes() => input.Shape.Count switch
    {
        3 => new(input.Shape[0], input.Shape[1], input.Shape[2]),
        4 => new(input.Shape[0] * input.Shape[1], input.Shape[2], input.Shape[3]),
        _ => throw new FastDqnException(
            ErrorKind.Usage,
            $"body.kind {spec.Body.Kind} needs observations of (channels, height, width), these are {input}: use body.kind mlp"),
    };

    private Planes Conv(List<Layer> layers, Planes seen, int outputs, int kernel, int stride)
    {
        var (height, width) = (seen.Height, seen.Width);
        var padding = spec.Body.SamePadding ? SamePadding(kernel, stride, height, width) : 0;
        if (height + (2 * padding) < kernel || width + (2 * padding) < kernel)
            throw new FastDqnException(
                ErrorKind.Usage,
                $"body.kind {spec.Body.Kind} does not fit observations of {input}: a {kernel}x{kernel} convolution sees {height}x{width}");
        var layer = new ConvLayer(this, Next(), seen, outputs, kernel, stride, padding);
        layers.Add(layer);
        if (spec.Body.Norm == NormKind.Batch)
            layers.Add(new BatchNormLayer(this, Next(), outputs));
        Activate(layers, [layer.Output.Channels, layer.Output.Height, layer.Output.Width]);
        return layer.Output;
    }

    /// <summary>
    /// Zeros on each border so that the output has 1 / stride of the sides; TensorFlow would pad other sizes on one
    /// border more than on the other.
    /// </summary>
    private int SamePadding(int kernel, int stride, int height, int width) =>
        height % stride == 0 && width % stride == 0 && kernel >= stride && (kernel - stride) % 2 == 0
            ? (kernel - stride) / 2
            : throw new FastDqnException(
                ErrorKind.Usage,
                $"body.same_padding does not fit observations of {input}: "
                + $"a {kernel}x{kernel} convolution of stride {stride} sees {height}x{width}");

    private int Connect(List<Layer> layers, Planes planes, IReadOnlyList<int> widths)
    {
        layers.Add(new FlattenLayer(planes));
        _ = Next();
        return Mlp(layers, planes.Elements, widths);
    }

    private int Mlp(List<Layer> layers, int features, IReadOnlyList<int> widths)
    {
        foreach (var width in widths)
        {
            layers.Add(new LinearLayer(this, Next(), features, width));
            Activate(layers, [width]);
            features = width;
        }

        return features;
    }

    private void Activate(List<Layer> layers, long[] shape)
    {
        if (spec.Body.Norm == NormKind.Layer)
            layers.Add(new LayerNormLayer(this, Next(), shape));
        if (!layers[^1].TryAddRelu())
            layers.Add(new ReluLayer());
        _ = Next();
    }

    private int Impala(List<Layer> layers, Planes planes, bool trunkOnly)
    {
        foreach (var outputs in (int[])[16, 32, 32])
        {
            var stage = new ImpalaStage(this, Next(), planes, outputs * spec.Body.Scale, spec.Body.SpectralNorm);
            layers.Add(stage);
            planes = stage.Output;
        }

        if (spec.Body.MaxPoolSide > 0)
        {
            // Pooling comes before the last ReLU; the two commute.
            layers.Add(new AdaptiveMaxPoolLayer(spec.Body.MaxPoolSide));
            planes = planes with { Height = spec.Body.MaxPoolSide, Width = spec.Body.MaxPoolSide };
        }

        layers.Add(new FlattenLayer(planes));
        _ = Next();
        Activate(layers, [planes.Elements]);
        return Mlp(layers, planes.Elements, trunkOnly || spec.Body.Hidden == 0 ? [] : [spec.Body.Hidden]);
    }
}
