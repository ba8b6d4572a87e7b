using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>
/// The network predicts its own features of the steps to come (Schwarzer et al. 2021, SPR): options
/// <c>self_prediction.*</c>.
/// </summary>
public sealed record SelfPredictionSpec
{
    /// <summary>K of the paper.</summary>
    [Option("Steps that the network predicts its features ahead, beside learning values; 0: none", Unit = "agent steps", Min = 0, Max = 64)]
    public int Steps { get; init; }

    /// <summary>The error of a transition is its mean over the steps, masked ones counted as 0.</summary>
    [Option("Weight of the predictions' error beside that of the values", Min = 0, MinExcluded = true)]
    public double Weight { get; init; } = 5;

    /// <summary>1 - tau of the paper.</summary>
    [Option(
        "Share of the online parameters mixed at each update into the momentum encoder, whose features are predicted; 1: the online "
        + "network's are", Min = 0, MinExcluded = true, Max = 1)]
    public double Tau { get; init; } = 1;

    [Option("Batch norm between the two convolutions of the transition model")]
    public bool BatchNorm { get; init; }
}
