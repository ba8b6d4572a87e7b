using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Replay;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Loops;

/// <summary>
/// Learning from replay. The textbook order is: act until updates are due, then make them, each on a minibatch drawn just
/// before it. With overlap the schedule is shifted by one round:
/// <list type="number">
/// <item>at a round's start all its minibatches are drawn from the ring as it is;</item>
/// <item>the learner makes the round's updates while the actor takes the steps that the next round's updates wait for,
/// with the parameters as they were at the round's start;</item>
/// <item>both ended, new priorities enter the ring and the actor takes the learner's parameters.</item>
/// </list>
/// So an action uses parameters exactly one round old, whatever the threads do, and the same seed gives the same bytes: the second
/// item's two halves run at the same time.
/// </summary>
public sealed unsafe class DqnLoop : ITrainingLoop
{
    private const int HeldOutStates = 64;
    private readonly TrainConfig _config;
    private readonly AlgorithmSpec _spec;
    private readonly IVectorEnvironment _environments;
    private readonly LearnerSide<DqnLearner> _side;
    private readonly DqnLearner _learner;
    private readonly ReplayRing _ring;
    private readonly ReplaySampler _sampler;
    private readonly Explorer _explorer;
    private readonly ActionChooser _chooser;
    private readonly RewardShaper _shaper;
    private readonly EpisodeTracker _tracker;
    private readonly RunCounters _counters;
    private readonly StageTimes _times;
    private readonly StepResult _step;
    private readonly HeldOutSet _heldOut;
    private readonly int[] _actions;
    private readonly ReplayBatch[] _used;
    private readonly float[][] _errors;
    private readonly UpdateStats[] _stats;
    private readonly Action<Episode> _episodeEnded;
    private readonly int _updateLimit;
    private readonly GatherObservations _gather;
    private readonly Action? _resampleNoise;
    private readonly IAdviser? _adviser;
    private readonly RoundRunner? _rounds;
    private readonly Action _syncTarget;
    private int _inFlight;

    /// <param name="config">The run's options.</param>
    /// <param name="environments">Owned by the caller.</param>
    /// <param name="parts">What the loops share.</param>
    public DqnLoop(TrainConfig config, IVectorEnvironment environments, LoopParts parts)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(environments);
        ArgumentNullException.ThrowIfNull(parts);
        (_config, _environments, _spec) = (config, environments, parts.Spec);
        (_counters, _times, _tracker, _episodeEnded) = (parts.Counters, parts.Times, parts.Tracker, parts.EpisodeEnded);
        _adviser = parts.Adviser;
        var count = environments.Count;
        var seed = (ulong)config.Run.Seed;
        _updateLimit = Math.Max(1, (count + _spec.Schedule.StepsPerUpdate - 1) / _spec.Schedule.StepsPerUpdate);
        if (_updateLimit > 64)
        {
            throw new FastDqnException(
                ErrorKind.Usage,
                $"env.count {count} with schedule.steps_per_update {_spec.Schedule.StepsPerUpdate} asks for {_updateLimit} updates a vector step; at most 64: raise schedule.steps_per_update");
        }

