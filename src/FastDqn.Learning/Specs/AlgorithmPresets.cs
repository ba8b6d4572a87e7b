using FastDqn.Core;
using FastDqn.Learning.Networks;

namespace FastDqn.Learning.Specs;

/// <summary>
/// The published algorithms with their source's values; docs/algorithms.md has the table, the sources and every
/// difference. Periods are in updates and agent steps as the fields say; a source's frames are divided by its frame
/// skip of 4.
/// </summary>
public static class AlgorithmPresets
{
    private static readonly AlgorithmSpec Nature = new();

    private static readonly AtariProtocol Dopamine = new()
    {
        StickyActions = 0.25,
        TerminalOnLifeLoss = false,
        NoOpMax = 0,
        Pixels = "dopamine",
        MaxEpisodeFrames = 108_000,
        EvaluationEpsilon = 0.001,
    };

    /// <summary>Dopamine, labs/atari_100k: its runner and what its configurations say of Atari.</summary>
    private static readonly AtariProtocol DopamineAtari100k = Dopamine with { StickyActions = 0, TerminalOnLifeLoss = true, NoOpMax = 30 };

    /// <summary>Yarats et al. 2021; the intensity as in Schwarzer et al. 2021 and in Dopamine.</summary>
    private static readonly AugmentSpec DrqAugmentation = new() { Shift = 4, Intensity = 0.05 };

    private static readonly AtariProtocol DeepMind = new() { EvaluationEpsilon = 0.001 };

    private static readonly AtariProtocol CleanRl = new() { FireReset = true, Pixels = "cleanrl" };

    private static readonly Dictionary<string, Func<AlgorithmSpec>> ByName = new(StringComparer.Ordinal)
    {
        ["dqn-2013"] = Dqn2013,
        ["dqn-nature"] = DqnNature,
        ["dqn-dopamine"] = DqnDopamine,
        ["dqn-cleanrl"] = DqnCleanRl,
        ["double-dueling"] = DoubleDueling,
        ["c51"] = C51,
        ["qr-dqn"] = QrDqn,
        ["iqn"] = Iqn,
        ["rainbow"] = Rainbow,
        ["munchausen-iqn"] = MunchausenIqn,
        ["r2d2"] = R2d2,
        ["der"] = Der,
        ["drq-eps"] = DrqEps,
        ["spr"] = Spr,
        ["sr-spr"] = SrSpr,
        ["pqn"] = Pqn,
        ["btr"] = Btr,
    };

    private static readonly Dictionary<string, string> Descriptions = new(StringComparer.Ordinal)
    {
        ["dqn-2013"] = "the first DQN (Mnih et al. 2013): small network, no target network, an update every step",
        ["dqn-nature"] = "DQN (Mnih et al. 2015): target network, Huber loss, RMSProp",
        ["dqn-dopamine"] = "DQN as Dopamine has it (Castro et al. 2018): Adam, squared loss, sticky actions",
        ["dqn-cleanrl"] = "DQN as CleanRL has it: Adam, squared loss, epsilon over a tenth of the run",
        ["double-dueling"] = "Double DQN with a dueling head (van Hasselt et al., Wang et al. 2016)",
        ["c51"] = "the return's distribution over 51 atoms (Bellemare et al. 2017)",
        ["qr-dqn"] = "the return's distribution as 200 quantiles (Dabney et al. 2018)",
        ["iqn"] = "implicit quantiles (Dabney et al. 2018)",
        ["rainbow"] = "double, dueling, noisy, C51, 3-step returns, prioritised replay (Hessel et al. 2018)",
        ["r2d2"] = "a recurrent network (LSTM) that learns from stored sequences (Kapturowski et al. 2019); 256 environments",
        ["der"] = "data-efficient Rainbow: an update every step, 20-step returns, a small network (van Hasselt et al. 2019); Atari 100k",
        ["drq-eps"] = "Double DQN on randomly shifted images, an update every step (Yarats et al. 2021, Agarwal et al. 2021); Atari 100k",
        ["spr"] = "Rainbow that predicts its own features on shifted images (Schwarzer et al. 2021); Atari 100k",
        ["sr-spr"] = "the same without noise, with 8 updates a step and resets (D'Oro et al. 2023); Atari 100k",
        ["munchausen-iqn"] = "implicit quantiles with the Munchausen reward (Vieillard et al. 2020)",
        ["pqn"] = "no replay memory: rollouts of 128 environments, Q(lambda), LayerNorm (Gallici et al. 2024)",
        ["btr"] = "Beyond The Rainbow (Clark et al. 2024): IMPALA network, implicit quantiles, 64 environments",
    };

