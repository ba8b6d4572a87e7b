using FastDqn.Core;

namespace FastDqn.Learning;

/// <summary>
/// An algorithm of the DQN family as a choice of parts. <see cref="Presets"/> has the published ones; a run changes single
/// fields with <c>with</c>. <see cref="Validate"/> refuses what does not go together.
/// </summary>
public sealed record AlgorithmSpec
{
    /// <summary>Name of the preset that this started from; default dqn-nature.</summary>
    public string Name { get; init; } = "dqn-nature";

    public BodySpec Body { get; init; } = new();

    public HeadSpec Head { get; init; } = new();

    public TargetSpec Target { get; init; } = new();

    public LossSpec Loss { get; init; } = new();

    public OptimizerSpec Optimizer { get; init; } = new();

    public ExplorationSpec Exploration { get; init; } = new();

    public ReplaySpec Replay { get; init; } = new();

    public ScheduleSpec Schedule { get; init; } = new();

    /// <summary>Set for algorithms that learn from rollouts (<see cref="PqnLearner"/>); null for replay (<see cref="DqnLearner"/>).</summary>
    public RolloutSpec? Rollout { get; init; }

    public AtariProtocol Protocol { get; init; } = new();

    /// <summary>Throws <see cref="ErrorKind.Usage"/> with the field, its value and what is allowed.</summary>
    public void Validate()
    {
        Require(Body.Kind != BodyKind.Mlp || Body.Widths.All(w => w is > 0 and <= 65536), "body.widths", string.Join(',', Body.Widths), "widths from 1 to 65536");
        Require(Body.Scale is > 0 and <= 16, "body.scale", Body.Scale, "1 to 16");
        Require(Body.Hidden is >= 0 and <= 65536, "body.hidden", Body.Hidden, "0 to 65536");
        Require(Body.MaxPoolSide is >= 0 and <= 11, "body.max_pool_side", Body.MaxPoolSide, "0 (off) to 11");
        Require(Body.Norm != NormKind.Batch || Body.Kind == BodyKind.Conv5x5, "body.norm", Body.Norm, "batch only with body.kind conv5x5");
        Require(
            Body.Bias || (Body.Kind != BodyKind.Impala && !Head.Noisy && Head.Kind != HeadKind.ImplicitQuantile),
            "body.bias",
            Body.Bias,
            "true with body.kind impala, noisy heads and implicit quantiles");
        Require(!Body.SamePadding || Body.Kind is not (BodyKind.Mlp or BodyKind.Impala), "body.same_padding", Body.SamePadding, $"false with body.kind {Body.Kind}");
        Require(Head.Hidden is > 0 and <= 65536, "head.hidden", Head.Hidden, "1 to 65536");
        Require(Head.Atoms is > 1 and <= 4096, "head.atoms", Head.Atoms, "2 to 4096");
        Require(Head.MinValue < Head.MaxValue, "head.min_value", Head.MinValue, $"a number below head.max_value ({Head.MaxValue})");
        Require(Head.Quantiles is > 0 and <= 4096, "head.quantiles", Head.Quantiles, "1 to 4096");
        Require(Head.OnlineTaus is > 0 and <= 1024, "head.online_taus", Head.OnlineTaus, "1 to 1024");
        Require(Head.TargetTaus is > 0 and <= 1024, "head.target_taus", Head.TargetTaus, "1 to 1024");
        Require(Head.ActingTaus is > 0 and <= 1024, "head.acting_taus", Head.ActingTaus, "1 to 1024");
        Require(Head.CosineEmbedding is > 0 and <= 1024, "head.cosine_embedding", Head.CosineEmbedding, "1 to 1024");
        Require(Head.NoisySigma >= 0, "head.noisy_sigma", Head.NoisySigma, "0 or more");
        Require(Target.Gamma is >= 0 and <= 1, "target.gamma", Target.Gamma, "0 to 1");
        Require(Target.Steps is > 0 and <= 64, "target.steps", Target.Steps, "1 to 64");
        Require(Target.PeriodEpisodes >= 0, "target.period_episodes", Target.PeriodEpisodes, "1 or more, or 0 (the target is copied by updates)");
        Require(Target.Period >= 0 && (Target.Period == 0) == (Target.PeriodEpisodes > 0), "target.period", Target.Period, PeriodRule());
        Require(Target.Tau is > 0 and <= 1, "target.tau", Target.Tau, "above 0, at most 1");
        Require(Target.MunchausenTau > 0, "target.munchausen_tau", Target.MunchausenTau, "above 0");
        Require(Target.MunchausenClip <= 0, "target.munchausen_clip", Target.MunchausenClip, "0 or less");
        Require(Target.MunchausenAlpha is >= 0 and <= 1, "target.munchausen_alpha", Target.MunchausenAlpha, "0 to 1");
        Require(!Target.Munchausen || Head.Kind != HeadKind.Categorical, "target.munchausen", true, "false with head.kind categorical");
        Require(Loss.Kappa > 0, "loss.kappa", Loss.Kappa, "above 0");
        Require(Loss.MaxGradientNorm >= 0, "loss.max_gradient_norm", Loss.MaxGradientNorm, "0 (never) or more");
        Require(Optimizer.LearningRate > 0, "optimizer.learning_rate", Optimizer.LearningRate, "above 0");
        Require(Optimizer.Epsilon >= 0, "optimizer.epsilon", Optimizer.Epsilon, "0 or more");
        Require(Optimizer.Beta1 is >= 0 and < 1, "optimizer.beta1", Optimizer.Beta1, "0 to below 1");
        Require(Optimizer.Beta2 is >= 0 and < 1, "optimizer.beta2", Optimizer.Beta2, "0 to below 1");
        Require(Optimizer.Alpha is >= 0 and < 1, "optimizer.alpha", Optimizer.Alpha, "0 to below 1");
        Require(Optimizer.Momentum is >= 0 and < 1, "optimizer.momentum", Optimizer.Momentum, "0 to below 1");
        Require(
            !Optimizer.Nesterov || Optimizer is { Kind: OptimizerKind.Sgd, Momentum: > 0 },
            "optimizer.nesterov",
            Optimizer.Nesterov,
            "false but with optimizer.kind sgd and optimizer.momentum above 0");
        Require(Exploration.Start is >= 0 and <= 1, "exploration.start", Exploration.Start, "0 to 1");
        Require(Exploration.End is >= 0 and <= 1, "exploration.end", Exploration.End, "0 to 1");
        Require(Exploration.Fraction is >= 0 and <= 1, "exploration.fraction", Exploration.Fraction, "0 to 1");
        Require(Exploration.Steps > 0, "exploration.steps", Exploration.Steps, "1 or more");
        Require(Exploration.Temperature > 0, "exploration.temperature", Exploration.Temperature, "above 0");
        Require(Exploration.Kind != ExplorationKind.Piecewise || Exploration.Points.Count > 0, "exploration.points", "none", "at least one point");
        for (var i = 0; i < Exploration.Points.Count; i++)
        {
            var (step, epsilon) = Exploration.Points[i];
            var above = i == 0 ? -1 : Exploration.Points[i - 1].Step;
            Require(step > above, $"exploration.points: step {i + 1}", step, $"above {above} (agent steps from 0 on, ascending)");
            Require(epsilon is >= 0 and <= 1, $"exploration.points: epsilon {i + 1}", epsilon, "0 to 1");
        }

        Require(Schedule.BatchSize is > 0 and <= 65536, "schedule.batch_size", Schedule.BatchSize, "1 to 65536");
        Require(Schedule.StepsPerUpdate > 0, "schedule.steps_per_update", Schedule.StepsPerUpdate, "1 or more");
        Require(Schedule.WarmUp >= 0, "schedule.warm_up", Schedule.WarmUp, "0 or more");
        Require(Schedule.Environments is > 0 and <= 65536, "schedule.environments", Schedule.Environments, "1 to 65536");
        Require(Replay.Capacity > 0, "replay.capacity", Replay.Capacity, "1 or more");
        Require(Replay.Alpha is >= 0 and <= 1, "replay.alpha", Replay.Alpha, "0 to 1");
        Require(
            Replay.BetaStart >= 0 && Replay.BetaStart <= Replay.BetaEnd,
            "replay.beta_start",
            Replay.BetaStart,
            $"0 to replay.beta_end ({Replay.BetaEnd})");
        Require(Replay.BetaEnd is >= 0 and <= 1, "replay.beta_end", Replay.BetaEnd, "0 to 1");
        Require((Rollout is null) == (Replay.Kind != ReplayKind.None), "replay.kind", Replay.Kind, "none exactly with a rollout part");
        if (Rollout is null)
            return;
        Require(Head.Kind == HeadKind.Expected, "head.kind", Head.Kind, "expected when learning from rollouts");
        Require(!Head.Noisy, "head.noisy", true, "false when learning from rollouts (a rollout is learned from without noise)");
        Require(Rollout.Steps is > 0 and <= 65536, "rollout.steps", Rollout.Steps, "1 to 65536");
        Require(Rollout.Lambda is >= 0 and <= 1, "rollout.lambda", Rollout.Lambda, "0 to 1");
        Require(Rollout.Epochs > 0, "rollout.epochs", Rollout.Epochs, "1 or more");
        Require(
            Rollout.Minibatches > 0 && (long)Rollout.Steps * Schedule.Environments % Rollout.Minibatches == 0,
            "rollout.minibatches",
            Rollout.Minibatches,
            "a divisor of rollout.steps x schedule.environments");
    }

    private string PeriodRule() => Target.PeriodEpisodes > 0
        ? $"0 with target.period_episodes {Target.PeriodEpisodes} (a target network is copied by updates or by episodes, not by both)"
        : "1 or more (0 only with target.period_episodes)";

    private static void Require<T>(bool holds, string field, T value, string allowed)
    {
        if (!holds)
            throw new FastDqnException(ErrorKind.Usage, $"{field} is {value}; it must be {allowed}");
    }
}
