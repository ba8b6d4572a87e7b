using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Tests;

/// <summary>The tutorials' presets come to the tutorials' values and name environments that exist.</summary>
public sealed class TutorialPresetTests
{
    [Theory]
    [InlineData("cartpole-tutorial")]
    [InlineData("cartpole-pixels-tutorial")]
    [InlineData("gridworld-tutorial")]
    [InlineData("breakout-tutorial")]
    [InlineData("space-invaders-tutorial")]
    [InlineData("mspacman-tutorial")]
    public void EveryTutorialsPresetIsAValidTraining(string name)
    {
        var config = Resolve(name);
        Algorithms.ToSpec(config).Validate();
        Assert.True(
            BuiltInEnvironments.Find(config.Env.Name) is not null
            || Environments.Atari.AtariGames.Find(config.Env.Name) is not null);
    }

    [Fact]
    public void CartPoleHasTheTutorialsValues()
    {
        var config = Resolve("cartpole-tutorial");
        Assert.Equal([16, 32, 8], config.Body.Widths);
        Assert.Equal((OptimizerKind.RmsProp, 1e-4), (config.Optimizer.Kind, config.Optimizer.LearningRate));
        Assert.Equal(
            (0.9, 30_000, 1000, 32),
            (config.Target.Gamma, config.Replay.Capacity, config.Schedule.WarmUp, config.Schedule.BatchSize));
        Assert.True(config.Train.TerminalRewardZero);
        Assert.Equal(0, config.Exploration.Fraction);
    }

    [Fact]
    public void CartPoleFromPixelsHasTheTutorialsValues()
    {
        var config = Resolve("cartpole-pixels-tutorial");
        Assert.Equal((BodyKind.Conv5x5, NormKind.Batch, LossKind.Huber), (config.Body.Kind, config.Body.Norm, config.Loss.Kind));
        Assert.Equal((128, 0.999, 10_000), (config.Schedule.BatchSize, config.Target.Gamma, config.Replay.Capacity));
        Assert.Equal((0, 10), (config.Target.Period, config.Target.PeriodEpisodes));
        Assert.Equal(
            (ExplorationKind.Exponential, 0.9, 0.05, 200),
            (config.Exploration.Kind, config.Exploration.Start, config.Exploration.End, config.Exploration.Steps));
    }

    [Fact]
    public void TheGridWorldHasTheTutorialsValues()
    {
        var config = Resolve("gridworld-tutorial");
        Assert.True(config.Target.Double && config.Head.Dueling);
        Assert.False(config.Body.Bias);
        Assert.Equal((256, 0.001, 1, 0.99), (config.Head.Hidden, config.Target.Tau, config.Target.Period, config.Target.Gamma));
        Assert.Equal((1e-4, 32, 4), (config.Optimizer.LearningRate, config.Schedule.BatchSize, config.Schedule.StepsPerUpdate));
        Assert.Equal((10_000, 50_000), (config.Schedule.WarmUp, config.Replay.Capacity));
        Assert.Equal(
            (1.0, 0.1, 10_000, 10_000),
            (config.Exploration.Start, config.Exploration.End, config.Exploration.Steps, config.Exploration.Delay));
        Assert.Equal((15, 50), (config.Train.StopReturn, config.Train.StopEpisodes));
    }

    [Fact]
    public void TheAtariTutorialsHaveTheirValues()
    {
        var breakout = Resolve("breakout-tutorial");
        Assert.Equal(
            (BodyKind.Dqn2013, LossKind.Huber, OptimizerKind.Adam, 1e-5),
            (breakout.Body.Kind, breakout.Loss.Kind, breakout.Optimizer.Kind, breakout.Optimizer.LearningRate));
        Assert.Equal(
            (1.0, 0.1, 1_000_000, 10_000),
            (breakout.Exploration.Start, breakout.Exploration.End, breakout.Exploration.Steps, breakout.Target.Period));
        Assert.True(breakout.Train.LifeLossTerminal && breakout.Env.Atari.FireReset && breakout.Log.Episodes);
        var invaders = Resolve("space-invaders-tutorial");
        Assert.Equal(
            ("crop160", 0.00025, 4, 4),
            (invaders.Env.Atari.Pixels, invaders.Optimizer.LearningRate, invaders.Schedule.StepsPerUpdate, invaders.Env.Atari.FrameSkip));
        Assert.Equal((0.95, 0.01), (invaders.Optimizer.Alpha, invaders.Optimizer.Epsilon));
        var mspacman = Resolve("mspacman-tutorial");
        Assert.Equal(
            ("mspacman88", Padding.Same, 50, 10_000),
            (mspacman.Env.Atari.Pixels, mspacman.Body.Padding, mspacman.Schedule.BatchSize, mspacman.Target.Period));
        Assert.Equal((OptimizerKind.Sgd, 0.95, true), (mspacman.Optimizer.Kind, mspacman.Optimizer.Momentum, mspacman.Optimizer.Nesterov));
    }

    private static TrainConfig Resolve(string name) => new ConfigLayers().UsePreset(ConfigPresets.Get(name)).Resolve();
}
