using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning.Specs;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Tests;

/// <summary>The tutorials' presets come to the tutorials' values, spelled here as their sources have them.</summary>
public sealed class TutorialPresetTests
{
    public static TheoryData<string, string[]> Sources => new()
    {
        {
            "breakout-tutorial",
            [
                // BreakoutDeterministic-v4, FIRE at a reset, frames as Pillow resizes them, the first one repeated.
                "env.name=breakout", "env.count=1", "env.frame_skip=4", "env.sticky=0", "env.full_actions=false", "env.stack=4",
                "env.rules=gym", "env.noop_max=0", "env.fire_reset=true", "env.pixels=pillow-nearest", "env.life_loss=ignore",
                "body.convolutions=[16 8x8/4, 32 4x4/2]", "body.widths=[256]", "body.activation=relu", "body.padding=valid",
                "body.input=unit", "body.init=glorot", "body.bias=true", "head.kind=expected", "head.dueling=false", "head.activation=none",
                "loss.kind=huber", "loss.kappa=1", "loss.sum_over_batch=false", "optimizer.kind=adam", "optimizer.learning_rate=1E-05",
                "optimizer.beta1=0.9", "optimizer.beta2=0.999", "optimizer.epsilon=1E-07", "target.gamma=0.99", "target.steps=1",
                "target.double=false", "target.use_target_network=true", "target.period=10000", "target.tau=1",
                "replay.kind=uniform", "replay.capacity=10000", "replay.replacement=false",
                "schedule.batch_size=32", "schedule.warm_up=1000", "schedule.warm_up_random=true", "schedule.steps_per_update=1",
                "exploration.kind=linear", "exploration.start=1", "exploration.end=0.1", "exploration.steps=1000000", "exploration.delay=0",
                "train.episodes=10", "train.reward=raw", "train.life_loss_terminal=true", "train.hold_after_life=true",
                "train.terminal_reward_zero=false", "train.overlap=false", "log.episodes=true",
            ]
        },
        {
            "cartpole-tutorial",
            [
                "env.name=cartpole-v0", "env.count=1", "body.kind=mlp", "body.widths=[16, 32, 8]", "body.activation=relu",
                "head.activation=none", "body.init=normal(0.35)", "body.bias=true", "loss.kind=mean_squared", "loss.sum_over_batch=false",
                "optimizer.kind=rms_prop_tf", "optimizer.learning_rate=0.0001", "optimizer.alpha=0.9", "optimizer.epsilon=1E-10",
                "optimizer.square_start=1", "optimizer.centered=false", "optimizer.momentum=0",
                "target.gamma=0.9", "target.steps=1", "target.use_target_network=false", "replay.kind=uniform", "replay.capacity=30000",
                "replay.replacement=false", "schedule.batch_size=32", "schedule.warm_up=1000", "schedule.warm_up_random=false",
                "schedule.steps_per_update=1", "exploration.kind=linear", "exploration.start=0.1", "exploration.end=0.1",
                "train.steps=300001", "train.reward=raw", "train.terminal_reward_zero=true", "train.time_limit_terminal=true",
                "train.stop_return=Infinity", "train.overlap=false", "log.loss_every=100", "log.every=1000", "log.films=true",
                "eval.episodes=100", "eval.epsilon=0",
            ]
        },
        {
            "space-invaders-tutorial",
            [
                // SpaceInvaders-v4 under a repeat of 4.
                "env.name=space_invaders", "env.count=1", "env.frame_skip=2..4", "env.sticky=0", "env.full_actions=false", "env.stack=4",
                "env.rules=gym", "env.noop_max=0", "env.fire_reset=false", "env.pixels=tf2-crop160", "train.action_repeat=4",
                "body.convolutions=[16 8x8/4, 32 4x4/2]", "body.padding=same", "body.widths=[256]", "body.activation=relu",
                "head.activation=relu", "body.input=raw", "body.init=glorot", "loss.kind=huber", "loss.kappa=1",
                "loss.sum_over_batch=false", "optimizer.kind=adam", "optimizer.learning_rate=0.001", "optimizer.epsilon=1E-07",
                "target.gamma=0.99", "target.use_target_network=true", "target.period=5", "target.double=false", "target.tau=1",
                "replay.capacity=1000", "schedule.batch_size=32", "schedule.warm_up_episodes=4", "schedule.steps_per_update=16",
                "exploration.start=1", "exploration.end=0.1", "exploration.episodes=16", "exploration.delay_episodes=4",
                "train.episodes=20", "train.reward=raw", "train.life_loss_terminal=false", "train.overlap=false",
            ]
        },
        {
            "cartpole-pixels-tutorial",
            [
                "env.name=cartpole-pixels-rgb-v0", "body.convolutions=[16 20x20/2, 32 9x9/2, 64 5x5/2]", "body.widths=[]",
                "body.norm=batch", "body.activation=leaky_relu(0.01)", "body.padding=valid", "body.init=torch_default", "body.input=unit",
                "head.kind=expected", "head.dueling=false", "head.activation=none", "loss.kind=mean_squared", "optimizer.kind=rms_prop",
                "optimizer.learning_rate=0.0025", "optimizer.alpha=0.99", "optimizer.square_start=0",
                "optimizer.centered=false", "optimizer.momentum=0", "replay.capacity=10000", "train.reward=raw",
            ]
        },
        {
            "gridworld-tutorial",
            [
                "env.name=gridworld", "env.count=1", "body.convolutions=[32 8x8/4, 64 4x4/2, 64 3x3/1, 512 7x7/1]", "body.widths=[256]",
                "body.bias=true", "body.activation=relu", "body.padding=valid", "body.init=glorot", "body.input=raw", "head.dueling=false",
                "head.activation=none", "loss.kind=mean_squared", "loss.sum_over_batch=false", "optimizer.kind=adam",
                "optimizer.learning_rate=0.0001", "optimizer.epsilon=1E-07", "target.gamma=0.99", "target.double=false",
                "target.use_target_network=true", "target.tau=1", "target.period=20", "replay.capacity=50000", "replay.replacement=true",
                "schedule.batch_size=64", "schedule.warm_up_episodes=100", "schedule.warm_up_random=true",
                "schedule.episodes_per_round=5", "schedule.updates_per_round=20", "exploration.kind=linear", "exploration.start=0.6",
                "exploration.end=0.1", "exploration.episodes=1000", "exploration.delay_episodes=101", "train.episodes=10000",
                "train.stop_return=15", "train.stop_episodes=50", "train.reward=raw", "train.time_limit_terminal=false",
                "train.overlap=false", "log.every=2500",
            ]
        },
        {
            "mspacman-tutorial",
            [
                // MsPacman-v0.
                "env.name=ms_pacman", "env.count=1", "env.frame_skip=2..4", "env.sticky=0.25", "env.full_actions=false", "env.stack=1",
                "env.rules=gym", "env.noop_max=0", "env.fire_reset=false", "env.pixels=mspacman88", "body.input=signed",
                "body.convolutions=[32 8x8/4, 64 4x4/2, 64 3x3/1]", "body.padding=same", "body.widths=[512]", "body.init=he",
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Sources))]
    public void APresetHasItsSourcesValues(string name, string[] values)
    {
        var config = Resolve(name);
        Assert.Equal(values, values.Select(value => value.Split('=')[0]).Select(key => $"{key}={Text(config, key)}"));
        Assert.All(values, value => Assert.Null(Relevance.WithoutEffect(config, value.Split('=')[0])?.Why));
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void APresetIsAValidTraining(string name, string[] values)
    {
        Assert.NotEmpty(values);
        var config = Resolve(name);
        Algorithms.ToSpec(config).Validate();
        Assert.True(BuiltInEnvironments.Find(config.Env.Name) is not null || AtariGames.Find(config.Env.Name) is not null);
        Assert.Null(TrainForecast.WhyNoUpdate(config));
    }

    /// <summary>A hundred random episodes, then 0.0005 less after each from the 102nd on.</summary>
    [Theory]
    [InlineData(0, 0.6)]
    [InlineData(101, 0.6)]
    [InlineData(102, 0.5995)]
    [InlineData(1101, 0.1)]
    [InlineData(9999, 0.1)]
    public void TheGridWorldsEpsilonFallsAsItsSourceLetsItFall(long episodes, double epsilon)
    {
        var schedule = new Learning.Exploration.ExplorationSchedule(Resolve("gridworld-tutorial").Exploration, 1, 1, 10_000);
        Assert.Equal(epsilon, schedule.Epsilon(0, 0, episodes), 9);
    }

    /// <summary>Well-known settings of the same games, under names of their own.</summary>
    [Theory]
    [InlineData("breakout-2013", "target.period=10000 optimizer.learning_rate=1E-05 schedule.warm_up=50000 train.steps=10000000")]
    [InlineData("cartpole-exercises", "target.period=500 exploration.steps=20000 optimizer.kind=rms_prop train.steps=150000")]
    [InlineData("space-invaders-nature", "optimizer.learning_rate=0.00025 env.pixels=crop160 schedule.steps_per_update=4")]
    [InlineData("cartpole-pixels-pytorch", "body.kind=conv5x5 body.norm=batch schedule.batch_size=128 target.period_episodes=10")]
    [InlineData("gridworld-juliani", "body.bias=false head.dueling=true target.double=true target.tau=0.001")]
    [InlineData("mspacman-geron", "body.padding=same optimizer.nesterov=true schedule.batch_size=50 env.frame_skip=3")]
    public void WhatElseIsKnownOfTheGamesHasNamesOfItsOwn(string name, string values)
    {
        var config = Resolve(name);
        Assert.Equal(values, string.Join(' ', values.Split(' ').Select(v => v.Split('=')[0]).Select(key => $"{key}={Text(config, key)}")));
    }

    private static string Text(TrainConfig config, string key) => ConfigKey.Format(ConfigSchema.Read(config, ConfigSchema.Get(key)));

    private static TrainConfig Resolve(string name) => new ConfigLayers().UsePreset(ConfigPresets.Get(name)).Resolve();
}
