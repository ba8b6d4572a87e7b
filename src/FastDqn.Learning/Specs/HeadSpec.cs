using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>The network's head: options <c>head.*</c>.</summary>
public sealed record HeadSpec
{
    [Option("What is estimated of the return")]
    public HeadKind Kind { get; init; } = HeadKind.Expected;

    /// <summary>Wang et al. 2016.</summary>
    [Option("Separate value and advantage streams")]
    public bool Dueling { get; init; }

    /// <summary>Tutorial T3's Q-values end with ReLU.</summary>
    [Option("Activation of the network's output (head.kind expected)")]
    public Activation Activation { get; init; } = ActivationKind.None;

    /// <summary>Fortunato et al. 2018.</summary>
    [Option("Factorised noisy layers")]
    public bool Noisy { get; init; }

    [Option("First noise of noisy layers, times 1/sqrt(fan in)", Min = 0)]
    public double NoisySigma { get; init; } = 0.5;

    /// <summary>
    /// It takes the place of the body's own fully connected layer, and each stream has its own. Plain heads use the
    /// body's.
    /// </summary>
    [Option("Width of the hidden layer of dueling and noisy heads", Min = 1, Max = 65536)]
    public int Hidden { get; init; } = 512;

    [Option("Atoms of the categorical head", Min = 2, Max = 4096)]
    public int Atoms { get; init; } = 51;

    [Option("Lowest atom", Unit = "return")]
    public double MinValue { get; init; } = -10;

    [Option("Highest atom", Unit = "return")]
    public double MaxValue { get; init; } = 10;

    [Option("Quantiles of the quantile head", Min = 1, Max = 4096)]
    public int Quantiles { get; init; } = 200;

    /// <summary>N of the paper.</summary>
    [Option("Fractions sampled for the online estimate (implicit quantiles)", Min = 1, Max = 1024)]
    public int OnlineTaus { get; init; } = 64;

    /// <summary>N' of the paper.</summary>
    [Option("Fractions sampled for the target", Min = 1, Max = 1024)]
    public int TargetTaus { get; init; } = 64;

    /// <summary>K of the paper.</summary>
    [Option("Fractions sampled for acting", Min = 1, Max = 1024)]
    public int ActingTaus { get; init; } = 32;

    [Option("Cosines that embed a fraction", Min = 1, Max = 1024)]
    public int CosineEmbedding { get; init; } = 64;

    [Option("Head of your own that takes the place of FastDqn's (--assembly; docs/your-own-code.md); empty: none")]
    public string Rule { get; init; } = "";

    [Option("Options of head.rule: name=value, separated by commas")]
    public string RuleOptions { get; init; } = "";
}
