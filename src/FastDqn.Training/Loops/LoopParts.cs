using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Loops;

/// <summary>What every loop is given.</summary>
public sealed record LoopParts(
    AlgorithmSpec Spec, NetworkInput Input, string Device, RunCounters Counters, EpisodeTracker Tracker, StageTimes Times,
    Action<Episode> EpisodeEnded)
{
    /// <summary>Threads that compute an update, the learner's own counted.</summary>
    public int LearnerThreads { get; init; } = 1;

    /// <summary>How the learner works on a GPU.</summary>
    public LearnerSettings Learner { get; init; } = new();

    /// <summary>Page-locks the batches, which travel to a GPU; null where the learner is on the CPU.</summary>
    public IPinnedMemoryRegistrar? Registrar { get; init; }

    /// <summary>Asked for exploring actions once learning has begun; null: they are drawn.</summary>
    public IAdviser? Adviser { get; init; }
}

/// <summary>What the environments of a run are reset with.</summary>
internal static class EnvironmentSeed
{
    /// <summary>A reset in the middle of a run must not play the first episodes again.</summary>
    public static ulong Of(TrainConfig config, RunCounters counters) =>
        RandomStream.DeriveSeed((ulong)config.Run.Seed, "environments", unchecked((int)counters.Steps));
}

/// <summary>An <see cref="Actor"/> as a part of the state.</summary>
internal sealed class ActorState(Actor actor) : IStateful
{
    public void Save(StateWriter writer) => actor.Save(writer);

    public void Load(StateReader reader) => actor.Load(reader);
}

/// <summary>The rewards and ends that the learner sees, made of the raw ones.</summary>
internal sealed class RewardShaper(TrainConfig config, int count)
{
    private readonly TrainOptions _options = config.Train;
    private readonly bool _lifeEnds = config.Train.LifeLossTerminal || config.Env.LifeLoss == AtariLifeLoss.Terminal;
    private readonly float[] _rewards = new float[count];

    public ReadOnlySpan<float> Shape(StepResult step)
    {
        for (var i = 0; i < count; i++)
        {
            var reward = step.Rewards[i];
            _rewards[i] = _options.Reward switch
            {
                "clip" => Math.Clamp(reward, -1, 1),
                "sign" => Math.Sign(reward),
                _ => reward,
            };
            if (_options.TerminalRewardZero && step.Terminated[i] != 0)
                _rewards[i] = 0;
        }

        return _rewards;
    }

    /// <summary>1 where the learner sees an end though the episode goes on.</summary>
    public ReadOnlySpan<byte> Terminal(StepResult step) => _lifeEnds ? step.LifeLost : [];
}
