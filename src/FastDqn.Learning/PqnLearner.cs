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
/// Parallelised Q-learning (Gallici et al. 2024): no replay and no target network; each rollout of many environments is
/// turned into Q(lambda) returns and learned from for a few passes in shuffled minibatches.
/// </summary>
public sealed class PqnLearner : QLearner
{
    private readonly RolloutSpec _rollout;
    private readonly Dictionary<(int Total, bool Placed), RolloutPlan> _plans = [];
    private NativeRegion? _stacks;
    private float[] _returns = [];
    private float[] _mask = [];
    private long[] _order = [];

    /// <param name="spec">The algorithm, with a rollout part; checked here.</param>
    /// <param name="input">What the network sees.</param>
    /// <param name="actions">Number of actions.</param>
    /// <param name="seed">Seed of the weights and of every draw.</param>
    /// <param name="device">cpu, cuda or cuda:N.</param>
    /// <param name="threads">Threads that compute an update on the CPU, the caller's counted; results do not depend on
    /// it.</param>
    /// <param name="settings">How a GPU works.</param>
    public PqnLearner(
        AlgorithmSpec spec, NetworkInput input, int actions, ulong seed, string device = "cpu", int threads = 1,
        LearnerSettings? settings = null)
        : base(spec, input, actions, seed, device, threads, settings) =>
        _rollout = spec.Rollout
            ?? throw new FastDqnException(ErrorKind.Usage, $"algorithm '{spec.Name}' learns from replay: it needs a DqnLearner");

    /// <summary>
    /// Learns from a rollout: <see cref="RolloutSpec.Epochs"/> x <see cref="RolloutSpec.Minibatches"/> gradient steps,
    /// each of which counts as an update. The figures are those of the last minibatch; <see cref="UpdateStats.Finite"/>
    /// covers all.
    /// </summary>
    public UpdateStats Update(in RolloutBatch batch)
    {
        var total = batch.Steps * batch.Environments;
        if (total <= 0 || total % _rollout.Minibatches != 0)
            throw new ArgumentException(
                $"a rollout of {batch.Steps} steps x {batch.Environments} environments does not split into {_rollout.Minibatches} "
                + "minibatches");
        if (batch.Places != 0 && Frames is null)
            throw new InvalidOperationException("the rollout lies among frames that this learner's device does not hold");
        ForgetOldHosts();
        return Pool is null ? UpdateOnDevice(batch, total) : UpdateHere(batch, total);
    }

    private protected override void SaveMore(StateWriter writer) { }

    private protected override void LoadMore(StateReader reader) { }

    private protected override void DisposeMore()
    {
        foreach (var plan in _plans.Values)
            plan.Dispose();
        _stacks?.Dispose();
    }

    private unsafe UpdateStats UpdateHere(in RolloutBatch batch, int total)
    {
        Reserve(total);
        QLambda.Compute(batch, Spec.Target.Gamma, _rollout.Lambda, _returns, _mask);
        using var scope = NewDisposeScope();
        var data = batch.Places == 0 ? batch.Observations : Gathered(batch.Places, total);
        var observations = PinnedTensor.Over(data, Input.Type, [total, .. Input.Shape.Select(side => (long)side)]);
        var stats = default(UpdateStats);
        var finite = true;
        fixed (float* returns = _returns, mask = _mask)
        fixed (long* order = _order)
        {
            var allActions = FromHost(batch.Actions, ScalarType.Int64, total);
            var allReturns = FromHost((nint)returns, ScalarType.Float32, total);
            var allMasks = FromHost((nint)mask, ScalarType.Float32, total);
            var allIndices = PinnedTensor.Over((nint)order, ScalarType.Int64, total);
            var size = total / _rollout.Minibatches;
            for (var epoch = 0; epoch < _rollout.Epochs; epoch++)
            {
                Shuffle(_order.AsSpan(0, total));
                for (var start = 0; start < total; start += size)
                {
                    stats = Minibatch(observations, allActions, allReturns, allMasks, allIndices.narrow(0, start, size));
                    finite &= stats.Finite;
                }
            }
        }

        return stats with { Finite = finite };
    }

