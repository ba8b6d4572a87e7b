using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Reports;
using FastDqn.Training;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn aggregate</c>.</summary>
internal static class AggregateVerb
{
    public static Command Create()
    {
        var command = new Command(
            "aggregate",
            "IQM, median, mean and optimality gap over runs, with stratified bootstrap intervals; for runs that differ in more than seed "
            + "and game, one table each");
        var runs = new Argument<string[]>("runs") { Description = "Run folders", Arity = ArgumentArity.OneOrMore };
        var raw = new Option<bool>("--raw")
        {
            Description = "Raw returns instead of human-normalised ones (needed for games without a human score)",
        };
        var resamples = new Option<int>("--resamples") { Description = "Bootstrap resamples", DefaultValueFactory = _ => 2000 };
        var protocols = string.Join(", ", EvalProtocol.All.Select(p => p.Name));
        var protocol = new Option<string?>("--protocol")
        {
            Description = $"A table by algorithm of the runs' evaluations under a protocol ({protocols})",
        };
        protocol.CompletionSources.Add(_ => EvalProtocol.All.Select(p => new CompletionItem(p.Name)));
        var json = new Option<bool>("--json") { Description = "One JSON document on stdout" };
        command.Arguments.Add(runs);
        command.Options.Add(protocol);
        command.Options.Add(raw);
        command.Options.Add(resamples);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(resamples) is < 1 or > 1_000_000)
                throw new FastDqnException(ErrorKind.Usage, "--resamples: 1 to 1000000");
            RunFolders.RequireOnce(parsed.GetValue(runs)!);
            if (parsed.GetValue(protocol) is { } name)
            {
                name = (string)ConfigSchema.Get("eval.protocol").Parse(name);
                ProtocolTable.Show(parsed.GetValue(runs)!, name, parsed.GetValue(raw), parsed.GetValue(resamples), parsed.GetValue(json));
                return 0;
            }

            var scores = parsed.GetValue(raw) ? "raw" : "human_normalized";
            var rows = (parsed.GetValue(runs) ?? []).Select(folder => Read(folder, parsed.GetValue(raw))).ToList();
            // Runs of one configuration on several games are one row; those of another are none of theirs.
            var labels = ConfigGroups.Label([.. rows.Select(r => r.Config)], acrossGames: true);
            var groups = rows.Zip(labels).GroupBy(r => r.Second, r => r.First)
                .Select(g => new Group(g.Key, [.. g], parsed.GetValue(resamples))).ToList();
            if (parsed.GetValue(json))
            {
                Output.Json(groups.Count == 1
                    ? groups[0].ToJson(scores)
                    : new JsonObject
                    {
                        ["scores"] = scores,
                        ["groups"] = new JsonArray([.. groups.Select(g => (JsonNode)g.ToJson(scores))]),
                    });
                return 0;
            }

            foreach (var group in groups)
            {
                if (groups.Count > 1)
                    Console.Out.WriteLine(group.Name);
                group.Print(scores == "raw" ? "raw returns" : "human-normalised");
            }

            return 0;
        });
        return command;
    }

    /// <summary>Runs that differ in seed and game only, and their figures.</summary>
    private sealed class Group
    {
        private readonly List<IGrouping<string, (string Game, double Score, TrainConfig Config)>> _games;
        private readonly AggregateReport _report;

        public Group(string name, IReadOnlyList<(string Game, double Score, TrainConfig Config)> rows, int resamples)
        {
            Name = name;
            _games = [.. rows.GroupBy(r => r.Game).OrderBy(g => g.Key, StringComparer.Ordinal)];
            _report = Aggregates.Compute([.. _games.Select(g => g.Select(r => r.Score).ToArray())], resamples);
        }

        public string Name { get; }

        public JsonObject ToJson(string scores) => new()
        {
            ["name"] = Name,
            ["games"] = _report.Games,
            ["runs"] = _report.Runs,
            ["resamples"] = _report.Resamples,
            ["scores"] = scores,
            ["iqm"] = Json(_report.Iqm),
            ["median"] = Json(_report.Median),
            ["mean"] = Json(_report.Mean),
            ["optimality_gap"] = Json(_report.OptimalityGap),
            ["by_game"] = new JsonObject(_games.Select(g =>
                KeyValuePair.Create(g.Key, (JsonNode?)new JsonArray([.. g.Select(r => (JsonNode)r.Score)])))),
        };

        public void Print(string scores)
        {
            Output.Table(
            [
                ["figure", "value", "95 % interval"],
                Row("IQM", _report.Iqm),
                Row("median", _report.Median),
                Row("mean", _report.Mean),
                Row("optimality gap", _report.OptimalityGap),
            ]);
            Console.Out.WriteLine(
                $"{_report.Runs} runs of {_report.Games} games, {scores}, stratified bootstrap of {_report.Resamples} resamples");
        }
    }

    private static string[] Row(string name, Interval i) =>
        [name, Output.Number(i.Value), $"{Output.Number(i.Low)} .. {Output.Number(i.High)}"];

    internal static JsonObject Json(Interval i) => new() { ["value"] = i.Value, ["low"] = i.Low, ["high"] = i.High };

    private static (string Game, double Score, TrainConfig Config) Read(string folder, bool raw)
    {
        var info = RunInfo.Open(folder);
        var score = info.Number("result", "eval", "mean_return")
            ?? throw new FastDqnException(ErrorKind.BadData, info.Status == RunStatus.Finished
                ? $"{folder}: finished without an evaluation (eval.episodes was 0); fastdqn eval and aggregate --protocol go by later ones"
                : $"{folder}: holds no evaluation result yet; finish the run first");
        var config = RunDirectory.ReadConfig(folder, Output.Warn);
        var game = ConfigGroups.Game(config);
        if (raw)
            return (game, score, config);
        var normalized = HumanScores.Normalize(game, score)
            ?? throw new FastDqnException(ErrorKind.Usage, $"{folder}: {game} has no human score; use --raw");
        return (game, normalized, config);
    }
}
