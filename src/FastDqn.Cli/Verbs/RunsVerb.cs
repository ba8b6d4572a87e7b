using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn runs</c>: the runs there are and how they stand.</summary>
internal static class RunsVerb
{
    private const int LongestReason = 60;

    private static readonly string[] Header =
        ["run", "status", "environment", "algorithm", "seed", "agent steps", "return", "steps/s", "ended"];

    public static Command Create()
    {
        var command = new Command("runs", "List the runs in a folder: status, how far, last return, rate, how each ended");
        var folder = new Argument<string?>("folder")
        {
            Description = "Folder of runs, also of batches and studies (default: runs)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = new Option<bool>("--json") { Description = "One JSON document on stdout" };
        command.Arguments.Add(folder);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var root = parsed.GetValue(folder) ?? "runs";
            var kind = FileKinds.Of(root);
            if (kind == FileKind.Missing && parsed.GetValue(folder) is not null)
                throw new FastDqnException(ErrorKind.BadData, $"{root}: no such folder");
            if (kind is not (FileKind.Missing or FileKind.Folder))
                throw new FastDqnException(ErrorKind.BadData, $"{root}: is no folder of runs");
            var runs = kind == FileKind.Folder ? RunSummary.Under(root) : [];
            if (parsed.GetValue(json))
                Output.Json(new JsonArray([.. runs.Select(ToJson)]));
            else if (runs.Count == 0)
                Console.Error.WriteLine($"no runs in {root}; fastdqn train starts one");
            else
                Output.Table([Header, .. runs.Select(r => ToRow(r, root))]);
            return 0;
        });
        return command;
    }

    private static string[] ToRow(RunSummary run, string root)
    {
        var name = Path.GetRelativePath(root, run.Folder);
        if (name == ".")
            name = run.Folder;
        var ended = TableFit.Cut(run.Ended, LongestReason);
        if (run.Status is not { } status)
            return [name, "unreadable", "-", "-", "-", "-", "-", "-", ended];
        return
        [
            name,
            Word(status),
            run.Environment,
            run.Algorithm,
            run.Seed.ToString(CultureInfo.InvariantCulture),
            run.Episodes > 0
                ? string.Create(CultureInfo.InvariantCulture, $"{run.Step} ({run.EpisodesDone} of {run.Episodes} episodes)")
                : string.Create(CultureInfo.InvariantCulture, $"{run.Step} of {run.Steps}"),
            Output.Number(run.MeanReturn),
            Output.Number(Math.Round(run.StepsPerSecond)),
            ended,
        ];
    }

    private static JsonObject ToJson(RunSummary run) => new()
    {
        ["run_dir"] = Path.GetFullPath(run.Folder),
        ["status"] = run.Status is { } status ? Word(status) : "unreadable",
        ["ended"] = run.Ended,
        ["env"] = run.Environment,
        ["algorithm"] = run.Algorithm,
        ["seed"] = run.Seed,
        ["step"] = run.Step,
        ["steps"] = run.Episodes > 0 ? null : run.Steps,
        ["episodes"] = run.Episodes > 0 ? run.Episodes : null,
        ["episodes_done"] = run.EpisodesDone,
        ["mean_return"] = Output.Finite(run.MeanReturn),
        ["agent_steps_per_second"] = Output.Finite(run.StepsPerSecond),
        ["started_utc"] = run.Started,
    };

    private static string Word(RunStatus status) => status.ToString().ToLowerInvariant();
}
