using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using FastDqn.Cli.Hosting;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Training;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary>The options that verbs making a training share: presets, files, <c>--set</c> and the named ones.</summary>
internal sealed class ConfigArguments
{
    /// <summary>Short names of the options used most.</summary>
    private static readonly (string Flag, string Key)[] Named =
    [
        ("--env", "env.name"),
        ("--rom", "env.rom"),
        ("--roms", "env.rom_dir"),
        ("--backend", "env.backend"),
        ("--envs", "env.count"),
        ("--env-threads", "env.threads"),
        ("--steps", "train.steps"),
        ("--seed", "run.seed"),
        ("--algorithm", "algorithm.name"),
        ("--name", "run.name"),
        ("--run-dir", "run.dir"),
        ("--device", "run.device"),
        ("--threads", "run.threads"),
        ("--overlap", "train.overlap"),
        ("--init", "train.init"),
        ("--protocol", "eval.protocol"),
        ("--eval-episodes", "eval.episodes"),
        ("--metrics-endpoint", "log.metrics_endpoint"),
        ("--track", "log.track"),
    ];

    private readonly Argument<string?> _preset = new("preset")
    {
        HelpName = "preset",
        Description = "Preset to start from (--list-presets), or an environment, as --env; without: the environment's own preset, "
            + "or the bundled game; none: the algorithm's values alone",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]> _files = new("--config") { Description = "YAML file of options; later files win", HelpName = "file" };
    private readonly Option<string[]> _settings = new("--set")
    {
        Description = "Any option: --set schedule.batch_size=64 (--list-options shows all)",
        HelpName = "key=value",
    };
    private readonly Option<string?> _frames = new("--frames")
    {
        Description = "Length of the training (frames; train.steps x env.frame_skip)",
        HelpName = "integer",
    };
    private readonly Option<bool> _print = new("--print-config")
    {
        Description = "Print the resolved configuration as YAML (--json: as JSON) and stop",
    };

    private readonly Option<bool> _listOptions = new("--list-options")
    {
        Description = "List every option with its value here (by the preset, environment, algorithm and settings named too), "
            + "type, unit and meaning, and stop",
    };

    private readonly Option<bool> _listPresets = new("--list-presets") { Description = "List the presets and stop" };
    private readonly Option<bool> _listAlgorithms = new("--list-algorithms") { Description = "List the algorithms (--algorithm) and stop" };
    private readonly List<(Option<string?> Option, string Key)> _named = [];
    private readonly bool _trains;

    /// <param name="command">Takes the options.</param>
    /// <param name="flags">The named ones of a verb that trains nothing and lists nothing; null: all, and the
    /// lists.</param>
    public ConfigArguments(Command command, IReadOnlyCollection<string>? flags = null)
    {
        _trains = flags is null;
        _preset.CompletionSources.Add(_ => PresetsAndEnvironments.Append(ConfigPresets.None).Select(name => new CompletionItem(name)));
        _settings.CompletionSources.Add(_ => ConfigSchema.Keys.Select(k => new CompletionItem(k.Name + "=")));
        command.Arguments.Add(_preset);
        foreach (var (flag, name) in Named.Where(named => flags?.Contains(named.Flag) ?? true))
        {
            var key = ConfigSchema.Get(name);
            var option = new Option<string?>(flag) { Description = $"{key.Description} ({key.Domain()}; {name})", HelpName = key.TypeName };
            if (name == "env.rom_dir")
                option.Aliases.Add("--rom-dir");
            option.CompletionSources.Add(_ => Words(key).Select(word => new CompletionItem(word)));
            _named.Add((option, name));
            command.Options.Add(option);
        }

        command.Options.Add(_files);
        command.Options.Add(_settings);
        if (flags is not null)
            return;
        command.Options.Add(_frames);
        command.Options.Add(_print);
        command.Options.Add(_listOptions);
        command.Options.Add(_listPresets);
        command.Options.Add(_listAlgorithms);
    }

    /// <summary>Whether an option is named after a key, of whose values the empty text may be one.</summary>
    public static bool IsNamed(string flag) => Named.Any(named => named.Flag == flag);

    /// <summary>Where the option of a <c>--set</c> was written, for errors; null: on the command line.</summary>
    public Func<string, string>? SourceOf { get; init; }

