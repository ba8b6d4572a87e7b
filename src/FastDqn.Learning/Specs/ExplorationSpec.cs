using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>How actions are chosen while training: options <c>exploration.*</c>.</summary>
public sealed record ExplorationSpec
{
    [Option("Exploration schedule")]
    public ExplorationKind Kind { get; init; } = ExplorationKind.Linear;

    [Option("First epsilon", Min = 0, Max = 1, MidRun = true)]
    public double Start { get; init; } = 1;

    [Option("Last epsilon", Min = 0, Max = 1, MidRun = true)]
    public double End { get; init; } = 0.1;

    /// <summary>The default is 1 million frames at 4 frames per step.</summary>
    [Option(
        "Length of the schedule, summed over environments", Unit = "agent steps", Min = 1,
        TurnsOff = ["exploration.fraction=0", "exploration.episodes=0"], MidRun = true)]
    public long Steps { get; init; } = 250_000;

    [Option(
        "Length as a share of the run, in its unit, instead of exploration.steps; 0: not used", Min = 0, Max = 1,
        TurnsOff = ["exploration.episodes=0"], InsteadOf = ["exploration.steps"], FollowsLengthAt = "not 0")]
    public double Fraction { get; init; }

    [Option(
        "Length in finished episodes of all environments together, instead of exploration.steps; 0: not used", Unit = "episodes", Min = 0,
        TurnsOff = ["exploration.fraction=0"], InsteadOf = ["exploration.steps", "exploration.fraction"])]
    public long Episodes { get; init; }

    /// <summary>Epsilon is <see cref="Start"/> until then.</summary>
    [Option("Steps before the schedule begins", Unit = "agent steps", Min = 0)]
    public long Delay { get; init; }

    [Option("Finished episodes before a schedule that is counted in episodes begins", Unit = "episodes", Min = 0)]
    public long DelayEpisodes { get; init; }

    [Option("Piecewise schedule: agent step, epsilon, agent step, epsilon, ...; steps ascend")]
    public IReadOnlyList<(long Step, double Epsilon)> Points { get; init; } = [];

    /// <summary>epsilon_i = base^(1 + i / (N - 1) * exponent), Horgan et al. 2018.</summary>
    [Option("Ape-X: base of the environments' epsilons", Min = 0, Max = 1, MidRun = true)]
    public double ApeXBase { get; init; } = 0.4;

    [Option("Ape-X: range of the exponent", Min = 0, MidRun = true)]
    public double ApeXExponent { get; init; } = 7;

    [Option("Softmax: temperature", Min = 0, MinExcluded = true, MidRun = true)]
    public double Temperature { get; init; } = 0.03;

    /// <summary>Whether length and delay are counted in episodes, in a run that is or is not.</summary>
    public bool CountsEpisodes(bool runDoes) => Episodes > 0 || (Fraction > 0 && runDoes);
}
