using System.Globalization;
using System.Text.Json;
using FastDqn.Core;

namespace FastDqn.Sweeps.Space;

/// <summary>
/// One value of a parameter: a number, a string, a flag or a list, kept as its JSON text so that it has the same
/// bytes in the database, on a command line and in an export.
/// </summary>
public readonly struct ParameterValue : IEquatable<ParameterValue>
{
    private readonly string? _json;

    private ParameterValue(string json, double number) => (_json, Number) = (json, number);

    /// <summary>The value as JSON.</summary>
    public string Json => _json ?? "null";

    /// <summary>The numeric value, or NaN where the value is not a number.</summary>
    public double Number { get; }

    /// <summary>What goes after <c>KEY=</c> on a command line: strings bare, everything else as JSON.</summary>
    public string Text => Json.StartsWith('"') ? JsonSerializer.Deserialize<string>(Json)! : Json;

    public static ParameterValue From(double value)
    {
        if (!double.IsFinite(value))
            throw new FastDqnException(ErrorKind.Usage, $"{value} cannot be a parameter's value: it must be finite");
        return new(value.ToString("R", CultureInfo.InvariantCulture), value);
    }

    public static ParameterValue From(long value) => new(value.ToString(CultureInfo.InvariantCulture), value);

    public static ParameterValue From(bool value) => new(value ? "true" : "false", double.NaN);

    public static ParameterValue From(string value) => new(JsonSerializer.Serialize(value), double.NaN);

    public static ParameterValue FromList(IEnumerable<ParameterValue> values) =>
        new("[" + string.Join(",", values.Select(v => v.Json)) + "]", double.NaN);

    /// <summary>Reads what people write after <c>KEY=</c>: JSON where it is that, else a string.</summary>
    public static ParameterValue Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return FromJson(document.RootElement);
        }
        catch (JsonException)
        {
            return From(text);
        }
    }

    /// <summary>Reads a value back from its JSON text.</summary>
    public static ParameterValue FromJson(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number when element.TryGetInt64(out var whole) => From(whole),
        JsonValueKind.Number => From(element.GetDouble()),
        JsonValueKind.String => From(element.GetString()!),
        JsonValueKind.True => From(true),
        JsonValueKind.False => From(false),
        JsonValueKind.Array => FromList(element.EnumerateArray().Select(FromJson)),
        _ => throw new FastDqnException(ErrorKind.BadData, $"a parameter cannot be {element.ValueKind}"),
    };

    public static bool operator ==(ParameterValue left, ParameterValue right) => left.Equals(right);

    public static bool operator !=(ParameterValue left, ParameterValue right) => !left.Equals(right);

    /// <summary>Equal as JSON, and numbers as numbers: 1 and 1.0 are the same value.</summary>
    public bool Equals(ParameterValue other) =>
        string.Equals(Json, other.Json, StringComparison.Ordinal) || (!double.IsNaN(Number) && Number.Equals(other.Number));

    public override bool Equals(object? obj) => obj is ParameterValue other && Equals(other);

    public override int GetHashCode() =>
        double.IsNaN(Number) ? Json.GetHashCode(StringComparison.Ordinal) : Number.GetHashCode();

    public override string ToString() => Text;
}