    /// <summary>All names, in the order of their publication.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>
    /// The preset called <paramref name="name"/>; <see cref="ErrorKind.Usage"/> with all names when there is none.
    /// </summary>
    public static AlgorithmSpec Get(string name) => ByName.TryGetValue(name, out var make)
        ? make() with { Name = name }
        : throw new FastDqnException(
            ErrorKind.Usage,
            $"algorithm '{name}' is unknown{NearestMatch.Hint(name, ByName.Keys)} (there are {string.Join(", ", ByName.Keys)})");

    /// <summary>What the preset called <paramref name="name"/> is, in a line.</summary>
    public static string Describe(string name) => Descriptions[name];

    /// <summary>Mnih et al. 2013; what the paper leaves open is Nature's, without a target network.</summary>
    private static AlgorithmSpec Dqn2013() => Nature with
    {
        Body = new BodySpec { Kind = BodyKind.Dqn2013 },
        Target = new TargetSpec { UseTargetNetwork = false },
        Loss = new LossSpec { Kind = LossKind.MeanSquared, SumOverBatch = true },
        Optimizer = NatureRmsProp(),
        Exploration = new ExplorationSpec { End = 0.1, Steps = 250_000 },
        Schedule = new ScheduleSpec { WarmUp = 12_500, StepsPerUpdate = 1 },
        Protocol = new AtariProtocol { TerminalOnLifeLoss = true, NoOpMax = 0 },
    };

    /// <summary>
    /// Mnih et al. 2015, extended data table 1, counted as the published code counts (in agent steps).
    /// </summary>
    private static AlgorithmSpec DqnNature() => Nature with
    {
        Optimizer = NatureRmsProp(),
        Loss = new LossSpec { SumOverBatch = true },
        Target = new TargetSpec { Period = 2_500 },
        Exploration = new ExplorationSpec { End = 0.1, Steps = 1_000_000 },
    };

    /// <summary>Castro et al. 2018, dopamine/jax/agents/dqn/configs/dqn.gin.</summary>
    private static AlgorithmSpec DqnDopamine() => Nature with
    {
        Optimizer = new OptimizerSpec { LearningRate = 6.25e-5, Epsilon = 1.5e-4 },
        Target = new TargetSpec { Period = 2_000 },
        Loss = new LossSpec { Kind = LossKind.MeanSquared },
        Exploration = DopamineExploration(),
        Schedule = new ScheduleSpec { WarmUp = 20_000 },
        Protocol = Dopamine,
    };

    /// <summary>CleanRL dqn_atari.py.</summary>
    private static AlgorithmSpec DqnCleanRl() => Nature with
    {
        Optimizer = new OptimizerSpec { LearningRate = 1e-4 },
        Target = new TargetSpec { Period = 250 },
        Loss = new LossSpec { Kind = LossKind.MeanSquared },
        Exploration = new ExplorationSpec { End = 0.01, Fraction = 0.1 },
        Schedule = new ScheduleSpec { WarmUp = 80_000 },
        Protocol = CleanRl,
    };

    /// <summary>
    /// Wang et al. 2016 with van Hasselt et al. 2016: double Q-learning, dueling head, gradient norm 10.
    /// </summary>
    private static AlgorithmSpec DoubleDueling() => Nature with
    {
        Head = new HeadSpec { Dueling = true },
        Target = new TargetSpec { Double = true, Period = 7_500 },
        Loss = new LossSpec { MaxGradientNorm = 10, SumOverBatch = true },
        Optimizer = NatureRmsProp() with { LearningRate = 6.25e-5 },
        Exploration = DeepMindExploration(),
        Protocol = DeepMind,
    };

