using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>The error function: options <c>loss.*</c>.</summary>
public sealed record LossSpec
{
    /// <summary>The categorical head has its own (cross entropy), quantile heads use Huber's kappa.</summary>
    [Option("Error function of the TD error")]
    public LossKind Kind { get; init; } = LossKind.Huber;

    [Option("Where Huber turns linear", Min = 0, MinExcluded = true, MidRun = true)]
    public double Kappa { get; init; } = 1;

    [Option("Gradient norm above which the gradient is scaled down; 0: never", Min = 0, MidRun = true)]
    public double MaxGradientNorm { get; init; }

    /// <summary>
    /// With RMSProp's epsilon inside the root it matters: Nature's 0.01 stands for 0.01 / 32^2 under a mean.
    /// </summary>
    [Option("The gradient is the batch's sum instead of its mean, as in the Nature code")]
    public bool SumOverBatch { get; init; }

    /// <summary>The papers sum over the online fractions and average over the target's.</summary>
    [Option("Average quantile losses over the online fractions too")]
    public bool MeanOverOnlineTaus { get; init; }

    [Option("Loss of your own that takes the place of loss.kind (--assembly; docs/your-own-code.md); empty: none")]
    public string Rule { get; init; } = "";

    [Option("Options of loss.rule: name=value, separated by commas")]
    public string RuleOptions { get; init; } = "";
}
