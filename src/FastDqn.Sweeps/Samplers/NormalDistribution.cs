namespace FastDqn.Sweeps.Samplers;

/// <summary>The standard normal distribution: cumulative probability, its logarithm and its inverse.</summary>
internal static class NormalDistribution
{
    /// <summary>Phi(x), with a relative error near 1e-15 in the lower tail.</summary>
    public static double Cdf(double x) => 0.5 * Erfc(-x / Math.Sqrt(2));

    /// <summary>ln(Phi(b) - Phi(a)) without cancellation, for a &lt; b.</summary>
    public static double LogMass(double a, double b)
    {
        // In the right tail both values are near 1: mirror to the left, where they keep their digits.
        if (a > 0)
            (a, b) = (-b, -a);
        var mass = Cdf(b) - Cdf(a);
        return mass > 0 ? Math.Log(mass) : double.NegativeInfinity;
    }

    /// <summary>Phi^-1(p): Acklam's rational approximation, refined by one step of Halley's method.</summary>
    public static double Inverse(double p)
    {
        if (p <= 0)
            return double.NegativeInfinity;
        if (p >= 1)
            return double.PositiveInfinity;
        double x;
        if (p is < 0.02425 or > 1 - 0.02425)
        {
            var q = Math.Sqrt(-2 * Math.Log(Math.Min(p, 1 - p)));
            ReadOnlySpan<double> top =
            [
                -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838,
                -2.549732539343734, 4.374664141464968, 2.938163982698783,
            ];
            ReadOnlySpan<double> bottom = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416, 1];
            x = Polynomial(top, q) / Polynomial(bottom, q);
            x = p < 0.5 ? x : -x;
        }
        else
        {
            var q = p - 0.5;
            var r = q * q;
            ReadOnlySpan<double> top =
            [
                -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
                1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239,
            ];
            ReadOnlySpan<double> bottom =
            [
                -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                6.680131188771972e+01, -1.328068155288572e+01, 1,
            ];
            x = Polynomial(top, r) * q / Polynomial(bottom, r);
        }

        var error = Cdf(x) - p;
        var u = error * Math.Sqrt(2 * Math.PI) * Math.Exp(x * x / 2);
        return double.IsFinite(u) ? x - (u / (1 + (x * u / 2))) : x;
    }

    /// <summary>
    /// A draw from the normal distribution cut to [low, high], by inversion of <paramref name="uniform"/>.
    /// </summary>
    public static double Truncated(double mean, double sigma, double low, double high, double uniform)
    {
        var a = (low - mean) / sigma;
        var b = (high - mean) / sigma;
        // Mirrored for the right tail, as in LogMass.
        var mirrored = a > 0;
        if (mirrored)
            (a, b) = (-b, -a);
        var from = Cdf(a);
        var z = Inverse(from + ((Cdf(b) - from) * uniform));
        z = Math.Clamp(double.IsFinite(z) ? z : a, a, b);
        return Math.Clamp(mean + ((mirrored ? -z : z) * sigma), low, high);
    }

    // The coefficients begin with that of the highest power.
    private static double Polynomial(ReadOnlySpan<double> coefficients, double x)
    {
        var value = coefficients[0];
        foreach (var coefficient in coefficients[1..])
            value = (value * x) + coefficient;
        return value;
    }

    // W. J. Cody (1969), "Rational Chebyshev approximations for the error function", Math. Comp. 23.
    private static double Erfc(double x)
    {
        var y = Math.Abs(x);
        double result;
        if (y <= 0.46875)
        {
            var s = y * y;
            ReadOnlySpan<double> a =
            [
                1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2,
                3.77485237685302021e2, 3.20937758913846947e3,
            ];
            ReadOnlySpan<double> b = [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3];
            return 1 - (x * Polynomial(a, s) / Polynomial(b, s));
        }

        if (y <= 4)
        {
            double[] c =
            [
                5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
                8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
            ];
            double[] d =
            [
                1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
                3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
            ];
            var top = 2.15311535474403846e-8 * y;
            var bottom = y;
            for (var i = 0; i < 7; i++)
            {
                top = (top + c[i]) * y;
                bottom = (bottom + d[i]) * y;
            }

            result = Math.Exp(-y * y) * (top + c[7]) / (bottom + d[7]);
        }
        else
        {
            double[] p =
            [
                3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
                1.60837851487422766e-2, 6.58749161529837803e-4,
            ];
            double[] q = [2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3];
            var s = 1 / (y * y);
            var top = 1.63153871373020978e-2 * s;
            var bottom = s;
            for (var i = 0; i < 4; i++)
            {
                top = (top + p[i]) * s;
                bottom = (bottom + q[i]) * s;
            }

            result = s * (top + p[4]) / (bottom + q[4]);
            result = Math.Exp(-y * y) * ((1 / Math.Sqrt(Math.PI)) - result) / y;
        }

        return x < 0 ? 2 - result : result;
    }
}