    /// <summary>Bellemare et al. 2017.</summary>
    private static AlgorithmSpec C51() => Nature with
    {
        Head = new HeadSpec { Kind = HeadKind.Categorical },
        Target = new TargetSpec { Period = 2_500 },
        Optimizer = new OptimizerSpec { LearningRate = 2.5e-4, Epsilon = 0.01 / 32 },
        Exploration = DeepMindExploration(),
        Protocol = DeepMind,
    };

    /// <summary>Dabney et al. 2018a, kappa 1.</summary>
    private static AlgorithmSpec QrDqn() => Nature with
    {
        Head = new HeadSpec { Kind = HeadKind.Quantile },
        Target = new TargetSpec { Period = 2_500 },
        Optimizer = new OptimizerSpec { LearningRate = 5e-5, Epsilon = 0.01 / 32 },
        Exploration = DeepMindExploration(),
        Protocol = DeepMind,
    };

    /// <summary>Dabney et al. 2018b: N = N' = 64, K = 32.</summary>
    private static AlgorithmSpec Iqn() => Nature with
    {
        Head = new HeadSpec { Kind = HeadKind.ImplicitQuantile },
        Target = new TargetSpec { Period = 2_500 },
        Optimizer = new OptimizerSpec { LearningRate = 5e-5, Epsilon = 0.01 / 32 },
        Exploration = DeepMindExploration(),
        Protocol = DeepMind,
    };

    /// <summary>Hessel et al. 2018, table 1.</summary>
    private static AlgorithmSpec Rainbow() => Nature with
    {
        Head = new HeadSpec { Kind = HeadKind.Categorical, Dueling = true, Noisy = true },
        Target = new TargetSpec { Double = true, Steps = 3, Period = 2_000 },
        Loss = new LossSpec { MaxGradientNorm = 10 },
        Optimizer = new OptimizerSpec { LearningRate = 6.25e-5, Epsilon = 1.5e-4 },
        Exploration = new ExplorationSpec { Kind = ExplorationKind.Greedy },
        Replay = new ReplaySpec { Kind = ReplayKind.Prioritized, Alpha = 0.5 },
        Schedule = new ScheduleSpec { WarmUp = 20_000 },
        Protocol = new AtariProtocol { EvaluationEpsilon = 0 },
    };

    /// <summary>
    /// Kapturowski et al. 2019, table 2; what it leaves open is Ape-X's (Horgan et al. 2018). The paper's 256 actors of
    /// 65 steps a second are environments stepped together, its 5 updates a second one in 256 x 13 steps.
    /// </summary>
    private static AlgorithmSpec R2d2() => Nature with
    {
        Body = new BodySpec { Lstm = 512 },
        Head = new HeadSpec { Dueling = true },
        Target = new TargetSpec { Gamma = 0.997, Steps = 5, Double = true, Period = 2_500, Rescale = true },
        Loss = new LossSpec { Kind = LossKind.MeanSquared, MaxGradientNorm = 40 },
        Optimizer = new OptimizerSpec { LearningRate = 1e-4, Epsilon = 1e-3 },
        Exploration = new ExplorationSpec { Kind = ExplorationKind.ApeX },
        Replay = new ReplaySpec { Kind = ReplayKind.Prioritized, Capacity = 4_000_000, Alpha = 0.9, BetaStart = 0.6, BetaEnd = 0.6 },
        Schedule = new ScheduleSpec { BatchSize = 64, WarmUp = 200_000, WarmUpRandom = false, StepsPerUpdate = 3_328 },
        Environments = 256,
        Protocol = new AtariProtocol { TerminalOnLifeLoss = false, ClipRewards = false, EvaluationEpsilon = 0.001 },
    };

