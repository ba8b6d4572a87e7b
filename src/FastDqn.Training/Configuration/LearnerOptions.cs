using FastDqn.Learning;

namespace FastDqn.Training.Configuration;

/// <summary>
/// Which algorithm. The sections below it mirror <see cref="AlgorithmSpec"/> field by field and start from the chosen
/// preset's values (<see cref="Algorithms"/>).
/// </summary>
public sealed record AlgorithmOptions
{
    [Option("Algorithm preset that body, head, target, loss, optimizer, exploration, replay, schedule and rollout start from (docs/algorithms.md)")]
    public string Name { get; init; } = "dqn-nature";
}

/// <summary>The network's body.</summary>
public sealed record BodyOptions
{
    [Option("Layers between the observation and the head")]
    public BodyKind Kind { get; init; } = BodyKind.Nature;

    [Option("Widths of the MLP's hidden layers (body.kind mlp)")]
    public int[] Widths { get; init; } = [120, 84];

    [Option("Multiplier of IMPALA's channels", Min = 1, Max = 16)]
    public int Scale { get; init; } = 1;

    [Option("Width of IMPALA's fully connected layer; 0: none", Min = 0, Max = 65536)]
    public int Hidden { get; init; } = 256;

    [Option("Side of IMPALA's adaptive max-pool; 0: none", Min = 0, Max = 11)]
    public int MaxPoolSide { get; init; }

    [Option("Spectral normalisation of IMPALA's residual convolutions")]
    public bool SpectralNorm { get; init; }

    [Option("Normalisation of the body")]
    public NormKind Norm { get; init; } = NormKind.None;

    [Option("How weights start")]
    public InitKind Init { get; init; } = InitKind.TorchDefault;

    [Option("Convolutions and fully connected layers, the head's too, have biases")]
    public bool Bias { get; init; } = true;

    [Option("Convolutions pad with zeros, so that stride s gives one s-th of each side (TensorFlow's SAME)")]
    public bool SamePadding { get; init; }
}

/// <summary>The network's head.</summary>
public sealed record HeadOptions
{
    [Option("What is estimated of the return")]
    public HeadKind Kind { get; init; } = HeadKind.Expected;

    [Option("Separate value and advantage streams")]
    public bool Dueling { get; init; }

    [Option("Factorised noisy layers")]
    public bool Noisy { get; init; }

    [Option("First noise of noisy layers, times 1/sqrt(fan in)", Min = 0)]
    public double NoisySigma { get; init; } = 0.5;

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

    [Option("Fractions sampled for the online estimate (implicit quantiles)", Min = 1, Max = 1024)]
    public int OnlineTaus { get; init; } = 64;

    [Option("Fractions sampled for the target", Min = 1, Max = 1024)]
    public int TargetTaus { get; init; } = 64;

    [Option("Fractions sampled for acting", Min = 1, Max = 1024)]
    public int ActingTaus { get; init; } = 32;

    [Option("Cosines that embed a fraction", Min = 1, Max = 1024)]
    public int CosineEmbedding { get; init; } = 64;
}

/// <summary>What is learned towards.</summary>
public sealed record TargetOptions
{
    [Option("Discount per agent step", Min = 0, Max = 1)]
    public double Gamma { get; init; } = 0.99;

    [Option("Steps of reward before bootstrapping (n-step)", Unit = "agent steps", Min = 1, Max = 64)]
    public int Steps { get; init; } = 1;

    [Option("The online network chooses the next action, the target network values it (Double DQN)")]
    public bool Double { get; init; }

    [Option("Bootstrap from a target network; false: from the online one")]
    public bool UseTargetNetwork { get; init; } = true;

    [Option("Updates between target copies; 0: counted in episodes (target.period_episodes)", Unit = "updates", Min = 0)]
    public int Period { get; init; } = 2500;

    [Option("Finished training episodes, of all environments together, between target copies; needs target.period=0; 0: counted in updates", Unit = "episodes", Min = 0)]
    public int PeriodEpisodes { get; init; }

    [Option("Share of the online parameters mixed into the target at each copy; 1: a copy", Min = 0, MinExcluded = true, Max = 1)]
    public double Tau { get; init; } = 1;

    [Option("Munchausen reward and soft values")]
    public bool Munchausen { get; init; }

    [Option("Munchausen: weight of the scaled log-policy", Min = 0, Max = 1)]
    public double MunchausenAlpha { get; init; } = 0.9;

    [Option("Munchausen: temperature", Min = 0, MinExcluded = true)]
    public double MunchausenTau { get; init; } = 0.03;

    [Option("Munchausen: lower clip of the scaled log-policy", Max = 0)]
    public double MunchausenClip { get; init; } = -1;
}

/// <summary>The error function.</summary>
public sealed record LossOptions
{
    [Option("Error function of the TD error")]
    public LossKind Kind { get; init; } = LossKind.Huber;

    [Option("Where Huber turns linear", Min = 0, MinExcluded = true)]
    public double Kappa { get; init; } = 1;

    [Option("Gradient norm above which the gradient is scaled down; 0: never", Min = 0)]
    public double MaxGradientNorm { get; init; }

