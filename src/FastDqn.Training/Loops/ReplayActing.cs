using System.Runtime.CompilerServices;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Learning.Exploration;
using FastDqn.Replay;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Loops;

/// <summary>
/// The actor's half of <see cref="DqnLoop"/>: chooses actions, steps the environments, which write their frames into
/// the ring's slots, and records what came of it.
/// </summary>
internal sealed class ReplayActing : IDisposable
{
    private const int HeldOutStates = 64;
    private readonly IVectorEnvironment _environments;
    private readonly LoopContext _context;
    private readonly UpdateSchedule _schedule;
    private readonly ReplayRing _ring;
    private readonly Explorer _explorer;
    private readonly ActionChooser _chooser;
    private readonly RewardShaper _shaper;
    private readonly HeldOutSet _heldOut;
    private readonly StepResult _step;
    private readonly int[] _actions;
    private readonly ActionHold? _hold;
    private readonly GatherObservations _gather;
    private readonly ComputeQ _computeQ;
    private readonly Action? _resampleNoise;
    private readonly RecurrentState? _memory;

    /// <param name="config">The run's options.</param>
    /// <param name="environments">Owned by the caller.</param>
    /// <param name="context">What the loop was given.</param>
    /// <param name="schedule">Says when to act at random.</param>
    /// <param name="ring">Owned by the caller.</param>
    /// <param name="computeQ">Expected returns by the parameters that act.</param>
    /// <param name="resampleNoise">New noise for them.</param>
    /// <param name="memory">What a recurrent network carries from step to step; null: it is not recurrent.</param>
    public ReplayActing(
        TrainConfig config, IVectorEnvironment environments, LoopContext context, UpdateSchedule schedule, ReplayRing ring,
        ComputeQ computeQ, Action resampleNoise, RecurrentState? memory)
    {
        _memory = memory;
        (_environments, _context, _schedule, _ring, _computeQ) = (environments, context, schedule, ring, computeQ);
        var (count, actions) = (environments.Count, environments.ActionNames.Count);
        _explorer = new Explorer(
            context.Spec.Exploration, count, actions, (ulong)config.Run.Seed, config.Train.Steps, config.Train.Episodes);
        _shaper = new RewardShaper(config, count);
        _step = new StepResult(count);
        _actions = new int[count];
        _hold = config.Train.ActionRepeat > 1 ? new ActionHold(_actions, actions, config.Train.ActionRepeat) : null;
        // What the network is given of an environment: its observation, or where that lies among the device's frames.
        var placed = context.Gather is not null;
        _gather = placed ? ring.PlaceStacks : ring.GatherStacks;
        _resampleNoise = context.Spec.Head.Noisy ? resampleNoise : null;
        using var made = new Unfinished();
        _chooser = made.Add(new ActionChooser(
            _explorer, count, actions, placed ? Unsafe.SizeOf<StackPlace>() : context.Input.Bytes, placed ? null : context.Registrar));
        _heldOut = made.Add(new HeldOutSet(HeldOutStates, context.Input.Bytes));
        made.Keep();
    }

    public Explorer Explorer => _explorer;

    /// <summary>The actions that environments keep; null: each is chosen for one step.</summary>
    public IStateful? Hold => _hold;

    /// <summary>States set aside after the warm-up.</summary>
    public HeldOutSet HeldOut => _heldOut;

    /// <summary>Epsilon of the next step (the mean over environments).</summary>
    public double Epsilon
    {
        get
        {
            if (_schedule.ActsAtRandom)
                return 1;
            var sum = 0.0;
            for (var i = 0; i < _environments.Count; i++)
                sum += _explorer.Epsilon(_context.Counters.Steps, i, _context.Tracker.Finished);
            return sum / _environments.Count;
        }
    }

    /// <summary>Starts new episodes everywhere.</summary>
    public void Reset(ulong seed)
    {
        _environments.Reset(seed, _ring.FrameSlots, _step);
        _ring.CommitStart();
        _memory?.Clear();
        _hold?.Release();
        _context.Tracker.Abandon();
    }

    /// <summary>One step of all environments.</summary>
    public void Step()
    {
        var now = StageTimes.Now;
        var held = _hold is null ? [] : _hold.Held;
        if (_memory is not null)
        {
            // Its state has to see every observation, whoever chooses the action.
            _ring.StoreStates(_memory.Values);
            _chooser.Observe(_gather, _computeQ);
        }

        if (_schedule.ActsAtRandom)
        {
            _explorer.Uniform(_actions, held);
        }
        else
        {
            _chooser.Choose(
                _context.Counters.Steps, _context.Tracker.Finished, _actions, held, _gather, _computeQ, _resampleNoise, _context.Adviser);
        }

        now = _context.Times.Add(Stage.Act, now);
        _environments.Step(_actions, _ring.FrameSlots, _step);
        _hold?.Stepped(_step);
        now = _context.Times.Add(Stage.Environment, now);
        var rewards = _shaper.Shape(_step);
        _ring.Append(_actions, rewards, _step.Terminated, _step.Truncated, _shaper.Terminal(_step), _step.EpisodeStart);
        _memory?.Observe(_actions, rewards, _step.EpisodeStart);
        _context.Counters.AddSteps(_step);
        _context.Tracker.Add(_step, _context.EpisodeEnded);
        if (!_heldOut.Known && !_schedule.Filling && _ring.CanSample)
            _heldOut.Take(_ring);
        _context.Times.Add(Stage.Append, now);
    }

    public void Dispose()
    {
        _chooser.Dispose();
        _heldOut.Dispose();
    }
}
