using FastDqn.Core;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FastDqn.Learning;

/// <summary>
/// Learns from replayed minibatches: DQN and its descendants, as <see cref="AlgorithmSpec"/> puts them together. One update is a target
/// without gradient, a prediction, an error, a descent; the target network follows by itself every
/// <see cref="TargetSpec.Period"/> updates, or, where episodes are counted instead, when the caller says so (<see cref="SyncTarget"/>).
/// </summary>
public sealed class DqnLearner : QLearner
{
    private readonly ParameterSet _target;
    private readonly NoiseSample _onlineNoise;
    private readonly NoiseSample _targetNoise;
    private readonly FractionSampler _onlineFractions;
    private readonly FractionSampler _targetFractions;
    private readonly FractionSampler _policyFractions;
    private readonly Tensor? _atoms;
    private readonly Tensor? _midpoints;
    private readonly long[] _batchShape;

    /// <param name="spec">The algorithm, without a rollout part; checked here.</param>
    /// <param name="input">What the network sees.</param>
    /// <param name="actions">Number of actions.</param>
    /// <param name="seed">Seed of the weights and of every draw.</param>
    /// <param name="device">cpu, cuda or cuda:N.</param>
    /// <param name="threads">Threads that compute an update on the CPU, the caller's counted; results do not depend on it.</param>
    public DqnLearner(AlgorithmSpec spec, NetworkInput input, int actions, ulong seed, string device = "cpu", int threads = 1)
        : base(spec, input, actions, seed, device, threads)
    {
        if (spec.Rollout is not null)
            throw new FastDqnException(ErrorKind.Usage, $"algorithm '{spec.Name}' learns from rollouts: it needs a PqnLearner");
        _target = new ParameterSet(Network.Layout, Device, trainable: false);
        _target.CopyFrom(Online);
        _onlineNoise = new NoiseSample(Network.Noise, Device);
        _targetNoise = new NoiseSample(Network.Noise, Device);
        _onlineFractions = new FractionSampler(Device);
        _targetFractions = new FractionSampler(Device);
        _policyFractions = new FractionSampler(Device);
        _atoms = NetworkEvaluator.Atoms(spec.Head, Device);
        _midpoints = Midpoints(spec.Head, Device);
        _batchShape = [1, .. input.Shape.Select(side => (long)side)];
    }

    private ParameterSet Target => Spec.Target.UseTargetNetwork ? _target : Online;

    /// <summary>Copies (or, with tau below 1, mixes) the online parameters into the target network.</summary>
    public void SyncTarget()
    {
        if (Spec.Target.Tau >= 1)
            _target.CopyFrom(Online);
        else
            _target.MixFrom(Online, Spec.Target.Tau);
    }

    /// <summary>
    /// One gradient step on <paramref name="batch"/>, then the target copy where it is due. The gradient's norm is told when clipping needs it or
    /// <paramref name="wantNorm"/> asks for it.
    /// </summary>
    public UpdateStats Update(Minibatch batch, bool wantNorm = false)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ForgetOldHosts();
        using var scope = NewDisposeScope();
        _batchShape[0] = batch.Size;
        var type = Input.Kind == ObservationKind.UInt8 ? ScalarType.Byte : ScalarType.Float32;
        var observations = FromHost(batch.Observations, type, _batchShape);
        var next = FromHost(batch.NextObservations, type, _batchShape);
        var actions = FromHost(batch.Actions, ScalarType.Int64, batch.Size);
        var returns = FromHost(batch.Returns, ScalarType.Float32, batch.Size);
        var discounts = FromHost(batch.Discounts, ScalarType.Float32, batch.Size);
        _onlineNoise.Resample(Random);
        _targetNoise.Resample(Random);

