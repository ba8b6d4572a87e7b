using System.Collections;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning.Networks;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Configuration;

/// <summary>An option that a user set in vain.</summary>
/// <param name="Name">Which.</param>
/// <param name="Source">Where it was set.</param>
/// <param name="Why">Why it has no effect.</param>
/// <param name="Causes">The options that decide that.</param>
public sealed record RefusedOption(string Name, string Source, string Why, IReadOnlyList<string> Causes);

/// <summary>
/// Collects option values from their sources and resolves them. Precedence, lowest first: default, algorithm, preset,
/// files, environment (<c>FASTDQN_SCHEDULE_BATCH_SIZE</c> for schedule.batch_size), command line. Each is a layer, each
/// file one of its own.
/// </summary>
/// <param name="own">What the user's own code adds.</param>
public sealed class ConfigLayers(Extensions? own = null)
{
    private const string Prefix = "FASTDQN_";
    private const string NameKey = "env.name";

    // By their rank; within one the last value of an option counts.
    private readonly SortedDictionary<(Layer Layer, int Number), Dictionary<string, Assignment>> _layers = [];
    private readonly HashSet<(Layer Layer, int Number)> _ownFiles = [];
    private int _files;

    // What a layer's env.name fixes besides where it is an id of Gym's: under all that the layer says itself.
    private readonly Dictionary<(Layer Layer, int Number), Dictionary<string, Assignment>> _implied = [];

    private enum Layer { Preset, File, Environment, CommandLine }

    private sealed record Assignment(ConfigKey Key, object Value, string Source);

    /// <summary>The preset that lies under everything, if any.</summary>
    public Preset? Preset { get; private set; }

    public ConfigLayers UsePreset(Preset preset)
    {
        ArgumentNullException.ThrowIfNull(preset);
        Preset = preset;
        _layers.Remove((Layer.Preset, 0));
        _implied.Remove((Layer.Preset, 0));
        foreach (var entry in preset.Entries)
            Add(Layer.Preset, entry.Key, entry.Value, $"preset {preset.Name}:{entry.Line}:{entry.Column}");
        return this;
    }

    /// <summary>
    /// Adds a file. Its top-level <c>preset: NAME</c> chooses the preset unless one was chosen before.
    /// </summary>
    public ConfigLayers AddFile(string path)
    {
        AddEntries(YamlConfig.ReadFile(path), path);
        if (IsOwn(path))
            _ownFiles.Add((Layer.File, _files));
        return this;
    }

    public ConfigLayers AddEntries(IEnumerable<YamlEntry> entries, string source)
    {
        ArgumentNullException.ThrowIfNull(entries);
        _files++;
        foreach (var entry in entries)
        {
            var where = FormattableString.Invariant($"{source}:{entry.Line}:{entry.Column}");
            if (entry.Key == "preset")
            {
                if (Preset is null)
                    UsePreset(Prefixed(where, () => ConfigPresets.Get(entry.Value)));
                continue;
            }

            Add(Layer.File, entry.Key, entry.Value, where);
        }

        return this;
    }

    /// <summary>
    /// Adds the variables named FASTDQN_SECTION_OPTION. One that begins with a section's name but names no option is an
    /// error, so that none is silently ignored; other FASTDQN_ variables are not options.
    /// </summary>
    public ConfigLayers AddEnvironment(IDictionary variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        var keys = ConfigSchema.Keys.ToDictionary(k => VariableName(k.Name), k => k.Name, StringComparer.Ordinal);
        var sections = ConfigSchema.Sections.ToDictionary(VariableName, s => s, StringComparer.Ordinal);
        var retired = RetiredOptions.Names.ToDictionary(VariableName, k => k, StringComparer.Ordinal);
        foreach (var name in variables.Keys.Cast<string>().Order(StringComparer.Ordinal))
        {
            if (keys.TryGetValue(name, out var key))
                Add(Layer.Environment, key, (string?)variables[name] ?? "", name);
            else if (retired.TryGetValue(name, out var removed))
                throw new FastDqnException(ErrorKind.Usage, $"environment variable {name}: {ConfigSchema.Unknown(removed)}");
            else if (sections.TryGetValue(name, out var section))
                throw new FastDqnException(ErrorKind.Usage, $"environment variable {name}: {ConfigSchema.Unknown(section)}");
            else if (sections.Keys.Any(s => name.StartsWith(s + "_", StringComparison.Ordinal)))
                throw new FastDqnException(
                    ErrorKind.Usage, $"environment variable {name} names no option{NearestMatch.Hint(name, keys.Keys)}");
        }

        return this;
    }

    /// <summary>The environment variable of an option: schedule.batch_size -> FASTDQN_SCHEDULE_BATCH_SIZE.</summary>
    public static string VariableName(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Prefix + key.Replace('.', '_').ToUpperInvariant();
    }

