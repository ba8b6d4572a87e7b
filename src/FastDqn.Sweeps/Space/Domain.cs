using FastDqn.Core;
using FastDqn.Learning.Interop;

namespace FastDqn.Sweeps.Space;

/// <summary>The set of values one parameter may take.</summary>
public abstract record Domain
{
    /// <summary>How many distinct values there are; null for a continuum.</summary>
    public abstract long? Count { get; }

    /// <summary>Every value in order; only where <see cref="Count"/> is known.</summary>
    public abstract IEnumerable<ParameterValue> Values { get; }

    public abstract bool Contains(ParameterValue value);

    /// <summary>Draws from the domain's own distribution (the prior).</summary>
    public abstract ParameterValue Sample(RandomStream random);
}

/// <summary>Named values without an order.</summary>
public sealed record ChoiceDomain(IReadOnlyList<ParameterValue> Choices) : Domain
{
    public override long? Count => Choices.Count;

    public override IEnumerable<ParameterValue> Values => Choices;

    public int IndexOf(ParameterValue value)
    {
        for (var i = 0; i < Choices.Count; i++)
            if (Choices[i] == value)
                return i;
        return -1;
    }

    public override bool Contains(ParameterValue value) => IndexOf(value) >= 0;

    public override ParameterValue Sample(RandomStream random) => Choices[random.NextInt32(Choices.Count)];
}

/// <summary>
/// Numbers in [<paramref name="Min"/>, <paramref name="Max"/>]: a continuum, or the multiples of
/// <paramref name="Step"/> from Min (then Max is the last of them). <paramref name="Log"/> makes the prior uniform in
/// the logarithm. Whole numbers have <paramref name="Integer"/> and a step of at least 1.
/// </summary>
public sealed record NumberDomain(double Min, double Max, bool Log = false, double? Step = null, bool Integer = false) : Domain
{
    public override long? Count => Step is { } step ? (long)Math.Round((Max - Min) / step) + 1 : Min.Equals(Max) ? 1 : null;

    /// <summary>The lower bound on the scale that samplers work on (logarithmic when <see cref="Log"/>).</summary>
    public double Low => Log ? Math.Log(Min - HalfStep) : Min - HalfStep;

    /// <summary>The upper bound on the scale that samplers work on.</summary>
    public double High => Log ? Math.Log(Max + HalfStep) : Max + HalfStep;

    /// <summary>
    /// Half the grid's step, 0 for a continuum: on the samplers' scale each grid value owns the interval of that
    /// width on either side, so that the first and last values are as likely as the others.
    /// </summary>
    public double HalfStep => (Step ?? 0) / 2;

    public override IEnumerable<ParameterValue> Values
    {
        get
        {
            for (long i = 0; i < Count; i++)
                yield return ToValue(Min + (i * (Step ?? 0)));
        }
    }

    /// <summary>Where a value lies on the samplers' scale.</summary>
    public double ToScale(double value) => Log ? Math.Log(value) : value;

    /// <summary>The domain's value nearest to a point of the samplers' scale.</summary>
    public ParameterValue FromScale(double x) => ToValue(Log ? Math.Exp(x) : x);

    /// <summary>The domain's value nearest to a number.</summary>
    public ParameterValue ToValue(double number)
    {
        if (Step is { } step)
            number = Min + (Math.Round((number - Min) / step) * step);
        number = Math.Clamp(number, Min, Max);
        return Integer ? ParameterValue.From((long)Math.Round(number)) : ParameterValue.From(number);
    }

    public override bool Contains(ParameterValue value)
    {
        if (double.IsNaN(value.Number) || value.Number < Min || value.Number > Max)
            return false;
        return Step is not { } step
            || Math.Abs(Math.IEEERemainder(value.Number - Min, step)) < 1e-9 * Math.Max(step, Math.Abs(value.Number));
    }

    public override ParameterValue Sample(RandomStream random) => FromScale(Low + ((High - Low) * random.NextDouble()));
}
