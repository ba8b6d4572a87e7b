using FastDqn.Core;
using FastDqn.Sweeps.Pruners;
using FastDqn.Sweeps.Samplers;
using FastDqn.Training.Configuration;
using FastDqn.Yaml;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Sweeps.StudyFile;

/// <summary>
/// Reads how studies go whose trials pause and go on later (promotions, populations), and refuses those whose trainings
/// would not be the same as ones that never paused.
/// </summary>
internal static class HorizonReader
{
    private const string Steps = "train.steps";

    // Neither has a place in a run that is given out in pieces of agent steps.
    private static readonly string[] Set = [Steps, "train.episodes", "train.pause_at", "checkpoint.replay"];

    /// <summary>The spec with the length of its longest run, and with the budgets that follow from it.</summary>
    /// <param name="map">The study file.</param>
    /// <param name="spec">What it says otherwise.</param>
    /// <param name="stored">It was checked when it was made.</param>
    public static StudySpec Read(YamlMap map, StudySpec spec, bool stored)
    {
        var population = spec.Sampler.Kind == SamplerKind.Pbt;
        if (!population && map.Has("pbt"))
            throw map.At(map.KeyNode("pbt"), "'pbt' has no effect: the method is another one (method: pbt)");
        if (!population && !spec.Promotes)
            return spec;
        var trains = spec.Command.Count == 0;
        if (trains && !stored)
            Check(map, spec);
        var length = trains ? Length(spec) : 0;
        return population ? ReadPopulation(map, spec, trains, length) : ReadBudgets(map, spec, trains, length);
    }

    private static StudySpec ReadBudgets(YamlMap map, StudySpec spec, bool trains, long length)
    {
        var node = map.Get("early_terminate")!;
        var pruner = spec.EarlyTerminate!;
        var longest = pruner.MaxResource > 0 ? pruner.MaxResource : length;
        if (longest == 0)
            throw map.At(node, "promotions need 'max_iter', the steps of a whole run");
        if (trains)
            RequireSame(map, node, spec, longest, "max_iter");
        if (longest < pruner.MinResource * pruner.Eta)
            throw map.At(
                node,
                $"promotions need a whole run (max_iter, or train.steps) of at least min_iter x eta: {longest} is below "
                + $"{pruner.MinResource * pruner.Eta}");
        if (!trains && spec.ResumeCommand.Count == 0)
            throw map.At(node, "promotions continue runs: give the 'resume_command' of your program (it gets ${budget})");
        if (trains && pruner.Horizon == HorizonKind.Budget)
            RequireLengthFree(map, node, spec);
        return spec with { EarlyTerminate = pruner with { MaxResource = longest }, Horizon = longest };
    }

    private static StudySpec ReadPopulation(YamlMap map, StudySpec spec, bool trains, long length)
    {
        if (map.Has("run_cap"))
            throw map.At(map.KeyNode("run_cap"), "'run_cap' has no effect: a population's trials are population x generations");
        if (spec.EarlyTerminate is not null)
            throw map.At(map.KeyNode("early_terminate"), "'early_terminate' has no effect: a population selects by itself");
        if (map.Get("pbt") is not { } node)
            throw map.Missing("pbt", "the study file");
        var options = new YamlMap(
            map.Source, node, "'pbt'",
            ["population", "interval", "generations", "quantile", "resample", "factors", "synchronous"]);
        var interval = options.Has("interval") ? options.Whole("interval", 0, 1) : throw options.Missing("interval", "'pbt'");
        var generations = options.Whole("generations", 0, 1, 1_000_000);
        if (generations == 0 && !trains)
            throw options.Missing("generations", "'pbt'");
        var longest = generations > 0 ? generations * interval : length;
        if (longest % interval != 0)
            throw options.At(
                options.Get("interval")!,
                $"train.steps ({longest}) is no multiple of 'interval' ({interval}), so the last piece would differ");
        if (trains)
            RequireSame(map, node, spec, longest, "interval x generations");
        var explored = Explored(map, spec, trains);
        if (!trains && !spec.Command.Any(w => w.Contains("${parent_dir}", StringComparison.Ordinal)))
            throw map.At(
                node, "a member goes on from another's run: the 'command' of your program gets that run's folder as ${parent_dir}");
        var pbt = new PopulationOptions
        {
            Population = (int)options.Whole("population", 8, 2, 100_000),
            Interval = interval,
            Generations = (int)(longest / interval),
            Quantile = options.Number("quantile", 0.2, 0.001, 0.5),
            Resample = options.Number("resample", 0.25, 0, 1),
            Factors = Factors(options),
            Synchronous = options.Word("synchronous", false, "'pbt'", StudyFileReader.Flags),
            Explored = explored,
        };
        return spec with
        {
            Sampler = spec.Sampler with { Pbt = pbt },
            RunCap = pbt.Population * pbt.Generations,
            Horizon = longest,
        };
    }

