namespace FastDqn.Training.Configuration;

/// <summary>
/// Options that were removed. A run's own <c>config.yaml</c> may hold them, with a warning, so that runs outlive them; what a user
/// writes may not.
/// </summary>
public static class RetiredOptions
{
    private static readonly Dictionary<string, string> Successors = new(StringComparer.Ordinal)
    {
        ["checkpoint.replay_every"] = "frames go to the disk as they come; checkpoint.replay decides whether they are stored",
        ["env.episodic_life"] = "env.life_loss took its place",
        ["log.level"] = "it did nothing; --quiet hides the progress",
    };

    /// <summary>The names of all of them.</summary>
    public static IReadOnlyCollection<string> Names => Successors.Keys;

    /// <summary>What took the place of a removed option, in words; false for a name that never was one or still is.</summary>
    public static bool TryGet(string name, out string successor) => Successors.TryGetValue(name, out successor!);
}