    [Option("The gradient is the batch's sum instead of its mean, as in the Nature code")]
    public bool SumOverBatch { get; init; }

    [Option("Average quantile losses over the online fractions too")]
    public bool MeanOverOnlineTaus { get; init; }
}

/// <summary>The optimizer.</summary>
public sealed record OptimizerOptions
{
    [Option("Optimizer")]
    public OptimizerKind Kind { get; init; } = OptimizerKind.Adam;

    [Option("Learning rate", Min = 0, MinExcluded = true)]
    public double LearningRate { get; init; } = 1e-4;

    [Option("Lower the rate linearly to zero over the run")]
    public bool AnnealLearningRate { get; init; }

    [Option("Adam's first decay", Min = 0, Max = 1, MaxExcluded = true)]
    public double Beta1 { get; init; } = 0.9;

    [Option("Adam's second decay", Min = 0, Max = 1, MaxExcluded = true)]
    public double Beta2 { get; init; } = 0.999;

    [Option("Added to the divisor", Min = 0)]
    public double Epsilon { get; init; } = 1e-8;

    [Option("Weight decay", Min = 0)]
    public double WeightDecay { get; init; }

    [Option("RMSProp's smoothing of the squared gradient", Min = 0, Max = 1, MaxExcluded = true)]
    public double Alpha { get; init; } = 0.99;

    [Option("Momentum of RMSProp and SGD", Min = 0, Max = 1, MaxExcluded = true)]
    public double Momentum { get; init; }

    [Option("SGD's momentum is Nesterov's")]
    public bool Nesterov { get; init; }

    [Option("RMSProp divides by the variance instead of the second moment")]
    public bool Centered { get; init; }
}

/// <summary>How actions are chosen while training.</summary>
public sealed record ExplorationOptions
{
    [Option("Exploration schedule")]
    public ExplorationKind Kind { get; init; } = ExplorationKind.Linear;

    [Option("First epsilon", Min = 0, Max = 1)]
    public double Start { get; init; } = 1;

    [Option("Last epsilon", Min = 0, Max = 1)]
    public double End { get; init; } = 0.1;

    [Option("Length of the schedule, summed over environments", Unit = "agent steps", Min = 1)]
    public long Steps { get; init; } = 250_000;

    [Option("Length as a share of the run, instead of exploration.steps; 0: not used", Min = 0, Max = 1)]
    public double Fraction { get; init; }

    [Option("Steps before the schedule begins", Unit = "agent steps", Min = 0)]
    public long Delay { get; init; }

    [Option("Piecewise schedule: agent step, epsilon, agent step, epsilon, ...; steps ascend", Schedule = true)]
    public double[] Points { get; init; } = [];

    [Option("Ape-X: base of the environments' epsilons", Min = 0, Max = 1)]
    public double ApeXBase { get; init; } = 0.4;

    [Option("Ape-X: range of the exponent", Min = 0)]
    public double ApeXExponent { get; init; } = 7;

    [Option("Softmax: temperature", Min = 0, MinExcluded = true)]
    public double Temperature { get; init; } = 0.03;
}

/// <summary>The replay memory.</summary>
public sealed record ReplayOptions
{
    [Option("How transitions are drawn; none: learning from rollouts")]
    public ReplayKind Kind { get; init; } = ReplayKind.Uniform;

    [Option("Transitions kept", Unit = "transitions", Min = 1)]
    public long Capacity { get; init; } = 1_000_000;

    [Option("Exponent of the priorities", Min = 0, Max = 1)]
    public double Alpha { get; init; } = 0.5;

    [Option("First exponent of the importance weights", Min = 0, Max = 1)]
    public double BetaStart { get; init; } = 0.4;

    [Option("Last exponent of the importance weights", Min = 0, Max = 1)]
    public double BetaEnd { get; init; } = 1;

    [Option("Added to every priority", Min = 0, MinExcluded = true, Max = 1)]
    public double Epsilon { get; init; } = 1e-6;
}

/// <summary>When updates happen.</summary>
public sealed record ScheduleOptions
{
    [Option("Transitions in a minibatch", Unit = "transitions", Min = 1, Max = 65536)]
    public int BatchSize { get; init; } = 32;

    [Option("Steps that fill the replay memory before the first update, and again where a run goes on without the memory it had", Unit = "agent steps", Min = 0)]
    public long WarmUp { get; init; } = 50_000;

    [Option("Steps from one update to the next, summed over environments", Unit = "agent steps", Min = 1)]
    public int StepsPerUpdate { get; init; } = 4;
}

/// <summary>Learning from rollouts (PQN).</summary>
public sealed record RolloutOptions
{
    [Option("Steps of each environment in a rollout", Unit = "agent steps", Min = 1, Max = 65536)]
    public int Steps { get; init; } = 32;

    [Option("Lambda of Q(lambda)", Min = 0, Max = 1)]
    public double Lambda { get; init; } = 0.65;

    [Option("Passes over a rollout", Unit = "passes", Min = 1, Max = 64)]
    public int Epochs { get; init; } = 2;

    [Option("Minibatches of a pass", Unit = "minibatches", Min = 1, Max = 65536)]
    public int Minibatches { get; init; } = 32;
}
