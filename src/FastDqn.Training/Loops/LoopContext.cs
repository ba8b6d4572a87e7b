using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Loops;

/// <summary>What every loop is given besides the options and the environments.</summary>
public sealed record LoopContext(
    AlgorithmSpec Spec, NetworkInput Input, string Device, RunCounters Counters, EpisodeTracker Tracker, StageTimes Times,
    Action<Episode> EpisodeEnded)
{
    /// <summary>Threads that compute an update, the learner's own counted.</summary>
    public int LearnerThreads { get; init; } = 1;

    /// <summary>How the learner works on a GPU.</summary>
    public LearnerSettings Learner { get; init; } = new();

    /// <summary>Makes observations of frames on the learner's device; null where they are made on the host.</summary>
    public IStackGather? Gather { get; init; }

    /// <summary>The environments where the learner's device makes their pixels; null where they do.</summary>
    internal DevicePixels? Pixels { get; init; }

    /// <summary>Page-locks the batches, which travel to a GPU; null where the learner is on the CPU.</summary>
    public IPinnedMemoryRegistrar? Registrar { get; init; }

    /// <summary>Asked for exploring actions once learning has begun; null: they are drawn.</summary>
    public IAdviser? Adviser { get; init; }

    /// <summary>Told of each update once its figures are counted; null: nobody.</summary>
    public Action<long, UpdateStats>? Updated { get; init; }

    /// <summary>How long the run is.</summary>
    internal RunLength LengthOf(TrainConfig config) => new(config.Train, Counters, Tracker);

    /// <summary>
    /// The seed of the environments' next reset: one in the middle of a run must not play the first episodes again.
    /// </summary>
    internal ulong EnvironmentSeed(TrainConfig config) =>
        RandomStream.DeriveSeed((ulong)config.Run.Seed, "environments", unchecked((int)Counters.Steps));
}
