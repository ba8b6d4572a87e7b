using System.CommandLine;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Sweeps.Engines;
using FastDqn.Training;
using FastDqn.Training.Batch;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn batch</c>.</summary>
internal static class BatchVerb
{
    public static Command Create()
    {
        var command = new Command(
            "batch", "Run several games and seeds from one file; finished ones are not repeated, interrupted ones continue");
        var file = new Argument<string>("file")
        {
            Description = "YAML: envs, seeds, and optionally root, preset, config, parallel, devices, set",
        };
        var dry = new Option<bool>("--dry-run") { Description = "Check every entry, print what would run and stop" };
        var json = new Option<bool>("--json") { Description = "One JSON document on stdout" };
        command.Arguments.Add(file);
        command.Options.Add(dry);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var plan = BatchPlan.Read(parsed.GetValue(file)!);
            LibTorch.Check();
            var changed = Check(plan, parsed.GetValue(file)!);
            if (parsed.GetValue(dry) && parsed.GetValue(json))
            {
                Output.Json(new JsonArray([.. plan.Items.Select(item => new JsonObject
                {
                    ["name"] = item.Name,
                    ["run_dir"] = item.Directory,
                    ["arguments"] = new JsonArray([.. item.Arguments.Select(a => JsonValue.Create(a))]),
                })]));
                return 0;
            }

            if (parsed.GetValue(dry))
            {
                foreach (var item in plan.Items)
                    Console.Out.WriteLine(ShellWords.Quote(["fastdqn", "train", .. item.Arguments]));
                return 0;
            }

            using var signals = StopSignals.Install();
            var outcomes = BatchRunner.Run(plan, signals, Console.Error.WriteLine);
            if (parsed.GetValue(json))
            {
                Output.Json(new JsonArray([.. outcomes.Select(o => new JsonObject
                {
                    ["name"] = o.Item.Name, ["run_dir"] = o.Item.Directory, ["exit_code"] = o.ExitCode, ["skipped"] = o.Skipped,
                    ["other_options"] = new JsonArray([.. changed[o.Item].Select(c => (JsonNode)c)]),
                })]));
            }
            else
            {
                Output.Table([
                    ["run", "exit code", "folder"],
                    .. outcomes.Select(o => new[] { o.Item.Name, o.Skipped ? "finished before" : $"{o.ExitCode}", o.Item.Directory }),
                ]);
            }

            if (signals.StopRequested)
                return signals.ExitCode;
            return outcomes.All(o => o.ExitCode == 0) ? 0 : 1;
        });
        return command;
    }

    /// <summary>
    /// Refuses a batch of which any entry could not be trained, before the first one is. Tells of runs that were made
    /// with other options than the file has now; returns what differs, by entry.
    /// </summary>
    private static Dictionary<BatchItem, IReadOnlyList<string>> Check(BatchPlan plan, string file)
    {
        var changed = new Dictionary<BatchItem, IReadOnlyList<string>>();
        var memory = new List<long>();
        var notes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in plan.Items)
        {
            try
            {
                var asked = Resolve(item, note => notes.Add(note));
                var trainer = Trainer.Create(asked);
                memory.Add(trainer.ReplayBytes);
                changed[item] = File.Exists(Path.Combine(item.Directory, RunInfo.FileName)) ? Compare(item, asked, trainer.Options) : [];
            }
            catch (FastDqnException e)
            {
                throw new FastDqnException(e.Kind, $"{file}: {item.Name}: {e.Message}", e);
            }
        }

        foreach (var note in notes)
            Console.Error.WriteLine($"fastdqn: {note}");
        // Each fits alone; those that run side by side must fit together.
        var together = memory.OrderDescending().Take(plan.Parallel).Sum();
        SystemMemory.Ensure(together, $"{file}: running {plan.Parallel} trainings side by side", "lower parallel: or replay.capacity");
        return changed;
    }

    private static TrainConfig Resolve(BatchItem item, Action<string> note)
    {
        var command = new Command("train");
        var arguments = new ConfigArguments(command) { SourceOf = option => $"line {item.Lines[option]}" };
        var parsed = command.Parse([.. item.Arguments]);
        return UsageErrors.Of(parsed) is { } wrong ? throw new FastDqnException(ErrorKind.Usage, wrong) : arguments.Resolve(parsed, note);
    }

    private static IReadOnlyList<string> Compare(BatchItem item, TrainConfig asked, TrainConfig wanted)
    {
        var stored = RunDirectory.ReadConfig(item.Directory, Output.Warn);
        wanted = RunChanges.WithDecided(asked, wanted, stored);
        var differences = RunChanges.Describe(stored, wanted with { Run = wanted.Run with { Dir = stored.Run.Dir } });
        if (differences.Count > 0)
        {
            var does = RunInfo.Open(item.Directory).Status == RunStatus.Finished ? "is finished" : "goes on";
            var which = string.Join(", ", differences);
            Output.Warn($"{item.Name} {does} with options of its own, not the file's: {which} (another root: makes new runs)");
        }

        return differences;
    }
}
