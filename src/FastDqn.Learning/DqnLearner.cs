using FastDqn.Core;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Optimization;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Targets;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FastDqn.Learning;

/// <summary>
/// Learns from replayed minibatches: DQN and its descendants, as <see cref="AlgorithmSpec"/> puts them together. One
/// update is a target without gradient, a prediction, an error, a descent; the target network follows by itself every
/// <see cref="TargetSpec.Period"/> updates, or, where episodes are counted instead, when the caller says so
/// (<see cref="SyncTarget"/>).
/// </summary>
public sealed partial class DqnLearner : QLearner
{
    private const int MostSubmitted = DeviceBlock.Slots;

    private readonly ParameterSet _target;
    private readonly NoiseSample _onlineNoise;
    private readonly NoiseSample _targetNoise;
    private readonly HostDraws _draws;
    private readonly Augmentation? _augmentation;
    private readonly Tensor? _atoms;
    private readonly Tensor? _midpoints;
    private readonly long[] _batchShape;
    private readonly Queue<Submitted> _submitted = new(MostSubmitted);
    private readonly Dictionary<Shape, MinibatchPlan> _plans = [];
    private readonly Action _mix;
    private MinibatchPlan? _plan; // whose work is being computed

    /// <param name="spec">The algorithm, without a rollout part; checked here.</param>
    /// <param name="input">What the network sees.</param>
    /// <param name="actions">Number of actions.</param>
    /// <param name="seed">Seed of the weights and of every draw.</param>
    /// <param name="device">cpu, cuda or cuda:N.</param>
    /// <param name="threads">Threads that compute an update on the CPU, the caller's counted; results do not depend on
    /// it.</param>
    /// <param name="settings">How a GPU works.</param>
    public DqnLearner(
        AlgorithmSpec spec, NetworkInput input, int actions, ulong seed, string device = "cpu", int threads = 1,
        LearnerSettings? settings = null)
        : base(spec, input, actions, seed, device, threads, settings)
    {
        using var entered = Queue.Enter();
        if (spec.Rollout is not null)
            throw new FastDqnException(ErrorKind.Usage, $"algorithm '{spec.Name}' learns from rollouts: it needs a PqnLearner");
        _target = spec.Target.Acts ? Acting : CreateParameters();
        _target.CopyFrom(Online);
        if (HasMomentumEncoder(spec))
        {
            _momentum = CreateParameters();
            _momentum.CopyFrom(Online);
            _followMomentum = () => _momentum.MixFrom(Online, spec.SelfPrediction.Tau);
        }

        _mix = Mix;
        _onlineNoise = new NoiseSample(Network.Noise, Device);
        _targetNoise = new NoiseSample(Network.Noise, Device);
        _draws = new HostDraws(Device);
        _augmentation = spec.Augment.Any ? new Augmentation(spec.Augment, input, Device) : null;
        _atoms = NetworkEvaluator.Atoms(spec.Head, Device);
        _midpoints = Midpoints(spec.Head, Device);
        _batchShape = [1, .. input.Shape.Select(side => (long)side)];
    }

    /// <summary>
    /// Updates that may follow a submitted one before it is collected: on a GPU one, so that the device has work
    /// while the host reads; on the CPU none.
    /// </summary>
    public int Lag => Pool is null ? MostSubmitted - 1 : 0;

    /// <summary>Updates submitted and not collected.</summary>
    public int Pending => _submitted.Count;

    // A device's updates have theirs with the minibatch.
    private NoiseSample OnlineNoise => _plan?.OnlineNoise ?? _onlineNoise;

    private NoiseSample TargetNoise => _plan?.TargetNoise ?? _targetNoise;

    private ParameterSet Target => Spec.Target.UseTargetNetwork ? _target : Online;

    /// <summary>Copies (or, with tau below 1, mixes) the online parameters into the target network.</summary>
    public void SyncTarget()
    {
        using var entered = Queue.Enter();
        Queue.Run(_mix);
    }

    /// <summary>An update and its figures at once.</summary>
    public UpdateStats Update(Minibatch batch, bool wantNorm = false)
    {
        Submit(batch, wantNorm);
        return Collect();
    }

