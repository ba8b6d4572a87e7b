using System.Collections;
using System.Reflection;
using FastDqn.Core;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Tests;

public sealed class ConfigurationTests
{
    [Theory]
    [InlineData("schedule.batch_siez", "schedule.batch_size")]
    [InlineData("batch_size", "schedule.batch_size")]
    [InlineData("optimizer.lr_rate", null)]
    public void UnknownKeyNamesTheNearest(string word, string? nearest)
    {
        var error = Assert.Throws<FastDqnException>(() => ConfigSchema.Get(word));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
        if (nearest is not null)
            Assert.Contains($"did you mean '{nearest}'?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryPresetEvaluatesSomeTenTimesARun()
    {
        Assert.NotEmpty(ConfigPresets.All);
        foreach (var preset in ConfigPresets.All)
        {
            var config = new ConfigLayers().UsePreset(preset).Resolve();
            Assert.True(config.Eval.Episodes > 0, preset.Name);
            Assert.InRange(config.Train.Length / config.Eval.Interval(config.Train.Length), 8, 12);
        }
    }

    [Fact]
    public void ARemovedOptionIsRefusedWithWhatTookItsPlace()
    {
        foreach (var name in RetiredOptions.Names)
        {
            Assert.False(ConfigSchema.TryGet(name, out _), $"{name} is an option again");
            Assert.True(RetiredOptions.TryGet(name, out var successor));
            var says = $"option '{name}' was removed: {successor}";
            var layers = new ConfigLayers();
            Assert.Equal($"--set: {says}", Assert.Throws<FastDqnException>(() => layers.AddSetting($"{name}=1")).Message);
            var read = YamlConfig.Read($"{name}: 1", "mine.yaml");
            Assert.Equal(
                $"mine.yaml:1:{name.Length + 3}: {says}",
                Assert.Throws<FastDqnException>(() => layers.AddEntries(read, "mine.yaml")).Message);
            var variable = new Hashtable { [ConfigLayers.VariableName(name)] = "1" };
            Assert.EndsWith(says, Assert.Throws<FastDqnException>(() => layers.AddEnvironment(variable)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void EveryPixelPresetCanBeChosen() =>
        Assert.Equal(
            Pixels.PixelPreset.All.Select(p => p.Name).Order(StringComparer.Ordinal),
            ConfigSchema.Get("env.pixels").Choices.Order(StringComparer.Ordinal));

    [Fact]
    public void EveryPropertyOfASectionIsAnOption()
    {
        foreach (var section in OptionRecord.Properties(typeof(TrainConfig)))
        {
            foreach (var property in OptionsOf(section.PropertyType).Where(p => p.PropertyType != typeof(AtariFrames)))
            {
                var name = $"{OptionRecord.NameOf(section.Name)}.{OptionRecord.NameOf(property.Name)}";
                Assert.True(ConfigSchema.TryGet(name, out var key), $"{name} is no option");
                Assert.NotEmpty(key.Description);
            }
        }
    }

    private static IEnumerable<PropertyInfo> OptionsOf(Type record) => OptionRecord.Properties(record)
        .SelectMany(p => p.GetCustomAttribute<OptionGroupAttribute>() is null ? [p] : OptionsOf(p.PropertyType));

    [Fact]
    public void WhatAnOptionTurnsOffIsAnOptionAndCanBeThat()
    {
        foreach (var key in ConfigSchema.Keys)
        {
            Assert.All(key.InsteadOf, name => Assert.True(ConfigSchema.TryGet(name, out _), name));
            foreach (var (name, value) in key.TurnsOff)
                Assert.Equal(value, ConfigKey.Format(ConfigSchema.Get(name).Parse(value)));
        }

        Assert.Equal(15, ConfigSchema.Keys.Count(key => key.TurnsOff.Count + key.InsteadOf.Count > 0));
    }

    [Fact]
    public void EveryAlgorithmPresetSurvivesTheWayThroughTheOptions()
    {
        foreach (var spec in AlgorithmPresets.Names.Select(AlgorithmPresets.Get))
        {
            var config = new ConfigLayers().AddOption("algorithm.name", spec.Name, "test").Resolve();
            var back = Algorithms.ToSpec(config);
            // What has no effect is left at its defaults.
            Assert.Equal(Texts(spec, config), Texts(back with { Protocol = spec.Protocol }, config));
            // A section that was left out would be at its defaults in both.
            Assert.Equal(
                typeof(AlgorithmSpec).GetProperties().Where(p => p.PropertyType.Name.EndsWith("Spec", StringComparison.Ordinal))
                    .Select(p => OptionRecord.NameOf(p.Name)).Order(StringComparer.Ordinal),
                Algorithms.ToValues(spec).Keys.Select(key => key.Split('.')[0]).Distinct().Except(["env", "train", "eval"])
                    .Order(StringComparer.Ordinal));
            Assert.Equal(spec.Rollout, back.Rollout);
        }

        static Dictionary<string, string> Texts(AlgorithmSpec spec, TrainConfig config) => Algorithms.ToValues(spec)
            .Where(value => Relevance.WithoutEffect(config, value.Key) is null)
            .ToDictionary(value => value.Key, value => ConfigKey.Format(value.Value));
    }

    [Fact]
    public void LaterSourcesWin()
    {
        var layers = new ConfigLayers()
            .AddEntries(YamlConfig.Read("schedule: {batch_size: 16, warm_up: 100}\nrun.seed: 5\n", "file.yaml"), "file.yaml")
            .AddEnvironment(new Hashtable
            {
                ["FASTDQN_SCHEDULE_BATCH_SIZE"] = "17",
                ["FASTDQN_RUN_SEED"] = "6",
                ["FASTDQN_ROMS"] = "/roms",
            })
            .AddSetting("schedule.batch_size = 18")
            .UsePreset(new Preset("p", "", YamlConfig.Read("schedule.batch_size: 15\nschedule.warm_up: 99\ntrain.steps: 12345", "p")));
        var config = layers.Resolve();
        Assert.Equal(18, config.Schedule.BatchSize);
        Assert.Equal(6, config.Run.Seed);
        Assert.Equal(100, config.Schedule.WarmUp);
        Assert.Equal(12345, config.Train.Steps);
        Assert.Equal("--set", layers.Sources()["schedule.batch_size"]);
        Assert.Equal("file.yaml:1:37", layers.Sources()["schedule.warm_up"]);
    }

    [Theory]
    [InlineData("schedule.batch_size", "1e2", 100)]
    [InlineData("schedule.batch_size", "2k", 2000)]
    [InlineData("schedule.batch_size", "1_024", 1024)]
    public void IntegersAreReadAsPeopleWriteThem(string key, string text, int expected) =>
        Assert.Equal(expected, ConfigSchema.Get(key).Parse(text));

    [Theory]
    [InlineData("schedule.batch_size", "0")]
    [InlineData("schedule.batch_size", "1.5")]
    [InlineData("schedule.batch_size", "many")]
    [InlineData("schedule.batch_size", "99999999999999999999")]
    [InlineData("env.count", "0")]
    [InlineData("target.gamma", "1.1")]
    [InlineData("exploration.points", "[2000, 0.1, 500, 1]")]
    [InlineData("exploration.points", "[0, 1, 0, 0.5]")]
    [InlineData("exploration.points", "[0, 1, 100]")]
    [InlineData("exploration.points", "[0.5, 1]")]
    [InlineData("exploration.points", "[0, 1.5]")]
    [InlineData("exploration.points", "[-5, 1]")]
    [InlineData("target.gamma", "NaN")]
    [InlineData("train.overlap", "perhaps")]
    [InlineData("body.kind", "natrue")]
    [InlineData("body.widths", "[64, x]")]
    [InlineData("body.convolutions", "32 8x8/4, 64")]
    [InlineData("body.convolutions", "32 8x8/4 padding=many")]
    [InlineData("body.activation", "leaky_relu(2)")]
    [InlineData("body.activation", "rleu")]
    [InlineData("head.activation", "tanh(1)")]
    [InlineData("body.padding", "-1")]
    [InlineData("body.padding", "256")]
    [InlineData("body.init", "normal(0)")]
    [InlineData("body.init", "he(2)")]
    [InlineData("body.input", "0..1")]
    public void WrongValuesAreUsageErrorsThatNameTheKey(string key, string text)
    {
        var error = Assert.Throws<FastDqnException>(() => ConfigSchema.Get(key).Parse(text));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.StartsWith(key + ":", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("exploration.start=0.1", "exploration.end=0.5", "exploration.end (0.5) is above exploration.start (0.1)")]
    [InlineData("replay.kind=prioritized", "replay.beta_end=0.2", "replay.beta_start is 0.4; it must be 0 to replay.beta_end (0.2)")]
    [InlineData("head.kind=categorical", "head.min_value=10", "head.min_value is 10; it must be a number below head.max_value (10)")]
    [InlineData("schedule.batch_size=64", "replay.capacity=9", "replay.capacity (9 transitions) is smaller than schedule.batch_size (64)")]
    public void PairsWithAnOrderAreHeldToIt(string one, string other, string says)
    {
        var error = Assert.Throws<FastDqnException>(() => new ConfigLayers().AddSetting(one).AddSetting(other).Resolve());
        Assert.Equal((ErrorKind.Usage, says), (error.Kind, error.Message));
    }

    [Fact]
    public void EveryDefaultReadsBackAsItself()
    {
        foreach (var key in ConfigSchema.Keys.Where(k => k.Default is not (null or "")))
            Assert.Equal(key.Default, key.Parse(key.DefaultText));
    }

    [Fact]
    public void EveryOptionSaysWhatItIs()
    {
        foreach (var key in ConfigSchema.Keys)
        {
            Assert.False(string.IsNullOrWhiteSpace(key.Description), key.Name);
            Assert.Matches("^[a-z0-9_]+\\.[a-z0-9_]+$", key.Name);
        }
    }

    [Fact]
    public void AConfigurationWrittenAndReadIsTheSame()
    {
        var config = new ConfigLayers().AddSetting("run.name=a \"quoted\" \\ name")
            .AddSetting("body.kind=mlp").AddSetting("body.widths=4,16,32,8")
            .AddSetting("exploration.kind=piecewise").AddSetting("exploration.points=0,1,1000,0.1").Resolve();
        var text = YamlConfig.Write(config);
        var back = new ConfigLayers().AddEntries(YamlConfig.Read(text, "config.yaml"), "config.yaml").Resolve();
        Assert.Equal(text, YamlConfig.Write(back));
        Assert.Equal("a \"quoted\" \\ name", back.Run.Name);
        Assert.Equal([4, 16, 32, 8], back.Body.Widths);
    }

    [Fact]
    public void ANetworkIsComposedTheSameInAFileAndOnTheCommandLine()
    {
        const string file = """
            body:
              convolutions:
                - 16 20x20/2 activation=leaky_relu(0.2)
                - 32 9x9/2 padding=same
                - 64 5/2 norm=layer
              widths: []
              norm: batch
              activation: elu
              padding: 1
              init: normal(0.35)
              input: signed
            head: { activation: Tanh }
            """;
        var read = new ConfigLayers().AddEntries(YamlConfig.Read(file, "net.yaml"), "net.yaml").AddSetting("env.name=gridworld").Resolve();
        var set = Over(
            "body.convolutions=16 20x20/2 activation=leaky_relu(0.2), 32 9x9/2 padding=same, 64 5/2 norm=layer", "body.widths=[]",
            "body.norm=batch", "body.activation=elu", "body.padding=1", "body.init=normal(.35)", "body.input=signed",
            "head.activation=tanh", "env.name=gridworld");
        Assert.Equal(YamlConfig.Write(read), YamlConfig.Write(set));
        // And again from what is written.
        var back = new ConfigLayers().AddEntries(YamlConfig.Read(YamlConfig.Write(set), "config.yaml"), "config.yaml").Resolve();
        Assert.Equal(YamlConfig.Write(read), YamlConfig.Write(back));
        Assert.Equal(BodyKind.Composed, set.Body.Kind);
        Assert.Equal(
            [
                new ConvolutionSpec(16, 20, 20, 2) { Activation = Activation.Leaky(0.2) },
                new ConvolutionSpec(32, 9, 9, 2) { Padding = Padding.Same },
                new ConvolutionSpec(64, 5, 5, 2) { Norm = NormKind.Layer },
            ],
            set.Body.Convolutions);
        Assert.Equal((NormKind.Batch, Padding.Of(1), InputRange.Signed), (set.Body.Norm, set.Body.Padding, set.Body.Input));
        Assert.Equal(
            (ActivationKind.Elu, Initialization.Normal(0.35), ActivationKind.Tanh),
            (set.Body.Activation, set.Body.Init, set.Head.Activation));
        Assert.Empty(set.Body.Widths);
    }

    [Fact]
    public void ConvolutionsComposeABodyWhateverALowerLayerChose()
    {
        var layers = new ConfigLayers().UsePreset(ConfigPresets.Get("bricks")).AddSetting("body.convolutions=8 8x8/4");
        Assert.Equal(BodyKind.Composed, layers.Resolve().Body.Kind);
        // A kind above them leaves them out.
        var above = new ConfigLayers().AddEntries(YamlConfig.Read("body.convolutions: [8 8x8/4]", "f.yaml"), "f.yaml")
            .AddSetting("body.kind=nature").Resolve();
        Assert.Equal((BodyKind.Nature, 0), (above.Body.Kind, above.Body.Convolutions.Count));
    }

    [Fact]
    public void WhatALayerBelowChoseInVainIsNotHeldAgainstTheOneAbove()
    {
        var file = YamlConfig.Read("body: { padding: same, activation: elu }", "f.yaml");
        var config = new ConfigLayers().AddEntries(file, "f.yaml").AddSetting("body.kind=impala").Resolve();
        Assert.Equal((default, ActivationKind.Relu), (config.Body.Padding, config.Body.Activation));
    }

    private static TrainConfig Over(params string[] settings) =>
        settings.Aggregate(new ConfigLayers(), (layers, setting) => layers.AddSetting(setting)).Resolve();

    [Theory]
    [InlineData("env: [unclosed", 2)] // found at the end
    [InlineData("run:\n  seed: 1\n  - x", 3)]
    [InlineData("run.seed: 1\nrun.sede: 2", 2)]
    [InlineData("run.seed: 1\n\n  \nschedule: {batch_size: -1}", 4)]
    public void FileErrorsTellLineAndColumn(string yaml, int line)
    {
        var error = Assert.Throws<FastDqnException>(() => new ConfigLayers().AddEntries(YamlConfig.Read(yaml, "f.yaml"), "f.yaml"));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Matches($"^f\\.yaml:{line}:[0-9]+: ", error.Message);
    }

    [Fact]
    public void AnEnvironmentVariableOfASectionThatNamesNoOptionIsAnError()
    {
        var error = Assert.Throws<FastDqnException>(
            () => new ConfigLayers().AddEnvironment(new Hashtable { ["FASTDQN_TRAIN_STEP"] = "1" }));
        Assert.Contains("did you mean 'FASTDQN_TRAIN_STEPS'?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeepNestingIsRefusedWithoutExhaustingTheStack()
    {
        var hostile = string.Concat(Enumerable.Repeat("[", 200_000));
        Assert.Throws<FastDqnException>(() => YamlConfig.Read(hostile, "f"));
        Assert.Throws<FastDqnException>(() => YamlConfig.Read(string.Concat(Enumerable.Repeat("a: {", 50_000)), "f"));
    }

    [Fact]
    public void RandomBytesAreReadOrRefusedButNeverCrash()
    {
        var random = new RandomStream(7);
        var text = YamlConfig.Write(new TrainConfig());
        for (var i = 0; i < 300; i++)
        {
            var chars = text.ToCharArray();
            for (var flips = 0; flips < 5; flips++)
                chars[random.NextInt32(chars.Length)] = (char)random.NextInt32(128);
            try
            {
                new ConfigLayers().AddEntries(YamlConfig.Read(new string(chars), "f"), "f").Resolve();
            }
            catch (FastDqnException e)
            {
                Assert.Equal(ErrorKind.Usage, e.Kind);
            }
        }
    }

    [Fact]
    public void EveryPresetResolves()
    {
        Assert.NotEmpty(ConfigPresets.All);
        foreach (var preset in ConfigPresets.All)
        {
            var config = new ConfigLayers().UsePreset(preset).Resolve();
            Assert.True(config.Train.Steps > 0, preset.Name);
            Assert.False(string.IsNullOrWhiteSpace(preset.Description), preset.Name);
        }
    }
}
