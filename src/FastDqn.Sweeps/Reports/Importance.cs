using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;

namespace FastDqn.Sweeps.Reports;

/// <summary>
/// How much each parameter decides whether a trial is good: PED-ANOVA (Watanabe, Bansal and Hutter 2023, "PED-ANOVA:
/// efficiently quantifying hyperparameter importance in arbitrary subspaces"). A parameter's importance is the
/// Pearson divergence between its density among the best tenth of the trials and among all, and the
/// importances are scaled to sum to one.
/// </summary>
public static class Importance
{
    private const double BestShare = 0.1;
    private const int Cells = 50;

    /// <summary>Parameter and importance, the largest first; empty with fewer than 10 complete trials.</summary>
    public static IReadOnlyList<(string Parameter, double Share)> Compute(ParameterSpace space, IReadOnlyList<Observation> history)
    {
        var complete = history.Where(t => t.State == TrialState.Complete && !double.IsNaN(t.Loss)).ToList();
        if (complete.Count < 10)
            return [];
        var raw = space.Parameters.Select(p => (p.Name, Value: Divergence(p, complete))).ToList();
        var sum = raw.Sum(r => r.Value);
        return
        [
            .. raw
                .Select(r => (r.Name, sum > 0 ? r.Value / sum : 1.0 / raw.Count))
                .OrderByDescending(r => r.Item2)
                .ThenBy(r => r.Name, StringComparer.Ordinal),
        ];
    }

    private static double Divergence(Parameter parameter, List<Observation> trials)
    {
        var with = trials
            .Where(t => t.Parameters.TryGetValue(parameter.Name, out var v) && parameter.Domain.Contains(v))
            .OrderBy(t => t.Loss)
            .ToList();
        var best = (int)Math.Ceiling(with.Count * BestShare);
        if (with.Count < 3 || parameter.Domain.Count == 1)
            return 0;
        IReadOnlyList<Parameter> one = [parameter with { Conditions = [] }];
        var all = Density(one, with);
        var good = Density(one, with.Take(Math.Max(best, 2)));
        // sum over cells of q (p/q - 1)^2
        return all.Zip(good, (q, p) => q > 0 ? q * Math.Pow((p / q) - 1, 2) : 0).Sum();
    }

    private static double[] Density(IReadOnlyList<Parameter> one, IEnumerable<Observation> trials)
    {
        var estimator = new ParzenEstimator(
            one, [.. trials.OrderBy(t => t.Number).Select(t => ParzenEstimator.ToPoint(one, t.Parameters))]);
        var points = one[0].Domain is NumberDomain number
            ? Grid(number)
            : [.. Enumerable.Range(0, ((ChoiceDomain)one[0].Domain).Choices.Count).Select(i => (double)i)];
        var mass = points.Select(x => Math.Exp(estimator.LogDensity([x]))).ToArray();
        var sum = mass.Sum();
        return [.. mass.Select(m => sum > 0 ? m / sum : 0)];
    }

    private static double[] Grid(NumberDomain number)
    {
        if (number.Count is { } count and <= Cells)
            return [.. number.Values.Select(v => number.ToScale(v.Number)).Take((int)count)];
        var points = Enumerable.Range(0, Cells).Select(i => number.Low + ((number.High - number.Low) * (i + 0.5) / Cells));
        return [.. points.Select(x => number.ToScale(number.FromScale(x).Number)).Distinct()];
    }
}
