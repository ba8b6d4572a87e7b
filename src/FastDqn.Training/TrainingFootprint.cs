using FastDqn.Environments;
using FastDqn.Learning.Networks;
using FastDqn.Replay;
using FastDqn.Training.Configuration;
using FastDqn.Training.Loops;

namespace FastDqn.Training;

/// <summary>What a training takes of memory in the end, in bytes, reckoned before it starts.</summary>
/// <param name="Own">Of the host's: replay memory or rollout, and on the CPU the network.</param>
/// <param name="Process">Of the host's for the program itself; trainings in one process share it.</param>
/// <param name="Card">Of its GPU's; 0: it has none.</param>
public sealed record TrainingFootprint(long Own, long Process, long Card)
{
    // The program with libtorch loaded, as a small training on the CPU shows it (perf/memory_bytes).
    private const long Program = 200_000_000;

    /// <summary>Of the training that a configuration describes.</summary>
    /// <exception cref="Core.FastDqnException">There is no such training.</exception>
    public static TrainingFootprint Of(TrainConfig config)
    {
        using var environments = EnvironmentBinding.ForTraining(config, cores: 1);
        return Of(config, environments);
    }

    /// <summary>The same, in environments that are open already.</summary>
    public static TrainingFootprint Of(TrainConfig config, IVectorEnvironment environments)
    {
        ArgumentNullException.ThrowIfNull(environments);
        var spec = Algorithms.ToSpec(config);
        var network = NetworkTable.Of(spec, EnvironmentBinding.InputOf(environments.Observation), environments.ActionNames.Count);
        var onCpu = LearnerBinding.DeviceOf(config) == "cpu";
        long frames, own;
        if (spec.Rollout is not null)
            frames = own = PqnLoop.FramesOf(config, spec, environments).Bytes;
        else
        {
            var ring = ReplayFootprint.Of(DqnLoop.RingOptions(config, spec, environments));
            (frames, own) = (ring.FrameBytes, ring.TotalBytes);
            // Pages of the ring that are never written take nothing; but for a GPU all of it may be page-locked.
            if (onCpu && !config.Train.ByEpisodes)
                own = (long)(own * Math.Min(1, (double)config.Train.Steps / spec.Replay.Capacity));
        }

        if (onCpu)
            return new(own + FrameBinding.HostBytes(config, frames) + network.Update.NetworkBytes, Program, 0);
        return new(own, Program, FrameBinding.CardBytes(config, frames));
    }
}
