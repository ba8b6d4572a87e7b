using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FastDqn.Core;

/// <summary>A whole number, or a range from which one is drawn each time: <c>4</c>, <c>2..4</c> (4 included).</summary>
[JsonConverter(typeof(Converter))]
public readonly record struct IntRange(int Least, int Most)
{
    private const string Between = "..";

    /// <summary>There is nothing to draw.</summary>
    public bool IsFixed => Least == Most;

    public double Mean => (Least + (double)Most) / 2;

    public static implicit operator IntRange(int value) => FromInt32(value);

    public static IntRange FromInt32(int value) => new(value, value);

    /// <summary>The ends of a range as text, once each for a number alone.</summary>
    public static (string Least, string Most) Ends(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var at = text.IndexOf(Between, StringComparison.Ordinal);
        return at < 0 ? (text, text) : (text[..at].Trim(), text[(at + Between.Length)..].Trim());
    }

    public override string ToString() =>
        IsFixed ? Least.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Least}{Between}{Most}");

    private sealed class Converter : JsonConverter<IntRange>
    {
        public override IntRange Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Number)
                return reader.GetInt32();
            var (least, most) = Ends(reader.GetString() ?? "");
            return int.TryParse(least, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
                && int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out var to)
                ? new IntRange(from, to)
                : throw new JsonException("neither a number nor a range");
        }

        public override void Write(Utf8JsonWriter writer, IntRange value, JsonSerializerOptions options)
        {
            ArgumentNullException.ThrowIfNull(writer);
            if (value.IsFixed)
                writer.WriteNumberValue(value.Least);
            else
                writer.WriteStringValue(value.ToString());
        }
    }
}
