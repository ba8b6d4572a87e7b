namespace FastDqn.Learning;

/// <summary>The network's body.</summary>
public sealed record BodySpec
{
    /// <summary>Which body; default <see cref="BodyKind.Nature"/>.</summary>
    public BodyKind Kind { get; init; } = BodyKind.Nature;

    /// <summary>Widths of the MLP's hidden layers; default CleanRL's 120, 84. Other bodies ignore it.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [120, 84];

    /// <summary>IMPALA only: multiplies the channels of every stage; default 1 (the "large" net of Espeholt et al. is 1).</summary>
    public int Scale { get; init; } = 1;

    /// <summary>IMPALA only: width of the fully connected layer; default 256; 0 leaves it out (a head with hidden layers follows).</summary>
    public int Hidden { get; init; } = 256;

    /// <summary>IMPALA only: side of an adaptive max-pool before the fully connected layer (BTR: 6); default 0, none.</summary>
    public int MaxPoolSide { get; init; }

    /// <summary>IMPALA only: spectral normalisation of the residual convolutions, one power iteration an update (BTR); default false.</summary>
    public bool SpectralNorm { get; init; }

    /// <summary>Normalisation; default none. <see cref="NormKind.Batch"/> goes with <see cref="BodyKind.Conv5x5"/> only.</summary>
    public NormKind Norm { get; init; } = NormKind.None;

    /// <summary>Initialisation of body and head; default PyTorch's.</summary>
    public InitKind Init { get; init; } = InitKind.TorchDefault;

    /// <summary>False leaves the biases of all convolutions and fully connected layers out, the head's too; default true. Not for IMPALA and noisy or IQN heads.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>
    /// Zeros around the planes, so that a convolution of stride s gives one s-th of each side (TensorFlow's SAME); default false. The strides must divide the
    /// sides. IMPALA pads by itself.
    /// </summary>
    public bool SamePadding { get; init; }
}

/// <summary>The network's head.</summary>
public sealed record HeadSpec
{
    /// <summary>What is estimated; default the mean.</summary>
    public HeadKind Kind { get; init; } = HeadKind.Expected;

    /// <summary>Separate value and advantage streams (Wang et al. 2016); default false.</summary>
    public bool Dueling { get; init; }

    /// <summary>Factorised noisy linear layers (Fortunato et al. 2018); default false.</summary>
    public bool Noisy { get; init; }

    /// <summary>sigma0 of noisy layers: sigma starts at sigma0 / sqrt(fan in); default 0.5.</summary>
    public double NoisySigma { get; init; } = 0.5;

    /// <summary>
    /// Width of the hidden layer inside the head. With a dueling or noisy head this layer takes the place of the body's own fully
    /// connected one (each stream has its own); default 512. Plain heads use the body's and ignore it.
    /// </summary>
    public int Hidden { get; init; } = 512;

    /// <summary>Atoms of C51; default 51.</summary>
    public int Atoms { get; init; } = 51;

    /// <summary>Lowest atom; default -10.</summary>
    public double MinValue { get; init; } = -10;

    /// <summary>Highest atom; default 10.</summary>
    public double MaxValue { get; init; } = 10;

    /// <summary>Quantiles of QR-DQN; default 200.</summary>
    public int Quantiles { get; init; } = 200;

    /// <summary>IQN: fractions sampled for the online estimate (N); default 64.</summary>
    public int OnlineTaus { get; init; } = 64;

    /// <summary>IQN: fractions sampled for the target (N'); default 64.</summary>
    public int TargetTaus { get; init; } = 64;

    /// <summary>IQN: fractions sampled for acting (K); default 32.</summary>
    public int ActingTaus { get; init; } = 32;

    /// <summary>IQN: cosines of the fraction's embedding; default 64.</summary>
    public int CosineEmbedding { get; init; } = 64;
}

/// <summary>What is learned towards.</summary>
public sealed record TargetSpec
{
    /// <summary>Discount of the future; default 0.99.</summary>
    public double Gamma { get; init; } = 0.99;

    /// <summary>Steps of reward before bootstrapping; default 1. Replay sums them.</summary>
    public int Steps { get; init; } = 1;

    /// <summary>The online network chooses the next action, the target network values it (van Hasselt et al. 2016); default false.</summary>
    public bool Double { get; init; }

    /// <summary>False bootstraps from the online network itself (the ablation that must fail); default true.</summary>
    public bool UseTargetNetwork { get; init; } = true;