    /// <summary>
    /// The rollout goes up once; its minibatches are gathered on the device, and nothing waits before the last.
    /// </summary>
    private UpdateStats UpdateOnDevice(in RolloutBatch batch, int total)
    {
        using var entered = Queue.Enter();
        using var scope = NewDisposeScope();
        var placed = batch.Places != 0;
        if (!_plans.TryGetValue((total, placed), out var plan))
        {
            plan = new RolloutPlan(Queue, (DeviceOptimizer)Optimizer, Input, total, placed, _rollout, Compute);
            _plans.Add((total, placed), plan);
        }

        QLambda.Compute(batch, Spec.Target.Gamma, _rollout.Lambda, plan.HostReturns, plan.HostMasks);
        PinnedTensor.Span<long>(FromHost(batch.Actions, ScalarType.Int64, total)).CopyTo(plan.HostActions);
        for (var epoch = 0; epoch < _rollout.Epochs; epoch++)
            Shuffle(plan.HostOrder(epoch));
        for (var i = 0; i < plan.Count; i++)
            ((DeviceOptimizer)Optimizer).Prepare(plan.HostNumbers(i));
        using (DeviceProfile.Begin(Queue, DeviceStage.Update))
        {
            plan.Upload(batch);
            for (var i = 0; i < plan.Count; i++)
                plan.Run(i);
        }

        if (plan.Launches is { } launches)
            Profile?.NoteUpdate(launches.Kernels, launches.Copies);
        ParametersVersion += plan.Count;
        return plan.Read();
    }

    /// <summary>The work of a minibatch on a device.</summary>
    private void Compute(RolloutPlan plan)
    {
        using var scope = NewDisposeScope();
        ((DeviceOptimizer)Optimizer).Bind(plan.Numbers);
        var seen = plan.Observations?.index_select(0, plan.Indices) ?? Gathered(plan.Places!.index_select(0, plan.Indices));
        var step = Step(seen, plan.Actions, plan.Returns, plan.Masks, plan.Indices);
        plan.Figures.Write(step.Loss, step.Q.mean(), step.Norm, step.Target.mean());
    }

    private UpdateStats Minibatch(Tensor observations, Tensor actions, Tensor returns, Tensor masks, Tensor indices)
    {
        using var scope = NewDisposeScope();
        var step = Step(observations.index_select(0, indices), actions, returns, masks, indices);
        ParametersVersion++;
        return LearnerStats.Read(step.Loss, step.Q.mean(), step.Norm, step.Target.mean());
    }

    /// <summary>The observations at some places, on a device.</summary>
    private Tensor Gathered(Tensor places)
    {
        var seen = empty([places.shape[0], .. Input.Shape.Select(side => (long)side)], Input.Type, Device);
        Frames!.Gather(Queue, places, (int)places.shape[0], seen);
        return seen;
    }

    /// <summary>The same where the device is the CPU; valid until the next call.</summary>
    private unsafe nint Gathered(nint places, int count)
    {
        var bytes = (long)count * Input.Bytes;
        if (_stacks is null || _stacks.Length < bytes)
        {
            _stacks?.Dispose();
            _stacks = new NativeRegion(bytes);
        }

        Frames!.Gather(new ReadOnlySpan<StackPlace>((void*)places, count), _stacks.Address);
        return _stacks.Address;
    }

    private (Tensor Loss, Tensor Q, Tensor? Norm, Tensor Target) Step(
        Tensor seen, Tensor actions, Tensor returns, Tensor masks, Tensor indices)
    {
        var target = returns.index_select(0, indices);
        var mask = masks.index_select(0, indices);
        var pass = new Pass(Training: true, Noise: null, Pool, Tape);
        var output = Network.Head(Online, Network.Features(Online, seen, pass), null, pass);
        var taken = actions.index_select(0, indices);
        var q = Network.Q(output, null).gather(1, taken.unsqueeze(1)).squeeze(1);
        var loss = (ErrorsOf(output, taken, q, target) * mask).sum() / mask.sum().clamp_min(Numbers.One);
        return (loss, q.detach(), Descend(loss, wantNorm: false), target);
    }

    private void Reserve(int total)
    {
        if (_returns.Length >= total)
            return;
        _returns = new float[total];
        _mask = new float[total];
        _order = new long[total];
    }

    /// <summary>Fisher-Yates from the identity, so that the order depends on the generator alone.</summary>
    private void Shuffle(Span<long> order)
    {
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        for (var i = order.Length - 1; i > 0; i--)
        {
            var j = Random.NextInt32(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
    }
}
