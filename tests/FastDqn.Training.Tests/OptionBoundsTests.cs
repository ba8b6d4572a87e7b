using System.Globalization;
using System.Text.Json;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Replay;
using FastDqn.Training.Configuration;
using FastDqn.Training.Loops;

namespace FastDqn.Training.Tests;

/// <summary>What an option's help says of its range is what holds.</summary>
public sealed class OptionBoundsTests
{
    public static TheoryData<string, double> Bounds => new(ConfigSchema.Keys.Where(k => k.IsNumeric)
        .SelectMany(k => new[] { k.Min, k.Max }.Where(double.IsFinite).Select(bound => (k.Name, bound))));

    [Theory]
    [MemberData(nameof(Bounds))]
    public void EveryBoundThatAnOptionNamesIsTakenOrToldAsExcluded(string name, double bound)
    {
        var key = ConfigSchema.Get(name);
        var text = bound.ToString("R", CultureInfo.InvariantCulture);
        if ((bound.Equals(key.Min) && key.MinExcluded) || (bound.Equals(key.Max) && key.MaxExcluded))
        {
            Assert.Contains(bound.Equals(key.Min) ? $"above {text}" : $"below {text}", key.Domain(), StringComparison.Ordinal);
            Assert.Contains("is out of range", Assert.Throws<FastDqnException>(() => key.Parse(text)).Message, StringComparison.Ordinal);
            return;
        }

        var taken = key.Parse(text);
        Assert.Equal(bound, taken is IntRange range ? range.Mean : Convert.ToDouble(taken, CultureInfo.InvariantCulture));
        try
        {
            // A prioritised memory, so that its options are looked at.
            var config = new ConfigLayers().AddOption("replay.kind", "prioritized", "test").AddOption(name, text, "test").Resolve();
            using var environment = BuiltInEnvironments.Find("cartpole")!.Create(1);
            _ = ReplayFootprint.Of(DqnLoop.RingOptions(config, Algorithms.ToSpec(config), environment));
        }
        catch (FastDqnException e)
        {
            // Rules between options name both of them.
            var named = ConfigSchema.Keys.Count(k => e.Message.Contains(k.Name, StringComparison.Ordinal));
            Assert.True(named > 1, $"{name} = {text}: {e.Message}");
        }
    }

    [Theory]
    [InlineData("schedule.batch_size", "1e18", "is too large (at most 65536)")]
    [InlineData("train.steps", "1e18", "is too large (at most 9000000000000000)")]
    [InlineData("train.steps", "1e300", "is too large (at most 9000000000000000)")]
    [InlineData("train.steps", "9e15k", "is too large (at most 9000000000000000)")]
    [InlineData("body.hidden", "-1e300", "is too small (at least 0)")]
    [InlineData("train.steps", "1.5", "is not a whole number")]
    [InlineData("train.steps", "inf", "is not a whole number")]
    public void AWholeNumberIsRefusedForWhatItIs(string name, string text, string says) =>
        Assert.EndsWith(says, Assert.Throws<FastDqnException>(() => ConfigSchema.Get(name).Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("inf", double.PositiveInfinity)]
    [InlineData("+Inf", double.PositiveInfinity)]
    [InlineData(".inf", double.PositiveInfinity)]
    [InlineData("Infinity", double.PositiveInfinity)]
    [InlineData("-inf", double.NegativeInfinity)]
    [InlineData("-.INF", double.NegativeInfinity)]
    public void InfinityIsReadAsPeopleWriteIt(string text, double expected) =>
        Assert.Equal(expected, ConfigSchema.Get("train.stop_return").Parse(text));

    [Fact]
    public void ASectionGivenAValueIsToldWithItsOptions()
    {
        foreach (var section in ConfigSchema.Sections)
        {
            var layers = new ConfigLayers();
            var says = $"'{section}' is a section, which takes no value of its own; its options: ";
            var variable = new System.Collections.Hashtable { [ConfigLayers.VariableName(section)] = "5" };
            Func<object>[] ways =
            [
                () => layers.AddSetting($"{section}=5"),
                () => layers.AddEntries(YamlConfig.Read($"{section}: 5", "f.yaml"), "f.yaml"),
                () => layers.AddEnvironment(variable),
            ];
            Assert.All(ways, way => Assert.Contains(says, Assert.Throws<FastDqnException>(way).Message, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("2..4", 2, 4)]
    [InlineData("2 .. 4", 2, 4)]
    [InlineData("4", 4, 4)]
    public void ARangeHasBothItsEnds(string text, int least, int most)
    {
        var key = ConfigSchema.Get("env.frame_skip");
        Assert.Equal(new IntRange(least, most), key.Parse(text));
        Assert.Equal(key.Parse(text), key.Parse(ConfigKey.Format(key.Parse(text))));
        var options = new AtariOptions { FrameSkip = new IntRange(least, most) };
        Assert.Equal(options, JsonSerializer.Deserialize<AtariOptions>(JsonSerializer.Serialize(options)));
    }

    [Theory]
    [InlineData("4..2", "ends below its start")]
    [InlineData("0..4", "is out of range (integer or range, 1..64, frames)")]
    [InlineData("2..65", "is out of range (integer or range, 1..64, frames)")]
    [InlineData("2..", "is not a whole number")]
    [InlineData("2..3..4", "is not a whole number")]
    public void ARangeIsRefusedForWhatItIs(string text, string says) => Assert.Contains(
        says, Assert.Throws<FastDqnException>(() => ConfigSchema.Get("env.frame_skip").Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void NoOpsAreCountedInFrames() => Assert.Equal("frames", ConfigSchema.Get("env.noop_max").Unit);
}