    /// <summary>Updates between target copies; default 2,500 (Nature's 10,000 / 4). 0: counted in episodes, <see cref="PeriodEpisodes"/>.</summary>
    public int Period { get; init; } = 2500;

    /// <summary>Finished training episodes between target copies, all environments together; default 0: counted in updates, <see cref="Period"/>.</summary>
    public int PeriodEpisodes { get; init; }

    /// <summary>Share of the online parameters mixed into the target at each copy; 1 copies (default), below 1 mixes every <see cref="Period"/> updates.</summary>
    public double Tau { get; init; } = 1;

    /// <summary>Munchausen reward (Vieillard et al. 2020); default false. Replaces the max by the soft value.</summary>
    public bool Munchausen { get; init; }

    /// <summary>Weight of the scaled log-policy; default 0.9.</summary>
    public double MunchausenAlpha { get; init; } = 0.9;

    /// <summary>Temperature of the policy; default 0.03.</summary>
    public double MunchausenTau { get; init; } = 0.03;

    /// <summary>Lower clip of tau log pi (l0); default -1.</summary>
    public double MunchausenClip { get; init; } = -1;
}

/// <summary>The error function.</summary>
public sealed record LossSpec
{
    /// <summary>Which; default Huber. The categorical head has its own (cross entropy), quantile heads use Huber's kappa.</summary>
    public LossKind Kind { get; init; } = LossKind.Huber;

    /// <summary>Where Huber turns linear; default 1.</summary>
    public double Kappa { get; init; } = 1;

    /// <summary>Gradient norm above which the gradient is scaled down; default 0, never.</summary>
    public double MaxGradientNorm { get; init; }

    /// <summary>
    /// The gradient is the batch's sum instead of its mean. The Nature code has it so, and with RMSProp's epsilon inside the root it matters:
    /// its 0.01 stands for 0.01 / 32^2 under a mean. Default false.
    /// </summary>
    public bool SumOverBatch { get; init; }

    /// <summary>IQN's and QR-DQN's losses sum over the online fractions and average over the target's (the papers); true averages over both.</summary>
    public bool MeanOverOnlineTaus { get; init; }
}

/// <summary>The optimizer.</summary>
public sealed record OptimizerSpec
{
    /// <summary>Which; default Adam.</summary>
    public OptimizerKind Kind { get; init; } = OptimizerKind.Adam;

    /// <summary>Learning rate; default 1e-4.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>True lowers the rate linearly to zero over the run (CleanRL's PQN); default false.</summary>
    public bool AnnealLearningRate { get; init; }

    /// <summary>Adam's beta1; default 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Adam's beta2; default 0.999.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Epsilon; default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Weight decay: L2 for Adam, RMSProp and SGD, decoupled for AdamW; default 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>RMSProp's smoothing of the squared gradient; default 0.99.</summary>
    public double Alpha { get; init; } = 0.99;

    /// <summary>Momentum of RMSProp and SGD; default 0. (Nature's 0.95 "gradient momentum" is the smoothing of the mean gradient: <see cref="Centered"/>.)</summary>
    public double Momentum { get; init; }

    /// <summary>SGD's momentum is Nesterov's: the step looks one momentum ahead; default false.</summary>
    public bool Nesterov { get; init; }

    /// <summary>RMSProp divides by the variance instead of the second moment; default false.</summary>
    public bool Centered { get; init; }
}

/// <summary>How actions are chosen while training.</summary>
public sealed record ExplorationSpec
{
    /// <summary>Which schedule; default linear.</summary>
    public ExplorationKind Kind { get; init; } = ExplorationKind.Linear;

    /// <summary>First epsilon; default 1.</summary>
    public double Start { get; init; } = 1;

    /// <summary>Last epsilon; default 0.1.</summary>
    public double End { get; init; } = 0.1;

    /// <summary>Length of the schedule in agent steps (summed over environments); default 250,000 (1 million frames at 4 frames a step).</summary>
    public long Steps { get; init; } = 250_000;

    /// <summary>Length as a share of the run, used instead of <see cref="Steps"/> when above 0; default 0.</summary>
    public double Fraction { get; init; }

    /// <summary>Agent steps before the schedule begins (epsilon = start until then); default 0.</summary>
    public long Delay { get; init; }

