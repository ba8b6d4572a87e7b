using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Training.Configuration;

/// <summary>
/// Goes between the options and <see cref="AlgorithmSpec"/>, whose records are sections of the options.
/// </summary>
public static class Algorithms
{
    /// <summary>The sections and options that an algorithm preset decides.</summary>
    private static readonly HashSet<string> Decided = new(StringComparer.Ordinal)
    {
        "body", "head", "target", "loss", "optimizer", "exploration", "replay", "augment", "self_prediction", "reset",
        "schedule", "rollout",
        "env.count", "env.frame_skip", "env.stack", "env.sticky", "env.noop_max", "env.fire_reset", "env.full_actions", "env.max_frames",
        "env.pixels", "train.life_loss_terminal", "train.reward", "eval.epsilon",
    };

    /// <summary>The specification that a configuration describes.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: parts that do not go together, or a rule of
    /// the user's own that was not given.</exception>
    public static AlgorithmSpec ToSpec(TrainConfig config)
    {
        var spec = Parts(config);
        var own = config.Own ?? new Extensions();
        return spec with
        {
            HeadRule = own.Heads.Create(spec.Head.Rule, spec.Head.RuleOptions),
            TargetRule = own.TargetRules.Create(spec.Target.Rule, spec.Target.RuleOptions),
            LossRule = own.Losses.Create(spec.Loss.Rule, spec.Loss.RuleOptions),
        };
    }

    /// <summary>The specification without the user's own code, which reading a run's options does not need.</summary>
    internal static AlgorithmSpec Parts(TrainConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var spec = new AlgorithmSpec
        {
            Name = config.Algorithm.Name,
            Body = config.Body,
            Head = config.Head,
            Target = config.Target,
            Loss = config.Loss,
            Optimizer = config.Optimizer,
            Exploration = config.Exploration,
            Replay = config.Replay,
            Augment = config.Augment,
            SelfPrediction = config.SelfPrediction,
            Reset = config.Reset,
            Schedule = config.Schedule,
            Rollout = config.Replay.Kind == ReplayKind.None ? config.Rollout : null,
            Environments = config.Env.Count,
        };
        spec.Validate();
        return spec;
    }

    /// <summary>The option values that a specification stands for.</summary>
    public static IReadOnlyDictionary<string, object> ToValues(AlgorithmSpec spec)
    {
        var config = ToConfig(spec);
        return ConfigSchema.Keys.Where(key => Decided.Contains(key.Section) || Decided.Contains(key.Name))
            .ToDictionary(key => key.Name, key => ConfigSchema.Read(config, key)!, StringComparer.Ordinal);
    }

    /// <summary>
    /// The values of the algorithm preset that <paramref name="set"/> chooses, and its name for the run.
    /// </summary>
    internal static Dictionary<string, object> PresetValues(IReadOnlyDictionary<string, object> set)
    {
        var name = set.TryGetValue("algorithm.name", out var chosen) ? (string)chosen : new AlgorithmOptions().Name;
        return new Dictionary<string, object>(ToValues(AlgorithmPresets.Get(name)), StringComparer.Ordinal) { ["run.name"] = name };
    }

    private static TrainConfig ToConfig(AlgorithmSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var protocol = spec.Protocol;
        return new TrainConfig
        {
            Body = spec.Body,
            Head = spec.Head,
            Target = spec.Target,
            Loss = spec.Loss,
            Optimizer = spec.Optimizer,
            Exploration = spec.Exploration,
            Replay = spec.Replay,
            Augment = spec.Augment,
            SelfPrediction = spec.SelfPrediction,
            Reset = spec.Reset,
            Schedule = spec.Schedule,
            Rollout = spec.Rollout ?? new RolloutSpec(),
            Env = new EnvironmentOptions
            {
                Count = spec.Environments,
                Atari = new AtariOptions
                {
                    FrameSkip = protocol.FrameSkip,
                    Stack = protocol.Stack,
                    Sticky = protocol.StickyActions,
                    NoopMax = protocol.NoOpMax,
                    FireReset = protocol.FireReset,
                    FullActions = protocol.FullActionSet,
                    MaxFrames = protocol.MaxEpisodeFrames,
                    Pixels = protocol.Pixels,
                },
            },
            Train = new TrainOptions
            {
                LifeLossTerminal = protocol.TerminalOnLifeLoss,
                Reward = protocol.ClipRewards ? RewardKind.Clip : RewardKind.Raw,
            },
            Eval = new EvalOptions { Epsilon = protocol.EvaluationEpsilon },
        };
    }
}
