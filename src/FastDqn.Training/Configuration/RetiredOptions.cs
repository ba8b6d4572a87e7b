namespace FastDqn.Training.Configuration;

/// <summary>
/// Options that were removed. A run's own <c>config.yaml</c> and a stored study may hold them, with a warning, so that
/// both outlive them; what a user writes may not. Where one's value is another option's now, it goes on as that.
/// </summary>
public static class RetiredOptions
{
    private static readonly Dictionary<string, string> Successors = new(StringComparer.Ordinal)
    {
        ["checkpoint.replay_every"] = "frames go to the disk as they come; checkpoint.replay decides whether they are stored",
        ["body.same_padding"] = "body.padding=same took its place",
        ["env.episodic_life"] = "env.life_loss took its place",
        ["exploration.evaluation"] = "it did nothing; eval.epsilon is the epsilon of evaluations",
        ["log.level"] = "it did nothing; --quiet hides the progress",
    };

    /// <summary>What values of removed options are now; others of the option's values are today's default.</summary>
    private static readonly Dictionary<(string Name, string Value), (string Name, string Value)> Values = new()
    {
        [("body.same_padding", "true")] = ("body.padding", "same"),
    };

    private static readonly HashSet<string> Translated = [.. Values.Keys.Select(key => key.Name)];

    /// <summary>The names of all of them.</summary>
    public static IReadOnlyCollection<string> Names => Successors.Keys;

    /// <summary>
    /// What <paramref name="entries"/> are without them; <paramref name="warn"/> is told in one line which there were,
    /// but for those whose value lives on.
    /// </summary>
    public static IReadOnlyList<YamlEntry> LeaveOut(IReadOnlyList<YamlEntry> entries, string source, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(warn);
        var left = new List<YamlEntry>();
        var gone = new List<string>();
        foreach (var entry in entries)
        {
            if (!TryGet(entry.Key, out _))
                left.Add(entry);
            else if (Values.TryGetValue((entry.Key, entry.Value), out var now))
                left.Add(entry with { Key = now.Name, Value = now.Value });
            else if (!Translated.Contains(entry.Key))
                gone.Add(ConfigSchema.Unknown(entry.Key));
        }

        if (gone.Count > 0)
            warn($"{source}: {string.Join("; ", gone)}");
        return left;
    }

    /// <summary>What a checkpoint noted, with the values of removed options as they are said now.</summary>
    public static IReadOnlyDictionary<string, string> Translate(IReadOnlyDictionary<string, string> noted)
    {
        ArgumentNullException.ThrowIfNull(noted);
        var now = new Dictionary<string, string>(noted, StringComparer.Ordinal);
        foreach (var (name, value) in noted)
        {
            if (Values.TryGetValue((name, value), out var successor))
                now[successor.Name] = successor.Value;
        }

        return now;
    }

    /// <summary>
    /// What took the place of a removed option, in words; false for a name that never was one or still is.
    /// </summary>
    public static bool TryGet(string name, out string successor) => Successors.TryGetValue(name, out successor!);
}
