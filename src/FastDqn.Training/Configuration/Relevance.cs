using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Training.Configuration;

/// <summary>
/// Where options have an effect. One that has none is refused where a user named it, so that nobody waits for it or
/// searches it, and left at its default and out of <c>--print-config</c> where a preset or a lower layer set it.
/// </summary>
public static class Relevance
{
    private static readonly string[] Game = ["env.name", "env.rom"];

    private static readonly Rule[] Rules =
    [
        new(
            [
                "env.backend", "env.frame_skip", "env.stack", "env.pixels", "env.pixel_device", "env.sticky",
                "env.noop_max", "env.fire_reset",
                "env.full_actions", "env.rules", "env.life_loss", "env.max_frames", "env.mode", "env.difficulty",
                "train.life_loss_terminal", "train.hold_after_life",
            ],
            Game, IsAtari, "only Atari games take it"),
        new(
            ["train.life_loss_terminal"],
            ["env.life_loss"], c => c.Env.Atari.LifeLoss == AtariLifeLoss.Ignore, "a lost life ends the episode for the learner already"),
        new(
            ["train.hold_after_life"],
            ["train.life_loss_terminal", "env.life_loss"],
            c => c.Train.LifeLossTerminal || c.Env.Atari.LifeLoss == AtariLifeLoss.Terminal, "a lost life is no end"),
        new(["train.steps"], ["train.episodes"], c => !c.Train.ByEpisodes, "the length is counted in episodes"),
        new(["eval.max_frames"], Game, IsAtari, "only Atari games take it", Kept: true),
        new(
            ["eval.epsilon", "eval.max_frames"],
            ["eval.protocol"],
            c => EvalProtocol.Get(c.Eval.Protocol).Epsilon is null, "the protocol fixes it, custom leaves it open", Kept: true),
        new(
            ["eval.episodes"],
            ["eval.protocol"],
            c => c.Eval.Episodes == 0 || EvalProtocol.Get(c.Eval.Protocol).Steps == 0, "the protocol counts steps", Kept: true),
        new(
            ["learner.graph", "learner.channels_last", "learner.fused_adam", "run.numa"],
            ["run.device"], c => c.Run.Device != DeviceChoice.Cpu, "it is for a GPU", Kept: true),
        new(
            ["learner.precision"],
            ["run.device"],
            c => c.Run.Device != DeviceChoice.Cpu || c.Learner.Precision == LearnerPrecision.Bf16,
            "the CPU computes in float32, or in bf16", Kept: true),
        new(
            ["learner.fused_adam"],
            ["optimizer.kind"], c => c.Optimizer.Kind is OptimizerKind.Adam or OptimizerKind.AdamW, "it is Adam's"),
        new(["run.root"], ["run.dir"], c => c.Run.Dir.Length == 0, "the run folder itself is given"),

        new(["body.convolutions"], ["body.kind"], c => c.Body.Kind == BodyKind.Composed, "only a composed body has convolutions to choose"),
        new(
            ["body.widths"],
            ["body.kind"],
            c => c.Body.Kind is BodyKind.Mlp or BodyKind.Composed, "only mlp and composed bodies have widths to choose"),
        new(
            ["body.padding"],
            ["body.kind"], c => c.Body.Kind is not (BodyKind.Mlp or BodyKind.Impala), "mlp has nothing to pad, impala pads by itself"),
        new(["body.input"], Game, SeesBytes, "it is for bytes, and here floats are seen"),
        new(["body.activation"], ["body.kind"], c => c.Body.Kind != BodyKind.Impala, "impala has ReLU"),
        new(
            ["body.scale", "body.hidden", "body.max_pool_side", "body.spectral_norm"],
            ["body.kind"], c => c.Body.Kind == BodyKind.Impala, "only impala has it"),
        new(
            ["body.hidden"],
            ["head.dueling", "head.noisy", "head.kind"], c => !OwnHidden(c), "the head brings hidden layers of its own (head.hidden)"),
        new(
            ["head.hidden"],
            ["head.dueling", "head.noisy", "head.kind"],
            OwnHidden, "only dueling, noisy and implicit quantile heads have hidden layers of their own"),
        new(
            ["head.dueling", "head.noisy", "head.noisy_sigma", "head.hidden", "head.activation"],
            ["head.rule"], c => c.Head.Rule.Length == 0, "a head of your own takes its place"),
        new(["head.rule_options"], ["head.rule"], c => c.Head.Rule.Length > 0, "there is no head of your own"),
        new(["head.activation"], ["head.kind"], c => c.Head.Kind == HeadKind.Expected, "distributional heads end as their losses need it"),
        new(["head.noisy_sigma"], ["head.noisy"], c => c.Head.Noisy, "only noisy heads have it"),
        new(
            ["head.atoms", "head.min_value", "head.max_value"],
            ["head.kind"], c => c.Head.Kind == HeadKind.Categorical, "only the categorical head has atoms"),
        new(["head.quantiles"], ["head.kind"], c => c.Head.Kind == HeadKind.Quantile, "only the quantile head has quantiles to count"),
        new(
            ["head.online_taus", "head.target_taus", "head.acting_taus", "head.cosine_embedding"],
            ["head.kind"], c => c.Head.Kind == HeadKind.ImplicitQuantile, "only implicit quantiles sample fractions"),

        new(
            [
                "target.steps", "target.double", "target.use_target_network", "target.period", "target.period_episodes", "target.tau",
                "target.acts",
                "target.munchausen", "target.munchausen_alpha", "target.munchausen_tau", "target.munchausen_clip", "loss.sum_over_batch",
                "replay.capacity", "schedule.batch_size", "schedule.warm_up", "schedule.warm_up_episodes", "schedule.warm_up_random",
                "schedule.steps_per_update", "schedule.episodes_per_round", "schedule.updates_per_round", "train.hold_after_life",
                "checkpoint.replay",
            ],
            ["replay.kind"], Replays, "learning from rollouts has neither memory nor target network"),
        new(
            ["schedule.warm_up"],
            ["schedule.warm_up_episodes"], c => c.Schedule.WarmUpEpisodes == 0, "the warm-up is counted in episodes"),
        new(
            ["schedule.steps_per_update"],
            ["schedule.episodes_per_round"], c => c.Schedule.EpisodesPerRound == 0, "updates are counted in episodes"),
        new(
            ["target.double", "target.period", "target.period_episodes", "target.tau", "target.acts"],
            ["target.use_target_network"], c => c.Target.UseTargetNetwork, "there is no target network"),
        new(
            ["target.double"],
            ["target.munchausen"], c => !c.Target.Munchausen, "Munchausen's soft value takes the place of the best action's"),
        new(["target.rescale_epsilon"], ["target.rescale"], c => c.Target.Rescale, "values are not rescaled"),
        new(
            ["target.munchausen_alpha", "target.munchausen_tau", "target.munchausen_clip"],
            ["target.munchausen"], c => c.Target.Munchausen, "it is Munchausen's"),

        new(
            ["target.double", "target.munchausen"],
            ["target.rule"], c => c.Target.Rule.Length == 0, "a rule of your own makes the targets"),
        new(["target.rule_options"], ["target.rule"], c => c.Target.Rule.Length > 0, "there is no rule of your own"),
        new(["loss.rule_options"], ["loss.rule"], c => c.Loss.Rule.Length > 0, "there is no loss of your own"),
        new(["loss.kind", "loss.kappa"], ["loss.rule"], c => c.Loss.Rule.Length == 0, "a loss of your own takes its place"),
        new(["loss.kind"], ["head.kind"], c => c.Head.Kind == HeadKind.Expected, "distributional heads have losses of their own"),
        new(["loss.kappa"], ["head.kind"], c => c.Head.Kind != HeadKind.Categorical, "the categorical head's loss is the cross entropy"),
        new(
            ["loss.kappa"],
            ["loss.kind", "head.kind"],
            c => c.Head.Kind != HeadKind.Expected || c.Loss.Kind == LossKind.Huber, "only the Huber loss turns linear"),
        new(
            ["loss.mean_over_online_taus"],
            ["head.kind"],
            c => c.Head.Kind is HeadKind.Quantile or HeadKind.ImplicitQuantile, "only quantile heads have losses for each fraction"),

        new(
            ["optimizer.beta1", "optimizer.beta2"],
            ["optimizer.kind"], c => c.Optimizer.Kind is OptimizerKind.Adam or OptimizerKind.AdamW or OptimizerKind.RAdam, "it is Adam's"),
        new(["optimizer.epsilon"], ["optimizer.kind"], c => c.Optimizer.Kind != OptimizerKind.Sgd, "it divides by nothing"),
        new(["optimizer.alpha", "optimizer.centered", "optimizer.square_start"], ["optimizer.kind"], IsRmsProp, "it is RMSProp's"),
        new(
            ["optimizer.momentum"],
            ["optimizer.kind"], c => IsRmsProp(c) || c.Optimizer.Kind == OptimizerKind.Sgd, "only RMSProp and SGD take it"),
        new(["optimizer.nesterov"], ["optimizer.kind"], c => c.Optimizer.Kind == OptimizerKind.Sgd, "it is SGD's"),

        new(
            [
                "exploration.start", "exploration.end", "exploration.steps", "exploration.fraction", "exploration.episodes",
                "exploration.delay", "exploration.delay_episodes",
            ],
            ["exploration.kind"],
            c => c.Exploration.Kind is ExplorationKind.Linear or ExplorationKind.Exponential,
            "only linear and exponential schedules have it"),
        new(["exploration.steps"], ["exploration.fraction"], c => c.Exploration.Fraction == 0, "the length is a share of the run"),
        new(["exploration.steps"], ["exploration.episodes"], c => c.Exploration.Episodes == 0, "the length is counted in episodes"),
        new(
            ["exploration.delay"],
            ["exploration.episodes", "exploration.fraction", "train.episodes"], c => !EpsilonByEpisodes(c), "it is counted in episodes"),
        new(
            ["exploration.delay_episodes"],
            ["exploration.episodes", "exploration.fraction", "train.episodes"], EpsilonByEpisodes, "epsilon is counted in steps"),
        new(
            ["exploration.points"],
            ["exploration.kind"], c => c.Exploration.Kind == ExplorationKind.Piecewise, "only the piecewise schedule has points"),
        new(
            ["exploration.ape_x_base", "exploration.ape_x_exponent"],
            ["exploration.kind"], c => c.Exploration.Kind == ExplorationKind.ApeX, "it is Ape-X's"),
        new(["exploration.temperature"], ["exploration.kind"], c => c.Exploration.Kind == ExplorationKind.Softmax, "it is the softmax's"),

        new(
            ["replay.alpha", "replay.beta_start", "replay.beta_end", "replay.epsilon"],
            ["replay.kind"], c => c.Replay.Kind == ReplayKind.Prioritized, "only prioritized memories have it"),
        new(
            ["replay.sequence", "replay.overlap", "replay.burn_in", "replay.eta"],
            ["body.lstm"], c => c.Body.Lstm > 0, "only recurrent networks learn from sequences"),
        new(["replay.eta"], ["replay.kind"], c => c.Replay.Kind == ReplayKind.Prioritized, "only prioritized memories have it"),
        new(["replay.replacement"], ["body.lstm"], c => c.Body.Lstm == 0, "sequences are drawn with replacement"),
        new(["replay.replacement"], ["replay.kind"], c => c.Replay.Kind == ReplayKind.Uniform, "priorities draw with replacement"),
        new(
            ["self_prediction.weight", "self_prediction.tau", "self_prediction.batch_norm"],
            ["self_prediction.steps"], c => c.SelfPrediction.Steps > 0, "nothing is predicted"),
        new(
            ["reset.last", "reset.body_kept", "reset.head_kept", "reset.optimizer"],
            ["reset.period"], c => c.Reset.Period > 0, "nothing is reset"),
        new(
            ["rollout.steps", "rollout.lambda", "rollout.epochs", "rollout.minibatches"],
            ["replay.kind"], c => !Replays(c), "it is for learning from rollouts"),
    ];

