namespace FastDqn.Sweeps.Pruners;

/// <summary>
/// The median stopping rule (Golovin et al. 2017, "Google Vizier"): a run stops when its best value so far is worse
/// than the median of the values that the complete runs had at the same step.
/// </summary>
public sealed class MedianPruner(int startup, long warmup) : IPruner
{
    public bool ShouldStop(RunCurve run, IReadOnlyList<RunCurve> others)
    {
        var step = run.LastStep;
        if (run.Points.Count == 0 || step < warmup)
            return false;
        var complete = others.Where(o => o.Complete).ToList();
        if (complete.Count < startup)
            return false;
        var peers = complete.Select(o => o.LastUpTo(step)).OfType<double>().Order().ToList();
        if (peers.Count == 0)
            return false;
        var middle = peers.Count / 2;
        var median = peers.Count % 2 == 1 ? peers[middle] : (peers[middle - 1] + peers[middle]) / 2;
        return (run.BestUpTo(step) ?? double.PositiveInfinity) > median;
    }
}
