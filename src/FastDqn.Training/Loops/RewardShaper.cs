using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Loops;

/// <summary>The rewards and ends that the learner sees, made of the raw ones.</summary>
internal sealed class RewardShaper(TrainConfig config, int count)
{
    private readonly TrainOptions _options = config.Train;
    private readonly bool _lifeEnds = config.Train.LifeLossTerminal || config.Env.Atari.LifeLoss == AtariLifeLoss.Terminal;
    private readonly bool _limitEnds = config.Train.TimeLimitTerminal;
    private readonly float[] _rewards = new float[count];
    private readonly byte[] _terminal = new byte[count];

    public ReadOnlySpan<float> Shape(StepResult step)
    {
        for (var i = 0; i < count; i++)
        {
            var reward = step.Rewards[i];
            _rewards[i] = _options.Reward switch
            {
                RewardKind.Clip => Math.Clamp(reward, -1, 1),
                RewardKind.Sign => Math.Sign(reward),
                _ => reward,
            };
            if (_options.TerminalRewardZero && (step.Terminated[i] != 0 || (_limitEnds && step.Truncated[i] != 0)))
                _rewards[i] = 0;
        }

        return _rewards;
    }

    /// <summary>Not 0 where the learner sees an end though the episode goes on, or was only cut.</summary>
    public ReadOnlySpan<byte> Terminal(StepResult step)
    {
        if (!_limitEnds)
            return _lifeEnds ? step.LifeLost : [];
        for (var i = 0; i < count; i++)
            _terminal[i] = (byte)(step.Truncated[i] | (_lifeEnds ? step.LifeLost[i] : 0));
        return _terminal;
    }
}
