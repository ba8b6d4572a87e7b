using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using FastDqn.Core;

namespace FastDqn.Sweeps.Space;

/// <summary>The active parameters of one trial with their values, in the order of the study file.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "A trial's assignment is the field's word for it.")]
public sealed class Assignment : IReadOnlyDictionary<string, ParameterValue>, IEquatable<Assignment>
{
    private readonly List<KeyValuePair<string, ParameterValue>> _items;
    private readonly Dictionary<string, ParameterValue> _byName;

    public Assignment(IEnumerable<KeyValuePair<string, ParameterValue>> items)
    {
        _items = [.. items];
        _byName = _items.ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
    }

    public static Assignment Empty { get; } = new([]);

    public int Count => _items.Count;

    public IEnumerable<string> Keys => _items.Select(p => p.Key);

    public IEnumerable<ParameterValue> Values => _items.Select(p => p.Value);

    public ParameterValue this[string key] => _byName[key];

    public static Assignment FromJson(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return new(document.RootElement.EnumerateObject()
                .Select(p => KeyValuePair.Create(p.Name, ParameterValue.FromJson(p.Value))).ToList());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"a trial's stored parameters are not a JSON object: {e.Message}", e);
        }
    }

    public string ToJson()
    {
        var text = new StringBuilder("{");
        foreach (var (name, value) in _items)
            text.Append(text.Length > 1 ? "," : "").Append(JsonSerializer.Serialize(name)).Append(':').Append(value.Json);
        return text.Append('}').ToString();
    }

    public bool ContainsKey(string key) => _byName.ContainsKey(key);

    public bool TryGetValue(string key, out ParameterValue value) => _byName.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, ParameterValue>> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool Equals(Assignment? other) =>
        other is not null && Count == other.Count &&
        _items.All(p => other.TryGetValue(p.Key, out var value) && value == p.Value);

    public override bool Equals(object? obj) => Equals(obj as Assignment);

    public override int GetHashCode() =>
        _items.Aggregate(0, (hash, p) => hash ^ HashCode.Combine(p.Key, p.Value));

    public override string ToString() => string.Join(" ", _items.Select(p => $"{p.Key}={p.Value}"));
}
