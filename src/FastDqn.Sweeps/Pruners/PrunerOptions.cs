namespace FastDqn.Sweeps.Pruners;

public enum PrunerKind
{
    Asha,
    Median,
    Hyperband,

    /// <summary>Synchronous successive halving; it promotes.</summary>
    Halving,
}

/// <summary>What the length of a training is whose budget may grow.</summary>
public enum HorizonKind
{
    /// <summary>The longest budget: all trainings are that long and pause on the way.</summary>
    Fixed,

    /// <summary>
    /// The budget itself: a promoted training is made longer, and each length ends with its evaluation.
    /// </summary>
    Budget,
}

/// <summary>When a run is stopped early. Resources are steps as the runs report them.</summary>
public sealed record PrunerOptions
{
    public PrunerKind Kind { get; init; }

    /// <summary>ASHA, Hyperband: the resource of the lowest rung (r).</summary>
    public long MinResource { get; init; } = 1;

    /// <summary>
    /// Trials pause at each rung and the good ones are continued, instead of all running until they are stopped.
    /// </summary>
    public bool Promote { get; init; }

    /// <summary>Promoting: what a training's length is.</summary>
    public HorizonKind Horizon { get; init; }

    /// <summary>Hyperband, and whoever promotes: the resource of a run that is never stopped (R).</summary>
    public long MaxResource { get; init; }

    /// <summary>ASHA, Hyperband: one in so many goes on at each rung (eta).</summary>
    public int Eta { get; init; } = 4;

    /// <summary>ASHA: rungs skipped at the bottom (the paper's early-stopping rate s).</summary>
    public int Rate { get; init; }

    /// <summary>Median: complete trials before anything is stopped.</summary>
    public int Startup { get; init; } = 5;

    /// <summary>Median: steps of a run in which it is never stopped.</summary>
    public long Warmup { get; init; }

    /// <summary>What stops running trials; null where they pause at their rungs.</summary>
    public IPruner? Create(string studyName) => Promote ? null : Kind switch
    {
        PrunerKind.Asha => new AshaPruner(MinResource, Eta, Rate),
        PrunerKind.Median => new MedianPruner(Startup, Warmup),
        _ => new HyperbandPruner(MinResource, MaxResource, Eta, studyName),
    };
}

/// <summary>Decides from reported values whether a run should stop.</summary>
public interface IPruner
{
    /// <summary>Whether <paramref name="run"/> should stop now, given every other run of the study.</summary>
    bool ShouldStop(RunCurve run, IReadOnlyList<RunCurve> others);
}

/// <summary>The values that a run reported, as losses (smaller is better), in the order of their steps.</summary>
/// <param name="Trial">The trial's number.</param>
/// <param name="Complete">Whether the run has finished by itself.</param>
/// <param name="Points">Step and loss.</param>
public sealed record RunCurve(int Trial, bool Complete, IReadOnlyList<(long Step, double Loss)> Points)
{
    public long LastStep => Points.Count == 0 ? 0 : Points[^1].Step;

    /// <summary>The loss at the first report at or after a step, or null.</summary>
    public double? AtRung(long step)
    {
        foreach (var point in Points)
            if (point.Step >= step)
                return double.IsNaN(point.Loss) ? double.PositiveInfinity : point.Loss;
        return null;
    }

    /// <summary>The best loss up to a step, or null.</summary>
    public double? BestUpTo(long step)
    {
        double? best = null;
        foreach (var point in Points)
            if (point.Step <= step && !double.IsNaN(point.Loss) && (best is null || point.Loss < best))
                best = point.Loss;
        return best;
    }

    /// <summary>The loss of the last report up to a step, or null.</summary>
    public double? LastUpTo(long step)
    {
        double? last = null;
        foreach (var point in Points)
            if (point.Step <= step && !double.IsNaN(point.Loss))
                last = point.Loss;
        return last;
    }
}
