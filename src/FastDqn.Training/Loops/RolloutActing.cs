using System.Numerics.Tensors;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Learning.Exploration;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Loops;

/// <summary>
/// The actor's half of <see cref="PqnLoop"/>: fills a rollout with what the environments show, the actions taken there
/// and the values that the parameters which act give.
/// </summary>
internal sealed class RolloutActing
{
    private readonly IVectorEnvironment _environments;
    private readonly LoopContext _context;
    private readonly INewestObservations _stacks;
    private readonly Explorer _explorer;
    private readonly RewardShaper _shaper;
    private readonly ComputeQ _computeQ;
    private readonly StepResult _step;
    private readonly int[] _actions;
    private readonly ActionHold? _hold;
    private readonly float[] _q;
    private readonly int _count;

    /// <param name="config">The run's options.</param>
    /// <param name="environments">Owned by the caller.</param>
    /// <param name="context">What the loop was given.</param>
    /// <param name="stacks">The newest observations; owned by the caller.</param>
    /// <param name="computeQ">Expected returns by the parameters that act.</param>
    public RolloutActing(
        TrainConfig config, IVectorEnvironment environments, LoopContext context, INewestObservations stacks, ComputeQ computeQ)
    {
        _stacks = stacks;
        (_environments, _context, _computeQ, _count) = (environments, context, computeQ, environments.Count);
        var actions = environments.ActionNames.Count;
        _explorer = new Explorer(
            context.Spec.Exploration, _count, actions, (ulong)config.Run.Seed, config.Train.Steps, config.Train.Episodes);
        _shaper = new RewardShaper(config, _count);
        _step = new StepResult(_count);
        _actions = new int[_count];
        _hold = config.Train.ActionRepeat > 1 ? new ActionHold(_actions, actions, config.Train.ActionRepeat) : null;
        _q = new float[_count * actions];
    }

    public Explorer Explorer => _explorer;

    /// <summary>The actions that environments keep; null: each is chosen for one step.</summary>
    public IStateful? Hold => _hold;

    /// <summary>Starts new episodes everywhere.</summary>
    public void Reset(ulong seed)
    {
        _environments.Reset(seed, _stacks.Newest, _step);
        Array.Fill(_step.EpisodeStart, (byte)1);
        _stacks.Start(_step.EpisodeStart);
        _hold?.Release();
        _context.Tracker.Abandon();
    }

    /// <summary>Takes the steps of a whole rollout.</summary>
    public void Fill(Rollout rollout)
    {
        var now = StageTimes.Now;
        for (var t = 0; t < rollout.Steps; t++)
        {
            Values(rollout.Values.AsSpan(t * _count, _count));
            rollout.Store(t, _stacks.Observations);
            _ = _explorer.Begin(_context.Counters.Steps, _actions, _context.Tracker.Finished, _hold is null ? [] : _hold.Held);
            _explorer.Complete((ReadOnlySpan<float>)_q, _actions);
            now = _context.Times.Add(Stage.Act, now);
            _stacks.Shift();
            _environments.Step(_actions, _stacks.Newest, _step);
            _hold?.Stepped(_step);
            _stacks.Start(_step.EpisodeStart);
            now = _context.Times.Add(Stage.Environment, now);
            Record(rollout, t * _count);
            _context.Counters.AddSteps(_step);
            _context.Tracker.Add(_step, _context.EpisodeEnded);
            now = _context.Times.Add(Stage.Append, now);
        }

        Values(rollout.Values.AsSpan(rollout.Steps * _count, _count));
        _context.Times.Add(Stage.Act, now);
    }

    private void Record(Rollout rollout, int first)
    {
        var rewards = _shaper.Shape(_step);
        var terminal = _shaper.Terminal(_step);
        for (var i = 0; i < _count; i++)
        {
            var at = first + i;
            rollout.Actions[at] = _actions[i];
            rollout.Rewards[at] = rewards[i];
            rollout.Terminated[at] = (byte)(_step.Terminated[i] | (terminal.IsEmpty ? 0 : terminal[i]));
            rollout.Truncated[at] = _step.Truncated[i];
            rollout.Ignored[at] = _step.EpisodeStart[i];
        }
    }

    /// <summary>
    /// The largest Q of every environment's newest observation; the Q-values stay in the field for the choice of
    /// actions.
    /// </summary>
    private void Values(Span<float> highest)
    {
        _computeQ(_stacks.Observations, _count, _q);
        var actions = _q.Length / _count;
        for (var i = 0; i < _count; i++)
            highest[i] = TensorPrimitives.Max((ReadOnlySpan<float>)_q.AsSpan(i * actions, actions));
    }
}
