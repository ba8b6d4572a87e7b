using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>The optimizer: options <c>optimizer.*</c>.</summary>
public sealed record OptimizerSpec
{
    [Option("Optimizer")]
    public OptimizerKind Kind { get; init; } = OptimizerKind.Adam;

    [Option("Learning rate", Min = 0, MinExcluded = true, MidRun = true)]
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>CleanRL's PQN does.</summary>
    [Option("Lower the rate linearly to zero over the run", FollowsLengthAt = "true")]
    public bool AnnealLearningRate { get; init; }

    [Option("Adam's first decay", Min = 0, Max = 1, MaxExcluded = true, MidRun = true)]
    public double Beta1 { get; init; } = 0.9;

    [Option("Adam's second decay", Min = 0, Max = 1, MaxExcluded = true, MidRun = true)]
    public double Beta2 { get; init; } = 0.999;

    [Option("Added to the divisor", Min = 0, MidRun = true)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>L2 for Adam, RMSProp and SGD, decoupled for AdamW.</summary>
    [Option("Weight decay", Min = 0, MidRun = true)]
    public double WeightDecay { get; init; }

    [Option("RMSProp's smoothing of the squared gradient", Min = 0, Max = 1, MaxExcluded = true, MidRun = true)]
    public double Alpha { get; init; } = 0.99;

    /// <summary>0 in PyTorch and in the Nature code, 1 in TensorFlow 1.</summary>
    [Option("What RMSProp's mean square starts at", Min = 0)]
    public double SquareStart { get; init; }

    /// <summary>
    /// Nature's "gradient momentum" of 0.95 is the smoothing of the mean gradient: <see cref="Centered"/>.
    /// </summary>
    [Option("Momentum of RMSProp and SGD", Min = 0, Max = 1, MaxExcluded = true)]
    public double Momentum { get; init; }

    /// <summary>The step looks one momentum ahead.</summary>
    [Option("SGD's momentum is Nesterov's")]
    public bool Nesterov { get; init; }

    [Option("RMSProp divides by the variance instead of the second moment")]
    public bool Centered { get; init; }
}