    /// <summary>Answers <c>--print-config</c> and the lists; true when that was all.</summary>
    public bool Answered(ParseResult parsed, bool json)
    {
        if (parsed.GetValue(_listOptions))
        {
            var layers = Given(parsed);
            if (layers.Assigned().ContainsKey("env.name"))
                UseDefaultPreset(parsed, layers);
            ConfigLists.Options(layers.Resolve(), layers.Sources(), json);
        }
        else if (parsed.GetValue(_listPresets))
        {
            ConfigLists.Presets(json);
        }
        else if (parsed.GetValue(_listAlgorithms))
        {
            ConfigLists.Algorithms(json);
        }
        else if (parsed.GetValue(_print))
        {
            var config = Resolve(parsed);
            EnvironmentFactory.RequireKnown(config.Env.Name, config.Env.Rom, config.Env.RomDir, config.Own?.Environments);
            ConfigLists.Config(config, json);
            if (NetworkSummary.WhyRefused(config) is { } why)
                Output.Warn($"a training refuses this configuration: {why}");
        }
        else
        {
            return false;
        }

        return true;
    }

    /// <summary>The configuration that the command line, files and environment variables come to.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="note">
    /// Told what was decided that the user may not expect; stderr without it. Who may still refuse keeps it for later:
    /// bad input gets one line.
    /// </param>
    public TrainConfig Resolve(ParseResult parsed, Action<string>? note = null)
    {
        note ??= text => Console.Error.WriteLine($"fastdqn: {text}");
        var layers = Given(parsed);
        UseDefaultPreset(parsed, layers);
        if (parsed.GetValue(_frames) is { } frames)
            AddFrames(layers, frames);
        UseBundledGameWithoutRom(layers, note);
        var config = Agree(layers);
        if (layers.OverAlgorithm() is { Count: > 0 } over)
        {
            // No convolution can see a vector.
            var body = over.Contains(("body.kind", "mlp")) ? " --set body.kind=mlp" : "";
            // target.steps/gamma: a section's name once.
            var names = over.Select(o => o.Name.Split('.', 2)).GroupBy(parts => parts[0], parts => parts[1])
                .Select(section => $"{section.Key}.{string.Join('/', section)}");
            note(
                $"preset {layers.Preset!.Name} sets in place of algorithm {config.Algorithm.Name}'s own values: {string.Join(", ", names)} "
                + $"(--print-config shows them); without the preset: {parsed.CommandResult.Command.Name} {ConfigPresets.None} "
                + $"--env {config.Env.Name} --algorithm {config.Algorithm.Name}{body}");
        }

        return config;
    }

    /// <summary>The configuration, of whose game and ROM a user who gave both means the same.</summary>
    private static TrainConfig Agree(ConfigLayers layers)
    {
        var config = layers.Resolve();
        if (config.Env.Rom.Length == 0 || layers.GivenTogether("env.name", "env.rom") is not { } given)
            return config;
        return config with { Env = EnvironmentFactory.Agree(config.Env, given.First, given.Second) };
    }

    /// <summary>The words that an option's value may be; empty where they cannot be listed.</summary>
    private static IEnumerable<string> Words(ConfigKey key) => key.Name switch
    {
        "env.name" => EnvironmentFactory.Names,
        "algorithm.name" => AlgorithmPresets.Names,
        _ when key.ValueType == typeof(bool) => ["on", "off"],
        _ => key.Choices,
    };

    /// <summary>What the user gave.</summary>
    private ConfigLayers Given(ParseResult parsed)
    {
        var layers = new ConfigLayers(OwnCode.Given);
        var named = parsed.GetValue(_preset);
        if (named is not null && ConfigPresets.TryGet(named, out var preset))
            layers.UsePreset(preset);
        foreach (var file in parsed.GetValue(_files) ?? [])
            layers.AddFile(file);
        layers.AddEnvironment(Environment.GetEnvironmentVariables());
        foreach (var setting in parsed.GetValue(_settings) ?? [])
        {
            if (!_trains && !setting.StartsWith("env.", StringComparison.Ordinal))
                throw new FastDqnException(ErrorKind.Usage, $"--set {setting} has no effect: nothing is trained here, only env.* counts");
            layers.AddSetting(setting, SourceOf);
        }

        foreach (var (option, key) in _named)
        {
            if (parsed.GetValue(option) is { } value)
                layers.AddOption(key, value, option.Name);
        }

        if (named is not (null or ConfigPresets.None) && layers.Preset is null)
            UseEnvironment(layers, named);
        return layers;
    }