    /// <summary>
    /// van Hasselt et al. 2019, data-efficient Rainbow, with the numbers of Kaixhin's Rainbow (its data-efficient
    /// architecture and command); what those leave as it is, is Rainbow's. The memory holds the whole 100,000 steps.
    /// </summary>
    private static AlgorithmSpec Der()
    {
        var rainbow = Rainbow();
        return rainbow with
        {
            Body = new BodySpec { Kind = BodyKind.Composed, Convolutions = [new(32, 5, 5, 5), new(64, 5, 5, 5)], Widths = [256] },
            Head = rainbow.Head with { Hidden = 256 },
            Target = rainbow.Target with { Steps = 20 },
            Optimizer = rainbow.Optimizer with { LearningRate = 1e-4 },
            Replay = rainbow.Replay with { Capacity = 100_000 },
            Schedule = new ScheduleSpec { WarmUp = 1_600, StepsPerUpdate = 1 },
        };
    }

    /// <summary>
    /// Yarats et al. 2021 with the epsilons of Agarwal et al. 2021: Dopamine, labs/atari_100k, DrQ_eps.gin. The network
    /// is that of Dopamine's full Rainbow: padded, Glorot's weights.
    /// </summary>
    private static AlgorithmSpec DrqEps() => Nature with
    {
        Body = new BodySpec { Padding = Padding.Same, Init = InitKind.Glorot },
        Head = new HeadSpec { Dueling = true },
        Target = new TargetSpec { Double = true, Steps = 10, Period = 1 },
        Optimizer = new OptimizerSpec { LearningRate = 1e-4, Epsilon = 1.5e-4 },
        Exploration = new ExplorationSpec { End = 0.01, Steps = 5_000, Delay = 1_600 },
        Replay = new ReplaySpec { Capacity = 100_000 },
        Augment = DrqAugmentation,
        Schedule = new ScheduleSpec { WarmUp = 1_600, StepsPerUpdate = 1 },
        Protocol = DopamineAtari100k,
    };

    /// <summary>
    /// Schwarzer et al. 2021, by the code published with it (mila-iqia/spr, scripts/run.py with augmentation,
    /// src/models.py and src/utils.py).
    /// </summary>
    private static AlgorithmSpec Spr()
    {
        var rainbow = Rainbow();
        return rainbow with
        {
            Body = new BodySpec { Renormalize = true },
            Head = rainbow.Head with { Hidden = 256 },
            Target = new TargetSpec { Double = true, Steps = 10, Period = 1 },
            Optimizer = rainbow.Optimizer with { LearningRate = 1e-4 },
            Replay = rainbow.Replay with { Capacity = 100_000 },
            Augment = DrqAugmentation,
            SelfPrediction = new SelfPredictionSpec { Steps = 5, BatchNorm = true },
            Schedule = new ScheduleSpec { WarmUp = 2_000, StepsPerUpdate = 1, UpdatesPerRound = 2 },
            Protocol = new AtariProtocol { EvaluationEpsilon = 0.001 },
        };
    }

    /// <summary>
    /// D'Oro et al. 2023, by SR_SPR.gin of the code of Schwarzer et al. 2023 (google-research, bigger_better_faster).
    /// Resets end where fewer than 40,000 updates would follow in 100,000 steps.
    /// </summary>
    private static AlgorithmSpec SrSpr() => Nature with
    {
        Body = new BodySpec { Padding = Padding.Same, Init = InitKind.Glorot, Renormalize = true },
        Head = new HeadSpec { Kind = HeadKind.Categorical, Dueling = true },
        Target = new TargetSpec { Double = true, Steps = 10, Period = 1, Tau = 0.005, Acts = true },
        Optimizer = new OptimizerSpec { LearningRate = 1e-4, Epsilon = 1.5e-4 },
        Exploration = new ExplorationSpec { End = 0, Steps = 2_001, Delay = 2_000 },
        Replay = new ReplaySpec { Kind = ReplayKind.Prioritized, Capacity = 100_000, Alpha = 0.5, BetaStart = 0.5, BetaEnd = 0.5 },
        Augment = DrqAugmentation,
        SelfPrediction = new SelfPredictionSpec { Steps = 5, Tau = 0.005 },
        Reset = new ResetSpec { Period = 40_000, Last = 744_000 },
        Schedule = new ScheduleSpec { WarmUp = 2_000, StepsPerUpdate = 1, UpdatesPerRound = 8 },
        Protocol = DopamineAtari100k,
    };

