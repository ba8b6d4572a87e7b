using FastDqn.Core;
using FastDqn.Learning.Specs;
using FastDqn.Training.Acting;

namespace FastDqn.Training.Loops;

/// <summary>
/// When a run that learns from replay fills its memory, acts and learns. It follows from the counters alone: no clock
/// and no thread has a say in it. Episodes are those of all environments together, in the order in which they end.
/// </summary>
internal sealed class UpdateSchedule
{
    private const int MostUpdates = 64;
    private readonly ScheduleSpec _schedule;
    private readonly ReplaySpec _replay;
    private readonly RunCounters _counters;
    private readonly EpisodeTracker _tracker;
    private readonly RunLength _length;
    private readonly int _environments;

    /// <param name="spec">The algorithm.</param>
    /// <param name="environments">Environments stepped together.</param>
    /// <param name="counters">What the run has done so far.</param>
    /// <param name="tracker">The episodes that it has finished.</param>
    /// <param name="length">Of the whole run.</param>
    public UpdateSchedule(AlgorithmSpec spec, int environments, RunCounters counters, EpisodeTracker tracker, RunLength length)
    {
        (_schedule, _replay, _counters, _tracker, _length) = (spec.Schedule, spec.Replay, counters, tracker, length);
        _environments = environments;
        if (ByEpisodes)
        {
            UpdateLimit = Math.Min(_schedule.UpdatesPerRound, MostUpdates);
            return;
        }

        var rounds = Math.Max(1, (environments + _schedule.StepsPerUpdate - 1) / _schedule.StepsPerUpdate);
        var most = (long)rounds * _schedule.UpdatesPerRound;
        if (most > MostUpdates)
        {
            throw new FastDqnException(
                ErrorKind.Usage,
                $"env.count {environments} with schedule.steps_per_update {_schedule.StepsPerUpdate} and schedule.updates_per_round "
                + $"{_schedule.UpdatesPerRound} asks for {most} updates a vector step; at most {MostUpdates}: raise the steps or lower "
                + "the updates");
        }

        UpdateLimit = (int)most;
    }

    /// <summary>
    /// The most updates made at a time: those that one step of all environments can make due, or a part of those that
    /// episodes do.
    /// </summary>
    public int UpdateLimit { get; }

    /// <summary>
    /// The most vector steps between two rounds of updates; null where episodes decide. Each environment's restart may
    /// take one that does not count.
    /// </summary>
    public long? MostSteps => ByEpisodes ? null : (2 * ((_schedule.StepsPerUpdate + _environments - 1L) / _environments)) + 1;

    /// <summary>No update is made before the warm-up's steps or episodes are in the memory.</summary>
    public bool Filling => WarmUpByEpisodes
        ? _tracker.Finished - _counters.FillEpisodes < _schedule.WarmUpEpisodes
        : _counters.Steps - _counters.FillStart < _schedule.WarmUp;

    /// <summary>
    /// The memory fills at random before anything is learned, unless the options say otherwise, later with the policy
    /// there is.
    /// </summary>
    public bool ActsAtRandom => _schedule.WarmUpRandom && Filling && _counters.Updates == 0;

    /// <summary>Exponent of the importance weights now.</summary>
    public double Beta => _replay.BetaStart + ((_replay.BetaEnd - _replay.BetaStart) * Math.Min(1, Progress));

    /// <summary>How far the run is, 0 to 1.</summary>
    public double Progress => _length.Share;

    private bool ByEpisodes => _schedule.EpisodesPerRound > 0;

    private bool WarmUpByEpisodes => _schedule.WarmUpEpisodes > 0;

    // Where the warm-up ended: as the options say it in their own unit, in the other one as it came.
    private long LearningSteps => WarmUpByEpisodes ? _counters.LearningSteps : _counters.FillStart + _schedule.WarmUp;

    private long LearningEpisodes => WarmUpByEpisodes ? _counters.FillEpisodes + _schedule.WarmUpEpisodes : _counters.LearningEpisodes;

    private long UpdatesMade => _counters.Updates - _counters.FillUpdates;

    /// <summary>Updates that the steps and episodes since the warm-up ask for.</summary>
    private long UpdatesAsked => _schedule.UpdatesPerRound * (ByEpisodes
        ? (_tracker.Finished - LearningEpisodes) / _schedule.EpisodesPerRound
        : ((_counters.Steps - LearningSteps) / _schedule.StepsPerUpdate) + 1);

    /// <summary>Notes the end of the warm-up. Call after every step of the environments.</summary>
    public void Note()
    {
        if (_counters.LearningSteps < 0 && !Filling)
            _counters.BeginLearning(_tracker.Finished);
    }

    /// <summary>Updates that are asked for and not made yet, at most one round's.</summary>
    public int DueUpdates(bool canSample) => Filling || !canSample ? 0 : (int)Math.Min(UpdatesAsked - UpdatesMade, UpdateLimit);

    /// <summary>
    /// Acting waits: episodes ask for more updates than the <paramref name="inFlight"/> that are being made.
    /// </summary>
    public bool Waits(int inFlight) => ByEpisodes && !Filling && UpdatesAsked > UpdatesMade + inFlight;

    /// <summary>
    /// Whether the acting of a round is over: the next update is due besides those <paramref name="inFlight"/>, or the
    /// run's end is there. Where episodes ask for updates, at the end of the first one, so that actions use parameters
    /// one episode old at most, and after every step while nothing is in flight.
    /// </summary>
    /// <param name="inFlight">Updates made meanwhile.</param>
    /// <param name="finished">Episodes that were finished when the round began.</param>
    public bool Acted(int inFlight, long finished) =>
        Filling || _length.Reached || UpdatesAsked > UpdatesMade + inFlight
        || (ByEpisodes && (inFlight == 0 || _tracker.Finished > finished));
}
