using System.Collections;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Tests;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Tests;

/// <summary>
/// Options that have no effect: refused where a user named them, left out where something else set them.
/// </summary>
public sealed class RelevanceTests
{
    private static readonly string[] CartPole =
    [
        "env.name=cartpole", "body.kind=mlp", "body.widths=8", "train.steps=200", "run.threads=1", "log.every=50", "log.tensorboard=false",
        "log.films=false", "eval.random=false", "eval.video=false", "eval.episodes=1",
    ];

    // Another value of these is refused where they have no effect.
    private static readonly string[] Checked = ["head.activation", "optimizer.nesterov", "target.period_episodes", "target.acts"];

    /// <summary>What else is chosen, the option that it leaves without effect, and what the reason must name.</summary>
    public static TheoryData<string, string, string> Cases => new()
    {
        { "", "head.hidden=256", "head.dueling is false, head.noisy is false, head.kind is expected" },
        { "body.kind=mlp env.name=cartpole", "body.hidden=64", "body.kind is mlp" },
        { "", "body.widths=64,64", "body.kind is nature" },
        { "body.kind=nature", "body.convolutions=8 3x3/2", "body.kind is nature" },
        { "body.kind=mlp env.name=cartpole", "body.padding=same", "mlp has nothing to pad" },
        { "body.kind=impala", "body.padding=2", "impala pads by itself" },
        { "body.kind=impala", "body.activation=elu", "body.kind is impala" },
        { "body.kind=mlp env.name=cartpole", "body.input=raw", "env.name is cartpole" },
        { "head.kind=quantile", "head.activation=relu", "head.kind is quantile" },
        { "body.kind=impala head.dueling=true", "body.hidden=64", "head.hidden" },
        { "env.name=gridworld", "env.sticky=0.25", "env.name is gridworld" },
        { "env.name=gridworld-partial", "env.frame_skip=4", "env.name is gridworld-partial" },
        { "env.name=cartpole body.kind=mlp", "env.stack=4", "env.name is cartpole" },
        { "env.name=cartpole-v0 body.kind=mlp", "env.backend=ale", "env.name is cartpole-v0" },
        { "env.name=cartpole-pixels body.kind=conv5x5", "env.max_frames=100", "only Atari games" },
        { "env.name=gridworld", "train.life_loss_terminal=true", "only Atari games" },
        { "env.life_loss=continue", "train.life_loss_terminal=false", "env.life_loss is continue" },
        { "eval.protocol=nature", "eval.epsilon=0.9", "eval.protocol is nature" },
        { "eval.protocol=dopamine", "eval.episodes=30", "eval.protocol is dopamine" },
        { "run.dir=x", "run.root=y", "run.dir is x" },
        { "head.kind=categorical", "loss.kind=huber", "head.kind is categorical" },
        { "loss.kind=mean_squared", "loss.kappa=2", "loss.kind is mean_squared" },
        { "target.use_target_network=false", "target.double=true", "target.use_target_network is false" },
        { "target.munchausen=true", "target.double=true", "target.munchausen is true" },
        { "optimizer.kind=adam", "optimizer.momentum=0.9", "optimizer.kind is adam" },
        { "optimizer.kind=sgd", "optimizer.epsilon=0.1", "optimizer.kind is sgd" },
        { "", "exploration.points=0,1,100,0.1", "exploration.kind is linear" },
        { "exploration.kind=ape_x", "exploration.end=0.2", "exploration.kind is ape_x" },
        { "", "replay.beta_start=0.6", "replay.kind is uniform" },
        { "algorithm.name=pqn", "schedule.warm_up=100", "replay.kind is none" },
        { "algorithm.name=pqn", "checkpoint.replay=false", "replay.kind is none" },
        { "", "rollout.lambda=0.5", "replay.kind is uniform" },
        { "train.episodes=10", "exploration.delay_episodes=3", "exploration.episodes is 0" },
        { "train.episodes=10 exploration.fraction=0.1", "exploration.delay=3", "train.episodes is 10" },
        { "exploration.episodes=10", "exploration.delay=3", "exploration.episodes is 10" },
        { "train.life_loss_terminal=false", "train.hold_after_life=true", "train.life_loss_terminal is false" },
        { "env.name=cartpole body.kind=mlp", "train.hold_after_life=true", "only Atari games" },
        { "replay.kind=prioritized", "replay.replacement=false", "replay.kind is prioritized" },
        { "", "replay.burn_in=20", "body.lstm is 0" },
        { "body.lstm=8 replay.kind=uniform", "replay.eta=0.5", "replay.kind is uniform" },
        { "body.lstm=8", "replay.replacement=false", "body.lstm is 8" },
        { "", "self_prediction.tau=0.5", "self_prediction.steps is 0" },
        { "", "reset.last=100", "reset.period is 0" },
        { "", "target.rescale_epsilon=0.01", "target.rescale is false" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void AnOptionWithoutEffectIsRefusedWithTheReasonWhereAUserNamedIt(string others, string option, string because)
    {
        var all = others.Split(' ', StringSplitOptions.RemoveEmptyEntries).Append(option).ToList();
        var name = option.Split('=')[0];
        Refused("--set: ", () => Over(new ConfigLayers(), all).Resolve());
        var variables = all.Select(a => a.Split('=', 2)).ToDictionary(a => ConfigLayers.VariableName(a[0]), a => a[1]);
        Refused(ConfigLayers.VariableName(name) + ": ", () => new ConfigLayers().AddEnvironment(new Hashtable(variables)).Resolve());
        // A file may tell a default, as copies of a run's own do.
        var key = ConfigSchema.Get(name);
        if (ConfigKey.Format(key.Parse(option.Split('=')[1])) != key.DefaultText)
            Refused($"f.yaml:{all.Count}:", () => new ConfigLayers().AddEntries(Entries(all), "f.yaml").Resolve());

        void Refused(string source, Action resolve)
        {
            var error = Assert.Throws<FastDqnException>(resolve);
            Assert.Equal(ErrorKind.Usage, error.Kind);
            Assert.StartsWith(source, error.Message, StringComparison.Ordinal);
            Assert.Contains($"{name} has no effect: ", error.Message, StringComparison.Ordinal);
            Assert.Contains(because, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void WhatAHigherLayerLeavesWithoutEffectIsLeftOut(string others, string option, string because)
    {
        _ = because;
        var key = ConfigSchema.Get(option.Split('=')[0]);
        var text = $"{key.Name}: {ConfigKey.Format(key.Parse(option.Split('=')[1]))}";
        string[] above = others.Length > 0 ? others.Split(' ') : ["train.steps=100"];
        // Of a preset, and of a user's file where something above it decided.
        var preset = Over(new ConfigLayers().UsePreset(new Preset("p", "", Entries([option]))), above).Resolve();
        Assert.DoesNotContain(text, Effective(preset));
        if (others.Length == 0)
            return;
        var file = Over(new ConfigLayers().AddEntries(Entries([option]), "f.yaml"), above).Resolve();
        Assert.DoesNotContain(text, Effective(file));
    }

    [Fact]
    public void NoPresetSetsAnOptionWithoutEffect() => Assert.All(ConfigPresets.All, preset =>
    {
        var config = new ConfigLayers().UsePreset(preset).Resolve();
        Assert.All(preset.Entries, entry => Assert.Null(Relevance.WithoutEffect(config, entry.Key)?.Why));
    });

    [Fact]
    public void WhatIsPrintedIsReadBackToTheSame()
    {
        foreach (var name in AlgorithmPresets.Names)
        {
            foreach (var env in new[] { "bricks", "gridworld" })
            {
                var config = new ConfigLayers().AddSetting($"env.name={env}").AddSetting($"algorithm.name={name}").Resolve();
                Assert.Equal(YamlConfig.Write(config), YamlConfig.Write(ReadBack(YamlConfig.WriteEffective(config))));
                // The run's file, too, whole as it is: as a run's own, and as a copy of it.
                Assert.Equal(YamlConfig.Write(config), YamlConfig.Write(ReadBack(YamlConfig.Write(config))));
            }
        }

        static TrainConfig ReadBack(string text) =>
            new ConfigLayers().AddEntries(YamlConfig.Read(text, "copy.yaml"), "copy.yaml").Resolve();
    }

    [Fact]
    public void TheEpsilonOfEvaluationsIsTheAlgorithmsUntilItIsSet()
    {
        Assert.Equal(0.001, new ConfigLayers().AddSetting("algorithm.name=dqn-dopamine").Resolve().Eval.Epsilon);
        Assert.Equal(0.9, Over(new ConfigLayers(), ["algorithm.name=dqn-dopamine", "eval.epsilon=0.9"]).Resolve().Eval.Epsilon);
        var error = Assert.Throws<FastDqnException>(() => new ConfigLayers().AddSetting("exploration.evaluation=0.9"));
        Assert.Contains("eval.epsilon", error.Message, StringComparison.Ordinal);
    }

    /// <summary>What the rules say has no effect has none: runs that differ in all of it have the same rows.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("exploration.kind=softmax optimizer.kind=sgd optimizer.momentum=0.5 target.munchausen=true")]
    [InlineData("exploration.kind=ape_x optimizer.kind=rms_prop loss.kind=mean_squared target.use_target_network=false")]
    [InlineData("exploration.kind=piecewise exploration.points=0,1,9,0 head.kind=quantile head.dueling=true optimizer.kind=rms_prop_tf")]
    [InlineData("head.kind=categorical head.noisy=true exploration.kind=greedy replay.kind=prioritized optimizer.kind=radam")]
    [InlineData("head.kind=implicit_quantile exploration.fraction=0.5")]
    [InlineData("algorithm.name=pqn rollout.steps=8 rollout.minibatches=2")]
    [InlineData("body.lstm=4 replay.sequence=4 replay.overlap=2 replay.burn_in=2 target.rescale=true")]
    [InlineData("train.episodes=9 exploration.episodes=5 schedule.warm_up_episodes=2 schedule.episodes_per_round=2")]
    public void OptionsWithoutEffectChangeNothing(string choices)
    {
        using var folder = new TempFolder();
        string[] replay = ["schedule.warm_up=50", "schedule.batch_size=4", "replay.capacity=500"];
        var layers = new ConfigLayers().AddEntries(
            Entries(choices.Contains("pqn", StringComparison.Ordinal) ? CartPole : [.. CartPole, .. replay]), "f.yaml");
        var config = Over(layers, choices.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Resolve();
        var without = Relevance.Inert(config).ToList();
        Assert.True(without.Count > 20);
        var values = ConfigSchema.Keys.ToDictionary(key => key.Name, key => ConfigSchema.Read(config, key)!);
        values["run.dir"] = folder.File("plain");
        TrainingRunTests.Train(ConfigSchema.Build(values));
        foreach (var key in without.Where(key => !Checked.Contains(key.Name)))
            values[key.Name] = Other(key, values[key.Name]);
        values["run.dir"] = folder.File("changed");
        TrainingRunTests.Train(ConfigSchema.Build(values));
        Assert.Equal(TrainingRunTests.Metrics(folder.File("plain")), TrainingRunTests.Metrics(folder.File("changed")));
        Assert.Equal(TrainingRunTests.Weights(folder.File("plain")), TrainingRunTests.Weights(folder.File("changed")));
    }

    private static ConfigLayers Over(ConfigLayers layers, IEnumerable<string> settings) =>
        settings.Aggregate(layers, (all, setting) => all.AddSetting(setting));

    /// <summary>Another value of an option.</summary>
    private static object Other(ConfigKey key, object value) => value switch
    {
        bool flag => !flag,
        Enum => Enum.GetValues(key.ValueType).Cast<object>().First(v => !v.Equals(value)),
        IReadOnlyList<int> list => list.Append(3).ToArray(),
        IReadOnlyList<(long, double)> => new[] { (0L, 0.5) },
        IReadOnlyList<ConvolutionSpec> => new[] { new ConvolutionSpec(4, 3, 3, 1) },
        Activation or Padding => key.Parse(key.ValueType == typeof(Padding) ? "same" : "tanh"),
        // Tau, shares and probabilities lie below 1; whole numbers may be of any size.
        double number => number > 0.5 ? number / 2 : number < 0 ? number * 2 : (number + 0.3) / 2,
        int number => (number * 2) + 1,
        IntRange range => new IntRange(range.Least, range.Most + 1),
        long number => (number * 2) + 1,
        _ when key.Choices.Count == 0 => "other",
        _ => key.Choices.First(c => c != (string)value),
    };

    private static List<YamlEntry> Entries(IEnumerable<string> settings) =>
        [.. settings.Select((setting, i) => new YamlEntry(setting.Split('=', 2)[0], setting.Split('=', 2)[1], i + 1, 1))];

    private static List<string> Effective(TrainConfig config) =>
        [.. YamlConfig.Read(YamlConfig.WriteEffective(config), "printed").Select(entry => $"{entry.Key}: {entry.Value}")];
}
