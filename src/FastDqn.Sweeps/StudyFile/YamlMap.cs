using System.Globalization;
using FastDqn.Core;
using FastDqn.Sweeps.Space;
using FastDqn.Training.Configuration;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Sweeps.StudyFile;

/// <summary>
/// A mapping of a study file: typed look-ups whose errors name the file, the line and the column, and a list of the
/// keys allowed.
/// </summary>
internal sealed class YamlMap
{
    private readonly Dictionary<string, YamlNode> _byKey = new(StringComparer.Ordinal);

    public YamlMap(string source, YamlNode node, string what, IReadOnlyCollection<string>? allowed = null)
    {
        Source = source;
        Node = node;
        if (node is not YamlMappingNode map)
            throw At(node, $"{what} must be a mapping ('key: value' lines)");
        foreach (var (keyNode, value) in map.Children)
        {
            if (keyNode is not YamlScalarNode { Value.Length: > 0 } key)
                throw At(keyNode, "a key must be a word");
            if (allowed is not null && !allowed.Contains(key.Value))
                throw At(keyNode, $"unknown key '{key.Value}' in {what}{NearestMatch.Hint(key.Value, allowed)} (known: {string.Join(", ", allowed)})");
            _byKey.Add(key.Value, value);
            KeyNodes[key.Value] = keyNode;
        }
    }

    public string Source { get; }

    public YamlNode Node { get; }

    public Dictionary<string, YamlNode> KeyNodes { get; } = new(StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, YamlNode>> Entries => _byKey;

    public FastDqnException At(YamlNode node, string what) => YamlConfig.At(Source, node, what);

    public FastDqnException Missing(string key, string what) => At(Node, $"{what} lacks '{key}'");

    public bool Has(string key) => _byKey.ContainsKey(key);

    public YamlNode? Get(string key) => _byKey.GetValueOrDefault(key);

    public string Text(string key, string fallback) => Get(key) is { } node ? Scalar(node, key).Value ?? "" : fallback;

    public double Number(string key, double fallback, double min = double.NegativeInfinity, double max = double.PositiveInfinity)
    {
        if (Get(key) is not { } node)
            return fallback;
        var value = ToValue(node).Number;
        if (double.IsNaN(value))
            throw At(node, $"'{key}' must be a number, not '{node}'");
        if (value < min || value > max)
            throw At(node, string.Create(CultureInfo.InvariantCulture, $"'{key}' is {value}, out of range ({min} to {max})"));
        return value;
    }

    public long Whole(string key, long fallback, long min, long max = long.MaxValue)
    {
        var value = Number(key, fallback, min, max);
        if (!value.Equals(Math.Floor(value)))
            throw At(Get(key)!, $"'{key}' must be a whole number");
        return (long)value;
    }

    public T Word<T>(string key, T? fallback, string what, IReadOnlyDictionary<string, T> words) where T : struct
    {
        if (Get(key) is not { } node)
            return fallback ?? throw Missing(key, what);
        var word = Scalar(node, key).Value ?? "";
        return words.TryGetValue(word, out var value)
            ? value
            : throw At(node, $"'{key}' is '{word}'{NearestMatch.Hint(word, words.Keys)} (known: {string.Join(", ", words.Keys)})");
    }

    /// <summary>The texts of a list, or of one scalar.</summary>
    public IReadOnlyList<string> Texts(string key) => Get(key) switch
    {
        null => [],
        YamlSequenceNode list => [.. list.Children.Select(c => Scalar(c, key).Value ?? "")],
        { } node => [Scalar(node, key).Value ?? ""],
    };

    public YamlScalarNode Scalar(YamlNode node, string key) =>
        node as YamlScalarNode ?? throw At(node, $"'{key}' must be a single value");

    /// <summary>A scalar or list as a parameter's value, by YAML's core schema: quoted scalars are strings.</summary>
    public ParameterValue ToValue(YamlNode node)
    {
        if (node is YamlSequenceNode list)
            return ParameterValue.FromList(list.Children.Select(ToValue));
        if (node is not YamlScalarNode scalar)
            throw At(node, "expected a value or a list of values");
        var text = scalar.Value ?? "";
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any))
            return ParameterValue.From(text);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return ParameterValue.From(whole);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return double.IsFinite(number) ? ParameterValue.From(number) : throw At(node, $"'{text}' is not finite");
        return text switch
        {
            "true" or "True" or "TRUE" => ParameterValue.From(true),
            "false" or "False" or "FALSE" => ParameterValue.From(false),
            "" or "~" or "null" => throw At(node, "expected a value, found nothing"),
            _ => ParameterValue.From(text),
        };
    }
}
