using System.Globalization;
using System.Text;
using FastDqn.Core;
using FastDqn.Yaml;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Training.Configuration;

/// <summary>A value of a configuration file and where it stands.</summary>
public sealed record YamlEntry(string Key, string Value, long Line, long Column);

/// <summary>
/// Reads and writes configurations as YAML: nested maps or dotted keys, scalars and lists of scalars.
/// </summary>
public static class YamlConfig
{
    private const int MaxDepth = 8;
    private const int MaxEntries = 10_000;

    /// <summary>The entries of a file, in its order.</summary>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/> with file, line and column; <see cref="ErrorKind.BadData"/>: it cannot be read.
    /// </exception>
    public static IReadOnlyList<YamlEntry> ReadFile(string path) =>
        Read(InputFile.ReadText(path, "configuration file", YamlText.MaxCharacters, ErrorKind.Usage), path);

    /// <summary>The entries of a text; <paramref name="source"/> names it in errors.</summary>
    public static IReadOnlyList<YamlEntry> Read(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        var entries = new List<YamlEntry>();
        var root = YamlText.Load(text, source);
        if (root is not null)
            Flatten(root, "", 0, source, entries);
        RequireOnce(entries, source);
        return entries;
    }

    /// <summary>Refuses a name that is given twice in one file: once nested and once with points, say.</summary>
    public static void RequireOnce(IEnumerable<YamlEntry> entries, string source)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var lines = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (lines.TryAdd(entry.Key, entry.Line))
                continue;
            var where = string.Create(CultureInfo.InvariantCulture, $"{source}:{entry.Line}:{entry.Column}");
            throw new FastDqnException(ErrorKind.Usage, $"{where}: '{entry.Key}' is given twice, first on line {lines[entry.Key]}");
        }
    }

    /// <summary>The whole configuration as nested YAML; read back it gives the same values.</summary>
    public static string Write(TrainConfig config) => Write(config, ConfigSchema.Keys);

    /// <summary>The same without the options that have no effect.</summary>
    public static string WriteEffective(TrainConfig config) =>
        Write(config, ConfigSchema.Keys.Where(key => Relevance.WithoutEffect(config, key.Name) is null));

    private static string Write(TrainConfig config, IEnumerable<ConfigKey> keys)
    {
        var text = new StringBuilder();
        var section = "";
        foreach (var key in keys)
        {
            var dot = key.Name.IndexOf('.', StringComparison.Ordinal);
            var here = key.Name[..dot];
            if (here != section)
                text.Append(section = here).Append(":\n");
            text.Append("  ").Append(key.Name.AsSpan(dot + 1)).Append(": ").Append(Scalar(ConfigSchema.Read(config, key))).Append('\n');
        }

        return text.ToString();
    }

    private static string Scalar(object? value)
    {
        var text = ConfigKey.Format(value);
        if (value is not string)
            return text;
        return "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal) + "\"";
    }

    private static void Flatten(YamlNode node, string prefix, int depth, string source, List<YamlEntry> entries)
    {
        if (depth > MaxDepth)
            throw YamlText.At(source, node, "nested too deeply");
        switch (node)
        {
            case YamlMappingNode map:
                foreach (var (keyNode, valueNode) in map.Children)
                {
                    if (keyNode is not YamlScalarNode { Value.Length: > 0 } scalar)
                        throw YamlText.At(source, keyNode, "a key must be a word");
                    Flatten(valueNode, prefix.Length == 0 ? scalar.Value! : $"{prefix}.{scalar.Value}", depth + 1, source, entries);
                }

                break;
            case YamlScalarNode scalar when prefix.Length > 0:
                Add(scalar.Value ?? "");
                break;
            case YamlSequenceNode list when prefix.Length > 0 && list.Children.All(c => c is YamlScalarNode):
                Add("[" + string.Join(", ", list.Children.Cast<YamlScalarNode>().Select(c => c.Value)) + "]");
                break;
            case YamlScalarNode { Value: null or "" }:
                break;
            default:
                throw YamlText.At(source, node, "expected 'key: value' lines");
        }

        void Add(string value)
        {
            if (entries.Count >= MaxEntries)
                throw YamlText.At(source, node, $"more than {MaxEntries} values");
            entries.Add(new YamlEntry(prefix, value, node.Start.Line, node.Start.Column));
        }
    }
}
