using System.Collections;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Replay;
using FastDqn.Training.Configuration;
using FastDqn.Training.Loops;

namespace FastDqn.Training.Tests;

/// <summary>Every environment trains by its name, and a name from elsewhere brings what it means.</summary>
public sealed class EnvironmentNameTests
{
    public static TheoryData<string> BuiltIn => new(BuiltInEnvironments.All.Select(e => e.Name).Append(BundledGame.Name));

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void EveryEnvironmentHasAPresetOfItsNameThatFitsALaptop(string name)
    {
        Assert.True(ConfigPresets.TryGet(name, out var preset), $"{name} has no preset");
        var config = new ConfigLayers().UsePreset(preset).Resolve();
        Assert.Equal(name, config.Env.Name);
        Assert.InRange(config.Train.Steps, 20_000, 500_000);
        Assert.Null(TrainForecast.WhyNoUpdate(config));
        using var environments = EnvironmentBinding.ForTraining(config);
        var ring = DqnLoop.RingOptions(config, Algorithms.ToSpec(config), environments);
        Assert.InRange(ReplayFootprint.Of(ring).TotalBytes, 1, 3_000_000_000);
    }

    [Fact]
    public void AGymIdBringsItsSettingsUnderAllThatItsLayerSays()
    {
        // Over the preset and files below, whatever the order of words.
        var preset = new Preset("p", "", YamlConfig.Read("env: {name: pong, sticky: 0.1, frame_skip: 2}", "p"));
        Assert.Equal((0.25, 4), Of(new ConfigLayers().UsePreset(preset).AddSetting("env.name=ALE/Breakout-v5")));
        var said = new ConfigLayers().UsePreset(preset).AddSetting("env.sticky=0.5").AddSetting("env.name=ALE/Breakout-v5");
        Assert.Equal((0.5, 4), Of(said));
        var file = YamlConfig.Read("env: {name: ALE/Breakout-v5, frame_skip: 3}", "f");
        Assert.Equal((0.25, 3), Of(new ConfigLayers().AddEntries(file, "f")));
        var variables = new Hashtable { ["FASTDQN_ENV_NAME"] = "BreakoutDeterministic-v4" };
        Assert.Equal((0, 4), Of(new ConfigLayers().AddEntries(file, "f").AddEnvironment(variables)));

        // The name that counts is the one that means something.
        var other = new ConfigLayers().AddEntries(file, "f").AddSetting("env.name=breakout").Resolve();
        Assert.Equal((0, 3), (other.Env.Atari.Sticky, other.Env.Atari.FrameSkip.Most));
        var twice = new ConfigLayers().AddSetting("env.name=ALE/Pong-v5").AddSetting("env.name=BreakoutNoFrameskip-v4").Resolve();
        Assert.Equal(("breakout", 0), (twice.Env.Name, twice.Env.Atari.Sticky));

        var sources = new ConfigLayers().AddOption("env.name", "ALE/Breakout-v5", "--env").Sources();
        Assert.Equal("--env ALE/Breakout-v5", sources["env.sticky"]);
        var wrong = Assert.Throws<FastDqnException>(() => new ConfigLayers().AddOption("env.name", "ALE/Brekout-v5", "--env"));
        Assert.Contains("--env: environment 'ALE/Brekout-v5'", wrong.Message, StringComparison.Ordinal);

        static (double Sticky, int FrameSkip) Of(ConfigLayers layers)
        {
            var env = layers.Resolve().Env;
            Assert.Equal("breakout", env.Name);
            return (env.Atari.Sticky, env.Atari.FrameSkip.Most);
        }
    }
}
