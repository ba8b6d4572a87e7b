using System.Collections;
using FastDqn.Core;

namespace FastDqn.Training.Configuration;

/// <summary>
/// Collects option values from their sources and resolves them. Precedence, lowest first: default, preset, file,
/// environment (<c>FASTDQN_SCHEDULE_BATCH_SIZE</c> for schedule.batch_size), command line.
/// </summary>
public sealed class ConfigLayers
{
    private const string Prefix = "FASTDQN_";

    private readonly List<Assignment>[] _layers = [[], [], [], []];

    private enum Layer { Preset, File, Environment, CommandLine }

    private sealed record Assignment(ConfigKey Key, object Value, string Source);

    /// <summary>The preset that lies under everything, if any.</summary>
    public Preset? Preset { get; private set; }

    public ConfigLayers UsePreset(Preset preset)
    {
        ArgumentNullException.ThrowIfNull(preset);
        Preset = preset;
        _layers[(int)Layer.Preset].Clear();
        foreach (var entry in preset.Entries)
            Add(Layer.Preset, entry.Key, entry.Value, $"preset {preset.Name}:{entry.Line}:{entry.Column}");
        return this;
    }

    /// <summary>
    /// Adds a file. Its top-level <c>preset: NAME</c> chooses the preset unless one was chosen before.
    /// </summary>
    public ConfigLayers AddFile(string path) => AddEntries(YamlConfig.ReadFile(path), path);

    public ConfigLayers AddEntries(IEnumerable<YamlEntry> entries, string source)
    {
        ArgumentNullException.ThrowIfNull(entries);
        foreach (var entry in entries)
        {
            var where = FormattableString.Invariant($"{source}:{entry.Line}:{entry.Column}");
            if (entry.Key == "preset")
            {
                if (Preset is null)
                    UsePreset(Prefixed(where, () => Presets.Get(entry.Value)));
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
                throw new FastDqnException(ErrorKind.Usage, $"environment variable {name} names no option{NearestMatch.Hint(name, keys.Keys)}");
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
    public ConfigLayers AddSetting(string setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        var equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new FastDqnException(ErrorKind.Usage, $"--set {setting}: write --set key=value, for example --set schedule.batch_size=64");
        return AddOption(setting[..equals].Trim(), setting[(equals + 1)..], "--set");
    }

    /// <summary>Adds a value of the command line; <paramref name="source"/> is how the user wrote it, for errors.</summary>
    public ConfigLayers AddOption(string key, string value, string source)
    {
        Add(Layer.CommandLine, key, value, source);
        return this;
    }

    /// <summary>The resolved configuration.</summary>
    public TrainConfig Resolve()
    {
        var config = ConfigSchema.Build(Algorithms.AddPresetValues(Assigned()));
        ConfigRules.Check(config);
        return config;
    }

    /// <summary>
    /// The same of a configuration that was resolved before, by this version or another: what it does not name is at
    /// its default, whatever the algorithm's preset says of it by now.
    /// </summary>
    public TrainConfig ResolveAsWritten()
    {
        var config = ConfigSchema.Build(Assigned());
        ConfigRules.Check(config);
        return config;
    }

    /// <summary>The values that were set, by option, before defaults and the algorithm's preset.</summary>
    public IReadOnlyDictionary<string, object> Assigned()
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var assignment in _layers.SelectMany(layer => layer))
            values[assignment.Key.Name] = assignment.Value;
        return values;
    }

    /// <summary>Where each option's value comes from, for <c>--print-config</c>: only those that are not defaults.</summary>
    public IReadOnlyDictionary<string, string> Sources()
    {
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var assignment in _layers.SelectMany(layer => layer))
            sources[assignment.Key.Name] = assignment.Source;
        return sources;
    }

    private void Add(Layer layer, string name, string text, string source)
    {
        var assignment = Prefixed(source, () =>
        {
            var key = ConfigSchema.Get(name);
            return new Assignment(key, key.Parse(text), source);
        });
        _layers[(int)layer].Add(assignment);
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
