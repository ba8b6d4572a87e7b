using FastDqn.Core;
using FastDqn.Sweeps.Space;

namespace FastDqn.Sweeps.Samplers;

/// <summary>
/// Proposes the parameters of a trial from the trials before it. A sampler keeps nothing between calls: its answer
/// depends on the study's seed, the trial's number and the history alone, so any coordinator may ask, and a
/// study goes on after a crash as if nothing had happened.
/// </summary>
public interface ISampler
{
    /// <summary>The proposal for trial <paramref name="number"/>, or null when the space is exhausted.</summary>
    Suggestion? Suggest(int number, IReadOnlyList<Observation> history);

    /// <summary>Whether it looks at the history: reading that of thousands of trials takes time.</summary>
    bool Learns => true;
}

/// <summary>
/// What a sampler proposes; <paramref name="Attributes"/> is kept with the trial and comes back in its
/// <see cref="Observation"/>.
/// </summary>
public sealed record Suggestion(Assignment Parameters, string Attributes = "")
{
    /// <summary>How far its runs go at first, in steps; 0: to their end.</summary>
    public long Budget { get; init; }

    /// <summary>The trial whose runs its runs go on from; -1: none, they begin anew.</summary>
    public int Parent { get; init; } = -1;

    /// <summary>The given point that it is, by its key in the database; 0: the sampler's own.</summary>
    public long Queued { get; init; }

    /// <summary>What led to it, for people.</summary>
    public string Reason { get; init; } = "";
}

/// <summary>A trial as samplers see it.</summary>
/// <param name="Number">Its number in the study, from 0.</param>
/// <param name="Parameters">Its active parameters.</param>
/// <param name="State">How far it is.</param>
/// <param name="Loss">Its value with the sign turned so that smaller is better; for a pruned trial the last one
/// reported; NaN when there is none.</param>
/// <param name="LastStep">The last step reported (ranks pruned trials).</param>
/// <param name="FinishOrder">1 for the study's first finished trial and so on, 0 while it is not finished.</param>
/// <param name="Attributes">What the sampler attached.</param>
public sealed record Observation(
    int Number, Assignment Parameters, TrialState State, double Loss, long LastStep = 0, long FinishOrder = 0, string Attributes = "");

/// <summary>The states of a trial, and of each of its runs.</summary>
public enum TrialState
{
    /// <summary>Made, not taken by a worker.</summary>
    Waiting,

    /// <summary>Taken by a worker.</summary>
    Running,

    /// <summary>Finished with a value.</summary>
    Complete,

    /// <summary>Stopped early because others are better.</summary>
    Pruned,

    /// <summary>Ended without a value, all retries spent.</summary>
    Failed,

    /// <summary>
    /// Its runs are at the end of their budget with a checkpoint each, and may be given a longer one.
    /// </summary>
    Paused,
}

public enum SamplerKind
{
    Grid,
    Random,
    Tpe,
    CmaEs,
    Pbt,
}

/// <summary>A study's method and its settings.</summary>
public sealed record SamplerOptions
{
    public SamplerKind Kind { get; init; } = SamplerKind.Tpe;

    public ulong Seed { get; init; } = 1;

    /// <summary>TPE: random trials before the model is used.</summary>
    public int Startup { get; init; } = 10;

    /// <summary>TPE: candidates drawn from the good density for each proposal.</summary>
    public int Candidates { get; init; } = 24;

    /// <summary>CMA-ES: initial step size, as a share of each parameter's range.</summary>
    public double Sigma { get; init; } = 1.0 / 6;

    /// <summary>CMA-ES: trials of a generation; 0: 4 + floor(3 ln d) (Hansen 2016).</summary>
    public int Population { get; init; }

    /// <summary>Population-based training's settings.</summary>
    public PopulationOptions Pbt { get; init; } = new();

    public ISampler Create(ParameterSpace space) => Kind switch
    {
        SamplerKind.Grid => new GridSampler(space),
        SamplerKind.Random => new RandomSampler(space, Seed),
        SamplerKind.Pbt => new PopulationSampler(space, this),
        SamplerKind.Tpe => new TpeSampler(space, this),
        _ => new CmaEsSampler(space, this),
    };
}

/// <summary>Every assignment once, in order: trial n is the n-th.</summary>
public sealed class GridSampler(ParameterSpace space) : ISampler
{
    private readonly long _size = space.Size
        ?? throw new FastDqnException(ErrorKind.Usage, "a grid needs parameters with a finite number of values");

    public Suggestion? Suggest(int number, IReadOnlyList<Observation> history) =>
        number < _size ? new Suggestion(space.At(number)) { Reason = $"point {number} of the grid's {_size}" } : null;

    bool ISampler.Learns => false;
}

/// <summary>Independent draws (Bergstra and Bengio 2012); trial n depends on the seed and n alone.</summary>
public sealed class RandomSampler(ParameterSpace space, ulong seed) : ISampler
{
    public Suggestion Suggest(int number, IReadOnlyList<Observation> history) =>
        new(space.Sample(new RandomStream(seed, "random-sampler", number))) { Reason = "drawn at random" };

    Suggestion? ISampler.Suggest(int number, IReadOnlyList<Observation> history) => Suggest(number, history);

    bool ISampler.Learns => false;
}
