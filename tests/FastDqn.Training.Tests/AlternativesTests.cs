using System.Collections;
using FastDqn.Core;
using FastDqn.Learning.Exploration;
using FastDqn.Tests;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Tests;

/// <summary>Options of which one takes the place of another: the highest layer that sets one decides.</summary>
public sealed class AlternativesTests
{
    /// <summary>
    /// What layers set, lowest first (algorithm, preset, file, environment variable, command line),
    /// and what must come of it.
    /// </summary>
    public static TheoryData<string, string, string> Cases => new()
    {
        { "algorithm.name=dqn-cleanrl | | | | exploration.steps=5000", "exploration.steps=5000 exploration.fraction=0",
            "steps over the algorithm's fraction" },
        { "algorithm.name=dqn-cleanrl | exploration.steps=5000 | | |", "exploration.steps=5000 exploration.fraction=0",
            "steps of a preset" },
        { "| exploration.steps=5000 | exploration.fraction=0.2 | |", "exploration.fraction=0.2", "fraction over steps" },
        { "| | exploration.fraction=0.2 | exploration.steps=7000 |", "exploration.steps=7000 exploration.fraction=0",
            "a variable over a file" },
        { "algorithm.name=dqn-cleanrl | | exploration.steps=7000 | exploration.fraction=0.3 | exploration.steps=9000",
            "exploration.steps=9000 exploration.fraction=0",
            "the highest of three" },
        { "algorithm.name=dqn-cleanrl | | | | exploration.fraction=0", "exploration.fraction=0 exploration.steps=250000", "off alone" },
        { "| target.period_episodes=10 | | | target.period=70", "target.period=70 target.period_episodes=0", "updates over episodes" },
        { "algorithm.name=dqn-nature | | target.period_episodes=10 | |", "target.period=0 target.period_episodes=10",
            "episodes over updates" },
        { "algorithm.name=dqn-nature | | | | target.tau=0.01", "target.tau=0.01 target.period=1 target.period_episodes=0",
            "mixing at every update over copies now and then" },
        { "| target.period_episodes=10 | | | target.tau=0.01", "target.tau=0.01 target.period=1 target.period_episodes=0",
            "mixing over episodes" },
        { "| target.tau=0.01 target.period=1 | | | target.period=500", "target.tau=1 target.period=500", "copies over mixing" },
        { "| target.tau=0.01 target.period=1 | target.period_episodes=3 | |", "target.tau=1 target.period=0 target.period_episodes=3",
            "episodes over mixing" },
        { "| target.tau=0.01 target.period=4 | | | target.tau=0.05", "target.tau=0.05 target.period=4",
            "another share at the same rhythm" },
        { "| | | | target.tau=0.01 target.period=4", "target.tau=0.01 target.period=4", "both at once are a share now and then" },
        { "| train.episodes=10 | | | train.steps=500", "train.steps=500 train.episodes=0", "steps over episodes" },
        { "| train.steps=500 | train.episodes=10 | |", "train.episodes=10 train.steps=10000000", "episodes over steps" },
        { "algorithm.name=dqn-cleanrl | | | | exploration.episodes=20", "exploration.episodes=20 exploration.fraction=0",
            "episodes over the algorithm's fraction" },
        { "| exploration.episodes=20 | exploration.fraction=0.2 | |", "exploration.episodes=0 exploration.fraction=0.2",
            "a fraction over episodes" },
        { "| exploration.episodes=20 | | exploration.steps=70 |", "exploration.episodes=0 exploration.steps=70", "epsilon's steps again" },
        { "| schedule.warm_up_episodes=5 | schedule.warm_up=70 | |", "schedule.warm_up_episodes=0 schedule.warm_up=70",
            "a warm-up in steps over one in episodes" },
        { "| schedule.episodes_per_round=5 | | | schedule.steps_per_update=2", "schedule.episodes_per_round=0 schedule.steps_per_update=2",
            "updates by steps over those by episodes" },
        { "| | env.rom=x.bin | | env.name=pong", "env.name=pong env.rom=", "a game over a file's ROM" },
        { "| | env.name=pong | | env.rom=x.bin", "env.rom=x.bin", "a ROM over a file's game" },
        { "| | run.dir=there | | run.root=here", "run.root=here run.dir=", "a root over a file's folder" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheLayerThatSetsOneTurnsTheOthersOff(string given, string expected, string what)
    {
        var config = Layers(given).Resolve();
        Assert.All(Pairs(expected), pair => Assert.True(
            ConfigKey.Format(ConfigSchema.Read(config, ConfigSchema.Get(pair.Key))) == pair.Value,
            $"{what}: {pair.Key} is {ConfigSchema.Read(config, ConfigSchema.Get(pair.Key))}"));
        // A run's own file tells every option; it is read back as it is, by the run itself and for a new one.
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("run.json"), "{}");
        File.WriteAllText(folder.File("config.yaml"), YamlConfig.Write(config));
        Assert.Equal(YamlConfig.Write(config), YamlConfig.Write(new ConfigLayers().AddFile(folder.File("config.yaml")).Resolve()));
        Assert.Equal(YamlConfig.Write(config), YamlConfig.Write(new ConfigLayers().AddFile(folder.File("config.yaml")).ResolveAsWritten()));
    }

    [Theory]
    [InlineData(
        "| | | | exploration.steps=5000 exploration.fraction=0.1",
        "--set: exploration.fraction takes the place of exploration.steps, which --set sets too")]
    [InlineData(
        "| | exploration.steps=5000 exploration.fraction=0.1 | |",
        "f.yaml:2:23: exploration.fraction takes the place of exploration.steps, which f.yaml:1:20 sets too")]
    [InlineData(
        "| | | | train.steps=500 train.episodes=3", "--set: train.episodes takes the place of train.steps, which --set sets too")]
    [InlineData(
        "| | | | exploration.fraction=0.5 exploration.episodes=3",
        "--set: exploration.episodes takes the place of exploration.fraction, which --set sets too")]
    [InlineData(
        "| | | | schedule.warm_up=500 schedule.warm_up_episodes=3",
        "--set: schedule.warm_up_episodes takes the place of schedule.warm_up, which --set sets too")]
    [InlineData(
        "| | | | schedule.steps_per_update=5 schedule.episodes_per_round=3",
        "--set: schedule.episodes_per_round takes the place of schedule.steps_per_update, which --set sets too")]
    [InlineData(
        "| | | target.period=10 target.period_episodes=3 |",
        "FASTDQN_TARGET_PERIOD_EPISODES: target.period_episodes takes the place of target.period, which FASTDQN_TARGET_PERIOD sets too")]
    public void BothInOneLayerAreRefusedByName(string given, string why)
    {
        var error = Assert.Throws<FastDqnException>(() => Layers(given).Resolve());
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoPresetSetsBoth() => Assert.All(
        ConfigPresets.All,
        preset => Assert.Null(Alternatives.Clash(preset.Entries.ToDictionary(e => e.Key, e => ConfigSchema.Get(e.Key).Parse(e.Value)))));

    [Fact]
    public void ALaterFileIsALayerOfItsOwn()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("a.yaml"), "exploration.fraction: 0.5");
        File.WriteAllText(folder.File("b.yaml"), "exploration.steps: 4000");
        var config = new ConfigLayers().AddFile(folder.File("a.yaml")).AddFile(folder.File("b.yaml")).Resolve();
        Assert.Equal((0, 4000), (config.Exploration.Fraction, config.Exploration.Steps));
    }

