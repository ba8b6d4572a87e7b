using System.Globalization;
using System.Text.RegularExpressions;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Pruners;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;
using FastDqn.Sweeps.Storage;
using FastDqn.Training;
using FastDqn.Training.Configuration;
using FastDqn.Yaml;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Sweeps.StudyFile;

/// <summary>
/// Reads study files. Everything is checked here, before anything starts: every error is one line with file, line
/// and column (<see cref="ErrorKind.Usage"/>), and an unknown key or option names the nearest one that exists.
/// </summary>
public static partial class StudyFileReader
{
    private const int LongestName = 200;

    private static readonly string[] TopKeys =
    [
        "name", "description", "method", "sampler", "metric", "parameters", "seed", "seeds", "early_terminate", "run_cap",
        "base", "command", "resume_command", "retries", "local", "slurm", "kubernetes", "pbt",
        "objectives", "constraints", "race", "confirm", "warm_start",
    ];

    private static readonly Dictionary<string, SamplerKind> Methods = new(StringComparer.Ordinal)
    {
        ["grid"] = SamplerKind.Grid,
        ["random"] = SamplerKind.Random,
        ["tpe"] = SamplerKind.Tpe,
        ["cmaes"] = SamplerKind.CmaEs,
        ["pbt"] = SamplerKind.Pbt,
    };

    private static readonly Dictionary<string, Goal> Goals = new(StringComparer.Ordinal)
    {
        ["minimize"] = Goal.Minimize,
        ["maximize"] = Goal.Maximize,
    };

    private static readonly Dictionary<string, MetricSummary> Summaries = new(StringComparer.Ordinal)
    {
        ["last"] = MetricSummary.Last,
        ["best"] = MetricSummary.Best,
        ["mean"] = MetricSummary.Mean,
    };

    internal static readonly IReadOnlyDictionary<string, bool> Flags = new Dictionary<string, bool>(StringComparer.Ordinal)
    {
        ["true"] = true,
        ["false"] = false,
    };

    private static readonly Dictionary<string, PrunerKind> Pruners = new(StringComparer.Ordinal)
    {
        ["asha"] = PrunerKind.Asha,
        ["median"] = PrunerKind.Median,
        ["hyperband"] = PrunerKind.Hyperband,
        ["halving"] = PrunerKind.Halving,
    };

    private static readonly Dictionary<string, HorizonKind> Horizons = new(StringComparer.Ordinal)
    {
        ["fixed"] = HorizonKind.Fixed,
        ["budget"] = HorizonKind.Budget,
    };

    /// <summary>Reads a file; <paramref name="runCap"/> (from the command line) replaces its <c>run_cap</c>.</summary>
    public static StudySpec ReadFile(string path, int? runCap = null, Extensions? own = null) =>
        Read(InputFile.ReadText(path, "study file", wrongInside: ErrorKind.Usage), path, runCap, own: own);

    /// <summary>
    /// Reads a text; <paramref name="source"/> names it in errors and is what <c>base:</c> paths are relative to.
    /// <paramref name="resolvedBase"/> stands for <c>base:</c> where a stored study already has it resolved;
    /// <paramref name="own"/> is the user's own code, which the trials are given too.
    /// </summary>
    public static StudySpec Read(
        string text, string source, int? runCap = null, IReadOnlyList<YamlEntry>? resolvedBase = null, Extensions? own = null)
    {
        var root = YamlText.Load(text, source)
            ?? throw new FastDqnException(ErrorKind.Usage, $"{source}:1:1: the study file is empty");
        var map = new YamlMap(source, root, "the study file", TopKeys);
        var command = map.Texts("command");
        if (map.Get("command") is YamlSequenceNode { Children.Count: 0 } empty)
            throw map.At(empty, "'command' names no program; without it trials are trainings of fastdqn");
        var space = ReadSpace(map, checkKeys: command.Count == 0, stored: resolvedBase is not null);
        var method = map.Word("method", null, "the study file", Methods);
        var spec = new StudySpec
        {
            Name = ReadName(map),
            Description = map.Text("description", ""),
            Sampler = ReadSampler(map, method),
            Metric = ReadMetric(map),
            Objectives = ReadObjectives(map),
            Constraints = ReadConstraints(map),
            Race = ReadRace(map),
            Confirm = ReadConfirm(map),
            WarmStart = map.Text("warm_start", ""),
            Space = space,
            Seeds = ReadSeeds(map),
            EarlyTerminate = ReadPruner(map),
            RunCap = method == SamplerKind.Pbt ? 1 : ReadRunCap(map, method, space, runCap),
            Base = resolvedBase ?? WithoutPictures(ReadBase(map, space, command.Count == 0, own), space, command),
            Command = command,
            ResumeCommand = map.Texts("resume_command"),
            Retries = (int)map.Whole("retries", 2, 0, 1000),
            Local = ReadLocal(map),
            Slurm = ReadSlurm(map),
            Kubernetes = ReadKubernetes(map),
            Text = text,
        };
        CheckTogether(map, spec);
        spec = HorizonReader.Read(map, spec, stored: resolvedBase is not null);
        // A stored study was checked when it was made.
        if (command.Count == 0 && resolvedBase is null)
            CheckEffects(map, space, spec.Base, own);
        if (resolvedBase is null)
            CheckWords(map, spec);
        return spec;
    }

