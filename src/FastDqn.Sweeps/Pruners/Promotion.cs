using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;

namespace FastDqn.Sweeps.Pruners;

/// <summary>
/// Which paused trial is given a longer budget next: successive halving (Jamieson and Talwalkar 2016), its asynchronous
/// form ASHA (Li et al. 2020, algorithm 2) and Hyperband's brackets of it. A promoted trial's runs go on from their
/// checkpoints. It decides from what the database says alone, so any coordinator may ask.
/// </summary>
/// <remarks>
/// Of the n trials that have come to a rung the best n / eta go on: with ASHA of those that have come so far, with
/// successive halving once all have that will. Where nothing more can come to a rung, the best of it goes on even
/// when n is less than eta, so that every study (every bracket) has a trial that goes to its end.
/// </remarks>
public sealed class Promotion
{
    private readonly PrunerOptions _options;
    private readonly HyperbandPruner? _brackets;

    public Promotion(PrunerOptions options, string study)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        if (options.Kind == PrunerKind.Hyperband)
            _brackets = new HyperbandPruner(options.MinResource, options.MaxResource, options.Eta, study);
    }

    /// <summary>The budgets of a trial, shortest first; the last one is the whole length.</summary>
    public IReadOnlyList<long> BudgetsOf(int trial)
    {
        var rate = _brackets?.BracketOf(trial) ?? _options.Rate;
        var budgets = new List<long>();
        for (var k = 0; ; k++)
        {
            var budget = _options.MinResource * Math.Pow(_options.Eta, k + rate);
            if (budget >= _options.MaxResource)
                break;
            budgets.Add((long)budget);
        }

        return [.. budgets, _options.MaxResource];
    }

    /// <summary>A promotion, and how it was come by.</summary>
    public sealed record Step(int Trial, long From, long To, string Reason);

    /// <summary>The next promotion, or null when there is none for now.</summary>
    /// <param name="trials">Every trial of the study.</param>
    /// <param name="toLoss">A value as a loss.</param>
    /// <param name="allMade">The study has all its trials.</param>
    public Step? Next(IReadOnlyList<Standing> trials, Func<double, double> toLoss, bool allMade)
    {
        ArgumentNullException.ThrowIfNull(trials);
        return trials.GroupBy(t => _brackets?.BracketOf(t.Number) ?? 0)
            .OrderBy(g => g.Key)
            .Select(bracket => NextOf([.. bracket], BudgetsOf(bracket.First().Number), toLoss, allMade))
            .FirstOrDefault(step => step is not null);
    }

    /// <summary>Where a trial stands among those at each of its rungs, for people.</summary>
    public IEnumerable<string> Explain(int number, IReadOnlyList<Standing> trials, Func<double, double> toLoss)
    {
        var mine = trials.First(t => t.Number == number);
        var peers = trials.Where(t => _brackets is null || _brackets.BracketOf(t.Number) == _brackets.BracketOf(number)).ToList();
        if (_brackets is not null)
            yield return $"bracket {_brackets.BracketOf(number)} of {_brackets.BracketCount}, {peers.Count} trials in it";
        foreach (var rung in mine.Rungs)
        {
            var ranked = Ranked(peers, rung.Budget, toLoss);
            var rank = ranked.FindIndex(t => t.Number == number) + 1;
            var fate = rung.Budget >= _options.MaxResource ? "the whole length"
                : mine.Budget > rung.Budget ? "promoted"
                : $"paused: the best {Math.Max(1, ranked.Count / _options.Eta)} go on";
            yield return FormattableString.Invariant(
                $"at {rung.Budget} steps: {rung.Value?.ToString("G6", null) ?? "no value"}, {rank} of {ranked.Count} ({fate})");
        }
    }

    private Step? NextOf(List<Standing> trials, IReadOnlyList<long> budgets, Func<double, double> toLoss, bool allMade)
    {
        Step? found = null;
        var closed = allMade;
        // From the lowest rung up, to know which ones nothing more comes to; the highest promotion is the one taken.
        for (var k = 0; k < budgets.Count - 1; k++)
        {
            var at = Ranked(trials, budgets[k], toLoss);
            closed &= trials.TrueForAll(t => t.Budget != budgets[k] || t.State is not (TrialState.Waiting or TrialState.Running));
            var keep = closed ? Math.Max(1, at.Count / _options.Eta)
                : _options.Kind == PrunerKind.Halving ? 0 : at.Count / _options.Eta;
            // One whose continuation failed leaves its place to the next.
            var best = at.Where(t => t.State != TrialState.Failed).Take(keep).ToList();
            var next = best.FirstOrDefault(t => t.State == TrialState.Paused && t.Budget == budgets[k]);
            if (next is not null)
            {
                found = new Step(next.Number, budgets[k], budgets[k + 1], $"{at.IndexOf(next) + 1} of {at.Count} at {budgets[k]} steps");
                closed = false;
            }
        }

        return found;
    }

    private static List<Standing> Ranked(IEnumerable<Standing> trials, long budget, Func<double, double> toLoss) =>
    [
        .. trials.Where(t => t.Rungs.Any(r => r.Budget == budget))
            .OrderBy(t => toLoss(t.Rungs.First(r => r.Budget == budget).Value ?? double.NaN)).ThenBy(t => t.Number),
    ];
}