    [Fact]
    public void EpsilonFollowsTheLengthThatWasSet()
    {
        var config = new ConfigLayers()
            .AddOption("env.name", "cartpole-v0", "--env")
            .AddOption("algorithm.name", "dqn-cleanrl", "--algorithm")
            .AddOption("train.steps", "2000", "--steps")
            .AddSetting("body.kind=mlp").AddSetting("schedule.warm_up=100").AddSetting("exploration.steps=5000").Resolve();
        var schedule = new Learning.Exploration.ExplorationSchedule(Algorithms.ToSpec(config).Exploration, 1, config.Train.Steps);
        Assert.Equal(1 - (0.99 * 250 / 5000), schedule.Epsilon(250), 12);
    }

    private static ConfigLayers Layers(string given)
    {
        var parts = given.Split('|').Select(Pairs).ToList();
        var layers = new ConfigLayers().UsePreset(
            new Preset("p", "", [.. parts[0].Concat(parts[1]).Select(pair => new YamlEntry(pair.Key, pair.Value, 1, 1))]));
        layers.AddEntries(YamlConfig.Read(string.Join('\n', parts[2].Select(pair => $"{pair.Key}: {pair.Value}")), "f.yaml"), "f.yaml");
        layers.AddEnvironment(new Hashtable(parts[3].ToDictionary(pair => ConfigLayers.VariableName(pair.Key), pair => pair.Value)));
        return parts[4].Aggregate(layers, (all, pair) => all.AddSetting($"{pair.Key}={pair.Value}"));
    }

    private static List<KeyValuePair<string, string>> Pairs(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => KeyValuePair.Create(word.Split('=')[0], word.Split('=')[1]))];
}