    private static string ReadName(YamlMap map)
    {
        var name = map.Text("name", Path.GetFileNameWithoutExtension(map.Source));
        if (!SafeName().IsMatch(name) || name.Length > LongestName)
        {
            throw map.At(
                map.Get("name") ?? map.Node,
                $"the study's name '{name}' becomes a folder: use letters, digits, '.', '_' and '-', at most {LongestName} of them");
        }

        return name;
    }

    private static ParameterSpace ReadSpace(YamlMap map, bool checkKeys, bool stored)
    {
        if (map.Get("parameters") is not { } node)
            throw map.Missing("parameters", "the study file");
        if (node is YamlScalarNode { Value: null or "" } or YamlMappingNode { Children.Count: 0 })
            throw map.At(node, "the parameter space is empty: give at least one parameter");
        var entries = new YamlMap(map.Source, node, "'parameters'");
        var parameters = new List<Parameter>();
        foreach (var (name, value) in entries.Entries)
        {
            // A stored study may be of a time when there was an option that was removed since.
            var check = checkKeys && !(stored && RetiredOptions.TryGet(name, out _));
            if (check)
                CheckKey(entries, name);
            var parameter = ParameterReader.Read(entries, name, value);
            if (check)
                CheckValues(entries, parameter, value);
            parameters.Add(parameter);
        }

        try
        {
            return new ParameterSpace(parameters);
        }
        catch (FastDqnException e)
        {
            throw map.At(node, e.Message);
        }
    }

    private static void CheckKey(YamlMap entries, string name)
    {
        if (!ConfigSchema.TryGet(name, out _))
            throw entries.At(entries.KeyNode(name), ConfigSchema.Unknown(name));
        if (name is "run.seed" or "run.dir" or "run.root")
            throw entries.At(entries.KeyNode(name), $"'{name}' is set by the study itself{(name == "run.seed" ? "; use 'seeds:'" : "")}");
    }

    private static void CheckValues(YamlMap entries, Parameter parameter, YamlNode node)
    {
        var key = ConfigSchema.Get(parameter.Name);
        if (parameter.Domain is NumberDomain && !key.IsNumeric)
            throw entries.At(node, $"{key.Name} is a {key.TypeName}, so it takes 'values', not a range");
        if (parameter.Domain is NumberDomain { Integer: false } && key.ValueType != typeof(double))
            throw entries.At(node, $"{key.Name} takes whole numbers: write min and max without a point, or distribution: int");
        foreach (var value in Extremes(parameter.Domain))
        {
            try
            {
                key.Parse(value.Text);
            }
            catch (FastDqnException e)
            {
                throw entries.At(node, e.Message);
            }
        }
    }

    /// <summary>
    /// Refuses parameters and options of the base that have no effect in a trial that they are part of.
    /// </summary>
    private static void CheckEffects(YamlMap map, ParameterSpace space, IReadOnlyList<YamlEntry> entries, Extensions? own)
    {
        foreach (var trial in Corners(space))
        {
            var layers = new ConfigLayers(own).AddEntries(entries, BaseSource(map));
            foreach (var (name, value) in trial)
                layers.AddSetting($"{name}={value.Text}");
            if (layers.Refused().FirstOrDefault() is not { } refused)
                continue;
            if (!trial.ContainsKey(refused.Name))
                throw new FastDqnException(ErrorKind.Usage, $"{refused.Source}: {refused.Why}");
            var searched = refused.Causes.FirstOrDefault(trial.ContainsKey);
            var node = new YamlMap(map.Source, map.Get("parameters")!, "'parameters'").KeyNode(refused.Name);
            throw map.At(node, refused.Why + (searched is null ? "" : $"; say 'when: {{ {searched}: ... }}' for the trials that use it"));
        }
    }

