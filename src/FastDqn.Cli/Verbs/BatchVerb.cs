using System.CommandLine;
using System.Text.Json.Nodes;
using FastDqn.Learning;
using FastDqn.Training.Batch;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn batch</c>.</summary>
internal static class BatchVerb
{
    public static Command Create()
    {
        var command = new Command("batch", "Run several games and seeds from one file; finished ones are not repeated, interrupted ones continue");
        var file = new Argument<string>("file") { Description = "YAML: envs, seeds, and optionally root, preset, config, parallel, devices, set" };
        var dry = new Option<bool>("--dry-run") { Description = "Print what would run and stop" };
        var json = new Option<bool>("--json") { Description = "One JSON document on stdout" };
        command.Arguments.Add(file);
        command.Options.Add(dry);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var plan = BatchPlan.Read(parsed.GetValue(file)!);
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
                    Console.Out.WriteLine($"fastdqn train {string.Join(' ', item.Arguments)}");
                return 0;
            }

            LibTorch.Check();
            using var signals = StopSignals.Install();
            var outcomes = BatchRunner.Run(plan, signals, Console.Error.WriteLine);
            if (parsed.GetValue(json))
            {
                Output.Json(new JsonArray([.. outcomes.Select(o => new JsonObject
                {
                    ["name"] = o.Item.Name, ["run_dir"] = o.Item.Directory, ["exit_code"] = o.ExitCode, ["skipped"] = o.Skipped,
                })]));
            }
            else
            {
                Output.Table([["run", "exit code", "folder"], .. outcomes.Select(o => new[] { o.Item.Name, o.Skipped ? "finished before" : $"{o.ExitCode}", o.Item.Directory })]);
            }

            if (signals.StopRequested)
                return signals.ExitCode;
            return outcomes.All(o => o.ExitCode == 0) ? 0 : 1;
        });
        return command;
    }
}
