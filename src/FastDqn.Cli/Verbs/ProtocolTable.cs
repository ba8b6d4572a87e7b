using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn aggregate --protocol</c>: a protocol's table over runs, a row for each algorithm.</summary>
internal static class ProtocolTable
{
    public static void Show(IReadOnlyList<string> runs, string protocol, bool raw, int resamples, bool json)
    {
        var scores = runs.Select(run => Read(run, protocol, raw)).ToList();
        var algorithms = scores.GroupBy(s => s.Algorithm).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new Row(
            g.Key,
            [.. g.GroupBy(s => s.Game).OrderBy(game => game.Key, StringComparer.Ordinal)],
            resamples)).ToList();
        if (json)
        {
            Output.Json(new JsonObject
            {
                ["protocol"] = protocol,
                ["scores"] = raw ? "raw" : "human_normalized",
                ["resamples"] = resamples,
                ["algorithms"] = new JsonObject(algorithms.Select(a => KeyValuePair.Create(a.Algorithm, (JsonNode?)a.ToJson()))),
            });
            return;
        }

        Output.Table([["algorithm", "games", "runs", "IQM", "median", "mean", "optimality gap"], .. algorithms.Select(a => a.ToCells())]);
        var form = raw ? "raw returns" : "human-normalised";
        Console.Out.WriteLine($"protocol {protocol}, {form}; 95 % intervals by a stratified bootstrap of {resamples} resamples");
    }

    private static Score Read(string run, string protocol, bool raw)
    {
        var config = RunDirectory.ReadConfig(run, Output.Warn);
        if (StoredEvaluation.Newest(run, protocol) is not { } found)
        {
            var remedy = $"fastdqn eval {run} --protocol {protocol} makes one";
            throw new FastDqnException(ErrorKind.BadData, $"{run}: has no evaluation under protocol {protocol}; {remedy}");
        }

        if (raw)
            return new Score(config.Algorithm.Name, config.Env.Name, found);
        var normalized = HumanScores.Normalize(config.Env.Name, found.MeanReturn)
            ?? throw new FastDqnException(ErrorKind.Usage, $"{run}: {config.Env.Name} has no human score; use --raw");
        return new Score(config.Algorithm.Name, config.Env.Name, found with { MeanReturn = normalized });
    }

    private sealed record Score(string Algorithm, string Game, StoredEvaluation Evaluation);

    private sealed class Row(string algorithm, IReadOnlyList<IGrouping<string, Score>> games, int resamples)
    {
        private readonly AggregateReport _report = Aggregates.Compute(
            [.. games.Select(g => g.Select(s => s.Evaluation.MeanReturn).ToArray())], resamples);

        public string Algorithm => algorithm;

        public string[] ToCells() =>
        [
            algorithm,
            _report.Games.ToString(CultureInfo.InvariantCulture),
            _report.Runs.ToString(CultureInfo.InvariantCulture),
            .. new[] { _report.Iqm, _report.Median, _report.Mean, _report.OptimalityGap }.Select(Cell),
        ];

        public JsonObject ToJson() => new()
        {
            ["games"] = _report.Games,
            ["runs"] = _report.Runs,
            ["iqm"] = AggregateVerb.Json(_report.Iqm),
            ["median"] = AggregateVerb.Json(_report.Median),
            ["mean"] = AggregateVerb.Json(_report.Mean),
            ["optimality_gap"] = AggregateVerb.Json(_report.OptimalityGap),
            ["by_game"] = new JsonObject(games.Select(game => KeyValuePair.Create(
                game.Key, (JsonNode?)new JsonArray([.. game.Select(s => ToJson(s.Evaluation))])))),
        };

        private static JsonObject ToJson(StoredEvaluation e) => new()
        {
            ["score"] = e.MeanReturn,
            ["step"] = e.Step,
            ["episodes"] = e.Episodes,
        };

        private static string Cell(Interval i) => $"{Output.Number(i.Value)} ({Output.Number(i.Low)} .. {Output.Number(i.High)})";
    }
}