    /// <summary>
    /// Trials with every combination of the values that decide which parameters and options have an effect (1,000
    /// at most).
    /// </summary>
    internal static IEnumerable<Assignment> Corners(ParameterSpace space)
    {
        var deciding = space.Parameters.SelectMany(p => p.Conditions).Select(c => c.Parameter).Concat(Relevance.Causes)
            .ToHashSet(StringComparer.Ordinal);
        var values = space.Parameters.ToDictionary(
            p => p.Name, p => deciding.Contains(p.Name) ? Extremes(p.Domain) : [Extremes(p.Domain)[^1]], StringComparer.Ordinal);
        var total = values.Values.Aggregate(1L, (product, v) => Math.Min(1000, product * v.Count));
        for (var i = 0L; i < total; i++)
        {
            var (rest, chosen) = (i, new Dictionary<string, ParameterValue>(StringComparer.Ordinal));
            foreach (var (name, those) in values)
            {
                chosen[name] = those[(int)(rest % those.Count)];
                rest /= those.Count;
            }

            yield return space.Build((group, _) => group.Parameters.Select(p => chosen[p.Name]));
        }
    }

    private static IReadOnlyList<ParameterValue> Extremes(Domain domain) => domain is NumberDomain number
        ? [number.ToValue(number.Min), number.ToValue(number.Max)]
        : [.. domain.Values];

    /// <summary>What errors call the base: the file it is, or the study file itself.</summary>
    private static string BaseSource(YamlMap map) => map.Get("base") is YamlScalarNode ? map.Text("base", "") : map.Source;

    private static SamplerOptions ReadSampler(YamlMap map, SamplerKind method)
    {
        var options = map.Get("sampler") is { } node
            ? new YamlMap(map.Source, node, "'sampler'", ["startup", "candidates", "sigma", "population"])
            : null;
        return new SamplerOptions
        {
            Kind = method,
            Seed = (ulong)map.Whole("seed", 1, 0),
            Startup = (int)(options?.Whole("startup", 10, 1, 100_000) ?? 10),
            Candidates = (int)(options?.Whole("candidates", 24, 1, 100_000) ?? 24),
            Sigma = options?.Number("sigma", 1.0 / 6, 1e-6, 1) ?? (1.0 / 6),
            Population = (int)(options?.Whole("population", 0, 0, 10_000) ?? 0),
        };
    }

    private static MetricSpec ReadMetric(YamlMap map) =>
        ReadMetric(map, map.Get("metric") ?? throw map.Missing("metric", "the study file"), "'metric'");

    private static MetricSpec ReadMetric(YamlMap map, YamlNode node, string what)
    {
        var metric = new YamlMap(map.Source, node, what, ["name", "goal", "summary", "window"]);
        if (!metric.Has("name"))
            throw metric.Missing("name", what);
        return new MetricSpec(
            metric.Text("name", ""),
            metric.Word("goal", null, what, Goals),
            metric.Word("summary", MetricSummary.Last, what, Summaries),
            (int)metric.Whole("window", 1, 1, 1_000_000));
    }

    private static List<MetricSpec> ReadObjectives(YamlMap map)
    {
        var objectives = ListOf(map, "objectives").Select(node => ReadMetric(map, node, "'objectives'")).ToList();
        var names = objectives.Select(o => o.Name).Append(map.Get("metric") is { } metric ? ReadMetric(map, metric, "'metric'").Name : "");
        return names.Distinct().Count() > objectives.Count
            ? objectives
            : throw map.At(map.Get("objectives")!, "an objective is listed twice (the 'metric' is the first one)");
    }

    private static IReadOnlyList<ConstraintSpec> ReadConstraints(YamlMap map) =>
    [
        .. ListOf(map, "constraints").Select(node =>
        {
            var constraint = new YamlMap(map.Source, node, "'constraints'", ["name", "min", "max", "summary", "window"]);
            if (!constraint.Has("name"))
                throw constraint.Missing("name", "'constraints'");
            if (!constraint.Has("min") && !constraint.Has("max"))
                throw constraint.At(node, "a constraint needs 'min' or 'max'");
            var metric = new MetricSpec(
                constraint.Text("name", ""), Goal.Minimize, constraint.Word("summary", MetricSummary.Last, "'constraints'", Summaries),
                (int)constraint.Whole("window", 1, 1, 1_000_000));
            var (min, max) = (constraint.Number("min", double.NegativeInfinity), constraint.Number("max", double.PositiveInfinity));
            return min <= max ? new ConstraintSpec(metric, min, max)
                : throw constraint.At(
                    constraint.KeyNode("min"), $"'min' ({Number(min)}) is above 'max' ({Number(max)}): no trial can keep it");
        }),
    ];

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<YamlNode> ListOf(YamlMap map, string key) => map.Get(key) switch
    {
        null => [],
        YamlSequenceNode list => list.Children,
        { } node => throw map.At(node, $"'{key}' must be a list"),
    };

