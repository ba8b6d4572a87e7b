using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Sweeps;
using FastDqn.Sweeps.Reports;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn sweep list</c>: the studies there are.</summary>
internal static class SweepList
{
    public static Command Create()
    {
        var command = new Command("list", "The studies in a folder, or in a database, and how far each is");
        var folder = new Argument<string?>("folder")
        {
            Description = "Folder of study folders (default: studies)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var storage = SweepVerb.StorageOption();
        var json = SweepVerb.JsonOption();
        command.Arguments.Add(folder);
        command.Options.Add(storage);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var rows = parsed.GetValue(folder) is null && SweepVerb.Storage(parsed, storage) is { } address
                ? Stored(address)
                : InFolder(parsed.GetValue(folder) ?? "studies", required: parsed.GetValue(folder) is not null);
            if (parsed.GetValue(json))
                Output.Json(new JsonArray([.. rows.Select(r => r.ToJson())]));
            else if (rows.Count == 0)
                Console.Error.WriteLine("no studies; fastdqn sweep run FILE starts one");
            else
                Output.Table([["study", "trials", "state", "best", "folder"], .. rows.Select(r => r.ToRow())]);
            return 0;
        });
        return command;
    }

    private static List<Row> Stored(string address)
    {
        using var storage = StudyStorage.Open(address);
        return [.. storage.List().Select(record => Row.Of(record.Name, record.Folder, () => Study.Open(record.Name, address)))];
    }

    private static List<Row> InFolder(string root, bool required)
    {
        if (!Directory.Exists(root))
            return required ? throw new FastDqnException(ErrorKind.BadData, $"{root}: no such folder") : [];
        var folders = Directory.EnumerateDirectories(root).Where(folder => File.Exists(Study.DatabaseFile(folder)));
        return [.. folders.Order(StringComparer.Ordinal)
            .Select(folder => Row.Of(Path.GetFileName(folder), folder, () => Study.Open(folder)))];
    }

    private sealed record Row(string Name, string Folder, int Trials, int Cap, string State, string Metric, double? Best)
    {
        /// <summary>A study's row; one that cannot be opened says why in place of its state.</summary>
        public static Row Of(string name, string folder, Func<Study> open)
        {
            try
            {
                using var study = open();
                var trials = study.Trials();
                var ended = trials.Count(t => t.State is TrialState.Complete or TrialState.Pruned or TrialState.Failed);
                var state = study.Record.Stopping ? "stopped"
                    : trials.Any(t => t.State == TrialState.Running) ? "running"
                    : ended == study.Record.RunCap ? "finished" : "waiting";
                var (record, metric) = (study.Record, study.Spec.Metric.Name);
                return new Row(record.Name, study.Folder, ended, record.RunCap, state, metric, study.Best()?.Value);
            }
            catch (FastDqnException e)
            {
                return new Row(name, folder, 0, 0, e.Message, "", null);
            }
        }

        public string[] ToRow() =>
        [
            Name,
            Cap == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{Trials} of {Cap}"),
            State,
            Best is null ? "-" : $"{Metric} = {Export.Short(Best)}",
            Folder,
        ];

        public JsonObject ToJson() => new()
        {
            ["study"] = Name,
            ["folder"] = Folder,
            ["trials"] = Trials,
            ["run_cap"] = Cap,
            ["state"] = State,
            ["metric"] = Metric,
            ["best"] = Best is { } best ? Output.Finite(best) : null,
        };
    }
}
