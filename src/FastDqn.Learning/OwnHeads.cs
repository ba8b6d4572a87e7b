using FastDqn.Core;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>
/// A head of your own: what a network makes of its features, where it estimates the mean (<c>head.kind=expected</c>).
/// Properties with <see cref="OptionAttribute"/> are its options (<c>head.rule_options</c>). It holds no numbers: the
/// parameters that it declares are those of the network, so that target networks, checkpoints and weight files have
/// them. It is run on several threads at once, and on a GPU recorded once and replayed, so it remembers nothing, draws
/// nothing at random, reads no tensor's values and chooses nothing by them.
/// </summary>
public interface IHeadRule
{
    /// <summary>Declares the layers; what it returns runs them.</summary>
    HeadForward Build(HeadBuilder builder);

    /// <summary>(B, actions) Q-values of what the layers give; by default they give these themselves.</summary>
    Tensor Values(Tensor output) => output;

    /// <summary>
    /// Errors (B) of what the layers give for the actions taken, (B) or (B, N), against the targets (B); null: the loss
    /// is that of the Q-values (<c>loss.kind</c>). A <c>loss.rule</c> takes the place of both.
    /// </summary>
    Tensor? Errors(Tensor taken, Tensor target) => null;
}

/// <summary>
/// Runs a head: (B, actions), or (B, actions, N) where <see cref="IHeadRule.Values"/> makes Q-values of them.
/// </summary>
public delegate Tensor HeadForward(HeadPass pass);

/// <summary>
/// Declares the parameters of a head (<see cref="IHeadRule"/>); in weight files they are <c>head.NAME</c>.
/// </summary>
public sealed class HeadBuilder
{
    private readonly NetworkBuilder _network;
    private readonly string _rule;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    internal HeadBuilder(NetworkBuilder network, string rule, int features, int actions) =>
        (_network, _rule, Features, Actions) = (network, rule, features, actions);

    /// <summary>Numbers that the body gives for an observation.</summary>
    public int Features { get; }

    /// <summary>Actions to choose from.</summary>
    public int Actions { get; }

    internal long MultiplyAdds { get; private set; }

    /// <summary>A fully connected layer, whose weights start as <c>body.init</c> says.</summary>
    public HeadLayer Linear(string name, int inputs, int outputs)
    {
        Name(name);
        if (inputs < 1 || outputs < 1)
            throw new FastDqnException(ErrorKind.Usage, $"{_rule}: layer '{name}' of {inputs} inputs and {outputs} outputs");
        var layout = _network.Layout;
        var weight = layout.Add(
            $"head.{name}.weight", [outputs, inputs], Initializers.Weight(_network.Init, Math.Sqrt(2)), byTorch: true);
        var bias = _network.HasBias
            ? layout.Add($"head.{name}.bias", [outputs], Initializers.Bias(_network.Init, inputs), byTorch: true)
            : -1;
        MultiplyAdds += (long)inputs * outputs;
        return new HeadLayer(new LinearLayer(weight, bias, inputs, outputs));
    }

    /// <summary>Numbers of one or two sides that start uniformly in +-<paramref name="bound"/>.</summary>
    public HeadParameter Parameter(string name, long[] shape, double bound)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Name(name);
        if (shape.Length is not (1 or 2) || shape.Any(side => side < 1))
        {
            throw new FastDqnException(
                ErrorKind.Usage,
                $"{_rule}: parameter '{name}' of shape [{string.Join(", ", shape)}]; one or two sides of 1 or more are needed");
        }

        return new HeadParameter(_network.Layout.Add($"head.{name}", shape, Initializers.Uniform(bound), byTorch: true));
    }

    private void Name(string name)
    {
        if (string.IsNullOrEmpty(name) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            throw new FastDqnException(ErrorKind.Usage, $"{_rule}: '{name}' is no name for a parameter: letters, digits and _");
        if (!_names.Add(name))
            throw new FastDqnException(ErrorKind.Usage, $"{_rule}: two parameters are called '{name}'");
    }
}

/// <summary>A layer that a head has declared.</summary>
public sealed class HeadLayer
{
    internal HeadLayer(LinearLayer layer) => Layer = layer;

    internal LinearLayer Layer { get; }
}

/// <summary>Numbers that a head has declared.</summary>
public sealed class HeadParameter
{
    internal HeadParameter(int index) => Index = index;

    internal int Index { get; }
}

/// <summary>What a head is run with. All tensors are float32.</summary>
public sealed class HeadPass
{
    private readonly ParameterSet _parameters;

    internal HeadPass(ParameterSet parameters, Tensor features) => (_parameters, Features) = (parameters, features);

    /// <summary>(B, features) of the body.</summary>
    public Tensor Features { get; }

    /// <summary>The numbers of a parameter.</summary>
    public Tensor this[HeadParameter parameter]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(parameter);
            return _parameters[parameter.Index];
        }
    }

    /// <summary>(B, inputs) through a layer: (B, outputs).</summary>
    public Tensor Run(HeadLayer layer, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(layer);
        // By libtorch's operations, whose gradient goes through whatever the head does between its layers.
        return Layer.As(layer.Layer.Forward(_parameters, x, new Pass(Training: false, Noise: null, Pool: null)), ScalarType.Float32);
    }
}