    private static RaceSpec? ReadRace(YamlMap map)
    {
        if (map.Get("race") is not { } node)
            return null;
        var race = new YamlMap(map.Source, node, "'race'", ["seeds", "keep"]);
        if (!race.Has("seeds"))
            throw race.Missing("seeds", "'race'");
        return new RaceSpec((int)race.Whole("seeds", 10, 2, 10_000), race.Number("keep", 0.05, 0.0001, 0.5));
    }

    private static ConfirmSpec? ReadConfirm(YamlMap map)
    {
        if (map.Get("confirm") is not { } node)
            return null;
        var confirm = new YamlMap(map.Source, node, "'confirm'", ["top", "seeds"]);
        return new ConfirmSpec((int)confirm.Whole("top", 3, 1, 10_000), (int)confirm.Whole("seeds", 5, 1, 10_000));
    }

    private static void CheckTogether(YamlMap map, StudySpec spec)
    {
        if (spec.Race is { } race && (spec.Seeds.Count < 2 || spec.Seeds.Count >= race.Seeds))
            throw map.At(
                map.KeyNode("race"),
                "a race begins with at least two seeds a trial and adds to them: "
                + $"'seeds' is {spec.Seeds.Count}, race.seeds {race.Seeds}");
        if (spec.Race is not null && spec.Objectives.Count > 0)
            throw map.At(map.KeyNode("race"), "a race is run for one objective");
        if (spec.WarmStart.Length > 0 && spec.Sampler.Kind != SamplerKind.Tpe)
            throw map.At(
                map.KeyNode("warm_start"), "'warm_start' has no effect: of the methods only tpe learns from another study's trials");
        if (spec.Sampler.Kind == SamplerKind.Pbt)
            foreach (var key in new[] { "race", "confirm", "objectives" })
                if (map.Has(key))
                    throw map.At(map.KeyNode(key), $"'{key}' is for trials that are whole runs, not for a population's pieces");
        foreach (var seed in spec.Seeds)
            if (seed >= ConfirmSpec.FirstSeed && spec.Confirm is not null)
                throw map.At(map.KeyNode("confirm"), $"fresh seeds begin at {ConfirmSpec.FirstSeed}: 'seeds' has {seed}");
    }

    // Fills the program's words in for every kind of trial.
    private static void CheckWords(YamlMap map, StudySpec spec)
    {
        foreach (var (key, words) in new[] { ("command", spec.Command), ("resume_command", spec.ResumeCommand) })
            foreach (var trial in words.Count > 0 ? Corners(spec.Space) : [])
                try
                {
                    RunPlan.Fill(spec, words, new RunClaim(0, 0, 0, 1, trial, "", 1, 0), "");
                }
                catch (FastDqnException e)
                {
                    throw map.At(map.KeyNode(key), e.Message);
                }
    }

    private static List<long> ReadSeeds(YamlMap map)
    {
        switch (map.Get("seeds"))
        {
            case null:
                return [1];
            case YamlSequenceNode { Children.Count: 0 } none:
                throw map.At(none, "'seeds' is empty: name seeds, or give their number");
            case YamlSequenceNode list:
                var seeds = list.Children.Select(c => long.TryParse(c.ToString(), out var seed) && seed >= 0
                    ? seed
                    : throw map.At(c, $"a seed is a whole number of at least 0, not '{c}'")).ToList();
                return seeds.Distinct().Count() == seeds.Count ? seeds : throw map.At(list, "a seed is listed twice");
            default:
                return [.. Enumerable.Range(1, (int)map.Whole("seeds", 1, 1, 10_000)).Select(s => (long)s)];
        }
    }

