using System.CommandLine;
using System.CommandLine.Completions;
using System.Diagnostics;
using System.Text.Json.Nodes;
using FastDqn.Cli.Hosting;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Training;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn eval</c>.</summary>
internal static class EvalVerb
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        var command = new Command("eval", "Evaluate a run's newest valid checkpoint (or a given one) under a named protocol");
        var run = new Argument<string>("run") { Description = "Run folder" };
        var checkpoint = new Option<string?>("--checkpoint")
        {
            Description = "Checkpoint folder or its step; 'best': the one with the highest evaluation return",
        };
        var protocol = new Option<string?>("--protocol")
        {
            Description = $"{string.Join(" | ", EvalProtocol.All.Select(p => p.Name))}; without: the run's",
        };
        var episodes = new Option<string?>("--episodes") { Description = "Episodes (episodes; for protocols that do not count steps)" };
        var epsilon = new Option<string?>("--epsilon") { Description = "Chance of a random action (0..1; protocol custom)" };
        var seed = new Option<string?>("--seed") { Description = "Seed of the games; without: the run's" };
        var full = new Option<bool>("--full-actions") { Description = "All 18 actions: only for agents trained with them" };
        var noRandom = new Option<bool>("--no-random") { Description = "No comparison with random play" };
        var video = new Option<string?>("--video") { Description = "Folder for a PNG, GIF and MP4 of the first episode" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "No progress, only warnings and the result" };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON document on stdout" };
        protocol.CompletionSources.Add(_ => EvalProtocol.All.Select(p => new CompletionItem(p.Name)));
        command.Arguments.Add(run);
        foreach (var option in new Option[] { checkpoint, protocol, episodes, epsilon, seed, full, noRandom, video, quiet, json })
            command.Options.Add(option);
        var roms = new RomArguments(command);
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(run)!;
            var config = roms.In(parsed)(RunDirectory.ReadConfig(folder, Output.Warn, OwnCode.Given));
            var eval = config.Eval;
            if (Read(parsed, protocol, "eval.protocol") is string name)
                eval = eval with { Protocol = name };
            if (Read(parsed, episodes, "eval.episodes") is int count)
                eval = eval with { Episodes = count };
            if (Read(parsed, epsilon, "eval.epsilon") is double chance)
                eval = eval with { Epsilon = chance };
            if (Read(parsed, seed, "run.seed") is long number)
                config = config with { Run = config.Run with { Seed = number } };
            if (parsed.GetValue(full))
                config = config with { Env = config.Env with { Atari = config.Env.Atari with { FullActions = true } } };
            if (eval.Episodes == 0)
                throw new FastDqnException(ErrorKind.Usage, parsed.GetValue(episodes) is null
                    ? "the run's eval.episodes is 0: give --episodes N"
                    : "--episodes 0: there is nothing to evaluate");
            config = config with { Eval = eval };
            if (parsed.GetValue(epsilon) is not null && EvalProtocol.Get(eval.Protocol).Epsilon is { } @fixed)
            {
                throw new FastDqnException(ErrorKind.Usage, FormattableString.Invariant(
                    $"--epsilon: protocol {eval.Protocol} fixes it at {@fixed}; use --protocol custom"));
            }

            foreach (var (option, key) in new (Option, string)[] { (episodes, "eval.episodes"), (full, "env.full_actions") })
            {
                if (parsed.GetResult(option) is { Implicit: false })
                    Relevance.Require(config, key, option.Name);
            }

            var report = Evaluation.Run(
                folder,
                config,
                parsed.GetValue(checkpoint),
                !parsed.GetValue(noRandom),
                parsed.GetValue(video),
                Output.Warn,
                parsed.GetValue(quiet) ? null : ShowProgress(EvalProtocol.Of(eval), eval.Episodes));
            var kept = Keep(folder, StoredEvaluation.Of(report, config.Run.Seed));
            if (parsed.GetValue(json))
                Output.Json(ToJson(report, kept));
            else
                Print(report, kept);
            return 0;
        });
        return command;
    }

    /// <summary>An option's value, as the key of a configuration reads it; null: not given.</summary>
    private static object? Read(ParseResult parsed, Option<string?> option, string key)
    {
        try
        {
            return parsed.GetValue(option) is { } text ? ConfigSchema.Get(key).Parse(text) : null;
        }
        catch (FastDqnException e)
        {
            throw new FastDqnException(e.Kind, $"{option.Name}: {e.Message}", e);
        }
    }

    /// <summary>
    /// A line on stderr every ten seconds: an evaluation by the field's protocols takes minutes to hours.
    /// </summary>
    private static Action<string, EvalProgress> ShowProgress(EvalProtocol protocol, int episodes)
    {
        var clock = Stopwatch.StartNew();
        var due = ProgressEvery;
        return (who, at) =>
        {
            if (clock.Elapsed < due)
                return;
            due = clock.Elapsed + ProgressEvery;
            var done = protocol.Steps > 0
                ? $"{at.Steps} of {protocol.Steps} agent steps"
                : $"{at.Episodes} of {episodes} episodes, {at.Steps} agent steps";
            Console.Error.WriteLine($"{who}  {done}, return {Output.Number(at.MeanReturn)} so far");
        };
    }

    /// <summary>Where the result lies in the run; null where the run cannot be written, which is reported.</summary>
    private static string? Keep(string run, StoredEvaluation evaluation)
    {
        try
        {
            return evaluation.Save(run);
        }
        catch (Exception e) when (e is FastDqnException or IOException or UnauthorizedAccessException)
        {
            Output.Warn($"the result is not kept with the run: {e.Message}");
            return null;
        }
    }

    private static JsonObject ToJson(EvalReport report, string? kept) => new()
    {
        ["checkpoint"] = report.Checkpoint,
        ["step"] = report.Step,
        ["protocol"] = report.Protocol.ToString(),
        ["eval"] = DisplayArguments.EvalJson(report.Agent),
        ["random"] = DisplayArguments.EvalJson(report.Random),
        ["kept"] = kept,
        ["human_normalized"] = report.HumanNormalized is { } score ? Output.Finite(score) : null,
        ["files"] = new JsonArray([.. report.Files.Select(f => (JsonNode)f)]),
    };

    private static void Print(EvalReport report, string? kept)
    {
        Console.Out.WriteLine($"checkpoint  {report.Checkpoint} (step {report.Step})");
        Console.Out.WriteLine($"protocol    {report.Protocol}");
        Console.Out.WriteLine($"agent       {Line(report.Agent)}");
        if (report.Random is { } random)
            Console.Out.WriteLine($"random      {Line(random)}");
        if (report.HumanNormalized is { } score)
            Console.Out.WriteLine($"human-normalised score  {Output.Number(100 * score)} %");
        if (kept is not null)
            Console.Out.WriteLine($"kept        {kept}");
        foreach (var file in report.Files)
            Console.Out.WriteLine($"file        {file}");
    }

    private static string Line(EvalResult r) =>
        $"return {Output.Number(r.MeanReturn)} +- {Output.Number(r.StdReturn)} over {r.Episodes} episodes, "
        + $"mean length {Output.Number(r.MeanLength)} agent steps";
}
