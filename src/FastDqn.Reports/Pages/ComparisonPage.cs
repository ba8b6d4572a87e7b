using FastDqn.Training.Configuration;
using FastDqn.Training.Curves;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Reports;

namespace FastDqn.Reports.Pages;

/// <summary>The page of several runs: runs that differ in seed only are one configuration.</summary>
internal static class ComparisonPage
{
    private const string Return = "return";
    private const int Steps = 400;
    private const int Resamples = 2000;

    private static readonly (string Title, string Metric, string Unit)[] Curves =
    [
        ("Return of evaluation", "eval/mean_return", Return), ("Loss", "losses/td_loss", "loss"),
        ("Q of minibatches", "losses/q_values", MetricTexts.Q),
        ("Q over held-out states, largest", "charts/held_out_max_q", MetricTexts.Q), ("Epsilon", "charts/epsilon", "epsilon"),
    ];

    /// <param name="runs">At least one.</param>
    /// <param name="missing">What is not shown and why, or "".</param>
    public static Page Make(IReadOnlyList<RunFacts> runs, string missing = "")
    {
        var labels = ConfigGroups.Label([.. runs.Select(r => r.Config)]);
        var groups = runs.Zip(labels).GroupBy(r => r.Second, r => r.First).ToList();
        var games = runs.Select(r => r.Game).Distinct().Order(StringComparer.Ordinal).ToList();
        var page = new Page(
            runs.Count == 1 ? "1 run" : $"{runs.Count} runs",
            $"{(groups.Count == 1 ? "one configuration" : $"{groups.Count} configurations")} of {string.Join(", ", games)}; "
            + $"runs that differ in seed only are one configuration{(missing.Length > 0 ? $". {missing}" : "")}");
        var (note, figures) = Figures(groups);
        page.Table("Returns", note, ["configuration", "runs", "IQM", "95 % interval", "mean", "mean's 95 % interval"], figures);
        // Returns of different games have nothing in common.
        foreach (var game in groups.GroupBy(g => g.First().Game).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            page.Charts(
                games.Count == 1 ? "Curves" : $"Curves of {game.Key}",
                "A line is the mean over a configuration's seeds, its band reaches from the lowest to the highest.", Charts([.. game]));
        }

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
        var all = groups.SelectMany(g => g).ToList();
        var (marks, end) = (Marks(all), all.Max(r => r.Step));
        return Drawn(groups).Select(c => c with
        {
            Span = (0, end),
            Marks = c.Y == Return ? marks : [],
            FromZero = c.Y is not (Return or MetricTexts.Q),
        });
    }

    private static IEnumerable<Chart> Drawn(List<IGrouping<string, RunFacts>> groups)
    {
        yield return Chart("Return of training, running mean of episodes", Return, groups, r => r.SmoothReturns);
        foreach (var (title, metric, unit) in Curves)
            yield return Chart(title, unit, groups, r => r.Curves[metric]);
        yield return Chart("Rate", "agent steps per second", groups, r => r.Rates.Steps);
    }

    /// <summary>The runs' own marks; random play differs from seed to seed.</summary>
    private static List<(string, double)> Marks(List<RunFacts> runs) =>
        [.. runs.SelectMany(r => r.Marks).GroupBy(m => m.Name, m => m.Value).Select(g => (g.Key, g.Average()))];

    /// <summary>All configurations at the same steps: those that runs wrote, or as many as can be seen.</summary>
    private static Chart Chart(
        string title, string unit, List<IGrouping<string, RunFacts>> groups,
        Func<RunFacts, IReadOnlyList<(double Step, double Value)>> points)
    {
        var curves = groups.Select(g => (g.Key, Runs: g.Select(points).Where(c => c.Count > 0).ToList())).ToList();
        var steps = curves.SelectMany(g => g.Runs.SelectMany(c => c.Select(p => p.Step))).Distinct().Order().ToList();
        var apart = steps.Count > 0 ? 2 * (steps[^1] - steps[0]) / Steps : 0;
        if (steps.Count > Steps)
        {
            var (first, last) = (steps[0], steps[^1]);
            steps = [.. Enumerable.Range(0, Steps).Select(i => Math.Round(first + ((last - first) * i / (Steps - 1)))).Distinct()];
        }
        else
        {
            steps = Merged(steps, apart);
        }

        return new Chart(title, MetricTexts.Steps, unit, [.. curves.Select(g =>
        {
            var band = SeedBand.At(g.Runs.Count > 1 ? $"{g.Key} ({g.Runs.Count} seeds)" : g.Key, g.Runs, steps, apart);
            return new Curve(band.Name, band.X, band.Y, band.Low, band.High);
        })]);
    }

    /// <summary>
    /// Of steps so near to each other that they are one to the eye only the last: with several environments the rows of
    /// one seed lie a few steps beside another's, and the last row of a run beside those of the others.
    /// </summary>
    private static List<double> Merged(List<double> steps, double apart)
    {
        var (merged, first) = (new List<double>(steps.Count), double.NegativeInfinity);
        foreach (var step in steps)
        {
            if (step - first < apart)
            {
                merged[^1] = step;
                continue;
            }

            merged.Add(step);
            first = step;
        }

        return merged;
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
                [group.Key, scores.Length, figures.Iqm.Value, Text(figures.Iqm), figures.Mean.Value, Text(figures.Mean)]);

            // One run says nothing of how far runs lie apart.
            string Text(Interval i) => scores.Length == 1 ? "" : $"{Page.Short(i.Low)} .. {Page.Short(i.High)}";
        }

        var what = evaluated.Count == all.Count ? "Newest evaluations" : "Means of the last 100 training episodes";
        return ($"{what}, {(normalized ? "human-normalised" : "raw")}; intervals by a bootstrap of {Resamples} resamples over runs.", rows);
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
