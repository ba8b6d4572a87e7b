using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Training.Configuration;
using FastDqn.Training.Loops;

namespace FastDqn.Training.Tests;

/// <summary>The rewards and ends that the learner sees.</summary>
public sealed class RewardShaperTests
{
    private readonly StepResult _step = new(4);

    /// <summary>The episode goes on; it ends; it is cut; a life is lost.</summary>
    public RewardShaperTests()
    {
        Array.Fill(_step.Rewards, 3);
        (_step.Terminated[1], _step.Truncated[2], _step.LifeLost[3]) = (1, 1, 1);
    }

    [Theory]
    [InlineData(RewardKind.Raw, false, false, "3 3 3 3")]
    [InlineData(RewardKind.Clip, false, true, "1 1 1 1")]
    [InlineData(RewardKind.Raw, true, false, "3 0 3 3")]
    [InlineData(RewardKind.Raw, true, true, "3 0 0 3")]
    public void RewardsAreShapedAndThoseOfEndsReplaced(RewardKind kind, bool zero, bool limitEnds, string rewards)
    {
        var options = new TrainOptions { Reward = kind, TerminalRewardZero = zero, TimeLimitTerminal = limitEnds };
        Assert.Equal(rewards, string.Join(' ', Shaper(options).Shape(_step).ToArray()));
    }

    [Theory]
    [InlineData(false, false, AtariLifeLoss.Ignore, "")]
    [InlineData(true, false, AtariLifeLoss.Ignore, "0 0 0 1")]
    [InlineData(false, false, AtariLifeLoss.Terminal, "0 0 0 1")]
    [InlineData(false, true, AtariLifeLoss.Ignore, "0 0 1 0")]
    [InlineData(true, true, AtariLifeLoss.Ignore, "0 0 1 1")]
    public void TheLearnerSeesTheEndsThatItIsToldToSee(bool lifeEnds, bool limitEnds, AtariLifeLoss lifeLoss, string ends)
    {
        var options = new TrainOptions { LifeLossTerminal = lifeEnds, TimeLimitTerminal = limitEnds };
        Assert.Equal(ends, string.Join(' ', Shaper(options, lifeLoss).Terminal(_step).ToArray()));
    }

    private static RewardShaper Shaper(TrainOptions options, AtariLifeLoss lifeLoss = AtariLifeLoss.Ignore)
    {
        var config = new TrainConfig { Train = options };
        return new RewardShaper(config with { Env = config.Env with { Atari = config.Env.Atari with { LifeLoss = lifeLoss } } }, 4);
    }
}
