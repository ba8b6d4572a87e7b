using System.Reflection;
using FastDqn.Core;

namespace FastDqn.Training.Configuration;

/// <summary>Every option of a training, listed from the properties of <see cref="TrainConfig"/>.</summary>
public static class ConfigSchema
{
    private static readonly Lazy<(List<ConfigKey> Keys, Dictionary<string, ConfigKey> ByName)> Schema = new(Scan);

    /// <summary>All options in the order of the record's properties.</summary>
    public static IReadOnlyList<ConfigKey> Keys => Schema.Value.Keys;

    /// <summary>The option called <paramref name="name"/>, or false.</summary>
    public static bool TryGet(string name, out ConfigKey key) => Schema.Value.ByName.TryGetValue(name, out key!);

    /// <summary>The option called <paramref name="name"/>.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/> with <see cref="Unknown"/>.</exception>
    public static ConfigKey Get(string name) => TryGet(name, out var key)
        ? key
        : throw new FastDqnException(ErrorKind.Usage, Unknown(name));

    /// <summary>The words before the points of the options' names.</summary>
    public static IEnumerable<string> Sections => Keys.Select(k => k.Section).Distinct(StringComparer.Ordinal);

    /// <summary>
    /// Why there is no option called <paramref name="name"/>: removed, with what took its place, a section of options,
    /// or unknown, with the nearest match, or with the others of its section.
    /// </summary>
    public static string Unknown(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (RetiredOptions.TryGet(name, out var successor))
            return $"option '{name}' was removed: {successor}";
        if (Sections.Contains(name))
            return $"'{name}' is a section, which takes no value of its own; its options: {Of(name)}";
        var hint = NearestMatch.Hint(name, Keys.Select(k => k.Name));
        var section = name[..Math.Max(0, name.IndexOf('.', StringComparison.Ordinal))];
        return hint.Length == 0 && Sections.Contains(section)
            ? $"unknown option '{name}'; {section} has {Of(section)}"
            : $"unknown option '{name}'{hint} (fastdqn train --list-options shows all)";

        static string Of(string section) =>
            string.Join(", ", Keys.Where(k => k.Section == section).Select(k => k.Name[(section.Length + 1)..]));
    }

    /// <summary>The value that <paramref name="config"/> holds for <paramref name="key"/>.</summary>
    public static object? Read(TrainConfig config, ConfigKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        object? node = config;
        foreach (var property in key.Path)
            node = property.GetValue(node);
        return node;
    }

    /// <summary>A configuration with the given values and defaults elsewhere.</summary>
    /// <param name="values">By the options' names.</param>
    /// <param name="own">What the user's own code adds.</param>
    public static TrainConfig Build(IReadOnlyDictionary<string, object> values, Extensions? own = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        return (TrainConfig)BuildNode(typeof(TrainConfig), "", values) with { Own = own };
    }

    /// <summary>Refuses a value that its option's text form would refuse: one out of range, or no choice.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/> with the option.</exception>
    public static void Check(TrainConfig config)
    {
        foreach (var key in Keys)
            _ = key.Parse(ConfigKey.Format(Read(config, key)));
    }

    private static object BuildNode(Type type, string section, IReadOnlyDictionary<string, object> values)
    {
        var node = Activator.CreateInstance(type)!;
        foreach (var property in OptionRecord.Properties(type))
        {
            if (Inside(section, property) is { } inside)
                property.SetValue(node, BuildNode(property.PropertyType, inside, values));
            else if (values.TryGetValue(NameOf(section, property), out var value))
                property.SetValue(node, value);
        }

        return node;
    }

    private static (List<ConfigKey>, Dictionary<string, ConfigKey>) Scan()
    {
        var keys = new List<ConfigKey>();
        Visit(new TrainConfig(), "", []);
        return (keys, keys.ToDictionary(k => k.Name, StringComparer.Ordinal));

        void Visit(object node, string section, PropertyInfo[] path)
        {
            foreach (var property in OptionRecord.Properties(node.GetType()))
            {
                PropertyInfo[] here = [.. path, property];
                if (Inside(section, property) is { } inside)
                    Visit(property.GetValue(node)!, inside, here);
                else if (property.GetCustomAttribute<OptionAttribute>() is { } option)
                    keys.Add(new ConfigKey(NameOf(section, property), here, option, property.GetValue(node)));
            }
        }
    }

    /// <summary>The section whose options a property's record holds; null: the property is none such.</summary>
    private static string? Inside(string section, PropertyInfo property) => section.Length == 0
        ? property.PropertyType == typeof(Extensions) ? null : OptionRecord.NameOf(property.Name)
        : property.GetCustomAttribute<OptionGroupAttribute>() is not null ? section : null;

    private static string NameOf(string section, PropertyInfo property) => $"{section}.{OptionRecord.NameOf(property.Name)}";
}
