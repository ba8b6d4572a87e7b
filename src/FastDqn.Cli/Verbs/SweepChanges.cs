using System.CommandLine;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Sweeps;
using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Cli.Verbs;

/// <summary>Verbs that change a study while it is there: enqueue, edit and rm.</summary>
internal static class SweepChanges
{
    public static Command Enqueue()
    {
        var command = new Command("enqueue", "Give a study a point to be tried next, as one trial more");
        var settings = new Argument<string[]>("settings")
        {
            Description = "Values as key=value; parameters that are left out are drawn",
            Arity = ArgumentArity.OneOrMore,
            HelpName = "key=value",
        };
        return SweepVerb.OnStudy(command, (study, json, parsed) =>
        {
            var given = study.Enqueue(parsed.GetValue(settings)!);
            if (json)
                Output.Json(new JsonObject { ["study"] = study.Record.Name, ["given"] = JsonNode.Parse(given.ToJson()) });
            else
                Console.Out.WriteLine($"the next trial of '{study.Record.Name}' is {given}");
            return 0;
        }, settings);
    }

    public static Command Edit()
    {
        var command = new Command(
            "edit", "Change a study's file while it goes on: other ranges, another cap, more seeds; what was done is kept and marked");
        var file = new Argument<string>("file") { Description = "The changed study file" };
        return SweepVerb.OnStudy(command, (study, json, parsed) =>
        {
            study.Edit(StudyFileReader.ReadFile(parsed.GetValue(file)!));
            if (json)
                Output.Json(new JsonObject { ["study"] = study.Record.Name, ["revision"] = study.Record.Revision });
            else
                Console.Out.WriteLine(
                    $"study '{study.Record.Name}' was edited ({study.Record.Revision}); its workers follow, "
                    + $"or go on with: fastdqn sweep resume {study.Record.Name}");
            return 0;
        }, file);
    }

    public static Command Remove()
    {
        var command = new Command("rm", "Remove a study: its trials in the database and its folder with all runs");
        var yes = new Option<bool>("--yes", "-y") { Description = "Without asking" };
        var silence = new Option<double>("--silence")
        {
            Description = "Seconds of silence after which a worker counts as dead",
            DefaultValueFactory = _ => 60,
        };
        command.Options.Add(yes);
        command.Options.Add(silence);
        return SweepVerb.OnStudy(command, (study, json, parsed) =>
        {
            if (!parsed.GetValue(yes))
            {
                if (Console.IsInputRedirected)
                    throw new FastDqnException(ErrorKind.Usage, "rm asks first, and nobody is at the terminal: say --yes");
                Console.Error.Write($"remove study '{study.Record.Name}' with {study.Trials().Count} trials and {study.Folder}? [y/N] ");
                if (Console.In.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
                    throw new FastDqnException(ErrorKind.Failure, "nothing was removed");
            }

            var (name, folder) = (study.Record.Name, study.Folder);
            study.Remove(TimeSpan.FromSeconds(parsed.GetValue(silence)));
            if (json)
                Output.Json(new JsonObject { ["study"] = name, ["removed"] = folder });
            else
                Console.Out.WriteLine($"removed study '{name}' and {folder}");
            return 0;
        });
    }
}