    /// <summary>Adds <c>key=value</c> of <c>--set</c>.</summary>
    /// <param name="setting">The option and its value.</param>
    /// <param name="sourceOf">Where an option was written, for errors; null: on the command line.</param>
    public ConfigLayers AddSetting(string setting, Func<string, string>? sourceOf = null)
    {
        ArgumentNullException.ThrowIfNull(setting);
        var equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new FastDqnException(
                ErrorKind.Usage, $"--set {setting}: write --set key=value, for example --set schedule.batch_size=64");
        var key = setting[..equals].Trim();
        return AddOption(key, setting[(equals + 1)..], sourceOf?.Invoke(key) ?? "--set");
    }

    /// <summary>
    /// Adds a value of the command line; <paramref name="source"/> is how the user wrote it, for errors.
    /// </summary>
    public ConfigLayers AddOption(string key, string value, string source)
    {
        Add(Layer.CommandLine, key, value, source);
        return this;
    }

    /// <summary>The resolved configuration.</summary>
    /// <param name="refuse">Refuse what users set in vain.</param>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/>: values that do not go together or have no effect.
    /// </exception>
    public TrainConfig Resolve(bool refuse = true)
    {
        if (refuse && Refused().FirstOrDefault() is { } refused)
            throw new FastDqnException(ErrorKind.Usage, $"{refused.Source}: {refused.Why}");
        var values = Effective();
        foreach (var key in Relevance.Inert(ConfigSchema.Build(values, own)))
            values[key.Name] = key.Default!;
        var config = ConfigSchema.Build(values, own);
        ConfigRules.Check(config);
        return config;
    }

    /// <summary>
    /// A run's own configuration, which this version or another resolved: nothing takes the place of anything, and what
    /// it does not name is at its default, whatever the algorithm's preset says of it by now.
    /// </summary>
    public TrainConfig ResolveAsWritten()
    {
        var config = ConfigSchema.Build(Assigned(), own);
        ConfigRules.Check(config);
        return config;
    }

    /// <summary>
    /// What users set in vain: two alternatives in one layer, and options without effect where the reason lies in the
    /// same layer or below. What a higher layer chose may well leave something of a lower one without.
    /// </summary>
    public IEnumerable<RefusedOption> Refused()
    {
        var config = ConfigSchema.Build(Effective(), own);
        var ranks = new Dictionary<string, (Layer, int)>(StringComparer.Ordinal);
        foreach (var (rank, layer) in _layers)
        {
            foreach (var name in layer.Keys)
                ranks[name] = rank;
        }

        if (ranks.TryGetValue("algorithm.name", out var chosen))
        {
            foreach (var name in Algorithms.PresetValues(Assigned()).Keys)
                ranks.TryAdd(name, chosen);
        }

        foreach (var (rank, layer) in _layers.Where(l => IsUsers(l.Key)))
        {
            var set = Set(rank, layer);
            if (Alternatives.Clash(Values(set)) is { } clash)
            {
                var why = $"{clash.Second} takes the place of {clash.First}, which {layer[clash.First].Source} sets too: give one of them";
                yield return new(clash.Second, layer[clash.Second].Source, why, []);
            }

            foreach (var (name, assignment) in set.Where(a => ranks[a.Key] == rank))
            {
                if (Relevance.WithoutEffect(config, name) is { } inert
                    && inert.Causes.All(cause => ranks.GetValueOrDefault(cause).CompareTo(rank) <= 0))
                {
                    yield return new(name, assignment.Source, inert.Why, inert.Causes);
                }
            }
        }
    }

    /// <summary>The values that were set, by option, before defaults and the algorithm's preset.</summary>
    public IReadOnlyDictionary<string, object> Assigned() => Top().ToDictionary(a => a.Key, a => a.Value.Value, StringComparer.Ordinal);

    /// <summary>
    /// What a preset says in place of the values that the algorithm which the user chose over the preset's brings, but
    /// for what is the environment's. Empty where the algorithm is the preset's own.
    /// </summary>
    public IReadOnlyList<(string Name, string Value)> OverAlgorithm()
    {
        const string algorithm = "algorithm.name";
        if (!_layers.TryGetValue((Layer.Preset, 0), out var preset) || !_layers.Any(l => IsUsers(l.Key) && l.Value.ContainsKey(algorithm)))
            return [];
        var (assigned, top) = (Assigned(), Top());
        if (preset.TryGetValue(algorithm, out var its) && its.Value.Equals(assigned[algorithm]))
            return [];
        var (brought, values) = (Algorithms.PresetValues(assigned), Effective());
        var config = ConfigSchema.Build(values, own);
        return
        [
            .. from option in preset
               let key = option.Value.Key
               where (key.Section is not ("env" or "train") || key.Name == "env.count")
                   && brought.ContainsKey(key.Name) && top[key.Name] == option.Value
               let value = ConfigKey.Format(values[key.Name])
               where value != ConfigKey.Format(brought[key.Name]) && Relevance.WithoutEffect(config, key.Name) is null
               select (key.Name, value),
        ];
    }

