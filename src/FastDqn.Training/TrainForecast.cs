using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Training.Configuration;

namespace FastDqn.Training;

/// <summary>What can be said of a training before it begins.</summary>
public static class TrainForecast
{
    /// <summary>The options that <see cref="WhyNoUpdate"/> looks at.</summary>
    public static IReadOnlyList<string> Options { get; } =
    [
        "algorithm.name", "train.steps", "train.episodes", "train.overlap", "schedule.warm_up", "schedule.warm_up_episodes",
        "schedule.episodes_per_round", "replay.kind", "env.count", "rollout.steps",
    ];

    /// <summary>
    /// Why a training makes no update at all, with the remedy; null: it makes some, or that depends on how long its
    /// episodes are.
    /// </summary>
    public static string? WhyNoUpdate(TrainConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var (replays, schedule) = (config.Replay.Kind != ReplayKind.None, config.Schedule);
        if (config.Train.ByEpisodes)
            return replays ? WhyNone(config.Train.Episodes, schedule) : null;
        if (replays && (schedule.WarmUpEpisodes > 0 || schedule.EpisodesPerRound > 0))
            return null;
        // With overlap a rollout is learnt from while the next one fills. Its steps that only reset an environment are
        // not counted, so that one as long as the training leaves some over.
        var rollout = config.Train.Overlap ? ((long)config.Env.Count * config.Rollout.Steps) - 1 : 0;
        var (begins, what, remedy) = replays
            ? (schedule.WarmUp, "schedule.warm_up is", "a shorter warm-up")
            : (rollout, "the first rollout has over", "fewer rollout.steps");
        var end = config.Train.Steps;
        return end > begins ? null : FormattableString.Invariant(
            $"nothing will be learnt: the training ends at {end} agent steps and {what} {begins}; give more steps, or {remedy}");
    }

    /// <summary>The updates that the run's last episode asks for are not made.</summary>
    private static string? WhyNone(long episodes, ScheduleSpec schedule)
    {
        // How many episodes a warm-up in steps takes is not known: one, it may be.
        var begins = (schedule.WarmUpEpisodes > 0 ? schedule.WarmUpEpisodes : 1) + schedule.EpisodesPerRound;
        var counted = (schedule.WarmUpEpisodes > 0 || schedule.EpisodesPerRound > 0) && episodes <= begins;
        return !counted ? null : FormattableString.Invariant(
            $"nothing will be learnt: the training ends with episode {episodes} and the first updates come after episode {begins}; ")
            + "give more episodes, or fewer in schedule.warm_up_episodes and schedule.episodes_per_round";
    }
}