    private static PrunerOptions? ReadPruner(YamlMap map)
    {
        if (map.Get("early_terminate") is not { } node)
            return null;
        if (node is YamlScalarNode)
            return map.Text("early_terminate", "") == "none"
                ? null
                : Promoting(new PrunerOptions { Kind = map.Word("early_terminate", null, "the study file", Pruners) });
        var options = new YamlMap(
            map.Source, node, "'early_terminate'",
            ["type", "min_iter", "max_iter", "eta", "s", "startup", "warmup", "promote", "horizon"]);
        var kind = options.Word("type", null, "'early_terminate'", Pruners);
        var promote = options.Word("promote", kind == PrunerKind.Halving, "'early_terminate'", Flags);
        if (promote && kind == PrunerKind.Median)
            throw options.At(options.KeyNode("promote"), "median has no rungs to promote from: use asha, hyperband or halving");
        if (!promote && kind == PrunerKind.Halving)
            throw options.At(options.KeyNode("promote"), "halving always promotes: asha is what stops running trials");
        if (!promote && options.Has("horizon"))
            throw options.At(options.KeyNode("horizon"), "'horizon' is for trials that are promoted (promote: true)");
        var pruner = new PrunerOptions
        {
            Kind = kind,
            Promote = promote,
            Horizon = options.Word("horizon", HorizonKind.Fixed, "'early_terminate'", Horizons),
            MinResource = options.Whole("min_iter", 1, 1),
            MaxResource = options.Whole("max_iter", 0, 0),
            Eta = (int)options.Whole("eta", 4, 2, 1000),
            Rate = (int)options.Whole("s", 0, 0, 64),
            Startup = (int)options.Whole("startup", 5, 1, 100_000),
            Warmup = options.Whole("warmup", 0, 0),
        };
        if (pruner.MaxResource > 0 && pruner.MaxResource < pruner.MinResource)
            throw options.At(options.Get("max_iter")!, $"'max_iter: {pruner.MaxResource}' is below min_iter ({pruner.MinResource})");
        if (pruner is { Kind: PrunerKind.Hyperband, Promote: false } && pruner.MaxResource < pruner.MinResource * pruner.Eta)
            throw options.At(node, "hyperband needs 'max_iter', at least min_iter x eta, to lay out its brackets");
        return pruner;
    }

    private static PrunerOptions Promoting(PrunerOptions pruner) => pruner with { Promote = pruner.Kind == PrunerKind.Halving };

    private static int ReadRunCap(YamlMap map, SamplerKind method, ParameterSpace space, int? given)
    {
        var size = space.Size;
        if (method == SamplerKind.Grid && size is null)
        {
            var continuous = space.Parameters.First(p => p.Domain.Count is null).Name;
            throw map.At(map.Get("parameters")!, $"a grid cannot list '{continuous}', a continuous range: give 'values' or a 'step'");
        }

        var cap = given ?? (map.Has("run_cap") ? (int)map.Whole("run_cap", 0, 1, 10_000_000) : null as int?);
        if (method == SamplerKind.Grid)
            return (int)Math.Min(cap ?? int.MaxValue, size!.Value);
        return cap ?? throw map.At(map.Node, "the study file lacks 'run_cap' (how many trials to make); add it or use --run-cap");
    }

