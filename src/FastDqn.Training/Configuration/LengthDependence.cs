using FastDqn.Core;

namespace FastDqn.Training.Configuration;

/// <summary>
/// Which options of a configuration make the course of a run depend on its whole length. Without any, a run of 1,000
/// steps that is made longer is the start of the longer one; each option says so itself
/// (<see cref="OptionAttribute.FollowsLengthAt"/>).
/// </summary>
public static class LengthDependence
{
    private const string Not = "not ";

    /// <summary>The names of those options; empty where a run's length decides nothing but its end.</summary>
    public static IReadOnlyList<string> Of(TrainConfig config) =>
    [
        .. ConfigSchema.Keys.Where(key => key.FollowsLengthAt.Length > 0 && Relevance.WithoutEffect(config, key.Name) is null)
            .Where(key => Follows(config, key)).Select(key => key.Name),
    ];

    private static bool Follows(TrainConfig config, ConfigKey key)
    {
        var inverted = key.FollowsLengthAt.StartsWith(Not, StringComparison.Ordinal);
        var word = inverted ? key.FollowsLengthAt[Not.Length..] : key.FollowsLengthAt;
        var value = ConfigSchema.TryGet(word, out var other)
            ? ConfigSchema.Read(config, other)
            : key.Parse(word);
        return Equals(ConfigSchema.Read(config, key), value) != inverted;
    }
}
