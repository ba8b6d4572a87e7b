using FastDqn.Core;

namespace FastDqn.Sweeps.Reports;

/// <summary>What a trial's few seeds say of its mean, and of whether it is the best.</summary>
public static class Statistics
{
    private const int Draws = 4000;

    // Student's t at 97.5 % for 1 to 30 degrees of freedom.
    private static readonly double[] Quantiles =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101,
        2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];

    /// <summary>
    /// Half the width of the 95 % confidence interval of a mean (Student's t); null with fewer than two values.
    /// </summary>
    public static double? Interval(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count < 2)
            return null;
        var freedom = values.Count - 1;
        var quantile = freedom <= Quantiles.Length ? Quantiles[freedom - 1] : 1.96 + (2.4 / freedom);
        return quantile * Math.Sqrt(Variance(values) / values.Count);
    }

    /// <summary>
    /// The probability of each of having the smallest mean, from the t distributions that their values give their means
    /// (a flat prior); those with one value borrow the others' common variance. Null where none has two values.
    /// </summary>
    /// <param name="losses">The values of each, smaller is better.</param>
    public static IReadOnlyList<double>? ProbabilityOfBest(IReadOnlyList<IReadOnlyList<double>> losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        var common = losses.Sum(v => Math.Max(0, v.Count - 1));
        if (common == 0)
            return null;
        var variance = losses.Where(v => v.Count > 1).Sum(v => Variance(v) * (v.Count - 1)) / common;
        var random = new RandomStream(0, "probability-of-best");
        var wins = new double[losses.Count];
        for (var draw = 0; draw < Draws; draw++)
        {
            var (best, least) = (0, double.PositiveInfinity);
            for (var i = 0; i < losses.Count; i++)
            {
                var values = losses[i];
                var (spread, freedom) = values.Count > 1 ? (Variance(values), values.Count - 1) : (variance, common);
                var mean = values.Average() + (StudentT(random, freedom) * Math.Sqrt(spread / values.Count));
                if (mean < least)
                    (best, least) = (i, mean);
            }

            wins[best]++;
        }

        return [.. wins.Select(w => w / Draws)];
    }

    private static double Variance(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1);
    }

    private static double StudentT(RandomStream random, int freedom)
    {
        var normal = random.NextGaussian();
        var square = 0.0;
        // Beyond that it is a normal distribution.
        if (freedom > 100)
            return normal;
        for (var i = 0; i < freedom; i++)
        {
            var part = random.NextGaussian();
            square += part * part;
        }

        return normal / Math.Sqrt(square / freedom);
    }
}
