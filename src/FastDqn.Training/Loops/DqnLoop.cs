using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Learning.Exploration;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Weights;
using FastDqn.Replay;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Loops;

/// <summary>
/// Learning from replay. The textbook order is: act until updates are due, then make them, each on a minibatch drawn
/// just before it. With overlap the schedule is shifted by one round:
/// <list type="number">
/// <item>at a round's start all its minibatches are drawn from the ring as it is;</item>
/// <item>the learner makes the round's updates while the actor takes the steps that the next round's updates wait for,
/// with the parameters as they were at the round's start;</item>
/// <item>both ended, new priorities enter the ring and the actor takes the learner's parameters.</item>
/// </list>
/// So an action uses parameters exactly one round old, whatever the threads do, and the same seed gives the same bytes:
/// the second item's two halves run at the same time.
/// <para>
/// On a device nobody waits for a round's last update where nothing but figures comes of it: the actor's next actions
/// do, on the device. Its figures are read in the next round, or before anybody asks for them (<see cref="Rest"/>).
/// </para>
/// </summary>
public sealed class DqnLoop : ITrainingLoop
{
    private readonly TrainConfig _config;
    private readonly LoopContext _context;
    private readonly LearnerSide<DqnLearner> _side;
    private readonly ReplayRing _ring;
    private readonly ReplaySampler _sampler;
    private readonly UpdateSchedule _schedule;
    private readonly ReplayActing _acting;
    private readonly ReplayLearning _learning;
    private readonly RoundRunner? _rounds;
    private readonly Action _syncTarget;
    private readonly Action _collect;
    private readonly bool _leaves;
    private int _inFlight;

    /// <param name="config">The run's options.</param>
    /// <param name="environments">Owned by the caller.</param>
    /// <param name="context">What the loops share.</param>
    public DqnLoop(TrainConfig config, IVectorEnvironment environments, LoopContext context)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(environments);
        ArgumentNullException.ThrowIfNull(context);
        (_config, _context) = (config, context);
        var (spec, seed, overlap) = (context.Spec, (ulong)config.Run.Seed, config.Train.Overlap);
        using var made = new Unfinished();
        _schedule = new UpdateSchedule(spec, environments.Count, context.Counters, context.Tracker, context.LengthOf(config));
        _ring = made.Add(new ReplayRing(RingOptions(config, spec, environments)));
        _sampler = made.Add(
            new ReplaySampler(
                _ring, spec.Schedule.BatchSize, _schedule.UpdateLimit, background: overlap, context.Registrar,
                onDevice: context.Gather is not null));
        _side = made.Add(new LearnerSide<DqnLearner>(
            overlap, seed,
            () => new DqnLearner(
                spec, context.Input, environments.ActionNames.Count, seed, context.Device, context.LearnerThreads, context.Learner),
            context.Gather, _ring.Shape, environments.Count, context.Pixels?.Kernels));
        if (_side.Frames is not null)
            _ring.MirrorTo(_side.Frames, madeThere: _side.Maker is not null);
        if (_side.Maker is { } maker)
        {
            context.Pixels!.MakeBy(maker, () => _ring.NextSlot);
            try
            {
                _ring.ArriveBy(maker, context.Registrar);
            }
            catch (FastDqnException e)
            {
                throw new FastDqnException(e.Kind, $"{e.Message}; env.pixel_device=cpu needs no locked replay memory", e);
            }
        }