    private static IReadOnlyList<YamlEntry> ReadBase(YamlMap map, ParameterSpace space, bool checkKeys, Extensions? own)
    {
        if (map.Get("base") is not { } node)
            return [];
        IReadOnlyList<YamlEntry> entries;
        if (node is YamlMappingNode inline)
        {
            entries = Flatten(inline, map.Source);
            YamlConfig.RequireOnce(entries, map.Source);
        }
        else
        {
            var text = map.Text("base", "");
            var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(map.Source)) ?? ".", text);
            if (File.Exists(path))
                entries = YamlConfig.ReadFile(path);
            else if (ConfigPresets.TryGet(text, out _))
                entries = [new YamlEntry("preset", text, node.Start.Line, node.Start.Column)];
            else
                throw map.At(
                    node,
                    "'base' is neither a file beside the study file nor a preset: "
                    + $"'{text}'{NearestMatch.Hint(text, ConfigPresets.All.Select(p => p.Name))}");
        }

        if (!checkKeys)
            return entries;
        try
        {
            // What has no effect in it may have with the parameters.
            var config = new ConfigLayers(own).AddEntries(entries, BaseSource(map)).Resolve(refuse: false);
            if (space.Parameters.All(p => p.Name is not ("env.name" or "env.rom")))
                EnvironmentFactory.RequireKnown(config.Env.Name, config.Env.Rom, config.Env.RomDir, own?.Environments);
        }
        catch (FastDqnException e) when (e.Message.StartsWith(map.Source, StringComparison.Ordinal))
        {
            throw;
        }
        catch (FastDqnException e)
        {
            throw map.At(node, $"base: {e.Message}");
        }

        return [.. entries.Where(e => space.Parameters.All(p => p.Name != e.Key) && e.Key is not ("run.seed" or "run.dir" or "run.root"))];
    }

    /// <summary>Films and pages of a hundred trials take time and are not looked at: off unless asked for.</summary>
    private static IReadOnlyList<YamlEntry> WithoutPictures(
        IReadOnlyList<YamlEntry> entries, ParameterSpace space, IReadOnlyList<string> command)
    {
        if (command.Count > 0)
            return entries;
        string[] pictures = ["log.films", "log.report"];
        var left = pictures.Where(name => entries.All(e => e.Key != name) && space.Parameters.All(p => p.Name != name));
        return [.. entries, .. left.Select(name => new YamlEntry(name, "false", 0, 0))];
    }

    private static List<YamlEntry> Flatten(YamlNode node, string source, string prefix = "")
    {
        var map = new YamlMap(source, node, "'base'");
        var entries = new List<YamlEntry>();
        foreach (var (key, value) in map.Entries)
        {
            var name = prefix.Length == 0 ? key : $"{prefix}.{key}";
            if (value is YamlMappingNode)
                entries.AddRange(Flatten(value, source, name));
            else
                entries.Add(new YamlEntry(name, map.ToValue(value).Text, value.Start.Line, value.Start.Column));
        }

        return entries;
    }

    private static LocalOptions ReadLocal(YamlMap map)
    {
        if (map.Get("local") is not { } node)
            return new LocalOptions();
        var local = new YamlMap(map.Source, node, "'local'", ["parallel", "cores", "gpus", "in_process"]);
        var measured = local.Text("parallel", "") == "auto";
        if (measured && map.Has("command"))
            throw local.At(local.KeyNode("parallel"), "'parallel: auto' measures trainings of FastDqn's own; with 'command' give a number");
        return new LocalOptions
        {
            Parallel = measured ? 0 : (int)local.Whole("parallel", 0, 0, 4096),
            IsMeasured = measured,
            Cores = (int)local.Whole("cores", 0, 0, 4096),
            Gpus = local.Number("gpus", 0, 0, 64),
            InProcess = local.Text("in_process", "auto") switch
            {
                "auto" => 0,
                "off" => 1,
                _ => (int)local.Whole("in_process", 0, 1, 4096),
            },
        };
    }

    private static SlurmOptions ReadSlurm(YamlMap map)
    {
        if (map.Get("slurm") is not { } node)
            return new SlurmOptions();
        var slurm = new YamlMap(
            map.Source,
            node,
            "'slurm'",
            ["parallel", "partition", "account", "time", "cores", "memory", "gres", "grace", "options", "setup"]);
        return new SlurmOptions
        {
            Parallel = (int)slurm.Whole("parallel", 8, 1, 100_000),
            Partition = slurm.Text("partition", ""),
            Account = slurm.Text("account", ""),
            Time = slurm.Text("time", ""),
            Cores = (int)slurm.Whole("cores", 1, 1, 4096),
            Memory = slurm.Text("memory", ""),
            Gres = slurm.Text("gres", ""),
            GraceSeconds = (int)slurm.Whole("grace", 120, 1, 65_535),
            Options = slurm.Texts("options"),
            Setup = slurm.Texts("setup"),
        };
    }

    private static KubernetesOptions ReadKubernetes(YamlMap map)
    {
        if (map.Get("kubernetes") is not { } node)
            return new KubernetesOptions();
        var options = new YamlMap(
            map.Source, node, "'kubernetes'", ["image", "namespace", "parallel", "claim", "cores", "memory", "gpus", "grace"]);
        return new KubernetesOptions
        {
            Image = options.Text("image", ""),
            Namespace = options.Text("namespace", "default"),
            Parallel = (int)options.Whole("parallel", 8, 1, 100_000),
            Claim = options.Text("claim", ""),
            Cores = options.Text("cores", "1"),
            Memory = options.Text("memory", "4Gi"),
            Gpus = (int)options.Whole("gpus", 0, 0, 64),
            GraceSeconds = (int)options.Whole("grace", 120, 1, 86_400),
        };
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    private static partial Regex SafeName();
}
