using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Learning.Exploration;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Weights;
using FastDqn.Replay;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Telemetry;

namespace FastDqn.Training.Loops;

/// <summary>
/// PQN (Gallici et al. 2024): many environments fill a rollout, then it is learned from, without replay memory or
/// target network. With overlap two rollouts take turns: the learner learns from one while the actor fills the other
/// with the parameters as they were when both started, so actions use parameters exactly one rollout old.
/// </summary>
public sealed class PqnLoop : ITrainingLoop
{
    private readonly TrainConfig _config;
    private readonly LoopContext _context;
    private readonly LearnerSide<PqnLearner> _side;
    private readonly INewestObservations _stacks;
    private readonly RolloutActing _acting;
    private readonly Rollout[] _rollouts;
    private readonly PendingRollout _pending;
    private readonly RoundRunner? _rounds;
    private readonly IDisposable _promise;
    private UpdateStats _stats;
    private int _filled;  // of the rollouts, the first time
    private Rollout _filling;

    /// <param name="config">The run's options.</param>
    /// <param name="environments">Owned by the caller.</param>
    /// <param name="context">What the loops share.</param>
    public PqnLoop(TrainConfig config, IVectorEnvironment environments, LoopContext context)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(environments);
        ArgumentNullException.ThrowIfNull(context);
        (_config, _context) = (config, context);
        var (spec, seed, count) = (context.Spec, (ulong)config.Run.Seed, environments.Count);
        var steps = spec.Rollout!.Steps;
        var rollouts = config.Train.Overlap ? 2 : 1;
        var ring = FramesOf(config, spec, environments);
        var bytes = context.Gather is null ? (long)context.Input.Bytes * count * steps * rollouts : ring.Bytes;
        using var made = new Unfinished();
        _promise = made.Add(SystemMemory.Promise(
            bytes, $"rollouts of {steps} steps of {count} environments", "lower env.count or rollout.steps",
            () => bytes / rollouts * Math.Min(Volatile.Read(ref _filled), rollouts)));
        _side = made.Add(new LearnerSide<PqnLearner>(
            config.Train.Overlap, seed,
            () => new PqnLearner(
                spec, context.Input, environments.ActionNames.Count, seed, context.Device, context.LearnerThreads, context.Learner),
            context.Gather, ring, pixels: context.Pixels?.Kernels));
        var placed = _side.Frames is null ? null : new PlacedStacks(_side.Frames, context.Registrar, _side.Maker);
        _stacks = made.Add(
            (INewestObservations?)placed ?? new FrameStacks(environments.Observation, count, context.Registrar, _side.Maker));
        if (_side.Maker is { } maker)
            context.Pixels!.MakeBy(maker, placed is null ? null : () => placed.Slot);
        _acting = new RolloutActing(config, environments, context, _stacks, _side.ComputeQ);
        _rollouts =
        [
            .. Enumerable.Range(0, rollouts)
                .Select(_ => made.Add(new Rollout(steps, count, _stacks.EntryBytes, placed is null ? context.Registrar : null, placed))),
        ];
        _pending = new PendingRollout(_rollouts[0]);
        _filling = _rollouts[0];
        _rounds = _side.Thread is null ? null : new RoundRunner(_side.Thread, context.Times, () => Fill(_filling), Learn);
        State =
        [
            .. _side.State,
            .. config.Train.Overlap ? [("rollout.bin", _pending)] : Array.Empty<(string, IStateful)>(),
            ("environments.bin", environments),
            ("explorer.bin", _acting.Explorer),
            ("stacks.bin", _stacks),
            .. _acting.Hold is { } hold ? [("actions.bin", hold)] : Array.Empty<(string, IStateful)>(),
        ];
        made.Keep();
    }

    public QLearner Learner => _side.Learner;

    public ReplayRing? Ring => null;

    public long ReplayFill => 0;

    public bool Filling => false;

    public double Epsilon => _acting.Explorer.Epsilon(_context.Counters.Steps, episodes: _context.Tracker.Finished);

    public double? FixedEpsilon
    {
        get => _acting.Explorer.Fixed;
        set => _acting.Explorer.Fixed = value;
    }

    public IReadOnlyList<(string Name, IStateful Owner)> State { get; }

    /// <summary>How the frames lie that the rollouts of a configuration are made of on a device.</summary>
    public static FrameRing FramesOf(TrainConfig config, AlgorithmSpec spec, IVectorEnvironment environments)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(environments);
        return PlacedStacks.Shape(environments.Observation, environments.Count, spec.Rollout!.Steps, config.Train.Overlap ? 2 : 1);
    }

    public void Begin() => _acting.Reset(_context.EnvironmentSeed(_config));

    public WeightFit Import(IReadOnlyList<NamedTensor> weights) => _side.Import(weights);

    public void Advance()
    {
        if (_rounds is null)
            TextbookRound();
        else if (_pending.Full)
            OverlappedRound();
        else
            FirstRound();
    }

    public void Rest() { }

    public double HeldOutMaxQ() => double.NaN;

    public void OnLearner(Action work) => _side.Run(work);

    public void Branch(int branch) => _acting.Explorer.Branch(branch);

    public void Dispose()
    {
        _side.Dispose();
        _stacks.Dispose();
        foreach (var rollout in _rollouts)
            rollout.Dispose();
        _promise.Dispose();
    }

    private void TextbookRound()
    {
        Fill(_rollouts[0]);
        _side.Learner.FollowFrames();
        Learn();
        Settle();
    }

    private void FirstRound()
    {
        Fill(_pending.Rollout);
        _pending.Full = true;
    }

    private void OverlappedRound()
    {
        _filling = _pending.Rollout == _rollouts[0] ? _rollouts[1] : _rollouts[0];
        _side.Learner.FollowFrames();
        _rounds!.Run();
        Settle();
        _pending.Rollout = _filling;
        var start = StageTimes.Now;
        _side.Refresh();
        _context.Times.Add(Stage.Refresh, start);
    }

    private void Fill(Rollout rollout)
    {
        _acting.Fill(rollout);
        if (_filled < _rollouts.Length)
            Volatile.Write(ref _filled, _filled + 1);
    }

    /// <summary>The updates on the pending rollout, on the thread that the learner lives on.</summary>
    private void Learn()
    {
        using var span = TrainingTraces.Start(TrainingTraces.Update);
        var start = StageTimes.Now;
        _stats = _side.Learner.Update(_pending.Rollout.ToBatch());
        _context.Times.Add(Stage.Update, start);
        if (!_stats.Finite || !(Math.Abs(_stats.Loss) <= _config.Train.MaxLoss))
        {
            throw new DivergedException(
                FormattableString.Invariant($"update {_side.Learner.ParametersVersion}: the loss is {_stats.Loss}"));
        }
    }

    private void Settle()
    {
        var rollout = _context.Spec.Rollout!;
        _context.Counters.AddUpdates(_stats, rollout.Epochs * rollout.Minibatches);
        _context.Updated?.Invoke(_context.Counters.Updates, _stats);
        _side.Learner.SetProgress(_context.LengthOf(_config).Share);
    }
}
