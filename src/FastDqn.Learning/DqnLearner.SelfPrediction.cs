using FastDqn.Core;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Targets;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>
/// The network predicts its own features (Schwarzer et al. 2021, SPR). From those of s_t and the actions a_t, a_t+1,
/// ... a transition model goes on step after step. Each step's features, projected by the head's hidden layers and led
/// through a predictor, are compared with the projected features of the observation that followed, which come of a
/// momentum encoder and have no gradient.
/// </summary>
public sealed partial class DqnLearner
{
    private static readonly long[] Steps = [0];

    private readonly ParameterSet? _momentum;
    private readonly Action? _followMomentum;

    /// <summary>
    /// The parameters whose features are predicted: the online ones, the target network's where it follows just so, or
    /// a set of their own.
    /// </summary>
    private ParameterSet Momentum => _momentum ?? (Spec.SelfPrediction.Tau >= 1 ? Online : _target);

    /// <summary>Whether the momentum encoder is a set of parameters of its own.</summary>
    internal static bool HasMomentumEncoder(AlgorithmSpec spec) => spec.SelfPrediction is { Steps: > 0, Tau: < 1 and var tau }
        && !(spec.Target is { UseTargetNetwork: true, Period: 1 } target && target.Tau.Equals(tau));

    /// <summary>Errors (B) of the predictions, averaged over the steps; those that are not valid count as 0.</summary>
    private Tensor PredictionErrors(Tensor features, in Shown shown, in Pass pass)
    {
        var (steps, size) = (Spec.SelfPrediction.Steps, features.size(0));
        Tensor target;
        using (no_grad())
        {
            var looking = new Pass(Training: false, Noise: null, Pool);
            target = Network.Project(Momentum, Network.Features(Momentum, shown.Observations, looking), looking);
        }

        var quiet = pass with { Noise = null };
        var latents = new Tensor[steps];
        var latent = features;
        for (var step = 0; step < steps; step++)
            latent = latents[step] = Network.Advance(Online, latent, shown.Actions.narrow(0, step * size, size), quiet);
        var predicted = Network.Predict(Online, Network.Project(Online, cat(latents), quiet), quiet);
        return (Losses.Cosine(predicted, target) * shown.Valid).view(steps, size).mean(Steps);
    }

    /// <summary>What is shown of the steps after B transitions, step after step.</summary>
    private readonly record struct Shown(Tensor Observations, Tensor Actions, Tensor Valid);
}
