using System.Globalization;
using FastDqn.Training.Configuration;

namespace FastDqn.Training;

/// <summary>How many threads compute the network's updates and its actions.</summary>
/// <param name="Learner">Threads of an update.</param>
/// <param name="Actor">Threads of acting, where the actor has a thread of its own.</param>
public sealed record ThreadPlan(int Learner, int Actor)
{
    /// <summary>Beyond this many threads a minibatch of 32 gets no faster.</summary>
    private const int MostUseful = 8;

    /// <param name="config">The run's options.</param>
    /// <param name="cores">The run's share of the machine; 0: what OMP_NUM_THREADS leaves to it, without that all
    /// cores.</param>
    public static ThreadPlan Of(TrainConfig config, int cores = 0)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.Run.Threads > 0)
            return new ThreadPlan(config.Run.Threads, 1);
        // All cores, overlap or not: the actor needs its core for a small part of an update's time, and takes it then
        // (`bench train`: 1.7 to 2 times the steps a second of leaving it a core, on two).
        return new ThreadPlan(Math.Clamp(cores > 0 ? cores : Math.Min(Environment.ProcessorCount, Share()), 1, MostUseful), 1);
    }

    /// <summary>What a batch, a sweep or Slurm leaves to this process of the cores.</summary>
    private static int Share()
    {
        var given = Environment.GetEnvironmentVariable("OMP_NUM_THREADS");
        return int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var threads) && threads > 0
            ? threads
            : int.MaxValue;
    }

    public override string ToString() => $"{Learner} learner {(Learner == 1 ? "thread" : "threads")}";
}
