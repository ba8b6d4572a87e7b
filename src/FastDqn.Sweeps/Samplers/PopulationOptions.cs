namespace FastDqn.Sweeps.Samplers;

/// <summary>Population-based training's settings (<c>pbt:</c>).</summary>
public sealed record PopulationOptions
{
    /// <summary>Members that train side by side.</summary>
    public int Population { get; init; } = 8;

    /// <summary>Steps from one comparison to the next.</summary>
    public long Interval { get; init; }

    /// <summary>Generations: the whole length over <see cref="Interval"/>.</summary>
    public int Generations { get; init; } = 1;

    /// <summary>The worst share of the population takes over from the best share (truncation selection).</summary>
    public double Quantile { get; init; } = 0.2;

    /// <summary>Chance that an explored option is drawn anew instead of perturbed.</summary>
    public double Resample { get; init; } = 0.25;

    /// <summary>What a perturbed number is multiplied by, one of them.</summary>
    public IReadOnlyList<double> Factors { get; init; } = [0.8, 1.2];

    /// <summary>
    /// A generation is compared when all of it is there: then the number of workers changes nothing. Else a member goes
    /// on at once, compared with those that have come as far by then.
    /// </summary>
    public bool Synchronous { get; init; }

    /// <summary>
    /// Options that may change in the middle of a run; the others stay with a member and who takes over from it.
    /// </summary>
    public IReadOnlySet<string> Explored { get; init; } = new HashSet<string>(StringComparer.Ordinal);
}
