using System.Collections;
using FastDqn.Core;

namespace FastDqn.Training.Configuration;

/// <summary>
/// Options of which one takes the place of another, as their <see cref="Core.OptionAttribute.TurnsOff"/> says. A layer
/// that sets one turns the others off as they come from the layers below, so that a default can never beat what a user
/// set.
/// </summary>
internal static class Alternatives
{
    private const string Period = "target.period", Episodes = "target.period_episodes", Tau = "target.tau";

    /// <summary>The two options that a layer must not both set, or null.</summary>
    public static (string First, string Second)? Clash(IReadOnlyDictionary<string, object> layer)
    {
        foreach (var second in layer.Keys)
        {
            if (IsOn(layer, second) && ConfigSchema.Get(second).InsteadOf.FirstOrDefault(first => IsOn(layer, first)) is { } first)
                return (first, second);
        }

        return null;
    }

    /// <summary>Puts a layer's values over those of the layers below it.</summary>
    public static void Apply(IReadOnlyDictionary<string, object> layer, Dictionary<string, object> values)
    {
        foreach (var (name, value) in TurnedOff(layer, values))
            values[name] = ConfigSchema.Get(name).Parse(value);
        foreach (var (name, value) in layer)
            values[name] = value;
    }

    /// <summary>The options of <paramref name="values"/> that have no say any more beside a layer over them.</summary>
    public static IReadOnlySet<string> Replaced(IReadOnlyDictionary<string, object> layer, IReadOnlyDictionary<string, object> values)
    {
        var replaced = TurnedOff(layer, values).Select(option => option.Name).Concat(layer.Keys).ToHashSet(StringComparer.Ordinal);
        replaced.UnionWith(layer.Keys.Where(name => IsOn(layer, name)).SelectMany(name => ConfigSchema.Get(name).InsteadOf));
        return replaced;
    }

    private static List<(string Name, string Value)> TurnedOff(
        IReadOnlyDictionary<string, object> layer, IReadOnlyDictionary<string, object> values)
    {
        var off = layer.Keys.Where(name => IsOn(layer, name)).SelectMany(name => ConfigSchema.Get(name).TurnsOff).ToList();
        // A target mixed in at every update is no copy now and then. A share that is already mixed in keeps its rhythm
        // when it changes.
        if (!IsOn(layer, Period) && !IsOn(layer, Episodes) && Mixes(layer) && !Mixes(values))
            off.AddRange([(Period, "1"), (Episodes, "0")]);
        return off;
    }

    private static bool IsOn(IReadOnlyDictionary<string, object> values, string name) =>
        values.TryGetValue(name, out var value)
        && (value is string or ICollection { Count: > 0 } || (value is int or long or double && Convert.ToDouble(value, null) > 0));

    private static bool Mixes(IReadOnlyDictionary<string, object> values) => values.TryGetValue(Tau, out var tau) && (double)tau < 1;
}
