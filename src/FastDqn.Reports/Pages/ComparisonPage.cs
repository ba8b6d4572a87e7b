using FastDqn.Reports.Curves;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;

namespace FastDqn.Reports.Pages;

/// <summary>The page of several runs: runs that differ in seed only are one configuration.</summary>
internal static class ComparisonPage
{
    private const int Steps = 400;
    private const int Resamples = 2000;

    private static readonly (string Title, string Metric, string Unit)[] Curves =
    [
        ("Return of evaluation", "eval/mean_return", "return"), ("Loss", "losses/td_loss", "loss"),
        ("Q of minibatches", "losses/q_values", "Q"),
        ("Q over held-out states, largest", "charts/held_out_max_q", "Q"), ("Epsilon", "charts/epsilon", "epsilon"),
    ];

    public static Page Make(IReadOnlyList<RunFacts> runs)
    {
        var labels = ConfigGroups.Label([.. runs.Select(r => r.Config)]);
        var groups = runs.Zip(labels).GroupBy(r => r.Second, r => r.First).ToList();
        var games = runs.Select(r => r.Game).Distinct().Order(StringComparer.Ordinal).ToList();
        var page = new Page(
            $"{runs.Count} runs",
            $"{(groups.Count == 1 ? "one configuration" : $"{groups.Count} configurations")} of {string.Join(", ", games)}; "
            + "runs that differ in seed only are one configuration");
        var (note, figures) = Figures(groups);
        page.Table("Returns", note, ["configuration", "runs", "IQM", "95 % interval", "median", "mean", "mean's 95 % interval"], figures);
        page.Charts(
            "Curves", "A line is the mean over a configuration's seeds, its band reaches from the lowest to the highest.", Charts(groups));
        page.Table("What differs", "", ["option", .. groups.Select(g => g.Key)], Differing(groups));
        return page.Table(
            "Runs", "",
            ["run", "configuration", "status", "seed", "agent steps", "return", "evaluation", "agent steps/s", "time", "how it ended"],
            runs.Zip(labels, (r, label) => (IReadOnlyList<object?>)
            [
                r.Name, label, r.Badge.Word, r.Config.Run.Seed, r.Step, r.MeanReturn, r.EvaluatedReturn, r.Curves.Last("perf/SPS"),
                r.Seconds("perf/seconds") is > 0 and var seconds ? RunFacts.Duration(seconds) : "", r.Ended,
            ]));
    }

    private static IEnumerable<Chart> Charts(List<IGrouping<string, RunFacts>> groups)
    {
        yield return Chart("Return of training, running mean of episodes", "return", groups, r => r.SmoothReturns);
        foreach (var (title, metric, unit) in Curves)
            yield return Chart(title, unit, groups, r => r.Curves[metric]);
        yield return Chart("Rate", "agent steps per second", groups, r => r.Rates.Steps);
    }

    /// <summary>All configurations at the same steps: those that runs wrote, or as many as can be seen.</summary>
    private static Chart Chart(
        string title, string unit, List<IGrouping<string, RunFacts>> groups,
        Func<RunFacts, IReadOnlyList<(double Step, double Value)>> points)
    {
        var curves = groups.Select(g => (g.Key, Runs: g.Select(points).Where(c => c.Count > 0).ToList()))
            .Where(g => g.Runs.Count > 0).ToList();
        var steps = curves.SelectMany(g => g.Runs.SelectMany(c => c.Select(p => p.Step))).Distinct().Order().ToList();
        if (steps.Count > Steps)
        {
            var (first, last) = (steps[0], steps[^1]);
            steps = [.. Enumerable.Range(0, Steps).Select(i => Math.Round(first + ((last - first) * i / (Steps - 1)))).Distinct()];
        }

        return new Chart(title, MetricTexts.Steps, unit, [.. curves.Select(g =>
        {
            var band = SeedBand.At(g.Runs.Count > 1 ? $"{g.Key} ({g.Runs.Count} seeds)" : g.Key, g.Runs, steps);
            return new Curve(band.Name, band.X, band.Y, band.Low, band.High);
        })]);
    }

    /// <summary>Human-normalised where every game has a human score, else raw.</summary>
    private static (string Note, List<IReadOnlyList<object?>> Rows) Figures(List<IGrouping<string, RunFacts>> groups)
    {
        var all = groups.SelectMany(g => g).ToList();
        var evaluated = all.Where(r => double.IsFinite(r.EvaluatedReturn)).ToList();
        // One kind of score in one table.
        Func<RunFacts, double> score = evaluated.Count == all.Count ? r => r.EvaluatedReturn : r => r.MeanReturn;
        var normalized = all.All(r => r.Normalized(score(r)) is not null);
        var rows = new List<IReadOnlyList<object?>>();
        foreach (var group in groups)
        {
            var scores = group.Select(r => normalized ? r.Normalized(score(r))!.Value : score(r)).Where(double.IsFinite).ToArray();
            if (scores.Length == 0)
                continue;
            var figures = Aggregates.Compute([scores], Resamples);
            rows.Add(
            [
                group.Key, scores.Length, figures.Iqm.Value, Text(figures.Iqm), figures.Median.Value, figures.Mean.Value,
                Text(figures.Mean),
            ]);
        }

        var what = evaluated.Count == all.Count ? "Newest evaluations" : "Means of the last 100 training episodes";
        return ($"{what}, {(normalized ? "human-normalised" : "raw")}; intervals by a bootstrap of {Resamples} resamples over runs.", rows);

        static string Text(Interval i) => $"{Page.Short(i.Low)} .. {Page.Short(i.High)}";
    }

    private static IEnumerable<IReadOnlyList<object?>> Differing(List<IGrouping<string, RunFacts>> groups)
    {
        var firsts = groups.Select(g => g.First().Config).ToList();
        foreach (var key in RunFacts.TellingOptions.Where(k => k.Name != "run.seed"))
        {
            var values = firsts
                .Select(c => Relevance.WithoutEffect(c, key.Name) is null ? ConfigKey.Format(ConfigSchema.Read(c, key)) : "-").ToList();
            if (values.Distinct(StringComparer.Ordinal).Count() > 1)
                yield return [key.Name, .. values];
        }
    }
}
