using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Loops;

namespace FastDqn.Training.Telemetry;

/// <summary>
/// What the meter reads of a training, from other threads: single numbers as they are, the rest as of the newest row.
/// </summary>
internal sealed class MeteredRun(string folder, TrainConfig config, RunCounters counters, EpisodeTracker tracker, StageTimes times)
{
    public RunCounters Counters => counters;

    public EpisodeTracker Tracker => tracker;

    public StageTimes Times => times;

    /// <summary>The newest row; null before the first.</summary>
    public Row? Newest { get; set; }

    public KeyValuePair<string, object?>[] Labels { get; } = LabelsOf(folder, config);

    /// <summary>What tells runs apart, in metrics and traces.</summary>
    public static KeyValuePair<string, object?>[] LabelsOf(string folder, TrainConfig config) =>
    [
        new("run", Path.GetFileName(folder)), new("environment", ConfigGroups.Game(config)), new("algorithm", config.Algorithm.Name),
        new("seed", config.Run.Seed),
    ];

    /// <param name="Progress">Where the training stood.</param>
    /// <param name="ReplayWait">How long acting had waited for the disk.</param>
    public sealed record Row(TrainProgress Progress, TimeSpan ReplayWait);
}
