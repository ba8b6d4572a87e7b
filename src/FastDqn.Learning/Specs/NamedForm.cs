using System.Globalization;
using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>
/// Values of options that are a word, some with a number in parentheses: <c>relu</c>, <c>leaky_relu(0.01)</c>.
/// </summary>
internal static class NamedForm
{
    /// <summary>The word and its number, if it has one.</summary>
    /// <param name="text">As people write it: upper and lower case are one, so are <c>-</c> and <c>_</c>.</param>
    /// <param name="forms">What can be written, for the error.</param>
    /// <exception cref="FormatException">Why the text is none of them, to follow the text itself.</exception>
    public static (T Word, double? Number) Parse<T>(string text, string forms) where T : struct, Enum
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.Trim();
        var opens = trimmed.IndexOf('(', StringComparison.Ordinal);
        var name = opens < 0 ? trimmed : trimmed[..opens];
        if (!TryWord<T>(name, out var word))
        {
            var words = Enum.GetNames<T>().Select(OptionRecord.NameOf).ToArray();
            throw new FormatException($"is none of {forms}{NearestMatch.Hint(name, words)}");
        }

        if (opens < 0)
            return (word, null);
        var inside = trimmed[(opens + 1)..].TrimEnd();
        return inside.EndsWith(')')
            && double.TryParse(inside[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)
            ? (word, number)
            : throw new FormatException($"is none of {forms}: a number belongs between ( and )");
    }

    public static string Write<T>(T word) where T : struct, Enum => OptionRecord.NameOf(word.ToString());

    public static string Write<T>(T word, double number) where T : struct, Enum =>
        string.Create(CultureInfo.InvariantCulture, $"{Write(word)}({number:R})");

    /// <summary>The member of <typeparamref name="T"/> that a word names.</summary>
    public static bool TryWord<T>(string text, out T word) where T : struct, Enum
    {
        var letters = text.Trim().Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(letters, value.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                word = value;
                return true;
            }
        }

        word = default;
        return false;
    }
}
