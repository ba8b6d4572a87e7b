using System.Globalization;
using FastDqn.Core;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Yaml;

/// <summary>
/// A mapping of a YAML file: typed look-ups whose errors name the file, the line and the column, and a list of the keys
/// allowed.
/// </summary>
public sealed class YamlMap
{
    private readonly Dictionary<string, (YamlNode Key, YamlNode Value)> _byKey = new(StringComparer.Ordinal);
    private readonly ErrorKind _wrong;

    /// <param name="source">Names the file in errors.</param>
    /// <param name="node">The mapping.</param>
    /// <param name="what">Names the mapping in errors.</param>
    /// <param name="allowed">The keys that it may have; null: any.</param>
    /// <param name="wrong">The kind of its errors.</param>
    public YamlMap(
        string source, YamlNode node, string what, IReadOnlyCollection<string>? allowed = null, ErrorKind wrong = ErrorKind.Usage)
    {
        (Source, Node, _wrong) = (source, node, wrong);
        if (node is not YamlMappingNode map)
            throw At(node, $"{what} must be a mapping ('key: value' lines)");
        foreach (var (keyNode, value) in map.Children)
        {
            if (keyNode is not YamlScalarNode { Value.Length: > 0 } key)
                throw At(keyNode, "a key must be a word");
            if (allowed is not null && !allowed.Contains(key.Value))
            {
                var known = string.Join(", ", allowed);
                throw At(keyNode, $"unknown key '{key.Value}' in {what}{NearestMatch.Hint(key.Value, allowed)} (known: {known})");
            }

            _byKey.Add(key.Value, (keyNode, value));
        }
    }

    public string Source { get; }

    public YamlNode Node { get; }

    public IEnumerable<(string Key, YamlNode Value)> Entries => _byKey.Select(e => (e.Key, e.Value.Value));

    public FastDqnException At(YamlNode node, string what) => YamlText.At(Source, node, what, _wrong);

    public FastDqnException Missing(string key, string what) => At(Node, $"{what} lacks '{key}'");

    public bool Has(string key) => _byKey.ContainsKey(key);

    public YamlNode? Get(string key) => _byKey.GetValueOrDefault(key).Value;

    /// <summary>Where the key itself stands; it must be there.</summary>
    public YamlNode KeyNode(string key) => _byKey[key].Key;

    public string Text(string key, string fallback) => Get(key) is { } node ? Text(node, key) : fallback;

    /// <summary>A scalar as it is written.</summary>
    public string Text(YamlNode node, string key) => Scalar(node, key).Value ?? "";

    public double Number(string key, double fallback, double min = double.NegativeInfinity, double max = double.PositiveInfinity) =>
        Get(key) is { } node ? Number(node, key, min, max) : fallback;

    /// <summary>A scalar as a number that is finite and in range.</summary>
    public double Number(YamlNode node, string key, double min = double.NegativeInfinity, double max = double.PositiveInfinity)
    {
        var value = node is not YamlScalarNode scalar ? double.NaN : Value(scalar) switch
        {
            long whole => whole,
            double number => number,
            _ => double.NaN,
        };
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
        ArgumentNullException.ThrowIfNull(words);
        if (Get(key) is not { } node)
            return fallback ?? throw Missing(key, what);
        var word = Text(node, key);
        return words.TryGetValue(word, out var value)
            ? value
            : throw At(node, $"'{key}' is '{word}'{NearestMatch.Hint(word, words.Keys)} (known: {string.Join(", ", words.Keys)})");
    }

    /// <summary>The texts of a list, or of one scalar.</summary>
    public IReadOnlyList<string> Texts(string key) => Get(key) switch
    {
        null or YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" } => [],
        YamlSequenceNode list => [.. list.Children.Select(c => Text(c, key))],
        { } node => [Text(node, key)],
    };

    public YamlScalarNode Scalar(YamlNode node, string key) =>
        node as YamlScalarNode ?? throw At(node, $"'{key}' must be a single value");

    /// <summary>
    /// A scalar by YAML's core schema: a <see cref="bool"/>, <see cref="long"/>, finite <see cref="double"/> or
    /// <see cref="string"/>; what is quoted is a string.
    /// </summary>
    public object Value(YamlScalarNode scalar)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        var text = scalar.Value ?? "";
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any))
            return text;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return whole;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return double.IsFinite(number) ? number : throw At(scalar, $"'{text}' is not finite");
        return text switch
        {
            "true" or "True" or "TRUE" => true,
            "false" or "False" or "FALSE" => false,
            "" or "~" or "null" => throw At(scalar, "expected a value, found nothing"),
            _ => text,
        };
    }
}