        using var made = new Unfinished();
        _ring = made.Add(new ReplayRing(RingOptions(config, _spec, environments)));
        _sampler = made.Add(
            new ReplaySampler(_ring, _spec.Schedule.BatchSize, _updateLimit, background: config.Train.Overlap, parts.Registrar));
        _side = made.Add(new LearnerSide<DqnLearner>(
            config.Train.Overlap, seed,
            () => new DqnLearner(
                _spec, parts.Input, environments.ActionNames.Count, seed, parts.Device, parts.LearnerThreads, parts.Learner)));
        _learner = _side.Learner;
        _explorer = new Explorer(_spec.Exploration, count, environments.ActionNames.Count, seed, config.Train.Steps);
        _chooser = made.Add(new ActionChooser(_explorer, count, environments.ActionNames.Count, parts.Input.Bytes, parts.Registrar));
        _shaper = new RewardShaper(config, count);
        _step = new StepResult(count);
        _actions = new int[count];
        _used = new ReplayBatch[_updateLimit];
        _stats = new UpdateStats[_updateLimit];
        _errors = new float[_updateLimit][];
        for (var i = 0; i < _updateLimit; i++)
            _errors[i] = GC.AllocateArray<float>(_spec.Schedule.BatchSize, pinned: true);
        _gather = _ring.GatherStacks;
        _resampleNoise = _spec.Head.Noisy ? _side.ResampleNoise : null;
        _rounds = _side.Thread is null ? null : new RoundRunner(_side.Thread, _times, ActUntilDue, LearnRound);
        _syncTarget = _learner.SyncTarget;
        _heldOut = made.Add(new HeldOutSet(HeldOutStates, parts.Input.Bytes));
        Parts =
        [
            .. _side.Parts,
            ("environments.bin", environments),
            ("explorer.bin", _explorer),
            ("sampler.bin", _sampler),
            ("held_out.bin", _heldOut),
        ];
        made.Keep();
    }

    public QLearner Learner => _learner;

    public ReplayRing? Ring => _ring;

    public long ReplayFill => _ring.Transitions;

    public bool Filling => _counters.Steps - _counters.FillStart < _spec.Schedule.WarmUp;

    public double Epsilon
    {
        get
        {
            if (ActsAtRandom)
                return 1;
            var sum = 0.0;
            for (var i = 0; i < _environments.Count; i++)
                sum += _explorer.Epsilon(_counters.Steps, i);
            return sum / _environments.Count;
        }
    }

    public IReadOnlyList<(string Name, IStateful Part)> Parts { get; }

    /// <summary>The memory fills at random before anything is learned, later with the policy there is.</summary>
    private bool ActsAtRandom => Filling && _counters.Updates == 0;

    /// <summary>What the ring of a configuration holds and takes.</summary>
    public static Replay.ReplayOptions RingOptions(TrainConfig config, AlgorithmSpec spec, IVectorEnvironment environments)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(environments);
        return new Replay.ReplayOptions
        {
            Capacity = spec.Replay.Capacity,
            Lanes = environments.Count,
            FrameBytes = environments.Observation.FrameBytes,
            StackDepth = environments.Observation.StackDepth,
            Padding = environments.Observation.Padding == StackPadding.Zero ? FramePadding.Zero : FramePadding.RepeatFirst,
            NStep = spec.Target.Steps,
            Gamma = spec.Target.Gamma,
            Priority = spec.Replay.Kind == ReplayKind.Prioritized
                ? new PriorityOptions { Alpha = spec.Replay.Alpha, Epsilon = spec.Replay.Epsilon }
                : null,
            Seed = (ulong)config.Run.Seed,
        };
    }

    public void Begin()
    {
        _environments.Reset(EnvironmentSeed.Of(_config, _counters), _ring.FrameSlots, _step);
        _ring.CommitStart();
        _tracker.Abandon();
        _counters.BeginFill();
    }

    public void Advance()
    {
        var episodes = _tracker.Finished;
        Round();
        // Rounds end with the learner at rest, and state is saved between rounds: the episodes finished say it all.
        var period = _spec.Target.UseTargetNetwork ? _spec.Target.PeriodEpisodes : 0;
        if (period > 0 && _tracker.Finished / period != episodes / period)
            OnLearner(_syncTarget);
    }

    public double HeldOutMaxQ()
    {
        if (!_heldOut.Known)
            return double.NaN;
        var mean = double.NaN;
        OnLearner(() => mean = _heldOut.MeanMaxQ(_learner));
        return mean;
    }

    public void OnLearner(Action work) => _side.Run(work);

    public void Branch(int branch)
    {
        _explorer.Branch(branch);
        _ring.Branch(branch);
    }

    public void Dispose()
    {
        _side.Dispose();
        _sampler.Dispose();
        _ring.Dispose();
        _chooser.Dispose();
        _heldOut.Dispose();
    }

    /// <summary>Makes the updates that are due and takes the steps that the next ones wait for.</summary>
    private void Round()
    {
        _inFlight = DueUpdates();
        if (_rounds is null)
        {
            AdvanceInOrder();
            return;
        }

        if (_inFlight == 0)
        {
            ActUntilDue();
            return;
        }

        var start = StageTimes.Now;
        for (var i = 0; i < _inFlight; i++)
            _sampler.Enqueue(Beta());
        _times.Add(Stage.Sample, start);
        _rounds.Run();
        Settle(_inFlight);
        start = StageTimes.Now;
        _side.Refresh();
        _times.Add(Stage.Refresh, start);
    }

    /// <summary>Updates that the steps taken so far ask for and that are not made yet, at most one round's.</summary>
    private int DueUpdates()
    {
        if (Filling || !_ring.CanSample)
            return 0;
        var past = _counters.Steps - _counters.FillStart - _spec.Schedule.WarmUp;
        return (int)Math.Min((past / _spec.Schedule.StepsPerUpdate) + 1 - (_counters.Updates - _counters.FillUpdates), _updateLimit);
    }

    private void AdvanceInOrder()
    {
        for (; _inFlight > 0; _inFlight--)
        {
            var now = StageTimes.Now;
            _sampler.Enqueue(Beta());
            _used[0] = _sampler.Take();
            now = _times.Add(Stage.Sample, now);
            Submit(0);
            Collect(0);
            _times.Add(Stage.Update, now);
            Settle(1);
        }

        ActUntilDue();
    }

    /// <summary>
    /// A round's updates, on the learner's thread. Figures are read as many updates late as the learner can be ahead
    /// of them, and all before the round ends; so what comes of them is the same whether a device works beside the
    /// host or not.
    /// </summary>
    private void LearnRound()
    {
        var begin = StageTimes.Now;
        var collected = 0;
        for (var i = 0; i < _inFlight; i++)
        {
            _used[i] = _sampler.Take();
            Submit(i);
            var ahead = i + 1 < _inFlight ? _learner.Lag : 0;
            while (_learner.Pending > ahead)
                Collect(collected++);
            begin = _times.Add(Stage.Update, begin);
        }
    }

    /// <summary>Acts, once at least, until the next update is due besides those that are being made.</summary>
    private void ActUntilDue()
    {
        var goal = Filling
            ? 0
            : _counters.FillStart + _spec.Schedule.WarmUp + (_spec.Schedule.StepsPerUpdate * (_counters.Updates - _counters.FillUpdates + _inFlight));
        goal = Math.Min(goal, _config.Train.Steps);
        do
        {
            ActOnce();
        }
        while (_counters.Steps < goal);
    }

    private void ActOnce()
    {
        var now = StageTimes.Now;
        if (ActsAtRandom)
            _explorer.Uniform(_actions);
        else
            _chooser.Choose(_counters.Steps, _actions, _gather, _side.ComputeQ, _resampleNoise, _adviser);
        now = _times.Add(Stage.Act, now);
        _environments.Step(_actions, _ring.FrameSlots, _step);
        now = _times.Add(Stage.Environment, now);
        _ring.Append(_actions, _shaper.Shape(_step), _step.Terminated, _step.Truncated, _shaper.Terminal(_step), _step.EpisodeStart);
        _counters.AddSteps(_step);
        _tracker.Add(_step, _episodeEnded);
        if (!_heldOut.Known && !Filling && _ring.CanSample)
            _heldOut.Take(_ring);
        _times.Add(Stage.Append, now);
    }

    private double Beta() => _spec.Replay.BetaStart
        + ((_spec.Replay.BetaEnd - _spec.Replay.BetaStart) * Math.Min(1, _counters.Steps / (double)_config.Train.Steps));

    /// <summary>Hands the learner a batch in use.</summary>
    private void Submit(int use)
    {
        var batch = _used[use];
        var prioritized = _spec.Replay.Kind == ReplayKind.Prioritized;
        _learner.Submit(new LearnerBatch
        {
            Size = batch.Size,
            Observations = (nint)batch.Observations,
            NextObservations = (nint)batch.NextObservations,
            Actions = (nint)batch.Actions,
            Returns = (nint)batch.Returns,
            Discounts = (nint)batch.Discounts,
            Weights = prioritized ? (nint)batch.Weights : 0,
            Priorities = prioritized ? Marshal.UnsafeAddrOfPinnedArrayElement(_errors[use], 0) : 0,
        });
    }

    /// <summary>Takes an update's figures and priorities.</summary>
    private void Collect(int use)
    {
        var update = _learner.ParametersVersion - _learner.Pending + 1;
        var stats = _stats[use] = _learner.Collect();
        if (!stats.Finite || !(Math.Abs(stats.Loss) <= _config.Train.MaxLoss))
        {
            throw new DivergedException(
                FormattableString.Invariant($"update {update}: the loss is {stats.Loss}"), BatchDump.Describe(_used[use], stats));
        }
    }

    /// <summary>Takes the figures and priorities of the first <paramref name="count"/> batches in use into the state.</summary>
    private void Settle(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _counters.AddUpdates(_stats[i]);
            if (_spec.Replay.Kind == ReplayKind.Prioritized)
                _ring.UpdatePriorities(_used[i].IndexSpan, _errors[i]);
        }

        _learner.SetProgress(_counters.Steps / (double)_config.Train.Steps);
    }
}
