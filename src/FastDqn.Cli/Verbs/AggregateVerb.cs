using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json.Nodes;
using FastDqn.Core;
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
        var command = new Command("aggregate", "IQM, median, mean and optimality gap over runs, with stratified bootstrap intervals");
        var runs = new Argument<string[]>("runs") { Description = "Run folders", Arity = ArgumentArity.OneOrMore };
        var raw = new Option<bool>("--raw") { Description = "Raw returns instead of human-normalised ones (needed for games without a human score)" };
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
            var twice = parsed.GetValue(runs)!.GroupBy(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)), StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
            if (twice is not null)
                throw new FastDqnException(ErrorKind.Usage, $"{twice.First()} is given twice: each run counts once");
            if (parsed.GetValue(protocol) is { } name)
            {
                name = (string)ConfigSchema.Get("eval.protocol").Parse(name);
                ProtocolTable.Show(parsed.GetValue(runs)!, name, parsed.GetValue(raw), parsed.GetValue(resamples), parsed.GetValue(json));
                return 0;
            }

            var rows = (parsed.GetValue(runs) ?? []).Select(folder => Read(folder, parsed.GetValue(raw))).ToList();
            var games = rows.GroupBy(r => r.Game).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
            var report = Aggregates.Compute([.. games.Select(g => g.Select(r => r.Score).ToArray())], parsed.GetValue(resamples));
            if (parsed.GetValue(json))
            {
                Output.Json(new JsonObject
                {
                    ["games"] = report.Games,
                    ["runs"] = report.Runs,
                    ["resamples"] = report.Resamples,
                    ["scores"] = parsed.GetValue(raw) ? "raw" : "human_normalized",
                    ["iqm"] = Json(report.Iqm),
                    ["median"] = Json(report.Median),
                    ["mean"] = Json(report.Mean),
                    ["optimality_gap"] = Json(report.OptimalityGap),
                    ["by_game"] = new JsonObject(games.Select(g => KeyValuePair.Create(g.Key, (JsonNode?)new JsonArray([.. g.Select(r => (JsonNode)r.Score)])))),
                });
            }
            else
            {
                Output.Table(
                [
                    ["figure", "value", "95 % interval"],
                    Row("IQM", report.Iqm), Row("median", report.Median), Row("mean", report.Mean), Row("optimality gap", report.OptimalityGap),
                ]);
                Console.Out.WriteLine($"{report.Runs} runs of {report.Games} games, {(parsed.GetValue(raw) ? "raw returns" : "human-normalised")}, stratified bootstrap of {report.Resamples} resamples");
            }

            return 0;
        });
        return command;
    }

    private static string[] Row(string name, Interval i) => [name, Output.Number(i.Value), $"{Output.Number(i.Low)} .. {Output.Number(i.High)}"];

    internal static JsonObject Json(Interval i) => new() { ["value"] = i.Value, ["low"] = i.Low, ["high"] = i.High };

    private static (string Game, double Score) Read(string folder, bool raw)
    {
        var info = RunInfo.Open(folder);
        var score = (double?)info.Document["result"]?["eval"]?["mean_return"]
            ?? throw new FastDqnException(ErrorKind.BadData, info.Status == RunStatus.Finished
                ? $"{folder}: finished without an evaluation (eval.episodes was 0); fastdqn eval and aggregate --protocol go by later ones"
                : $"{folder}: holds no evaluation result yet; finish the run first");
        TrainConfig config = RunDirectory.ReadConfig(folder, Output.Warn);
        if (raw)
            return (config.Env.Name, score);
        var normalized = HumanScores.Normalize(config.Env.Name, score)
            ?? throw new FastDqnException(ErrorKind.Usage, $"{folder}: {config.Env.Name} has no human score; use --raw");
        return (config.Env.Name, normalized);
    }
}