    private static IEnumerable<string> PresetsAndEnvironments =>
        ConfigPresets.All.Select(p => p.Name).Concat(EnvironmentFactory.Names).Distinct();

    /// <summary><c>train breakout</c> is <c>train --env breakout</c>.</summary>
    private static void UseEnvironment(ConfigLayers layers, string name)
    {
        var known = OwnCode.Given.Environments.Find(name) is not null || AtariGames.Find(name) is not null
            || EnvironmentFactory.Names.Contains(name, StringComparer.OrdinalIgnoreCase);
        if (!known && GymId.Parse(name) is null)
        {
            if (File.Exists(Path.Combine(name, RunInfo.FileName)))
            {
                var file = Path.Combine(name, RunDirectory.ConfigFile);
                throw new FastDqnException(
                    ErrorKind.Usage, $"'{name}' is a run, not a preset: fastdqn resume goes on with it, --config {file} takes its options");
            }

            var presets = string.Join(", ", ConfigPresets.All.Select(p => p.Name));
            var hint = NearestMatch.Hint(name, PresetsAndEnvironments);
            throw new FastDqnException(ErrorKind.Usage, $"unknown preset '{name}'{hint} (there are {presets}; or an environment)");
        }

        if (layers.Sources().TryGetValue("env.name", out var source) && source.StartsWith("--", StringComparison.Ordinal))
            throw new FastDqnException(ErrorKind.Usage, $"'{name}' and {source} both name the environment: give one");
        layers.AddOption("env.name", name, $"'{name}'");
    }

    /// <summary>
    /// A tutorial's game whose ROM is not here is played on the bundled game, so that the tutorial runs on any machine.
    /// A game that the user named stays an error.
    /// </summary>
    private static void UseBundledGameWithoutRom(ConfigLayers layers, Action<string> note)
    {
        if (layers.Preset is null
            || !layers.Sources().TryGetValue("env.name", out var source)
            || !source.StartsWith("preset ", StringComparison.Ordinal))
            return;
        var env = layers.Resolve().Env;
        if (env.Rom.Length > 0 || AtariGames.Find(env.Name) is null || env.Name == BundledGame.Name)
            return;
        var library = RomLibrary.Open(env.RomDir);
        if (library.Find(env.Name) is not null)
            return;
        note(
            $"no ROM of {env.Name} was found; looked in {library.SearchedText}; "
            + $"preset {layers.Preset.Name} plays the bundled game {BundledGame.Name} instead");
        layers.AddOption("env.name", BundledGame.Name, "no ROM");
    }

    private static void AddFrames(ConfigLayers layers, string text)
    {
        long frames;
        try
        {
            frames = (long)ConfigSchema.Get("train.steps").Parse(text);
        }
        catch (FastDqnException e)
        {
            throw new FastDqnException(e.Kind, $"--frames: {e.Message}", e);
        }

        if (layers.OnCommandLine("train.steps") is { } other)
            throw new FastDqnException(
                ErrorKind.Usage,
                $"--frames and {(other == "--set" ? "--set train.steps" : other)}: both are the length of the training; give one");
        var env = layers.Resolve().Env;
        // Built-in environments have a frame a step.
        var skip = env.Rom.Length == 0
            && EnvironmentFactory.Find(env.Name, OwnCode.Given.Environments) is not null ? 1 : env.Atari.FrameSkip.Mean;
        layers.AddOption("train.steps", Math.Max(1, (long)(frames / skip)).ToString(CultureInfo.InvariantCulture), "--frames");
    }

    /// <summary>
    /// Without a preset and a file: the preset of the environment that was asked for, the bundled game's when none was.
    /// </summary>
    private void UseDefaultPreset(ParseResult parsed, ConfigLayers layers)
    {
        if (layers.Preset is not null || parsed.GetValue(_preset) == ConfigPresets.None || (parsed.GetValue(_files) ?? []).Length > 0)
            return;
        var set = layers.Assigned();
        if (set.TryGetValue("env.rom", out var rom) && rom is string { Length: > 0 })
            return;
        var name = set.TryGetValue("env.name", out var env) ? (string)env : ConfigPresets.DefaultName;
        if (ConfigPresets.TryGet(name, out var preset))
            layers.UsePreset(preset);
    }
}
