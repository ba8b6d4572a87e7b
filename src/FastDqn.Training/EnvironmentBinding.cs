using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Training.Configuration;

namespace FastDqn.Training;

/// <summary>Makes the environments that a configuration describes.</summary>
public static class EnvironmentBinding
{
    /// <summary>The environments that the agent learns in.</summary>
    /// <param name="config">The run's options.</param>
    /// <param name="cores">Threads that step them where the options leave it open; 0: one for each core of this
    /// process.</param>
    public static IVectorEnvironment ForTraining(TrainConfig config, int cores = 0)
    {
        ArgumentNullException.ThrowIfNull(config);
        // A termination while the game goes on is the learner's alone: RewardShaper makes it of the lost life.
        var env = config.Env.Atari.LifeLoss == AtariLifeLoss.Terminal ? IgnoringLives(config.Env) : config.Env;
        return EnvironmentFactory.Create(WithThreads(env, cores), config.Own?.Environments);
    }

    /// <summary>Environments for whole games: a lost life never ends one.</summary>
    public static IVectorEnvironment ForEvaluation(TrainConfig config, EvalProtocol protocol, int episodes, int cores = 0)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(protocol);
        var env = IgnoringLives(protocol.Apply(config.Env)) with { Count = Math.Clamp(episodes, 1, 8) };
        return EnvironmentFactory.Create(WithThreads(env, cores), config.Own?.Environments);
    }

    /// <summary>
    /// The same configuration for any folder and any place of its ROM: paths are whole, the game and its MD5 are named.
    /// </summary>
    public static TrainConfig Pin(TrainConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config with { Env = EnvironmentFactory.Pin(config.Env, config.Own?.Environments) };
    }

    /// <summary>
    /// What a network sees of these environments: the stack times the channels first, then rows and columns.
    /// </summary>
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

    private static EnvironmentOptions IgnoringLives(EnvironmentOptions env) =>
        env with { Atari = env.Atari with { LifeLoss = AtariLifeLoss.Ignore } };

    private static EnvironmentOptions WithThreads(EnvironmentOptions env, int cores) =>
        env.Atari.Threads > 0 ? env : env with { Atari = env.Atari with { Threads = cores } };
}
