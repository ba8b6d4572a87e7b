using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Training.Configuration;

/// <summary>
/// Which runs are the same but for their seed, and what tells the others apart: for legends and tables. Where, how
/// fast and how closely watched a run works makes no difference, nor do options without effect.
/// </summary>
public static class ConfigGroups
{
    private const int MostNamed = 3;

    private static readonly HashSet<string> Indifferent = new(StringComparer.Ordinal)
    {
        "run.seed", "run.dir", "run.root", "run.device", "run.threads", "run.numa", "learner.graph", "learner.channels_last",
        "learner.fused_adam", "replay.memory", "env.pixel_device",
        "env.name", "env.rom", "env.rom_dir",
        "env.threads", "train.on_bad_loss", "train.max_loss", "eval.random", "eval.video",
    };

    /// <summary>
    /// A label for each configuration; those of one group have the same, those of different groups never.
    /// </summary>
    /// <param name="configs">The runs' configurations.</param>
    /// <param name="acrossGames">Runs of different games belong together.</param>
    public static IReadOnlyList<string> Label(IReadOnlyList<TrainConfig> configs, bool acrossGames = false)
    {
        ArgumentNullException.ThrowIfNull(configs);
        var values = configs.Select(config => Values(config, acrossGames)).ToList();
        var groups = values.GroupBy(Text, StringComparer.Ordinal).Select(g => g.First()).ToList();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var alike in groups.GroupBy(group => Name(group, acrossGames), StringComparer.Ordinal))
        {
            var several = alike.ToList();
            var told = several.Count == 1 ? [] : Differing(several);
            foreach (var group in several)
                names[Text(group)] = string.Join(", ", told.Select(option => $"{option} {group[option]}").Prepend(alike.Key));
        }

        return [.. values.Select(value => names[Text(value)])];
    }

    /// <summary>The game of a configuration: its ROM's name where one is given.</summary>
    public static string Game(TrainConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Env.Rom.Length > 0 ? Path.GetFileNameWithoutExtension(config.Env.Rom) : config.Env.Name;
    }

    private static Dictionary<string, string> Values(TrainConfig config, bool acrossGames)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal) { ["game"] = acrossGames ? "" : Game(config) };
        foreach (var key in ConfigSchema.Keys)
        {
            if (Indifferent.Contains(key.Name) || key.Section is "log" or "checkpoint")
                continue;
            values[key.Name] = Relevance.WithoutEffect(config, key.Name) is null ? ConfigKey.Format(ConfigSchema.Read(config, key)) : "-";
        }

        return values;
    }

    private static string Name(Dictionary<string, string> group, bool acrossGames) =>
        acrossGames ? group["run.name"] : $"{group["game"]} {group["run.name"]}";

    private static string Text(Dictionary<string, string> values) => string.Join('\n', values.Values);

    /// <summary>
    /// The options that tell these groups apart: all that differ where they are few, else as many as it takes.
    /// </summary>
    private static List<string> Differing(List<Dictionary<string, string>> groups)
    {
        // What follows from the algorithm is said by its name.
        var presets = groups.Select(group => Algorithms.ToValues(AlgorithmPresets.Get(group["algorithm.name"]))).ToList();
        var differing = groups[0].Keys.Where(option => groups.Any(group => group[option] != groups[0][option])).ToList();
        var chosen = differing.Contains("algorithm.name")
            ? differing.Where(option => !groups.Zip(presets).All(Follows(option))).ToList()
            : differing;
        if (chosen.Count <= MostNamed && Distinct(chosen) == groups.Count)
            return chosen;
        List<string> enough = [];
        foreach (var option in chosen.Concat(differing))
        {
            if (Distinct([.. enough, option]) > Distinct(enough))
                enough.Add(option);
        }

        return enough;

        int Distinct(List<string> options) =>
            groups.Select(group => string.Join('\n', options.Select(option => group[option]))).Distinct(StringComparer.Ordinal).Count();

        static Func<(Dictionary<string, string> Group, IReadOnlyDictionary<string, object> Preset), bool> Follows(string option) => g =>
            g.Group[option] is "-" || (g.Preset.TryGetValue(option, out var preset) && ConfigKey.Format(preset) == g.Group[option]);
    }
}
