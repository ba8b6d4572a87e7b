using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Training.Batch;
using FastDqn.Training.Evaluation;

namespace FastDqn.Cli.Verbs;

/// <summary>
/// An algorithm's scores in a benchmark: a row for each game, and, once every game has a finished run, the figures over
/// all of them.
/// </summary>
internal sealed class BenchmarkTable
{
    private readonly Benchmark _benchmark;
    private readonly IReadOnlyList<double[]> _returns;
    private readonly IReadOnlyList<double[]> _scores;
    private readonly AggregateReport? _report;
    private readonly Interval? _median57;

    public BenchmarkTable(Benchmark benchmark, string algorithm, int resamples)
    {
        (_benchmark, Algorithm) = (benchmark, algorithm);
        var suite = benchmark.Suite;
        _returns = benchmark.Returns(algorithm);
        _scores = [.. _returns.Zip(suite.Games, (runs, game) => runs.Select(r => HumanScores.Normalize(game, r)!.Value).ToArray())];
        if (_scores.Any(runs => runs.Length == 0))
            return;
        _report = Aggregates.Compute(_scores, resamples);
        if (suite.Coefficients.Count > 0)
            _median57 = Aggregates.Bootstrap(_scores, [suite.MedianOf57], resamples)[0];
    }

    public string Algorithm { get; }

    /// <summary>Finished runs.</summary>
    public int Runs => _returns.Sum(runs => runs.Length);

    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["runs"] = Runs,
            ["by_game"] = new JsonObject(_benchmark.Suite.Games.Select((game, i) => KeyValuePair.Create(game, (JsonNode?)new JsonObject
            {
                ["returns"] = List(_returns[i]),
                ["human_normalized"] = List(_scores[i]),
            }))),
        };
        if (_report is null)
            return json;
        json["resamples"] = _report.Resamples;
        json["iqm"] = AggregateVerb.Json(_report.Iqm);
        json["median"] = AggregateVerb.Json(_report.Median);
        json["mean"] = AggregateVerb.Json(_report.Mean);
        json["optimality_gap"] = AggregateVerb.Json(_report.OptimalityGap);
        if (_median57 is not null)
            json["median_of_57_estimate"] = AggregateVerb.Json(_median57);
        return json;
    }

    public void Print()
    {
        Console.Out.WriteLine();
        Console.Out.WriteLine(Algorithm);
        Output.Table(
        [
            ["game", "runs", "return", "lowest", "highest", "human-normalised"],
            .. _benchmark.Suite.Games.Select((game, i) => Row(game, _returns[i], _scores[i])),
        ]);
        if (_report is null)
        {
            Console.Out.WriteLine("figures over all games: once each has a finished run");
            return;
        }

        Console.Out.WriteLine();
        List<string[]> figures =
        [
            ["figure", "value", "95 % interval"],
            Row("IQM", _report.Iqm),
            Row("median", _report.Median),
            Row("mean", _report.Mean),
            Row("optimality gap", _report.OptimalityGap),
        ];
        if (_median57 is not null)
            figures.Add(Row("median of 57 games, estimated", _median57));
        Output.Table(figures);
        var missing = (_benchmark.Suite.Games.Count * _benchmark.Seeds) - Runs;
        Console.Out.WriteLine(
            $"{_benchmark.Suite.Name}, {Runs} runs of {_benchmark.Suite.Games.Count} games{(missing > 0 ? $" ({missing} missing)" : "")}, "
            + $"{_benchmark.Frames} frames, protocol {_benchmark.Protocol}, human-normalised, stratified bootstrap of {_report.Resamples} "
            + "resamples");
        if (_median57 is not null)
        {
            var error = (100 * _benchmark.Suite.RelativeError).ToString("0.#", CultureInfo.InvariantCulture);
            Console.Out.WriteLine(
                $"the estimate's own error is {error} % on average ({_benchmark.Suite.Source}); the interval does not hold it");
        }
    }

    private static string[] Row(string name, Interval i) =>
        [name, Output.Number(i.Value), $"{Output.Number(i.Low)} .. {Output.Number(i.High)}"];

    private static string[] Row(string game, double[] returns, double[] scores) => returns.Length == 0
        ? [game, "0", "-", "-", "-", "-"]
        :
        [
            game, returns.Length.ToString(CultureInfo.InvariantCulture), Output.Number(returns.Average()), Output.Number(returns.Min()),
            Output.Number(returns.Max()), Output.Number(scores.Average()),
        ];

    private static JsonArray List(double[] values) => new([.. values.Select(v => (JsonNode)v)]);
}