    private static IReadOnlyList<double> Factors(YamlMap options)
    {
        if (options.Get("factors") is not { } node)
            return new PopulationOptions().Factors;
        return node is YamlSequenceNode { Children.Count: > 0 } list
            ? [.. list.Children.Select(c => options.Number(c, "factors", 1e-6, 1e6))]
            : throw options.At(node, "'factors' must be a list of numbers");
    }

    private static HashSet<string> Explored(YamlMap map, StudySpec spec, bool trains)
    {
        var explored = spec.Space.Parameters
            .Where(p => p.Domain.Count != 1)
            .Where(p => !trains || (ConfigSchema.TryGet(p.Name, out var key) && (key.MidRun || key.MayChange)))
            .Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        var parameters = new YamlMap(map.Source, map.Get("parameters")!, "'parameters'");
        if (explored.Count == 0)
            throw map.At(
                map.Get("parameters")!,
                "pbt changes options in the middle of a run, and none of these can: "
                + $"{string.Join(", ", spec.Space.Parameters.Select(p => p.Name))} "
                + $"(those that can: {string.Join(", ", ConfigSchema.Keys.Where(k => k.MidRun).Select(k => k.Name))})");
        foreach (var parameter in spec.Space.Parameters)
            if (parameter.Conditions.FirstOrDefault(c => explored.Contains(c.Parameter)) is { } condition)
                throw map.At(
                    parameters.KeyNode(parameter.Name),
                    $"'{parameter.Name}' depends on {condition.Parameter}, which pbt changes in the middle of a run");
        return explored;
    }

    private static void Check(YamlMap map, StudySpec spec)
    {
        var parameters = new YamlMap(map.Source, map.Get("parameters")!, "'parameters'");
        foreach (var name in Set)
            if (spec.Space.Parameters.Any(p => p.Name == name))
                throw map.At(
                    parameters.KeyNode(name),
                    $"'{name}' cannot be searched: runs that pause and go on have one length and whole checkpoints");
        var config = Config(spec);
        if (config.Train.ByEpisodes)
            throw map.At(map.Node, "train.episodes: runs that pause and go on are counted in steps; give train.steps");
        if (!config.Checkpoint.Replay)
            throw map.At(map.Node, "checkpoint.replay is off: a run that goes on without its replay memory is not the same run");
    }

    /// <summary>The longest budget is every training's length: what the base says of it must agree.</summary>
    private static void RequireSame(YamlMap map, YamlNode node, StudySpec spec, long longest, string what)
    {
        if (spec.Base.Any(e => e.Key == Steps) && Length(spec) is var length && length != longest)
            throw map.At(
                node, $"{what} is {longest}, and train.steps of the base is {length}: the longest budget is the training's length");
    }

    private static void RequireLengthFree(YamlMap map, YamlNode node, StudySpec spec)
    {
        const string remedy = "horizon: fixed gives every training the longest budget as its length";
        var searched = spec.Space.Parameters.FirstOrDefault(p => ConfigSchema.Get(p.Name).FollowsLengthAt.Length > 0);
        var option = searched?.Name;
        foreach (var trial in StudyFileReader.Corners(spec.Space))
        {
            var layers = new ConfigLayers().AddEntries(spec.Base, map.Source);
            foreach (var (name, value) in trial)
                layers.AddSetting($"{name}={value.Text}");
            option ??= LengthDependence.Of(layers.Resolve(refuse: false)) is [var first, ..] ? first : null;
        }

        if (option is not null)
            throw map.At(node, $"horizon: budget: {option} follows the length of a training, which promotions would change; {remedy}");
    }

    private static long Length(StudySpec spec) => Config(spec).Train.Steps;

    private static TrainConfig Config(StudySpec spec) => new ConfigLayers().AddEntries(spec.Base, "base").Resolve(refuse: false);
}
