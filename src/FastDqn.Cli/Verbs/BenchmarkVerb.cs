using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning.Specs;
using FastDqn.Training;
using FastDqn.Training.Batch;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn benchmark</c>.</summary>
internal sealed class BenchmarkVerb
{
    private readonly Argument<string> _suite = new("suite")
    {
        HelpName = "suite",
        Description = "Games and frames: " + string.Join(", ", AtariSuite.All.Select(s => s.Name)),
    };

    private readonly Option<string[]> _algorithm = new("--algorithm")
    {
        Description = "Algorithm preset, a table each; several are allowed (fastdqn train --list-algorithms); without: "
            + string.Join(
                "; ", AtariSuite.All.GroupBy(s => s.Algorithms[0], s => s.Name).Select(g => $"{g.Key} for {string.Join(", ", g)}")),
        HelpName = "name",
    };

    private readonly Option<int> _seeds = new("--seeds")
    {
        Description = "Trainings of each game, seeds 1 to this",
        DefaultValueFactory = _ => 3,
    };

    private readonly Option<string?> _frames = new("--frames")
    {
        Description = "Length of each training (emulated frames, four of them an agent step); without: the suite's",
        HelpName = "integer",
    };

    private readonly Option<string> _protocol = new("--protocol")
    {
        Description = $"Evaluation at the end of each training ({string.Join(", ", EvalProtocol.All.Select(p => p.Name))}); custom: under "
            + "the conditions that the algorithm was published with",
        DefaultValueFactory = _ => "custom",
    };

    private readonly Option<int> _episodes = new("--episodes")
    {
        Description = "Episodes of that evaluation",
        DefaultValueFactory = _ => 100,
    };

    private readonly Option<string?> _root = new("--root")
    {
        Description = "Folder of the batch file and the runs; without: runs/SUITE-ALGORITHM",
    };

    private readonly Option<string?> _roms = new("--roms", "--rom-dir") { Description = "Folder that ROM images are searched in" };

    private readonly Option<string[]> _settings = new("--set")
    {
        Description = "Any other option of every training: --set schedule.batch_size=64",
        HelpName = "key=value",
    };

    private readonly Option<int> _resamples = new("--resamples")
    {
        Description = "Bootstrap resamples of the intervals",
        DefaultValueFactory = _ => 2000,
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON document on stdout" };

    public static Command Create() => new BenchmarkVerb().Build();

    private Command Build()
    {
        var command = new Command(
            "benchmark", "Write the batch file of a published set of Atari games; once its trainings are done, the table of their scores");
        _suite.CompletionSources.Add(_ => AtariSuite.All.Select(s => new CompletionItem(s.Name)));
        _algorithm.CompletionSources.Add(_ => AlgorithmPresets.Names.Select(name => new CompletionItem(name)));
        _protocol.CompletionSources.Add(_ => EvalProtocol.All.Select(p => new CompletionItem(p.Name)));
        command.Arguments.Add(_suite);
        Option[] options = [_algorithm, _seeds, _frames, _protocol, _episodes, _root, _roms, _settings, _resamples, _json];
        foreach (var option in options)
            command.Options.Add(option);
        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var benchmark = Read(parsed);
        var resamples = InRange(parsed, _resamples, 1, 1_000_000);
        var (plan, written) = benchmark.Write();
        foreach (var warning in benchmark.Warnings())
            Output.Warn(warning);
        var tables = benchmark.Algorithms.Select(a => new BenchmarkTable(benchmark, a, resamples)).ToList();
        var finished = tables.Sum(t => t.Runs);
        if (parsed.GetValue(_json))
        {
            Output.Json(new JsonObject
            {
                ["suite"] = benchmark.Suite.Name,
                ["source"] = benchmark.Suite.Source,
                ["file"] = benchmark.File,
                ["written"] = written,
                ["frames"] = benchmark.Frames,
                ["protocol"] = benchmark.Protocol,
                ["runs"] = plan.Items.Count,
                ["finished"] = finished,
                ["algorithms"] = new JsonObject(tables.Select(t => KeyValuePair.Create(t.Algorithm, (JsonNode?)t.ToJson()))),
            });
            return 0;
        }

        if (finished < plan.Items.Count)
        {
            Console.Out.WriteLine(
                $"{benchmark.File}: {finished} of {plan.Items.Count} trainings are finished; this makes the others (again, to go on):");
            Console.Out.WriteLine($"  fastdqn batch {benchmark.File}");
        }

        foreach (var table in tables.Where(t => t.Runs > 0))
            table.Print();
        return 0;
    }

    private Benchmark Read(ParseResult parsed)
    {
        var suite = AtariSuite.Get(parsed.GetValue(_suite)!);
        var named = parsed.GetValue(_algorithm) is { Length: > 0 } given ? given : [suite.Algorithms[0]];
        var algorithms = named.Select(name => AlgorithmPresets.Get(name).Name).Distinct().ToList();
        var frames = suite.Frames;
        if (parsed.GetValue(_frames) is { } text)
        {
            frames = (long)ConfigSchema.Get("train.steps").Parse(text);
            if (frames % 4 != 0)
                throw new FastDqnException(ErrorKind.Usage, $"--frames: {frames} is no multiple of 4, the frames of an agent step");
        }

        var root = parsed.GetValue(_root) ?? Path.Combine("runs", $"{suite.Name}-{string.Join('-', algorithms)}");
        return new Benchmark
        {
            Suite = suite,
            Algorithms = algorithms,
            Seeds = InRange(parsed, _seeds, 1, 1000),
            Frames = frames,
            Protocol = (string)ConfigSchema.Get("eval.protocol").Parse(parsed.GetValue(_protocol)!),
            Episodes = InRange(parsed, _episodes, 1, 100_000),
            Root = Path.GetFullPath(root),
            Roms = EnvironmentFactory.Whole(parsed.GetValue(_roms) ?? ""),
            Settings = [.. (parsed.GetValue(_settings) ?? []).Select(Setting)],
        };
    }

    private static (string Key, string Value) Setting(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0)
            throw new FastDqnException(ErrorKind.Usage, $"--set {text}: write --set key=value");
        var name = text[..at].Trim();
        var key = ConfigSchema.Get(name);
        var value = text[(at + 1)..].Trim();
        _ = key.Parse(value);
        return (key.Name, value);
    }

    private static int InRange(ParseResult parsed, Option<int> option, int low, int high)
    {
        var value = parsed.GetValue(option);
        return value >= low && value <= high
            ? value
            : throw new FastDqnException(ErrorKind.Usage, string.Create(CultureInfo.InvariantCulture, $"{option.Name}: {low} to {high}"));
    }
}