    /// <summary>Piecewise schedule: (agent step, epsilon) points, steps ascending.</summary>
    public IReadOnlyList<(long Step, double Epsilon)> Points { get; init; } = [];

    /// <summary>Ape-X: epsilon_i = base^(1 + i / (N - 1) * exponent); base 0.4.</summary>
    public double ApeXBase { get; init; } = 0.4;

    /// <summary>Ape-X: the exponent's range; 7.</summary>
    public double ApeXExponent { get; init; } = 7;

    /// <summary>Softmax: temperature; default 0.03.</summary>
    public double Temperature { get; init; } = 0.03;

    /// <summary>The source's epsilon while evaluating, for <c>eval.epsilon</c>; default 0.05.</summary>
    public double Evaluation { get; init; } = 0.05;
}

/// <summary>What is kept and how it is drawn.</summary>
public sealed record ReplaySpec
{
    /// <summary>Which; default uniform.</summary>
    public ReplayKind Kind { get; init; } = ReplayKind.Uniform;

    /// <summary>Transitions kept; default 1,000,000.</summary>
    public long Capacity { get; init; } = 1_000_000;

    /// <summary>Exponent of the priorities (alpha); default 0.5.</summary>
    public double Alpha { get; init; } = 0.5;

    /// <summary>First exponent of the importance weights (beta); default 0.4.</summary>
    public double BetaStart { get; init; } = 0.4;

    /// <summary>Last exponent, reached at the end of the run; default 1.</summary>
    public double BetaEnd { get; init; } = 1;

    /// <summary>Added to every priority; default 1e-6.</summary>
    public double Epsilon { get; init; } = 1e-6;
}

/// <summary>When updates happen. All counts are agent steps (summed over environments) unless said.</summary>
public sealed record ScheduleSpec
{
    /// <summary>Transitions of a minibatch; default 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Agent steps before the first update; default 50,000.</summary>
    public long WarmUp { get; init; } = 50_000;

    /// <summary>Agent steps from one update to the next; default 4.</summary>
    public int StepsPerUpdate { get; init; } = 4;

    /// <summary>Environments stepped together; default 1.</summary>
    public int Environments { get; init; } = 1;

    /// <summary>Frames of the source's whole run (200 million for most papers).</summary>
    public long Frames { get; init; } = 200_000_000;
}

/// <summary>Learning from rollouts (PQN); null in specs that learn from replay.</summary>
public sealed record RolloutSpec
{
    /// <summary>Agent steps an environment and rollout; default 32.</summary>
    public int Steps { get; init; } = 32;

    /// <summary>Lambda of Q(lambda); default 0.65.</summary>
    public double Lambda { get; init; } = 0.65;

    /// <summary>Passes over a rollout; default 2.</summary>
    public int Epochs { get; init; } = 2;

    /// <summary>Minibatches a pass; default 32.</summary>
    public int Minibatches { get; init; } = 32;
}

/// <summary>The source's way of running Atari: for the environment and pixel parts, which may be told otherwise.</summary>
public sealed record AtariProtocol
{
    /// <summary>Frames an action is repeated; default 4.</summary>
    public int FrameSkip { get; init; } = 4;

    /// <summary>Frames in a stack; default 4.</summary>
    public int Stack { get; init; } = 4;

    /// <summary>Chance that the previous action is repeated instead, per frame; default 0 (0.25 in Machado et al. 2018).</summary>
    public double StickyActions { get; init; }

    /// <summary>A lost life ends the episode for learning; default true.</summary>
    public bool TerminalOnLifeLoss { get; init; } = true;

    /// <summary>Most no-op actions at the start; default 30.</summary>
    public int NoOpMax { get; init; } = 30;

    /// <summary>Press FIRE at the start where the game has it (SB3, CleanRL); default false.</summary>
    public bool FireReset { get; init; }

    /// <summary>Rewards clipped to -1..1 for learning; default true.</summary>
    public bool ClipRewards { get; init; } = true;

    /// <summary>All 18 actions instead of the game's minimal set; default false.</summary>
    public bool FullActionSet { get; init; }

    /// <summary>Frames after which an episode is cut; default 108,000 (30 minutes).</summary>
    public int MaxEpisodeFrames { get; init; } = 108_000;

    /// <summary>Name of the pixel preset (ale, dopamine, nature, sb3, cleanrl, ...); default nature.</summary>
    public string Pixels { get; init; } = "nature";
}
