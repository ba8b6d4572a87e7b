using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>
/// Parameters that are drawn anew now and then, wholly or in part (Nikishin et al. 2022; D'Oro et al. 2023): options
/// <c>reset.*</c>.
/// </summary>
public sealed record ResetSpec
{
    [Option("Updates from one reset to the next; 0: there are none", Unit = "updates", Min = 0)]
    public long Period { get; init; }

    /// <summary>So that the last one leaves time to recover.</summary>
    [Option("Updates after which no reset follows; 0: there is no such end", Unit = "updates", Min = 0)]
    public long Last { get; init; }

    /// <summary>Shrink and perturb (Ash and Adams 2020): share x old + (1 - share) x fresh.</summary>
    [Option(
        "Share of the old parameters that the body and the transition model keep, fresh ones have the rest; 1: they stay", Min = 0,
        Max = 1)]
    public double BodyKept { get; init; } = 0.8;

    [Option("The same of the head and of the predictions' last layer", Min = 0, Max = 1)]
    public double HeadKept { get; init; }

    [Option("The optimizer starts anew, too")]
    public bool Optimizer { get; init; } = true;
}