    /// <summary>
    /// One gradient step on <paramref name="batch"/>, then the target copy where it is due. It reports the
    /// gradient's norm when clipping needs it or <paramref name="wantNorm"/> asks for it. The batch must stay as it is
    /// until the update is collected, which must be before <see cref="Lag"/> + 1 others follow.
    /// </summary>
    public void Submit(Minibatch batch, bool wantNorm = false)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (Pending > Lag)
            throw new InvalidOperationException($"{Pending} updates are submitted and not collected");
        if (batch.Places.Length > 0 && Frames is null)
            throw new InvalidOperationException("the minibatch lies among frames that this learner's device does not hold");
        if (batch.Ahead != Spec.SelfPrediction.Steps)
            throw new InvalidOperationException($"{Spec.SelfPrediction.Steps} steps are predicted, and the minibatch shows {batch.Ahead}");
        if ((batch.Sequence?.StateSize ?? 0) != Network.StateSize)
            throw new InvalidOperationException("a recurrent network learns from sequences, and others from transitions");
        ForgetOldHosts();
        if (batch.Sequence is not null)
            _submitted.Enqueue(new Submitted(UpdateOnSequences(batch, wantNorm)));
        else if (Pool is null)
            SubmitToDevice(batch, wantNorm);
        else
            _submitted.Enqueue(new Submitted(UpdateHere(batch, wantNorm)));
    }

    /// <summary>The figures of the oldest submitted update; its priorities are written by now.</summary>
    public UpdateStats Collect()
    {
        var oldest = _submitted.Dequeue();
        if (oldest.Plan is not { } plan)
            return oldest.Stats;
        return plan.Figures.Read(oldest.Slot, oldest.Batch is { Prioritized: true } batch ? batch.ErrorSpan : []);
    }

    private protected override void SaveMore(StateWriter writer)
    {
        if (Pending > 0)
            throw new InvalidOperationException($"{Pending} updates are submitted and not collected");
        _target.Save(writer);
        _momentum?.Save(writer);
    }

    private protected override void LoadMore(StateReader reader)
    {
        _target.Load(reader);
        _momentum?.Load(reader);
    }

    private protected override void OnWeightsReplaced()
    {
        _target.CopyFrom(Online);
        _momentum?.CopyFrom(Online);
    }

    private protected override void DisposeMore()
    {
        foreach (var plan in _plans.Values)
            plan.Dispose();
        _sequences?.Dispose();
        _target.Dispose();
        _momentum?.Dispose();
        _onlineNoise.Dispose();
        _targetNoise.Dispose();
        _draws.Dispose();
        _augmentation?.Dispose();
        _atoms?.Dispose();
        _midpoints?.Dispose();
    }

    private void Mix()
    {
        if (Spec.Target.Tau >= 1)
            _target.CopyFrom(Online);
        else
            _target.MixFrom(Online, Spec.Target.Tau);
    }

    private UpdateStats UpdateHere(Minibatch batch, bool wantNorm)
    {
        using var scope = NewDisposeScope();
        if (batch.Places.Length > 0)
        {
            Frames!.Gather(batch.Places, batch.Observations);
            Frames.Gather(batch.NextPlaces, batch.NextObservations);
            if (batch.Ahead > 0)
                Frames.Gather(batch.FollowingPlaces, batch.Following);
        }

        _batchShape[0] = batch.Size;
        var observations = FromHost(batch.Observations, Input.Type, _batchShape);
        var next = FromHost(batch.NextObservations, Input.Type, _batchShape);
        var actions = FromHost(batch.Actions, ScalarType.Int64, batch.Size);
        var returns = FromHost(batch.Returns, ScalarType.Float32, batch.Size);
        var discounts = FromHost(batch.Discounts, ScalarType.Float32, batch.Size);
        var shown = batch.Ahead == 0 ? (Shown?)null : ShownHere(batch);
        _onlineNoise.Resample(Random);
        _targetNoise.Resample(Random);
        var weights = !batch.Prioritized ? null : FromHost(batch.Weights, ScalarType.Float32, batch.Size);
        var step = Step(observations, next, actions, returns, discounts, weights, shown, wantNorm);
        if (batch.Prioritized)
            PinnedTensor.Span<float>(ErrorsToWrite(step).contiguous()).CopyTo(batch.ErrorSpan);
        CountUpdate();
        return LearnerStats.Read(step.Loss, step.Predicted.mean(), step.Norm, MeanOf(step.Target));
    }

    private Shown ShownHere(Minibatch batch)
    {
        _batchShape[0] = batch.FollowingRows;
        return new Shown(
            FromHost(batch.Following, Input.Type, _batchShape), FromHost(batch.FollowingActions, ScalarType.Int64, batch.FollowingRows),
            FromHost(batch.FollowingValid, ScalarType.Float32, batch.FollowingRows));
    }

    /// <summary>
    /// Queues an update. What its work reads (minibatch, noise, fractions, the optimizer's numbers) lies at fixed
    /// addresses and is filled before it; nothing waits.
    /// </summary>
    private void SubmitToDevice(Minibatch batch, bool wantNorm)
    {
        using var entered = Queue.Enter();
        using var scope = NewDisposeScope();
        var slot = (int)(ParametersVersion % DeviceBlock.Slots);
        var plan = PlanOf(batch, wantNorm);
        using (DeviceProfile.Begin(Queue, DeviceStage.Update))
        {
            var optimizer = (DeviceOptimizer)Optimizer;
            var step = plan.HostStep(slot);
            optimizer.Prepare(step);
            NoiseSample.Draw(Random, step[optimizer.Count..]);
            plan.Draws.Begin(Random, slot);
            plan.Upload(batch, slot);
            plan.Work.Run();
            plan.Figures.Fetch(slot);
        }

        if (plan.Work.Launches is { } launches)
            Profile?.NoteUpdate(launches.Kernels, launches.Copies);
        _submitted.Enqueue(new Submitted(default, plan, slot, batch));
        CountUpdate();
    }

    private MinibatchPlan PlanOf(Minibatch batch, bool wantNorm)
    {
        var shape = new Shape(batch.Size, batch.Prioritized, batch.Places.Length > 0, wantNorm);
        if (!_plans.TryGetValue(shape, out var plan))
        {
            plan = new MinibatchPlan(
                Queue, Network, (DeviceOptimizer)Optimizer, shape.Size, Spec.SelfPrediction.Steps, shape.Prioritized, shape.Placed,
                DrawsOf(Spec), p => Compute(p, shape));
            _plans.Add(shape, plan);
        }

        return plan;
    }

    /// <summary>The work of an update on a device.</summary>
    private void Compute(MinibatchPlan plan, Shape shape)
    {
        using var scope = NewDisposeScope();
        _plan = plan;
        ((DeviceOptimizer)Optimizer).Bind(plan.Numbers);
        plan.Draws.Rewind();
        if (shape.Placed)
            plan.Gather(Queue, Frames!);
        var shown = plan.Following is null ? (Shown?)null : new Shown(plan.Following, plan.FollowingActions!, plan.FollowingValid!);
        var step = Step(plan.Observations, plan.Next, plan.Actions, plan.Returns, plan.Discounts, plan.Weights, shown, shape.WantNorm);
        plan.Figures.Write(
            step.Loss, step.Predicted.mean(), step.Norm, MeanOf(step.Target), shape.Prioritized ? ErrorsToWrite(step) : null);
        _plan = null;
    }

    /// <summary>Target, prediction, error, descent.</summary>
    private Outcome Step(
        Tensor observations, Tensor next, Tensor actions, Tensor returns, Tensor discounts, Tensor? weights, Shown? shown, bool wantNorm)
    {
        Tensor target;
        using (no_grad())
        {
            (observations, next) = (Augmented(observations), Augmented(next));
            if (shown is { } following)
                shown = following with { Observations = Augmented(following.Observations) };
            target = TargetOf(observations, next, actions, returns, discounts);
        }

        var (errors, predicted, all) = Errors(observations, actions, target, shown);
        var weighted = weights is null ? all : all * weights;
        var loss = weighted.mean();
        var norm = Descend(Spec.Loss.SumOverBatch ? weighted.sum() : loss, wantNorm);
        return new Outcome(loss, norm, errors, predicted, target);
    }

    private void CountUpdate()
    {
        ParametersVersion++;
        if (Spec.Target is { UseTargetNetwork: true, Period: > 0 } && ParametersVersion % Spec.Target.Period == 0)
            SyncTarget();
        if (_followMomentum is not null)
            Queue.Run(_followMomentum);
        if (ResetIsDue)
            Reset();
    }

    /// <summary>
    /// Numbers that an update draws for each of a minibatch: the observations' augmentations; fractions, the target's,
    /// the policy's (Munchausen has one at s, too) and the online network's.
    /// </summary>
    private static int DrawsOf(AlgorithmSpec spec)
    {
        var fractions = spec.Head.TargetTaus + (spec.Head.ActingTaus * (spec.Target.Munchausen ? 2 : 1)) + spec.Head.OnlineTaus;
        var images = spec.Augment.Any ? (2 + spec.SelfPrediction.Steps) * Augmentation.PerImage : 0;
        return images + (spec.Head.Kind == HeadKind.ImplicitQuantile ? fractions : 0);
    }

    /// <summary>Fractions (1, N) at the middle of QR-DQN's N quantiles.</summary>
    private static Tensor? Midpoints(HeadSpec head, Device device)
    {
        if (head.Kind != HeadKind.Quantile)
            return null;
        using var scope = NewDisposeScope();
        return ((arange(head.Quantiles, ScalarType.Float32, device) + 0.5) / head.Quantiles).view(1, -1).DetachFromDisposeScope();
    }

    /// <summary>
    /// (B) expected targets, (B, N) probabilities of the atoms, or (B, N') samples of the target's quantiles.
    /// </summary>
    private Tensor TargetOf(Tensor observations, Tensor next, Tensor actions, Tensor returns, Tensor discounts)
    {
        var pass = new Pass(Training: false, TargetNoise, Pool);
        var features = Network.Features(Target, next, pass);
        var output = Network.Head(Target, features, Fractions(next, Spec.Head.TargetTaus), pass);
        if (Spec.TargetRule is { } rule)
        {
            var inputs = new TargetInputs(
                returns, discounts, actions, Network.Q(output, _atoms), () => OnlineQ(next),
                () => Network.Q(Network.Head(Target, Network.Features(Target, observations, pass), null, pass), _atoms));
            return OfBatch(rule.Target(inputs), returns, $"target.rule {Spec.Target.Rule}");
        }

        if (Spec.Target.Munchausen)
            return MunchausenTarget(observations, actions, returns, discounts, features, output);

        if (Spec.Head.Kind == HeadKind.Expected)
            return Max(returns, discounts, Network.Q(output, _atoms), Spec.Target.Double ? OnlineQ(next) : null);
        var chooser = Spec.Target.Double ? OnlineQ(next) : PolicyQ(features, output, pass);
        var chosen = BellmanTargets.Chosen(output, chooser);
        return Spec.Head.Kind == HeadKind.Categorical
            ? BellmanTargets.Project(returns, discounts, functional.softmax(chosen, 1), _atoms!, Spec.Head.MinValue, Spec.Head.MaxValue)
            : BellmanTargets.Shifted(returns, discounts, chosen);
    }

    private Tensor Max(Tensor returns, Tensor discounts, Tensor nextQ, Tensor? chooser) => Spec.Target.Rescale
        ? BellmanTargets.RescaledMax(returns, discounts, nextQ, chooser, Spec.Target.RescaleEpsilon)
        : BellmanTargets.Max(returns, discounts, nextQ, chooser);

    /// <summary>Vieillard et al. 2020: both the bonus at s and the policy at s' are the target network's.</summary>
    private Tensor MunchausenTarget(
        Tensor observations, Tensor actions, Tensor returns, Tensor discounts, Tensor nextFeatures, Tensor nextOutput)
    {
        var pass = new Pass(Training: false, TargetNoise, Pool);
        var features = Network.Features(Target, observations, pass);
        var q = Network.Q(Network.Head(Target, features, Fractions(observations, Spec.Head.ActingTaus), pass), _atoms);
        var bonus = BellmanTargets.MunchausenBonus(q, actions, Spec.Target);
        var nextQ = PolicyQ(nextFeatures, nextOutput, pass);
        return Spec.Head.Kind == HeadKind.Expected
            ? returns.Plus(bonus).Plus(discounts * BellmanTargets.SoftValue(nextQ, Spec.Target.MunchausenTau))
            : BellmanTargets.Shifted(
                returns.Plus(bonus), discounts, BellmanTargets.SoftQuantiles(nextOutput, nextQ, Spec.Target.MunchausenTau));
    }

    /// <summary>
    /// The target network's Q-values that choose actions: of the same output, or for IQN of a sample of their own.
    /// </summary>
    private Tensor PolicyQ(Tensor features, Tensor output, in Pass pass) => Spec.Head.Kind == HeadKind.ImplicitQuantile
        ? Network.Q(Network.Head(Target, features, Fractions(features, Spec.Head.ActingTaus), pass), null)
        : Network.Q(output, _atoms);

    private Tensor OnlineQ(Tensor observations)
    {
        var pass = new Pass(Training: false, OnlineNoise, Pool);
        var features = Network.Features(Online, observations, pass);
        return Network.Q(Network.Head(Online, features, Fractions(observations, Spec.Head.ActingTaus), pass), _atoms);
    }

    /// <summary>
    /// Errors (B) and the expected return (B) of the actions taken; last, the errors with those of predictions where
    /// there are some.
    /// </summary>
    private (Tensor Errors, Tensor Predicted, Tensor All) Errors(Tensor observations, Tensor actions, Tensor target, Shown? shown)
    {
        var pass = new Pass(Training: true, OnlineNoise, Pool, Tape);
        var fractions = Fractions(observations, Spec.Head.OnlineTaus) ?? _midpoints;
        var features = Network.Features(Online, observations, pass);
        if (shown is not { } following)
        {
            var (only, q) = Errors(Network.Head(Online, features, fractions, pass), actions, target, fractions);
            return (only, q, only);
        }

        features = pass.Leaf(features);
        var (errors, predicted) = Errors(Network.Head(Online, features, fractions, pass), actions, target, fractions);
        var predictions = PredictionErrors(features, following, pass).mul(Numbers.Of(Spec.SelfPrediction.Weight));
        return (errors, predicted, errors.Plus(predictions));
    }

    private (Tensor Errors, Tensor Predicted) Errors(Tensor output, Tensor actions, Tensor target, Tensor? fractions)
    {
        if (Spec.Head.Kind == HeadKind.Expected)
        {
            var q = Network.Q(output, _atoms).gather(1, actions.unsqueeze(1)).squeeze(1);
            return (ErrorsOf(output, actions, q, target), q.detach());
        }

        var taken = BellmanTargets.Of(output, actions);
        if (Spec.Head.Kind != HeadKind.Categorical)
            return (Losses.QuantileHuber(taken, target, fractions!, Spec.Loss), taken.detach().mean([1]));
        return (Losses.CrossEntropy(taken, target), functional.softmax(taken.detach(), 1).matmul(_atoms!));
    }

    /// <summary>A fresh sample of fractions (B, count) for IQN, null for other heads.</summary>
    private Tensor? Fractions(Tensor like, int count)
    {
        return Spec.Head.Kind == HeadKind.ImplicitQuantile ? Drawn(like, count, HostDraws.Fractions) : null;
    }

    /// <summary>As many numbers for each observation, drawn anew.</summary>
    private Tensor Drawn(Tensor observations, int count, Draw draw)
    {
        var batch = (int)observations.shape[0];
        return _plan is null ? _draws.Sample(Random, batch, count, draw) : _plan.Draws.Sample(batch, count, draw);
    }

    /// <summary>Observations as they are learned from.</summary>
    private Tensor Augmented(Tensor observations) => _augmentation is null
        ? observations
        : _augmentation.Apply(observations, Drawn(observations, Augmentation.PerImage, _augmentation.Draw));

    private Tensor MeanOf(Tensor target) =>
        Spec.Head.Kind == HeadKind.Categorical ? target.matmul(_atoms!).mean() : target.mean();

    /// <summary>|TD error| where there is one, else the distributional loss (Hessel et al. 2018, Rainbow).</summary>
    private Tensor ErrorsToWrite(in Outcome step) =>
        Spec.Head.Kind == HeadKind.Expected ? (step.Target - step.Predicted).abs_() : step.Errors.detach();

    /// <summary>What decides which operations an update takes.</summary>
    private readonly record struct Shape(int Size, bool Prioritized, bool Placed, bool WantNorm);

    private readonly record struct Outcome(Tensor Loss, Tensor? Norm, Tensor Errors, Tensor Predicted, Tensor Target);

    /// <summary>An update whose figures nobody has asked for yet; those of the CPU are there already.</summary>
    private readonly record struct Submitted(UpdateStats Stats, MinibatchPlan? Plan = null, int Slot = 0, Minibatch? Batch = null);
}
