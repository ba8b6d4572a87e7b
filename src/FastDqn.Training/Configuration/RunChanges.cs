using FastDqn.Core;

namespace FastDqn.Training.Configuration;

/// <summary>
/// What of a run's options may change when it is continued: where, how long and how closely watched it works. All
/// others decide its results, so a checkpoint belongs to them.
/// </summary>
public static class RunChanges
{
    private static readonly string[] Sections = ["eval.", "checkpoint.", "log."];

    private static IEnumerable<string> Names => ConfigSchema.Keys.Where(key => key.MayChange).Select(key => key.Name);

    // A run lies where its folder is: nothing to be set, and nothing that results depend on.
    private static readonly HashSet<string> Places = new(StringComparer.Ordinal) { "run.dir", "run.root" };

    /// <summary>The options that may change, for help and messages.</summary>
    public static string Text => $"{string.Join(", ", Names)}, {string.Join(", ", Sections.Select(s => s + "*"))}";

    /// <summary>Whether results follow from an option.</summary>
    public static bool Decides(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return !MayChange(name) && !Places.Contains(name);
    }

    /// <summary>A run's configuration with the changes of <c>key=value</c> settings.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: not a setting, or one that may not
    /// change.</exception>
    public static TrainConfig Apply(TrainConfig config, IEnumerable<string> settings, Func<string, string>? sourceOf = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var values = ConfigSchema.Keys.ToDictionary(key => key.Name, key => ConfigSchema.Read(config, key)!, StringComparer.Ordinal);
        var given = new ConfigLayers();
        foreach (var setting in settings)
            given.AddSetting(setting, sourceOf);
        if (Alternatives.Clash(given.Assigned()) is { } clash)
            throw new FastDqnException(ErrorKind.Usage, $"{clash.Second} takes the place of {clash.First}: give one of them");
        // Of what a change turns off, only what may change, too: a ROM that lies elsewhere has the same MD5.
        var off = given.Assigned().Keys.SelectMany(name => ConfigSchema.Get(name).TurnsOff);
        foreach (var (name, value) in off.Where(option => MayChange(option.Name)))
            values[name] = ConfigSchema.Get(name).Parse(value);
        foreach (var (name, value) in given.Assigned())
        {
            if (!MayChange(name))
            {
                var why = Places.Contains(name) ? "is the folder that it lies in" : "decides results, so it stays as the run began";
                throw new FastDqnException(ErrorKind.Usage, $"--set {name}: {why}; a run that goes on may change {Text}");
            }

            values[name] = value;
        }

        var changed = ConfigSchema.Build(values, config.Own);
        ConfigRules.Check(changed);
        foreach (var key in Relevance.Inert(changed).Where(key => MayChange(key.Name) && !given.Assigned().ContainsKey(key.Name)))
            values[key.Name] = key.Default!;
        changed = ConfigSchema.Build(values, config.Own);
        foreach (var name in given.Assigned().Keys)
            Relevance.Require(changed, name, sourceOf?.Invoke(name) ?? "--set");
        return changed;
    }

    /// <summary>
    /// A configuration with what <paramref name="asked"/> left to the machine (<c>auto</c>) as a run has it: the
    /// machine's answer may be another one today, and the run goes on with its own.
    /// </summary>
    public static TrainConfig WithDecided(TrainConfig asked, TrainConfig wanted, TrainConfig run)
    {
        bool Open(ConfigKey key) => key.ValueType.IsEnum && ConfigKey.Format(ConfigSchema.Read(asked, key)) == "auto";
        return ConfigSchema.Build(ConfigSchema.Keys.ToDictionary(
            key => key.Name, key => ConfigSchema.Read(Open(key) ? run : wanted, key)!, StringComparer.Ordinal));
    }

    /// <summary>
    /// "train.steps 400 (was 300)" for each option that differs; of a length in another unit, both units. An option
    /// that has no effect any more is not spoken of.
    /// </summary>
    public static IReadOnlyList<string> Describe(TrainConfig before, TrainConfig after)
    {
        var inert = Relevance.Inert(after).Select(key => key.Name).ToHashSet(StringComparer.Ordinal);
        var (was, now) = (before.Train, after.Train);
        List<string> changes = [];
        if (was.ByEpisodes != now.ByEpisodes)
        {
            changes.Add($"{now.LengthOption} {now.Length} (was {was.LengthOption} {was.Length})");
            inert.UnionWith([was.LengthOption, now.LengthOption]);
        }

        changes.AddRange(ConfigSchema.Keys.Where(key => !inert.Contains(key.Name))
            .Select(key => (key.Name, Before: Value(before, key), After: Value(after, key))).Where(o => o.Before != o.After)
            .Select(o => $"{o.Name} {o.After} (was {o.Before})"));
        return changes;
    }

    /// <summary>The options that results follow from: what a checkpoint notes of the run that it belongs to.</summary>
    public static IReadOnlyDictionary<string, string> Deciding(TrainConfig config) =>
        ConfigSchema.Keys.Where(key => Decides(key.Name)).ToDictionary(key => key.Name, key => Value(config, key), StringComparer.Ordinal);

    /// <summary>
    /// How a configuration differs from what a checkpoint noted, in words. An option that went since the note has no
    /// say any more; one that came since must be at its default, which stands for how things were before it.
    /// </summary>
    public static IReadOnlyList<string> Differences(IReadOnlyDictionary<string, string> noted, TrainConfig config)
    {
        noted = RetiredOptions.Translate(noted);
        return
        [
            .. from key in ConfigSchema.Keys
               where Decides(key.Name)
               let now = Value(config, key)
               let then = noted.TryGetValue(key.Name, out var text) ? text : Value(key.Default)
               where now != then
               select $"{key.Name} {then} is now {now}",
        ];
    }

    private static bool MayChange(string name) => Names.Contains(name) || Sections.Any(s => name.StartsWith(s, StringComparison.Ordinal));

    private static string Value(TrainConfig config, ConfigKey key) => Value(ConfigSchema.Read(config, key));

    private static string Value(object? value) => ConfigKey.Format(value) is { Length: > 0 } text ? text : "\"\"";
}
