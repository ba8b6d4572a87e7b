using FastDqn.Core;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>
/// A target rule of your own: what Q(s, a) is trained towards, for networks that estimate the mean
/// (<c>head.kind=expected</c>), are not recurrent and learn from replay. Properties with <see cref="OptionAttribute"/>
/// are its options (<c>target.rule_options</c>). It runs without gradient. On a GPU its operations are recorded once
/// and replayed, so it reads no tensor's values and chooses nothing by them.
/// </summary>
public interface ITargetRule
{
    /// <summary>The targets (B) of a minibatch.</summary>
    Tensor Target(TargetInputs inputs);
}

/// <summary>
/// A loss of your own: the error of each prediction of a network that estimates the mean. As with
/// <see cref="ITargetRule"/> properties with <see cref="OptionAttribute"/> are its options (<c>loss.rule_options</c>).
/// </summary>
public interface ILossRule
{
    /// <summary>Errors (B), differentiable in the predictions (B); the targets (B) are constants.</summary>
    Tensor Errors(Tensor predicted, Tensor target);
}

/// <summary>What a target is made of: B transitions, A actions. Tensors belong to the learner.</summary>
public sealed class TargetInputs
{
    private readonly Func<Tensor> _nextOnline;
    private readonly Func<Tensor> _current;

    internal TargetInputs(
        Tensor returns, Tensor discounts, Tensor actions, Tensor nextTarget, Func<Tensor> nextOnline, Func<Tensor> current)
    {
        (Returns, Discounts, Actions, NextTarget) = (returns, discounts, actions, nextTarget);
        (_nextOnline, _current) = (nextOnline, current);
    }

    /// <summary>(B) n-step returns: the rewards until the next state, discounted.</summary>
    public Tensor Returns { get; }

    /// <summary>(B) discount of the next state's value: gamma^n, 0 after a termination.</summary>
    public Tensor Discounts { get; }

    /// <summary>(B) actions taken, int64.</summary>
    public Tensor Actions { get; }

    /// <summary>(B, A) the target network's Q-values of the next states.</summary>
    public Tensor NextTarget { get; }

    /// <summary>(B, A) the online network's Q-values of the next states, computed when asked for.</summary>
    public Tensor NextOnline => _nextOnline();

    /// <summary>(B, A) the target network's Q-values of the states themselves, computed when asked for.</summary>
    public Tensor Current => _current();
}

/// <summary>Names a head, a target rule or a loss of your own for <c>--assembly FILE</c>.</summary>
/// <param name="name">As given to <c>head.rule</c>, <c>target.rule</c> or <c>loss.rule</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class FastDqnRuleAttribute(string name) : Attribute
{
    /// <summary>As given to <c>head.rule</c>, <c>target.rule</c> or <c>loss.rule</c>.</summary>
    public string Name { get; } = name;
}
