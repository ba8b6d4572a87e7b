using FastDqn.Core;
using FastDqn.Learning.Targets;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Networks;

/// <summary>A head of the user's own as part of a network. What it gives is checked.</summary>
internal sealed class OwnHead
{
    private readonly IHeadRule _rule;
    private readonly HeadForward _forward;
    private readonly string _name;
    private readonly int _actions;

    public OwnHead(NetworkBuilder network, IHeadRule rule, string name, int features, int actions)
    {
        (_rule, _name, _actions) = (rule, $"head.rule {name}", actions);
        var (builder, before) = (new HeadBuilder(network, _name, features, actions), network.Layout.TrainedCount);
        _forward = rule.Build(builder) ?? throw new FastDqnException(ErrorKind.Usage, $"{_name}: Build returned nothing");
        network.Rows.AddWhole("head", name, [actions], network.Layout.TrainedCount - before, builder.MultiplyAdds);
    }

    /// <summary>(B, features) to (B, actions) or (B, actions, N).</summary>
    public Tensor Forward(ParameterSet parameters, Tensor features, in Pass pass)
    {
        var output = _forward(new HeadPass(parameters, Layer.As(pass.Leaf(features), ScalarType.Float32)));
        return output is not null && output.Dimensions is 2 or 3 && output.size(0) == features.size(0) && output.size(1) == _actions
            ? output
            : throw Misshapen("", output, $"[{features.size(0)}, {_actions}], or that and one side more,");
    }

    /// <summary>What <see cref="Forward"/> gave to (B, actions) Q-values.</summary>
    public Tensor Values(Tensor output)
    {
        var values = _rule.Values(output);
        return values is not null && values.Dimensions == 2 && values.size(0) == output.size(0) && values.size(1) == _actions
            ? values
            : throw Misshapen(": Values", values, $"[{output.size(0)}, {_actions}]");
    }

    /// <summary>Errors (B) of what <see cref="Forward"/> gave; null: they are the Q-values'.</summary>
    public Tensor? Errors(Tensor output, Tensor actions, Tensor target)
    {
        var taken = output.Dimensions == 3 ? BellmanTargets.Of(output, actions) : output.gather(1, actions.unsqueeze(1)).squeeze(1);
        var errors = _rule.Errors(taken, target);
        return errors is null || (errors.Dimensions == 1 && errors.size(0) == target.size(0))
            ? errors
            : throw Misshapen(": Errors", errors, $"[{target.size(0)}]");
    }

    private FastDqnException Misshapen(string what, Tensor? given, string needed) => new(
        ErrorKind.Failure,
        given is null
            ? $"{_name}{what} gave nothing; a tensor of shape {needed} is needed"
            : $"{_name}{what} gave a tensor of shape [{string.Join(", ", given.shape)}]; one of {needed} is needed");
}
