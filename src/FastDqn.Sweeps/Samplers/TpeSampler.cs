using System.Globalization;
using FastDqn.Core;
using FastDqn.Sweeps.Space;

namespace FastDqn.Sweeps.Samplers;

/// <summary>
/// The tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for hyper-parameter optimization"), joint
/// over the parameters of a group (Falkner et al. 2018, "BOHB"; Optuna's multivariate TPE): of candidates drawn
/// from the density of the good trials, the one with the largest ratio of good to bad density. Trials still
/// running count as bad, so that parallel workers spread out (the constant liar).
/// </summary>
public sealed class TpeSampler(ParameterSpace space, SamplerOptions options) : ISampler
{
    public Suggestion Suggest(int number, IReadOnlyList<Observation> history)
    {
        var random = new RandomStream(options.Seed, "tpe-sampler", number);
        var finished = history.Count(t => t.State is TrialState.Complete or TrialState.Pruned && !double.IsNaN(t.Loss));
        if (finished < options.Startup)
        {
            return new Suggestion(space.Sample(random))
            {
                Reason = $"drawn at random: {finished} of {options.Startup} trials that TPE waits for",
            };
        }

        var (good, bad) = Split([.. history.Where(t => t.State != TrialState.Failed)]);
        return new Suggestion(space.Build((group, _) => SampleGroup(group, history, random)))
        {
            Reason = $"TPE: more like the {good.Count} good trials ({string.Join(", ", good.Select(Name))}) than the {bad.Count} others, "
                + $"the best of {options.Candidates} candidates",
        };
    }

    Suggestion? ISampler.Suggest(int number, IReadOnlyList<Observation> history) => Suggest(number, history);

    private static List<Observation> InGroup(ParameterGroup group, IReadOnlyList<Observation> history) =>
        [
            .. history.Where(t =>
                t.State != TrialState.Failed
                    && ParameterSpace.IsActive(group, t.Parameters)
                    && group.Parameters.All(p => t.Parameters.TryGetValue(p.Name, out var value) && p.Domain.Contains(value))),
        ];

    private IEnumerable<ParameterValue> SampleGroup(ParameterGroup group, IReadOnlyList<Observation> history, RandomStream random)
    {
        var parameters = group.Parameters;
        var (good, bad) = Split(InGroup(group, history));
        if (good.Count == 0)
            return parameters.Select(p => p.Domain.Sample(random)).ToList();
        var below = new ParzenEstimator(parameters, ToPoints(parameters, good));
        var above = new ParzenEstimator(parameters, ToPoints(parameters, bad));
        double[]? best = null;
        var bestScore = double.NegativeInfinity;
        for (var i = 0; i < options.Candidates; i++)
        {
            var candidate = below.Sample(random);
            var score = below.LogDensity(candidate) - above.LogDensity(candidate);
            if (best is null || score > bestScore)
                (best, bestScore) = (candidate, score);
        }

        return parameters.Zip(best!, ParzenEstimator.ToValue);
    }

    // Complete trials rank by loss; pruned ones after them, the later stopped the better (Optuna's rule).
    private static (List<Observation> Good, List<Observation> Bad) Split(List<Observation> trials)
    {
        var complete = trials.Where(t => t.State == TrialState.Complete).OrderBy(t => Rank(t.Loss)).ThenBy(t => t.Number);
        var pruned = trials
            .Where(t => t.State == TrialState.Pruned && !double.IsNaN(t.Loss))
            .OrderByDescending(t => t.LastStep)
            .ThenBy(t => Rank(t.Loss))
            .ThenBy(t => t.Number);
        List<Observation> ranked = [.. complete, .. pruned];
        var take = Math.Min((int)Math.Ceiling(0.1 * ranked.Count), 25);
        List<Observation> bad = [.. ranked.Skip(take), .. trials.Where(t => t.State is TrialState.Running or TrialState.Waiting)];
        return ([.. ranked.Take(take).OrderBy(t => t.Number)], [.. bad.OrderBy(t => t.Number)]);
    }

    // Trials of another study have numbers below 0.
    private static string Name(Observation trial) => trial.Number < 0 ? "earlier" : trial.Number.ToString(CultureInfo.InvariantCulture);

    private static double Rank(double loss) => double.IsNaN(loss) ? double.PositiveInfinity : loss;

    private static List<double[]> ToPoints(IReadOnlyList<Parameter> parameters, List<Observation> trials) =>
        [.. trials.Select(t => ParzenEstimator.ToPoint(parameters, t.Parameters))];
}
