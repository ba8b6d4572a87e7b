namespace FastDqn.Training.Configuration;

/// <summary>
/// Options that were removed. A run's own <c>config.yaml</c> and a stored study may hold them, with a warning, so that
/// both outlive them; what a user writes may not.
/// </summary>
public static class RetiredOptions
{
    private static readonly Dictionary<string, string> Successors = new(StringComparer.Ordinal)
    {
        ["checkpoint.replay_every"] = "frames go to the disk as they come; checkpoint.replay decides whether they are stored",
        ["env.episodic_life"] = "env.life_loss took its place",
        ["exploration.evaluation"] = "it did nothing; eval.epsilon is the epsilon of evaluations",
        ["log.level"] = "it did nothing; --quiet hides the progress",
    };

    /// <summary>The names of all of them.</summary>
    public static IReadOnlyCollection<string> Names => Successors.Keys;

    /// <summary>
    /// What is left of <paramref name="entries"/> without them; <paramref name="warn"/> is told in one line which there
    /// were.
    /// </summary>
    public static IReadOnlyList<YamlEntry> LeaveOut(IReadOnlyList<YamlEntry> entries, string source, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(warn);
        var retired = entries.ToLookup(entry => TryGet(entry.Key, out _));
        if (retired[true].Any())
            warn($"{source}: {string.Join("; ", retired[true].Select(entry => ConfigSchema.Unknown(entry.Key)))}");
        return [.. retired[false]];
    }

    /// <summary>
    /// What took the place of a removed option, in words; false for a name that never was one or still is.
    /// </summary>
    public static bool TryGet(string name, out string successor) => Successors.TryGetValue(name, out successor!);
}