    /// <summary>
    /// Options without effect under conditions: <paramref name="Applies"/> says when they have one,
    /// <paramref name="Causes"/> which options decide that. A later evaluation of the run may need those that are
    /// <paramref name="Kept"/>.
    /// </summary>
    private sealed record Rule(string[] Options, string[] Causes, Func<TrainConfig, bool> Applies, string Why, bool Kept = false);

    /// <summary>All options that others' effects depend on.</summary>
    public static IReadOnlyCollection<string> Causes { get; } = Rules.SelectMany(rule => rule.Causes).ToHashSet(StringComparer.Ordinal);

    /// <summary>Why an option has no effect, with the options that decide that; null: it has one.</summary>
    public static (string Why, IReadOnlyList<string> Causes)? WithoutEffect(TrainConfig config, string option) =>
        RuleAgainst(config, option) is { } rule ? ($"{option} has no effect: {rule.Why} ({Values(config, rule)})", rule.Causes) : null;

    /// <summary>Refuses an option without effect that a user named as <paramref name="given"/>.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/> with the reason.</exception>
    public static void Require(TrainConfig config, string option, string given)
    {
        if (WithoutEffect(config, option) is { } inert)
            throw new FastDqnException(ErrorKind.Usage, $"{given}: {inert.Why}");
    }

