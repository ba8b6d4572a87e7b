using System.Reflection;
using FastDqn.Core;

namespace FastDqn.Training.Configuration;

/// <summary>A named set of option values: an embedded YAML file whose first comment line describes it.</summary>
public sealed record Preset(string Name, string Description, IReadOnlyList<YamlEntry> Entries);

/// <summary>The presets that come with FastDqn: every <c>Presets/*.yaml</c> of this project.</summary>
public static class ConfigPresets
{
    /// <summary>What <c>fastdqn train</c> does when told nothing.</summary>
    public const string DefaultName = "bricks";

    /// <summary>The word for no preset, where an environment would bring its own.</summary>
    public const string None = "none";

    private const string Folder = "FastDqn.Training.Presets.";

    private static readonly Lazy<IReadOnlyList<Preset>> Loaded = new(Load);

    public static IReadOnlyList<Preset> All => Loaded.Value;

    public static bool TryGet(string name, out Preset preset)
    {
        preset = All.FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.OrdinalIgnoreCase))!;
        return preset is not null;
    }

    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/> with the nearest match.</exception>
    public static Preset Get(string name) => TryGet(name, out var preset)
        ? preset
        : throw new FastDqnException(
            ErrorKind.Usage,
            $"unknown preset '{name}'{NearestMatch.Hint(name, All.Select(p => p.Name))} (known: "
            + $"{string.Join(", ", All.Select(p => p.Name))})");

    private static List<Preset> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var presets = new List<Preset>();
        var resources = assembly.GetManifestResourceNames().Where(n => n.StartsWith(Folder, StringComparison.Ordinal));
        foreach (var resource in resources.Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var text = reader.ReadToEnd();
            var name = resource[Folder.Length..^".yaml".Length];
            var description = text.Split('\n')[0].TrimStart('#', ' ');
            presets.Add(new Preset(name, description, YamlConfig.Read(text, name)));
        }

        return presets;
    }
}
