namespace FastDqn.Training;

/// <summary>
/// What a run is asked besides its configuration. Profiling does not change its results; a person's advice does.
/// </summary>
/// <param name="Profile">Print where the time went and write a Chrome trace.</param>
/// <param name="Ask">Makes who is asked for the exploring actions of these environments instead of drawing them; null:
/// nobody.</param>
/// <param name="Cores">How many of the machine's cores its thread counts are for; 0: all that this process has.</param>
public sealed record RunTools(bool Profile = false, Func<Environments.IVectorEnvironment, IAdviser>? Ask = null, int Cores = 0)
{
    /// <summary>
    /// Where dates come from. They name folders and stand in logs; durations come from the monotonic clock and nothing
    /// else depends on time.
    /// </summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The command line that the run is asked by, for <c>run.json</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}

/// <summary>Who is asked for an action where the agent would explore.</summary>
public interface IAdviser
{
    /// <summary>
    /// The action of environment <paramref name="index"/>; <paramref name="drawn"/> is the random one otherwise taken.
    /// </summary>
    int Advise(int index, int drawn);
}