        Tensor target;
        using (no_grad())
            target = TargetOf(observations, next, actions, returns, discounts);
        var (errors, predicted) = Errors(observations, actions, target);
        var weighted = !batch.Prioritized ? errors : errors * FromHost(batch.Weights, ScalarType.Float32, batch.Size);
        var loss = weighted.mean();
        var norm = Descend(Spec.Loss.SumOverBatch ? weighted.sum() : loss, wantNorm);
        if (batch.Prioritized)
            WriteErrors(batch, errors, predicted, target);
        ParametersVersion++;
        if (Spec.Target is { UseTargetNetwork: true, Period: > 0 } && ParametersVersion % Spec.Target.Period == 0)
            SyncTarget();
        var stats = LearnerStats.Read(loss, predicted.mean(), norm, MeanOf(target));
        GC.KeepAlive(batch);
        return stats;
    }

    private protected override void SaveMore(StateWriter writer) => _target.Save(writer);

    private protected override void LoadMore(StateReader reader) => _target.Load(reader);

    private protected override void OnWeightsReplaced() => _target.CopyFrom(Online);

    private protected override void DisposeMore()
    {
        _target.Dispose();
        _onlineNoise.Dispose();
        _targetNoise.Dispose();
        _onlineFractions.Dispose();
        _targetFractions.Dispose();
        _policyFractions.Dispose();
        _atoms?.Dispose();
        _midpoints?.Dispose();
    }

    /// <summary>Fractions (1, N) at the middle of QR-DQN's N quantiles.</summary>
    private static Tensor? Midpoints(HeadSpec head, Device device)
    {
        if (head.Kind != HeadKind.Quantile)
            return null;
        using var scope = NewDisposeScope();
        return ((arange(head.Quantiles, ScalarType.Float32, device) + 0.5) / head.Quantiles).view(1, -1).DetachFromDisposeScope();
    }

    /// <summary>(B) expected targets, (B, N) probabilities of the atoms, or (B, N') samples of the target's quantiles.</summary>
    private Tensor TargetOf(Tensor observations, Tensor next, Tensor actions, Tensor returns, Tensor discounts)
    {
        var pass = new Pass(Training: false, _targetNoise, Pool);
        var features = Network.Features(Target, next, pass);
        var output = Network.Head(Target, features, Fractions(_targetFractions, next, Spec.Head.TargetTaus), pass);
        if (Spec.Target.Munchausen)
            return MunchausenTarget(observations, actions, returns, discounts, features, output);

        if (Spec.Head.Kind == HeadKind.Expected)
            return BellmanTargets.Max(returns, discounts, output, Spec.Target.Double ? OnlineQ(next) : null);
        var chooser = Spec.Target.Double ? OnlineQ(next) : PolicyQ(features, output, pass);
        var chosen = BellmanTargets.Chosen(output, chooser);
        return Spec.Head.Kind == HeadKind.Categorical
            ? BellmanTargets.Project(returns, discounts, functional.softmax(chosen, 1), _atoms!, Spec.Head.MinValue, Spec.Head.MaxValue)
            : BellmanTargets.Shifted(returns, discounts, chosen);
    }

    /// <summary>Vieillard et al. 2020: both the bonus at s and the policy at s' are the target network's.</summary>
    private Tensor MunchausenTarget(
        Tensor observations, Tensor actions, Tensor returns, Tensor discounts, Tensor nextFeatures, Tensor nextOutput)
    {
        var pass = new Pass(Training: false, _targetNoise, Pool);
        var features = Network.Features(Target, observations, pass);
        var q = Network.Q(Network.Head(Target, features, Fractions(_policyFractions, observations, Spec.Head.ActingTaus), pass), _atoms);
        var bonus = BellmanTargets.MunchausenBonus(q, actions, Spec.Target);
        var nextQ = PolicyQ(nextFeatures, nextOutput, pass);
        return Spec.Head.Kind == HeadKind.Expected
            ? returns.Plus(bonus).Plus(discounts * BellmanTargets.SoftValue(nextQ, Spec.Target.MunchausenTau))
            : BellmanTargets.Shifted(
                returns.Plus(bonus), discounts, BellmanTargets.SoftQuantiles(nextOutput, nextQ, Spec.Target.MunchausenTau));
    }

    /// <summary>The target network's Q-values that choose actions: of the same output, or for IQN of a sample of their own.</summary>
    private Tensor PolicyQ(Tensor features, Tensor output, in Pass pass) => Spec.Head.Kind == HeadKind.ImplicitQuantile
        ? Network.Q(Network.Head(Target, features, Fractions(_policyFractions, features, Spec.Head.ActingTaus), pass), null)
        : Network.Q(output, _atoms);

    private Tensor OnlineQ(Tensor observations)
    {
        var pass = new Pass(Training: false, _onlineNoise, Pool);
        var features = Network.Features(Online, observations, pass);
        return Network.Q(Network.Head(Online, features, Fractions(_policyFractions, observations, Spec.Head.ActingTaus), pass), _atoms);
    }

    /// <summary>Errors (B) and the expected return (B) of the actions taken.</summary>
    private (Tensor Errors, Tensor Predicted) Errors(Tensor observations, Tensor actions, Tensor target)
    {
        var pass = new Pass(Training: true, _onlineNoise, Pool, Tape);
        var fractions = Fractions(_onlineFractions, observations, Spec.Head.OnlineTaus) ?? _midpoints;
        var output = Network.Head(Online, Network.Features(Online, observations, pass), fractions, pass);
        if (Spec.Head.Kind == HeadKind.Expected)
        {
            var q = output.gather(1, actions.unsqueeze(1)).squeeze(1);
            return (Losses.Scalar(q, target, Spec.Loss), q.detach());
        }

        var taken = BellmanTargets.Of(output, actions);
        if (Spec.Head.Kind != HeadKind.Categorical)
            return (Losses.QuantileHuber(taken, target, fractions!, Spec.Loss), taken.detach().mean([1]));
        return (Losses.CrossEntropy(taken, target), functional.softmax(taken.detach(), 1).matmul(_atoms!));
    }

    /// <summary>A fresh sample of fractions (B, count) for IQN, null for other heads.</summary>
    private Tensor? Fractions(FractionSampler sampler, Tensor like, int count) =>
        Spec.Head.Kind == HeadKind.ImplicitQuantile ? sampler.Sample(Random, (int)like.shape[0], count) : null;

    private Tensor MeanOf(Tensor target) =>
        Spec.Head.Kind == HeadKind.Categorical ? target.matmul(_atoms!).mean() : target.mean();

    private void WriteErrors(Minibatch batch, Tensor errors, Tensor predicted, Tensor target)
    {
        // |TD error| where there is one, else the distributional loss (Hessel et al. 2018, Rainbow).
        var written = Spec.Head.Kind == HeadKind.Expected ? (target - predicted).abs_() : errors.detach();
        PinnedTensor.Span<float>(written.cpu().contiguous()).CopyTo(batch.ErrorSpan);
    }
}
