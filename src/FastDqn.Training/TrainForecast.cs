using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Training.Configuration;

namespace FastDqn.Training;

/// <summary>What can be said of a training before it begins.</summary>
public static class TrainForecast
{
    /// <summary>The options that <see cref="WhyNoUpdate"/> looks at.</summary>
    public static IReadOnlyList<string> Options { get; } =
        ["algorithm.name", "train.steps", "train.overlap", "schedule.warm_up", "replay.kind", "env.count", "rollout.steps"];

    /// <summary>Why a training makes no update at all, with the remedy; null: it makes some.</summary>
    public static string? WhyNoUpdate(TrainConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        // With overlap a rollout is learnt from while the next one fills. Its steps that only reset an environment are
        // not counted, so that one as long as the training leaves some over.
        var rollout = config.Train.Overlap ? ((long)config.Env.Count * config.Rollout.Steps) - 1 : 0;
        var (begins, what, remedy) = config.Replay.Kind != ReplayKind.None
            ? (config.Schedule.WarmUp, "schedule.warm_up is", "a shorter warm-up")
            : (rollout, "the first rollout has over", "fewer rollout.steps");
        var end = config.Train.Steps;
        return end > begins ? null : FormattableString.Invariant(
            $"nothing will be learnt: the training ends at {end} agent steps and {what} {begins}; give more steps, or {remedy}");
    }
}
