using FastDqn.Core;

namespace FastDqn.Training.Evaluation;

/// <summary>A figure with its bootstrap interval.</summary>
public sealed record Interval(double Value, double Low, double High);

/// <summary>Aggregates over runs and games.</summary>
public sealed record AggregateReport(
    Interval Iqm, Interval Median, Interval Mean, Interval OptimalityGap, int Games, int Runs, int Resamples);

/// <summary>
/// Aggregates over several runs of several games as Agarwal et al. 2021 ("Deep RL at the edge of the statistical
/// precipice") and its library rliable define them; intervals by the stratified percentile bootstrap (runs resampled
/// within each game).
/// </summary>
public static class Aggregates
{
    /// <param name="scores">Normalised scores, a list of runs for each game.</param>
    /// <param name="resamples">Bootstrap resamples.</param>
    /// <param name="seed">Seed of the resampling.</param>
    /// <param name="confidence">Share of the resamples inside an interval.</param>
    public static AggregateReport Compute(IReadOnlyList<double[]> scores, int resamples = 2000, ulong seed = 1, double confidence = 0.95)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.Count == 0 || scores.Any(game => game.Length == 0))
            throw new FastDqnException(ErrorKind.Usage, "aggregates need at least one run of each game");
        var intervals = Bootstrap(scores, [Iqm, Median, Mean, s => OptimalityGap(s)], resamples, seed, confidence);
        return new AggregateReport(
            intervals[0], intervals[1], intervals[2], intervals[3], scores.Count, scores.Sum(g => g.Length), resamples);
    }

    /// <summary>Figures of the scores, each with its interval, all of the same resamples.</summary>
    public static IReadOnlyList<Interval> Bootstrap(
        IReadOnlyList<double[]> scores, IReadOnlyList<Func<IReadOnlyList<double[]>, double>> figures, int resamples = 2000, ulong seed = 1,
        double confidence = 0.95)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(figures);
        var samples = figures.Select(_ => new double[resamples]).ToArray();
        var random = new RandomStream(seed, "bootstrap");
        var drawn = scores.Select(game => new double[game.Length]).ToArray();
        for (var r = 0; r < resamples; r++)
        {
            for (var g = 0; g < scores.Count; g++)
            {
                for (var i = 0; i < drawn[g].Length; i++)
                    drawn[g][i] = scores[g][random.NextInt32(scores[g].Length)];
            }

            for (var f = 0; f < figures.Count; f++)
                samples[f][r] = figures[f](drawn);
        }

        return [.. figures.Select((figure, f) =>
        {
            Array.Sort(samples[f]);
            var tail = (1 - confidence) / 2;
            return new Interval(figure(scores), Quantile(samples[f], tail), Quantile(samples[f], 1 - tail));
        })];
    }

    /// <summary>Mean of the middle half of all runs of all games (a quarter, rounded down, cut at each end).</summary>
    public static double Iqm(IReadOnlyList<double[]> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var all = scores.SelectMany(game => game).ToArray();
        Array.Sort(all);
        var cut = (int)(0.25 * all.Length);
        return all.AsSpan(cut, all.Length - (2 * cut)).ToArray().Average();
    }

    /// <summary>Median over games of the mean over runs.</summary>
    public static double Median(IReadOnlyList<double[]> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var means = scores.Select(game => game.Average()).ToArray();
        Array.Sort(means);
        return Quantile(means, 0.5);
    }

    /// <summary>Mean over games of the mean over runs.</summary>
    public static double Mean(IReadOnlyList<double[]> scores) => scores.Average(game => game.Average());

    /// <summary>
    /// How far runs fall short of <paramref name="goal"/> on average, those above it counting as reaching it.
    /// </summary>
    public static double OptimalityGap(IReadOnlyList<double[]> scores, double goal = 1) =>
        goal - scores.SelectMany(game => game).Average(score => Math.Min(score, goal));

    /// <summary>Quantile of sorted values with linear interpolation (NumPy's default).</summary>
    public static double Quantile(double[] sorted, double q)
    {
        ArgumentNullException.ThrowIfNull(sorted);
        var position = q * (sorted.Length - 1);
        var below = (int)Math.Floor(position);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
