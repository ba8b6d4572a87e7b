using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Exploration;

/// <summary>Epsilon as a function of agent steps or finished episodes (of all environments together).</summary>
public sealed class ExplorationSchedule
{
    private readonly ExplorationSpec _spec;
    private readonly int _environments;
    private readonly double _length;
    private readonly bool _byEpisodes;

    /// <param name="spec">The schedule.</param>
    /// <param name="environments">Environments stepped together (Ape-X gives each its own epsilon).</param>
    /// <param name="totalSteps">Agent steps of the whole run, for schedules that are a share of it.</param>
    /// <param name="totalEpisodes">Its episodes where they are its length; 0: steps are.</param>
    public ExplorationSchedule(ExplorationSpec spec, int environments, long totalSteps, long totalEpisodes = 0)
    {
        (_spec, _environments) = (spec, environments);
        _byEpisodes = spec.CountsEpisodes(totalEpisodes > 0);
        _length = spec.Fraction > 0 ? Math.Max(1, spec.Fraction * (_byEpisodes ? totalEpisodes : totalSteps))
            : _byEpisodes ? spec.Episodes : spec.Steps;
    }

    /// <summary>
    /// Epsilon of <paramref name="environment"/> after <paramref name="step"/> agent steps and
    /// <paramref name="episodes"/> finished episodes.
    /// </summary>
    public double Epsilon(long step, int environment = 0, long episodes = 0)
    {
        var t = Math.Max(0, _byEpisodes ? episodes - _spec.DelayEpisodes : step - _spec.Delay);
        return _spec.Kind switch
        {
            ExplorationKind.Linear => Lerp(_spec.Start, _spec.End, t / _length),
            ExplorationKind.Exponential => _spec.End + ((_spec.Start - _spec.End) * Math.Exp(-t / _length)),
            ExplorationKind.Piecewise => Piecewise(step),
            ExplorationKind.ApeX => ApeX(environment),
            _ => 0,
        };
    }

    private static double Lerp(double start, double end, double share) => start + ((end - start) * Math.Clamp(share, 0, 1));

    /// <summary>Horgan et al. 2018: epsilon^(1 + i / (N - 1) * alpha); with one environment the base itself.</summary>
    private double ApeX(int environment) =>
        Math.Pow(_spec.ApeXBase, 1 + (_environments > 1 ? environment * _spec.ApeXExponent / (_environments - 1) : 0));

    private double Piecewise(long step)
    {
        var points = _spec.Points;
        if (step <= points[0].Step)
            return points[0].Epsilon;
        for (var i = 1; i < points.Count; i++)
        {
            if (step < points[i].Step)
            {
                var share = (step - points[i - 1].Step) / (double)(points[i].Step - points[i - 1].Step);
                return Lerp(points[i - 1].Epsilon, points[i].Epsilon, share);
            }
        }

        return points[^1].Epsilon;
    }
}
