using System.Globalization;
using FastDqn.Core;

namespace FastDqn.Environments.Mdp;

/// <summary>How far an update of Q-learning moves a value towards its target.</summary>
public sealed class StepSize
{
    private readonly Func<long, long, double> _at;
    private readonly string _text;

    private StepSize(string text, Func<long, long, double> at) => (_text, _at) = (text, at);

    /// <summary>The same at every step: the values keep moving with the noise of their targets.</summary>
    public static StepSize Constant(double alpha)
    {
        Check(alpha);
        return new(string.Create(CultureInfo.InvariantCulture, $"{alpha}"), (_, _) => alpha);
    }

    /// <summary>alpha / (1 + decay x step): hyperbolic, over the steps of the whole process.</summary>
    public static StepSize Decaying(double alpha, double decay)
    {
        Check(alpha);
        if (!(decay >= 0 && double.IsFinite(decay)))
            throw new FastDqnException(ErrorKind.Usage, FormattableString.Invariant($"a decay of {decay}: it must be at least 0"));
        return new(string.Create(CultureInfo.InvariantCulture, $"{alpha}/(1 + {decay} step)"), (step, _) => alpha / (1 + (decay * step)));
    }

    /// <summary>
    /// visits^-rate, counted a pair of state and action: the polynomial rate of Even-Dar and Mansour (2003), with which
    /// the values reach the fixed point as steps go on.
    /// </summary>
    public static StepSize Visits(double rate)
    {
        if (rate is not (> 0.5 and <= 1))
            throw new FastDqnException(ErrorKind.Usage, FormattableString.Invariant(
                $"the rate of Q-learning is {rate}; it must be above 0.5 and at most 1 for the values to reach the fixed point"));
        return new(string.Create(CultureInfo.InvariantCulture, $"visits^-{rate}"), (_, visits) => Math.Pow(visits, -rate));
    }

    /// <summary>The step size of an update.</summary>
    /// <param name="step">Steps before it.</param>
    /// <param name="visits">Updates of its pair, this one too.</param>
    public double At(long step, long visits) => _at(step, visits);

    public override string ToString() => _text;

    private static void Check(double alpha)
    {
        if (alpha is not (> 0 and <= 1))
            throw new FastDqnException(
                ErrorKind.Usage, FormattableString.Invariant($"alpha is {alpha}; it must be above 0 and at most 1"));
    }
}