    /// <summary>Vieillard et al. 2020, table 1, on Dopamine's IQN.</summary>
    private static AlgorithmSpec MunchausenIqn() => Nature with
    {
        Head = new HeadSpec { Kind = HeadKind.ImplicitQuantile },
        Target = new TargetSpec { Munchausen = true, Period = 2_000 },
        Optimizer = new OptimizerSpec { LearningRate = 5e-5, Epsilon = 3.125e-4 },
        Exploration = DopamineExploration(),
        Schedule = new ScheduleSpec { WarmUp = 20_000 },
        Protocol = Dopamine,
    };

    /// <summary>Gallici et al. 2024: 128 environments x 32 steps.</summary>
    private static AlgorithmSpec Pqn() => Nature with
    {
        Body = new BodySpec { Norm = NormKind.Layer, Init = InitKind.He },
        Loss = new LossSpec { Kind = LossKind.MeanSquared, MaxGradientNorm = 10 },
        Optimizer = new OptimizerSpec { Kind = OptimizerKind.RAdam, LearningRate = 2.5e-4 },
        Exploration = new ExplorationSpec { End = 0.001, Fraction = 0.1 },
        Replay = new ReplaySpec { Kind = ReplayKind.None },
        Schedule = new ScheduleSpec { WarmUp = 0, StepsPerUpdate = 1 },
        Rollout = new RolloutSpec(),
        Environments = 128,
        Protocol = new AtariProtocol { EvaluationEpsilon = 0 },
    };

    /// <summary>Clark et al. 2024, Beyond The Rainbow, table of hyperparameters.</summary>
    private static AlgorithmSpec Btr() => Nature with
    {
        Body = new BodySpec { Kind = BodyKind.Impala, Scale = 2, MaxPoolSide = 6, SpectralNorm = true },
        Head = new HeadSpec
        {
            Kind = HeadKind.ImplicitQuantile,
            Dueling = true,
            Noisy = true,
            OnlineTaus = 8,
            TargetTaus = 8,
            ActingTaus = 8,
        },
        Target = new TargetSpec { Gamma = 0.997, Steps = 3, Munchausen = true, Period = 500 },
        Loss = new LossSpec { MaxGradientNorm = 10 },
        Optimizer = new OptimizerSpec { LearningRate = 1e-4, Epsilon = 0.005 / 256 },
        // From the middle of 200 million frames on, noise alone explores.
        Exploration = new ExplorationSpec
        {
            Kind = ExplorationKind.Piecewise,
            Points = [(0, 1), (2_000_000, 0.01), (25_000_000, 0.01), (25_000_001, 0)],
        },
        Replay = new ReplaySpec { Kind = ReplayKind.Prioritized, Capacity = 1_048_576, Alpha = 0.2 },
        Schedule = new ScheduleSpec { BatchSize = 256, WarmUp = 200_000, StepsPerUpdate = 64 },
        Environments = 64,
        Protocol = new AtariProtocol { StickyActions = 0.25, NoOpMax = 0, EvaluationEpsilon = 0.01 },
    };

    private static OptimizerSpec NatureRmsProp() => new()
    {
        Kind = OptimizerKind.RmsPropTf,
        LearningRate = 0.00025,
        Alpha = 0.95,
        Epsilon = 0.01,
        Centered = true,
    };

    private static ExplorationSpec DeepMindExploration() => new() { End = 0.01, Steps = 1_000_000 };

    private static ExplorationSpec DopamineExploration() => new() { End = 0.01, Steps = 250_000, Delay = 20_000 };
}