    /// <summary>Whether a configuration plays an Atari game.</summary>
    public static bool IsAtari(TrainConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Env.Rom.Length > 0
            || (EnvironmentFactory.Find(config.Env.Name, config.Own?.Environments) is null && !OnlyNamed(config));
    }

    /// <summary>What an environment is like that only its name is known of, nobody can say.</summary>
    private static bool OnlyNamed(TrainConfig config) => config.Own?.OnlyNames(config.Env.Name) == true;

    private static bool SeesBytes(TrainConfig config) =>
        IsAtari(config)
        || OnlyNamed(config)
        || EnvironmentFactory.Find(config.Env.Name, config.Own?.Environments)!.Observation.Type == ObservationType.UInt8;

    /// <summary>The options that have no effect and that nothing later can need.</summary>
    internal static IEnumerable<ConfigKey> Inert(TrainConfig config) =>
        ConfigSchema.Keys.Where(key => RuleAgainst(config, key.Name) is { Kept: false });

    private static Rule? RuleAgainst(TrainConfig config, string option) =>
        Rules.FirstOrDefault(rule => rule.Options.Contains(option) && !rule.Applies(config));

    private static string Values(TrainConfig config, Rule rule) => string.Join(", ", rule.Causes
        .Select(cause => (Name: cause, Value: ConfigKey.Format(ConfigSchema.Read(config, ConfigSchema.Get(cause)))))
        .Where(cause => cause.Value.Length > 0)
        .Select(cause => $"{cause.Name} is {cause.Value}"));

    private static bool OwnHidden(TrainConfig config) =>
        config.Head.Rule.Length == 0 && (config.Head.Dueling || config.Head.Noisy || config.Head.Kind == HeadKind.ImplicitQuantile);

    private static bool EpsilonByEpisodes(TrainConfig config) => config.Exploration.CountsEpisodes(config.Train.ByEpisodes);

    private static bool Replays(TrainConfig config) => config.Replay.Kind != ReplayKind.None;

    private static bool IsRmsProp(TrainConfig config) => config.Optimizer.Kind is OptimizerKind.RmsProp or OptimizerKind.RmsPropTf;
}
