using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Training.Configuration;

namespace FastDqn.Training;

/// <summary>Makes the environments that a configuration describes.</summary>
public static class EnvironmentBinding
{
    /// <summary>The environments that the agent learns in.</summary>
    /// <param name="config">The run's options.</param>
    /// <param name="cores">Threads that step them where the options leave it open; 0: one for each core of this process.</param>
    public static IVectorEnvironment ForTraining(TrainConfig config, int cores = 0)
    {
        ArgumentNullException.ThrowIfNull(config);
        // A termination while the game goes on is the learner's alone: RewardShaper makes it of the lost life.
        var env = config.Env.LifeLoss == AtariLifeLoss.Terminal ? config.Env with { LifeLoss = AtariLifeLoss.Ignore } : config.Env;
        return EnvironmentFactory.Create(Options(env, cores));
    }

    /// <summary>Environments for whole games: a lost life never ends one.</summary>
    public static IVectorEnvironment ForEvaluation(TrainConfig config, EvalProtocol protocol, int episodes, int cores = 0)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(protocol);
        return EnvironmentFactory.Create(Options(protocol.Apply(config.Env) with { LifeLoss = AtariLifeLoss.Ignore, Count = Math.Clamp(episodes, 1, 8) }, cores));
    }

    /// <summary>
    /// The same configuration for any folder and any place of its ROM: paths are whole, the game and its MD5 are named.
    /// </summary>
    public static TrainConfig Pin(TrainConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var pinned = EnvironmentFactory.Pin(Options(config.Env, cores: 1));
        var env = config.Env with { Name = pinned.Name, Rom = pinned.Rom, RomDir = pinned.RomDir, RomMd5 = pinned.RomMd5 };
        return config with { Env = env };
    }

    /// <summary>What a network sees of these environments: the stack times the channels first, then rows and columns.</summary>
    public static NetworkInput InputOf(ObservationSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var kind = spec.Type == ObservationType.UInt8 ? ObservationKind.UInt8 : ObservationKind.Float32;
        IReadOnlyList<int> shape = spec.Shape.Count switch
        {
            2 => [spec.StackDepth, spec.Shape[0], spec.Shape[1]],
            3 => [spec.StackDepth * spec.Shape[0], spec.Shape[1], spec.Shape[2]],
            _ => [spec.StackDepth * spec.FrameElements],
        };
        return new NetworkInput(kind, shape);
    }

    private static EnvironmentOptions Options(EnvOptions env, int cores) => new()
    {
        Name = env.Name,
        Count = env.Count,
        Rom = env.Rom,
        RomDir = env.RomDir,
        RomMd5 = env.RomMd5,
        Atari = new AtariOptions
        {
            Backend = env.Backend,
            Threads = env.Threads > 0 ? env.Threads : cores,
            FrameSkip = env.FrameSkip,
            Stack = env.Stack,
            RepeatActionProbability = (float)env.Sticky,
            NoopMax = env.NoopMax,
            FireReset = env.FireReset,
            Rules = env.Rules,
            LifeLoss = env.LifeLoss,
            FullActionSet = env.FullActions,
            MaxFrames = checked((int)Math.Min(env.MaxFrames, int.MaxValue)),
            Mode = env.Mode < 0 ? null : env.Mode,
            Difficulty = env.Difficulty < 0 ? null : env.Difficulty,
            Pixels = env.Pixels,
        },
    };
}
