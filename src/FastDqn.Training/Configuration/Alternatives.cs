namespace FastDqn.Training.Configuration;

/// <summary>
/// Options of which one takes the place of another. A layer that sets one turns the others off as they come from the layers below, so
/// that a default can never beat what a user set; the first two pairs cannot both be set in one layer.
/// <list type="bullet">
/// <item>exploration.steps and exploration.fraction: the schedule's length;</item>
/// <item>target.period and target.period_episodes: when the target is copied;</item>
/// <item>these and target.tau: a copy now and then, or a share mixed in at every update (both in one layer: a share now and then);</item>
/// <item>env.name and env.rom, run.root and run.dir: the second one decides where both are set;</item>
/// <item>env.name or env.rom and the env.rom_md5 of another.</item>
/// </list>
/// </summary>
internal static class Alternatives
{
    private const string Steps = "exploration.steps", Fraction = "exploration.fraction";
    private const string Period = "target.period", Episodes = "target.period_episodes", Tau = "target.tau";

    /// <summary>The two options that a layer must not both set, or null.</summary>
    public static (string First, string Second)? Clash(IReadOnlyDictionary<string, object> layer)
    {
        if (layer.ContainsKey(Steps) && IsOn(layer, Fraction))
            return (Steps, Fraction);
        return IsOn(layer, Period) && IsOn(layer, Episodes) ? (Period, Episodes) : null;
    }

    /// <summary>Puts a layer's values over those of the layers below it.</summary>
    public static void Apply(IReadOnlyDictionary<string, object> layer, Dictionary<string, object> values)
    {
        var copies = IsOn(layer, Period) || IsOn(layer, Episodes);
        if (layer.ContainsKey(Steps))
            values[Fraction] = 0.0;
        if (IsOn(layer, Period))
            values[Episodes] = 0;
        if (IsOn(layer, Episodes))
            values[Period] = 0;
        if (copies)
            values[Tau] = 1.0;
        // A share that is already mixed in keeps its rhythm when the share changes.
        else if (Mixes(layer) && !Mixes(values))
            (values[Period], values[Episodes]) = (1, 0);
        if (layer.ContainsKey("env.name"))
            values["env.rom"] = "";
        if (layer.ContainsKey("env.name") || layer.ContainsKey("env.rom"))
            values["env.rom_md5"] = "";
        if (layer.ContainsKey("run.root"))
            values["run.dir"] = "";
        foreach (var (name, value) in layer)
            values[name] = value;
    }

    private static bool IsOn(IReadOnlyDictionary<string, object> values, string name) => values.TryGetValue(name, out var value) && Convert.ToDouble(value, null) > 0;

    private static bool Mixes(IReadOnlyDictionary<string, object> values) => values.TryGetValue(Tau, out var tau) && (double)tau < 1;
}
