namespace FastDqn.Sweeps.Pruners;

/// <summary>
/// Asynchronous successive halving (Li et al. 2020, "A system for massively parallel hyperparameter tuning",
/// algorithm 2) in its stopping form: at rung k, reached at r * eta^(k + s), a run goes on when its value is
/// among the best 1/eta of all values recorded at that rung so far, itself included, and stops otherwise.
/// While fewer than eta values are there only the best goes on.
/// </summary>
public sealed class AshaPruner(long minResource, int eta, int rate = 0) : IPruner
{
    /// <summary>The resource at which rung <paramref name="k"/> is decided.</summary>
    public double RungResource(int k) => minResource * Math.Pow(eta, k + rate);

    public bool ShouldStop(RunCurve run, IReadOnlyList<RunCurve> others)
    {
        for (var k = 0; RungResource(k) <= run.LastStep; k++)
            if (!Promoted(run, others, k))
                return true;
        return false;
    }

    /// <summary>
    /// Whether a run's value at rung k is good enough to go on; true where it has not reached the rung.
    /// </summary>
    public bool Promoted(RunCurve run, IReadOnlyList<RunCurve> others, int k)
    {
        var resource = (long)Math.Ceiling(RungResource(k));
        if (run.AtRung(resource) is not { } own)
            return true;
        // Decided once: only a report that has just reached the rung is compared, so that later arrivals at
        // the rung do not stop a run that already went on.
        if (run.Points.Count(p => p.Step >= resource) > 1)
            return true;
        var recorded = others.Select(o => o.AtRung(resource)).OfType<double>().Append(own).Order().ToList();
        var keep = Math.Max(recorded.Count / eta, 1);
        return own <= recorded[keep - 1];
    }
}
