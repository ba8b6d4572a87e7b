using System.Globalization;
using System.Reflection;
using System.Text;

namespace FastDqn.Core;

/// <summary>A record whose properties are options (<see cref="OptionAttribute"/>).</summary>
public static class OptionRecord
{
    /// <summary>The properties that can be set, in the order in which they are written.</summary>
    public static IEnumerable<PropertyInfo> Properties(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(p => p.CanWrite)
            .OrderBy(p => p.MetadataToken);
    }

    /// <summary>A property's word in option names: FrameSkip is frame_skip.</summary>
    public static string NameOf(string property)
    {
        ArgumentNullException.ThrowIfNull(property);
        var text = new StringBuilder();
        for (var i = 0; i < property.Length; i++)
        {
            if (char.IsUpper(property[i]) && i > 0
                && (!char.IsUpper(property[i - 1]) || (i + 1 < property.Length && char.IsLower(property[i + 1]))))
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(property[i]));
        }

        return text.ToString();
    }

    /// <summary>Checks every number of <paramref name="record"/> against its range.</summary>
    /// <param name="record">The options.</param>
    /// <param name="section">What stands before the point of their names.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: the option, its value and its
    /// range.</exception>
    public static void CheckRanges(object record, string section)
    {
        ArgumentNullException.ThrowIfNull(record);
        foreach (var property in Properties(record.GetType()))
        {
            if (property.GetCustomAttribute<OptionAttribute>() is not { } option)
                continue;
            if (property.GetValue(record) is (int or long or double) and var number)
            {
                var value = Convert.ToDouble(number, CultureInfo.InvariantCulture);
                Require(option.Allows(value), $"{section}.{NameOf(property.Name)}", value, option.Range);
            }
        }
    }

    /// <summary>Refuses an option's value unless the condition <paramref name="holds"/>.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/> with all three.</exception>
    public static void Require<T>(bool holds, string option, T value, string allowed)
    {
        if (!holds)
            throw new FastDqnException(ErrorKind.Usage, FormattableString.Invariant($"{option} is {Word(value)}; it must be {allowed}"));
    }

    /// <summary>A value as users write it: that of an enumeration is a word.</summary>
    public static object? Word(object? value) => value switch
    {
        Enum word => NameOf(word.ToString()),
        bool on => on ? "true" : "false",
        _ => value,
    };
}