        _learning = new ReplayLearning(_side.Learner, _ring, _sampler, _schedule, context, config.Train.MaxLoss);
        _acting = made.Add(new ReplayActing(
            config, environments, context, _schedule, _ring, _side.ComputeQ, _side.ResampleNoise, _side.Memory));
        _rounds = _side.Thread is null
            ? null
            : new RoundRunner(_side.Thread, context.Times, ActUntilDue, () => _learning.Update(_inFlight, _leaves));
        _leaves = _schedule.MostSteps is { } most && most <= _ring.Options.PrefetchSlack && _ring.Options.Priority is null;
        _collect = _learning.Collect;
        _syncTarget = _side.Learner.SyncTarget;
        State =
        [
            .. _side.State,
            ("environments.bin", environments),
            ("explorer.bin", _acting.Explorer),
            ("sampler.bin", _sampler),
            ("held_out.bin", _acting.HeldOut),
            .. _acting.Hold is { } hold ? [("actions.bin", hold)] : Array.Empty<(string, IStateful)>(),
        ];
        made.Keep();
    }

    public QLearner Learner => _side.Learner;

    public ReplayRing? Ring => _ring;

    public long ReplayFill => _ring.Transitions;

    public bool Filling => _schedule.Filling;

    public double Epsilon => _acting.Epsilon;

    public double? FixedEpsilon
    {
        get => _acting.Explorer.Fixed;
        set => _acting.Explorer.Fixed = value;
    }

    public IReadOnlyList<(string Name, IStateful Owner)> State { get; }

    /// <summary>What the ring of a configuration holds and takes.</summary>
    public static ReplayRingOptions RingOptions(TrainConfig config, AlgorithmSpec spec, IVectorEnvironment environments)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(environments);
        return new ReplayRingOptions
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
            // Of a recurrent network's memory only the states set aside are drawn as transitions.
            Replacement = spec.Replay.Replacement || spec.Body.Lstm > 0,
            HoldAfterTerminal = config.Train.HoldAfterLife,
            Ahead = spec.SelfPrediction.Steps,
            Sequence = spec.Body.Lstm == 0
                ? null
                : new SequenceOptions
                {
                    BurnIn = spec.Replay.BurnIn,
                    Length = spec.Replay.Sequence,
                    Period = spec.Replay.Sequence - spec.Replay.Overlap,
                    StateSize = 2 * spec.Body.Lstm,
                },
        };
    }

    public void Begin()
    {
        _acting.Reset(_context.EnvironmentSeed(_config));
        _context.Counters.BeginFill(_context.Tracker.Finished);
    }

    public WeightFit Import(IReadOnlyList<NamedTensor> weights) => _side.Import(weights);

    public void Advance()
    {
        var episodes = _context.Tracker.Finished;
        if (_rounds is null)
            TextbookRound();
        else
            OverlappedRound();
        // Rounds end with the learner at rest, and state is saved between rounds: the episodes finished say it all.
        var target = _context.Spec.Target;
        var period = target.UseTargetNetwork ? target.PeriodEpisodes : 0;
        if (period > 0 && _context.Tracker.Finished / period != episodes / period)
            OnLearner(_syncTarget);
    }

    public void Rest()
    {
        if (!_learning.Pending)
            return;
        OnLearner(_collect);
        _learning.Settle(0);
    }

    public double HeldOutMaxQ()
    {
        if (!_acting.HeldOut.Known)
            return double.NaN;
        var mean = double.NaN;
        OnLearner(() => mean = _acting.HeldOut.MeanMaxQ(_side.Learner));
        return mean;
    }

    public void OnLearner(Action work) => _side.Run(work);

    public void Branch(int branch)
    {
        _acting.Explorer.Branch(branch);
        _ring.Branch(branch);
    }

    public void Dispose()
    {
        _side.Dispose();
        _sampler.Dispose();
        _ring.Dispose();
        _acting.Dispose();
    }

    /// <summary>Makes the updates that are due, then acts until the next one is.</summary>
    private void TextbookRound()
    {
        for (var due = _schedule.DueUpdates(_ring.CanSample); due > 0; due--)
        {
            _learning.Draw(1);
            _learning.Update(1);
            _learning.Settle(1);
        }

        ActUntilDue();
    }

    /// <summary>Makes the updates that are due while it takes the steps that the next ones wait for.</summary>
    private void OverlappedRound()
    {
        _inFlight = _schedule.DueUpdates(_ring.CanSample);
        if (_inFlight == 0)
        {
            Rest();
            ActUntilDue();
            return;
        }

        _learning.Draw(_inFlight);
        _rounds!.Run();
        _learning.Settle(_inFlight);
        var start = StageTimes.Now;
        _side.Refresh();
        _context.Times.Add(Stage.Refresh, start);
    }

    /// <summary>
    /// Acts, once at least, until the next update is due besides those that are being made; not at all while more are.
    /// </summary>
    private void ActUntilDue()
    {
        if (_schedule.Waits(_inFlight) && _ring.CanSample)
            return;
        var finished = _context.Tracker.Finished;
        do
        {
            _acting.Step();
            _schedule.Note();
        }
        while (!_schedule.Acted(_inFlight, finished));
    }
}
