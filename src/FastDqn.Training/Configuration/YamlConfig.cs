using System.Globalization;
using System.Text;
using FastDqn.Core;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Training.Configuration;

/// <summary>A value of a configuration file and where it stands.</summary>
public sealed record YamlEntry(string Key, string Value, long Line, long Column);

/// <summary>
/// Reads and writes configurations as YAML: nested maps or dotted keys, scalars and lists of scalars. Files are data
/// only: no tags are resolved, no types are made, and size and depth are bounded before anything is built.
/// </summary>
public static class YamlConfig
{
    private const int MaxBytes = 1 << 20;
    private const int MaxDepth = 8;
    private const int MaxEntries = 10_000;

    /// <summary>The entries of a file, in its order.</summary>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/> with file, line and column; <see cref="ErrorKind.BadData"/>: it cannot be read.
    /// </exception>
    public static IReadOnlyList<YamlEntry> ReadFile(string path) =>
        Read(InputFile.ReadText(path, "configuration file", MaxBytes, ErrorKind.Usage), path);

    /// <summary>The entries of a text; <paramref name="source"/> names it in errors.</summary>
    public static IReadOnlyList<YamlEntry> Read(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        var entries = new List<YamlEntry>();
        var root = Load(text, source);
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

    /// <summary>The root node of the only document, or null for an empty text.</summary>
    public static YamlNode? Load(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxBytes)
            throw new FastDqnException(ErrorKind.Usage, $"{source}: larger than {MaxBytes} characters, so not a configuration");
        try
        {
            CheckDepth(text);
            var stream = new YamlStream();
            using var reader = new StringReader(text);
            stream.Load(reader);
            if (stream.Documents.Count > 1)
                throw At(source, stream.Documents[1].RootNode, "a second document; one file holds one configuration");
            return stream.Documents.Count == 0 ? null : stream.Documents[0].RootNode;
        }
        catch (YamlException e)
        {
            var place = PlaceOf(e, text);
            throw new FastDqnException(
                ErrorKind.Usage,
                string.Create(CultureInfo.InvariantCulture, $"{source}:{place.Line}:{place.Column}: not YAML: {OneLine(e.InnerException is InvalidOperationException or null ? e.Message : e.InnerException.Message)}"),
                e);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new FastDqnException(ErrorKind.Usage, $"{source}: not YAML: {OneLine(e.Message)}", e);
        }
    }

    /// <summary>An error at a node's place: "file:line:column: what".</summary>
    public static FastDqnException At(string source, YamlNode node, string what)
    {
        ArgumentNullException.ThrowIfNull(node);
        return new(ErrorKind.Usage, string.Create(CultureInfo.InvariantCulture, $"{source}:{node.Start.Line}:{node.Start.Column}: {what}"));
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
            throw At(source, node, "nested too deeply");
        switch (node)
        {
            case YamlMappingNode map:
                foreach (var (keyNode, valueNode) in map.Children)
                {
                    if (keyNode is not YamlScalarNode { Value.Length: > 0 } scalar)
                        throw At(source, keyNode, "a key must be a word");
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
                throw At(source, node, "expected 'key: value' lines");
        }

        void Add(string value)
        {
            if (entries.Count >= MaxEntries)
                throw At(source, node, $"more than {MaxEntries} values");
            entries.Add(new YamlEntry(prefix, value, node.Start.Line, node.Start.Column));
        }
    }

    /// <summary>
    /// Walks the events first: the node builder recurses, and a hostile file must not exhaust the stack.
    /// </summary>
    private static void CheckDepth(string text)
    {
        using var reader = new StringReader(text);
        var parser = new Parser(reader);
        var depth = 0;
        while (Next())
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > MaxDepth + 8)
                throw new YamlException(parser.Current.Start, parser.Current.End, "nested too deeply");
        }

        // YamlDotNet's own complaint about a list or mapping without its end names no place.
        bool Next()
        {
            try
            {
                return parser.MoveNext();
            }
            catch (InvalidOperationException e)
            {
                var at = parser.Current?.End ?? Mark.Empty;
                throw new YamlException(at, at, "the list or mapping that is open here is not closed", e);
            }
        }
    }

    /// <summary>Where the trouble is: a tab is told with the place where its mapping begins.</summary>
    private static Mark PlaceOf(YamlException e, string text)
    {
        if (!e.Message.Contains("tab", StringComparison.Ordinal))
            return e.Start;
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var indentation = lines[i].Length - lines[i].TrimStart(' ', '\t').Length;
            if (lines[i].IndexOf('\t', 0, indentation) is >= 0 and var column)
                return new Mark(0, i + 1, column + 1);
        }

        return e.Start;
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}
