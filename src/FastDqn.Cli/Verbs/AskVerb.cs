using System.CommandLine;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Sweeps;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn ask</c>: a trial for a program of one's own.</summary>
internal static class AskVerb
{
    public static Command Create()
    {
        var command = new Command(
            "ask",
            "Ask a study for a trial to run yourself; give its result back with tell (when none is left: "
            + "\"no trial is left\", with --json a trial of null; exit code 0)");
        var study = SweepVerb.StudyArgument();
        study.Description = "Name of the study, its folder, or a study file (then the study is made when it is not there)";
        var storage = SweepVerb.StorageOption();
        var json = SweepVerb.JsonOption();
        command.Arguments.Add(study);
        command.Options.Add(storage);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var name = parsed.GetValue(study)!;
            using var opened = File.Exists(name)
                ? Study.Create(Sweeps.StudyFile.StudyFileReader.ReadFile(name), SweepVerb.Storage(parsed, storage))
                : Study.Open(name, SweepVerb.Storage(parsed, storage), warn: Output.Warn);
            var trial = opened.Ask();
            if (parsed.GetValue(json))
            {
                Output.Json(trial is null
                    ? new JsonObject { ["study"] = opened.Record.Name, ["trial"] = null }
                    : new JsonObject
                    {
                        ["study"] = opened.Record.Name,
                        ["trial"] = trial.Number,
                        ["seed"] = trial.Seed,
                        ["budget"] = trial.Budget > 0 ? trial.Budget : null,
                        ["parameters"] = JsonNode.Parse(trial.Parameters.ToJson()),
                    });
                return 0;
            }

            if (trial is null)
            {
                Console.Out.WriteLine(opened.HasAllTrials
                    ? $"no trial is left: study '{opened.Record.Name}' has all its trials"
                    : $"no trial is ready: study '{opened.Record.Name}' waits for those that are running");
                return 0;
            }

            Console.Out.WriteLine($"trial {trial.Number} seed {trial.Seed}{(trial.Budget > 0 ? $" budget {trial.Budget}" : "")}");
            foreach (var (key, value) in trial.Parameters)
                Console.Out.WriteLine($"{key}={value}");
            return 0;
        });
        return command;
    }
}