    /// <summary>How the user wrote an option's value on the command line; null: it is not given there.</summary>
    public string? OnCommandLine(string key) =>
        _layers.TryGetValue((Layer.CommandLine, 0), out var layer) && layer.TryGetValue(key, out var assignment) ? assignment.Source : null;

    /// <summary>
    /// How the user wrote two options where one layer of the user's holds what counts of both; else null.
    /// </summary>
    public (string First, string Second)? GivenTogether(string first, string second)
    {
        var found = _layers.Where(l => l.Value.ContainsKey(first) || l.Value.ContainsKey(second)).Select(l => l.Key).LastOrDefault();
        if (!_layers.TryGetValue(found, out var layer) || !IsUsers(found))
            return null;
        return layer.TryGetValue(first, out var a) && layer.TryGetValue(second, out var b) ? (a.Source, b.Source) : null;
    }

    /// <summary>Where each option's value comes from, for messages: only those that are not defaults.</summary>
    public IReadOnlyDictionary<string, string> Sources() => Top().ToDictionary(a => a.Key, a => a.Value.Source, StringComparer.Ordinal);

    /// <summary>Whether FastDqn wrote a file: the configuration of a run, or the one under a study's trials.</summary>
    private static bool IsOwn(string path) => RunDirectory.IsConfig(path)
        || (Path.GetFileName(path) == "base.yaml" && File.Exists(Path.Combine(Path.GetDirectoryName(path)!, "study.yaml")));

    /// <summary>
    /// Whether what a layer holds was chosen by the user: presets and the files of runs tell every option, wanted or
    /// not.
    /// </summary>
    private bool IsUsers((Layer Layer, int Number) rank) => rank.Layer != Layer.Preset && !_ownFiles.Contains(rank);

    /// <summary>
    /// What a layer holds without those of a file that only tell the default, as copies of a run's file do.
    /// </summary>
    private static Dictionary<string, Assignment> Set((Layer Layer, int Number) rank, Dictionary<string, Assignment> layer) =>
        layer.Where(a => rank.Layer != Layer.File || ConfigKey.Format(a.Value.Value) != a.Value.Key.DefaultText)
            .ToDictionary(StringComparer.Ordinal);

    private static Dictionary<string, object> Values(Dictionary<string, Assignment> layer) =>
        layer.ToDictionary(a => a.Key, a => a.Value.Value, StringComparer.Ordinal);

    /// <summary>The assignment of each option that counts.</summary>
    private Dictionary<string, Assignment> Top()
    {
        var top = new Dictionary<string, Assignment>(StringComparer.Ordinal);
        foreach (var (name, assignment) in Ranked().SelectMany(layer => layer))
            top[name] = assignment;
        return top;
    }

    private Dictionary<string, object> Effective()
    {
        var values = Algorithms.PresetValues(Assigned());
        foreach (var layer in Ranked())
            Alternatives.Apply(Values(layer), values);
        return values;
    }

    /// <summary>The layers, lowest first, with what the name that counts implies.</summary>
    private IEnumerable<Dictionary<string, Assignment>> Ranked()
    {
        var named = _layers.Where(layer => layer.Value.ContainsKey(NameKey)).Select(layer => layer.Key).DefaultIfEmpty().Last();
        foreach (var (rank, layer) in _layers)
        {
            if (rank != named || !_implied.TryGetValue(rank, out var implied))
            {
                yield return layer;
                continue;
            }

            var whole = new Dictionary<string, Assignment>(implied, StringComparer.Ordinal);
            foreach (var (name, assignment) in layer)
                whole[name] = assignment;
            yield return whole;
        }
    }

    private void Add(Layer layer, string name, string text, string source)
    {
        var rank = (layer, layer == Layer.File ? _files : 0);
        if (name == NameKey)
        {
            var gym = own?.Environments.Find(text.Trim()) is null ? Prefixed(source, () => GymId.Parse(text.Trim())) : null;
            text = gym?.Name ?? text;
            _implied[rank] = (gym?.Settings ?? []).Select(s => (Key: ConfigSchema.Get(s.Key), s.Value))
                .ToDictionary(
                    s => s.Key.Name, s => new Assignment(s.Key, s.Key.Parse(s.Value), $"{source} {gym!.Id}"), StringComparer.Ordinal);
        }

        var assignment = Prefixed(source, () =>
        {
            var key = ConfigSchema.Get(name);
            return new Assignment(key, key.Parse(text), source);
        });
        if (!_layers.TryGetValue(rank, out var values))
            _layers.Add(rank, values = new Dictionary<string, Assignment>(StringComparer.Ordinal));
        values[name] = assignment;
    }

    private static T Prefixed<T>(string source, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FastDqnException e)
        {
            throw new FastDqnException(e.Kind, $"{source}: {e.Message}", e);
        }
    }
}
