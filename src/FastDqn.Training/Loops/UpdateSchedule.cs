using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Training.Loops;

/// <summary>
/// When a run that learns from replay fills its memory, acts and learns. It follows from the counters alone: no clock
/// and no thread has a say in it.
/// </summary>
internal sealed class UpdateSchedule
{
    private const int MostUpdates = 64;
    private readonly ScheduleSpec _schedule;
    private readonly ReplaySpec _replay;
    private readonly RunCounters _counters;
    private readonly long _totalSteps;

    /// <param name="spec">The algorithm.</param>
    /// <param name="environments">Environments stepped together.</param>
    /// <param name="counters">What the run has done so far.</param>
    /// <param name="totalSteps">Agent steps of the whole run.</param>
    public UpdateSchedule(AlgorithmSpec spec, int environments, RunCounters counters, long totalSteps)
    {
        (_schedule, _replay, _counters, _totalSteps) = (spec.Schedule, spec.Replay, counters, totalSteps);
        UpdateLimit = Math.Max(1, (environments + _schedule.StepsPerUpdate - 1) / _schedule.StepsPerUpdate);
        if (UpdateLimit > MostUpdates)
        {
            throw new FastDqnException(
                ErrorKind.Usage,
                $"env.count {environments} with schedule.steps_per_update {_schedule.StepsPerUpdate} asks for "
                + $"{UpdateLimit} updates a vector step; at most {MostUpdates}: raise schedule.steps_per_update");
        }
    }

    /// <summary>The most updates of a round: those that one step of all environments can make due.</summary>
    public int UpdateLimit { get; }

    /// <summary>No update is made before <c>schedule.warm_up</c> steps are in the memory.</summary>
    public bool Filling => _counters.Steps - _counters.FillStart < _schedule.WarmUp;

    /// <summary>The memory fills at random before anything is learned, later with the policy there is.</summary>
    public bool ActsAtRandom => Filling && _counters.Updates == 0;

    /// <summary>Exponent of the importance weights now.</summary>
    public double Beta => _replay.BetaStart + ((_replay.BetaEnd - _replay.BetaStart) * Math.Min(1, Progress));

    /// <summary>How far the run is, 0 to 1.</summary>
    public double Progress => _counters.Steps / (double)_totalSteps;

    private long LearningStart => _counters.FillStart + _schedule.WarmUp;

    private long UpdatesMade => _counters.Updates - _counters.FillUpdates;

    /// <summary>Updates that the steps taken so far ask for and that are not made yet, at most one round's.</summary>
    public int DueUpdates(bool canSample)
    {
        if (Filling || !canSample)
            return 0;
        return (int)Math.Min(((_counters.Steps - LearningStart) / _schedule.StepsPerUpdate) + 1 - UpdatesMade, UpdateLimit);
    }

    /// <summary>The agent step at which the next update is due besides those <paramref name="inFlight"/>.</summary>
    public long NextDue(int inFlight) => Filling
        ? 0
        : Math.Min(LearningStart + (_schedule.StepsPerUpdate * (UpdatesMade + inFlight)), _totalSteps);
}
