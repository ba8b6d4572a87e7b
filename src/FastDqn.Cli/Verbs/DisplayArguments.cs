using System.CommandLine;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Training;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary>
/// How a training shows itself: <c>--json</c>, <c>--quiet</c>, <c>--log-json</c>, and the result at the end.
/// </summary>
internal sealed class DisplayArguments
{
    private readonly Option<bool> _json = new("--json") { Description = "Print the result as one JSON document on stdout" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress, only warnings and the result" };
    private readonly Option<bool> _logJson = new("--log-json") { Description = "Log lines on stderr as JSON objects (as log.format=json)" };

    public DisplayArguments(Command command)
    {
        command.Options.Add(_json);
        command.Options.Add(_quiet);
        command.Options.Add(_logJson);
    }

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Runs a training under the display and returns the exit code.</summary>
    /// <param name="quiet">No progress whatever the options say: the terminal is needed for something else.</param>
    public int Run(ParseResult parsed, LogOptions log, Func<ITrainObserver, TrainResult> train, StopSignals signals, bool quiet = false)
    {
        if (parsed.GetValue(_logJson))
            log = log with { Format = LogFormat.Json };
        var result = ProgressDisplay.Run(quiet || parsed.GetValue(_quiet), log, train);
        if (parsed.GetValue(_json))
            Output.Json(ToJson(result));
        else
            Print(result);
        return signals.ExitCode != 0 && result.End == RunEnd.Stopped ? signals.ExitCode : 0;
    }

    /// <summary>Shows what run.json holds of a run that is over, and returns the exit code.</summary>
    public int ShowRecorded(ParseResult parsed, string folder, bool byEpisodes, RunInfo info, JsonObject recorded)
    {
        var run = Path.GetFullPath(folder);
        if (!parsed.GetValue(_quiet))
        {
            var (done, more) = byEpisodes
                ? ($"{info.Episodes} episodes", "--set train.episodes=N") : ($"{info.Step} agent steps", "--steps N");
            Console.Error.WriteLine($"nothing is left to train: {done} are done; {more} with a larger N goes on");
        }

        if (parsed.GetValue(_json))
        {
            var document = new JsonObject { ["run_dir"] = run, ["end"] = "finished_before" };
            foreach (var (key, value) in recorded)
                document[key] = value?.DeepClone();
            Output.Json(document);
            return 0;
        }

        Console.Out.WriteLine($"run      {run}");
        var frames = JsonNode.DeepEquals(recorded["frames"], recorded["agent_steps"]) ? "" : $", {recorded["frames"]} frames";
        Console.Out.WriteLine($"trained  {recorded["agent_steps"]} agent steps{frames}, {recorded["updates"]} updates");
        if (info.Number("result", "eval", "mean_return") is { } agent)
        {
            var beside = info.Number("result", "random", "mean_return") is { } random ? $"   random {Output.Number(random)}" : "";
            Console.Out.WriteLine(
                $"return   agent {Output.Number(agent)}{beside}   "
                + $"({info.Text("result", "eval", "episodes")} episodes each, protocol {info.Text("result", "eval", "protocol")})");
        }

        return 0;
    }

    internal static JsonObject ToJson(TrainResult result) => new()
    {
        ["run_dir"] = result.RunDirectory,
        ["end"] = OptionRecord.NameOf(result.End.ToString()),
        ["agent_steps"] = result.Steps,
        ["frames"] = result.Frames,
        ["updates"] = result.Updates,
        ["episodes"] = result.Episodes,
        ["seconds"] = Math.Round(result.Seconds, 3),
        ["frames_per_second"] = Output.Finite(Math.Round(result.FramesPerSecond, 2)),
        ["agent_steps_per_second"] = Output.Finite(Math.Round(result.StepsPerSecond, 2)),
        ["updates_per_second"] = Output.Finite(Math.Round(result.UpdatesPerSecond, 2)),
        ["training"] = new JsonObject { ["mean_return"] = Output.Finite(result.MeanReturn) },
        ["eval"] = EvalJson(result.Eval),
        ["random"] = EvalJson(result.Random),
        ["ratio"] = Output.Finite(result.Ratio),
        ["files"] = new JsonArray([.. result.Files.Select(f => (JsonNode)f)]),
    };

    internal static JsonObject? EvalJson(EvalResult? result) => result is null ? null : new JsonObject
    {
        ["protocol"] = result.Protocol,
        ["episodes"] = result.Episodes,
        ["mean_return"] = Output.Finite(result.MeanReturn),
        ["std_return"] = Output.Finite(result.StdReturn),
        ["mean_length"] = Output.Finite(result.MeanLength),
        ["epsilon"] = result.Epsilon,
        ["frames"] = result.Frames,
        ["mean_max_q"] = Output.Finite(result.MeanValue),
        ["returns"] = new JsonArray([.. result.Returns.Select(r => (JsonNode)r)]),
    };

    private static void Print(TrainResult result)
    {
        Console.Out.WriteLine($"run      {result.RunDirectory}");
        var now = result.StepsBefore > 0 ? $"; {result.Steps - result.StepsBefore} of the steps now," : "";
        Console.Out.WriteLine(
            $"trained  {result.Steps} agent steps{(result.HasFrames ? $", {result.Frames} frames" : "")}, {result.Updates} updates, "
            + $"{result.Episodes} episodes{now} in {Output.Number(result.Seconds)} s");
        var frames = result.HasFrames ? $"{Output.Number(result.FramesPerSecond)} frames/s, " : "";
        Console.Out.WriteLine(
            $"speed    {frames}{Output.Number(result.StepsPerSecond)} agent steps/s, "
            + $"{Output.Number(result.UpdatesPerSecond)} updates/s");
        if (result.Eval is { } eval)
        {
            var beside = result.Random is { } random
                ? $"   random {Output.Number(random.MeanReturn)} +- {Output.Number(random.StdReturn)}   ratio {Output.Number(result.Ratio)}"
                : "";
            Console.Out.WriteLine(
                $"return   agent {Output.Number(eval.MeanReturn)} +- {Output.Number(eval.StdReturn)}{beside}   "
                + $"({eval.Episodes} episodes each, epsilon {Output.Number(eval.Epsilon)}, protocol {eval.Protocol})");
        }

        foreach (var file in result.Files)
            Console.Out.WriteLine($"file     {file}");
    }
}
