using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Pixels;
using FastDqn.Tests;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>
/// <c>env.pixel_device=device</c>: the bytes of a run whose pixels are made as the games are stepped.
/// </summary>
public sealed partial class TrainingRunTests
{
    private static readonly string[] Playing =
    [
        "env.name=bricks", "env.count=3", "env.max_frames=200", "run.device=cpu", "train.steps=180", "replay.capacity=150",
        "log.every=30", "checkpoint.every=0", "eval.episodes=0", "eval.every=0", "log.films=false",
    ];

    public static TheoryData<string> Presets => [.. PixelPreset.All.Select(preset => preset.Name)];

    [Theory]
    [MemberData(nameof(Presets))]
    public void PixelsOfTheDeviceGiveTheBytesOfTheCpus(string preset)
    {
        using var folder = new TempFolder();
        foreach (var place in new[] { "cpu", "device" })
        {
            Start(
                folder.File(place), "uniform", "on", new Watcher(),
                extra: [.. Playing, $"env.pixels={preset}", $"env.pixel_device={place}"]);
        }

        Assert.Equal(Metrics(folder.File("cpu")), Metrics(folder.File("device")));
        Assert.Equal(Weights(folder.File("cpu")), Weights(folder.File("device")));
        Assert.Equal(Sums(folder.File("cpu")), Sums(folder.File("device")));
    }

    [Theory]
    [InlineData("env.rules=wrappers", "replay.memory=device")]
    [InlineData("env.life_loss=continue", "replay.memory=host")]
    public void SoDoOtherRulesAndFramesOnTheDevice(params string[] more)
    {
        using var folder = new TempFolder();
        Start(folder.File("cpu"), "uniform", "off", new Watcher(), extra: [.. Playing, more[0], "env.pixel_device=cpu"]);
        Start(folder.File("device"), "uniform", "off", new Watcher(), extra: [.. Playing, .. more, "env.pixel_device=device"]);
        Assert.Equal(Metrics(folder.File("cpu")), Metrics(folder.File("device")));
        Assert.Equal(Sums(folder.File("cpu")), Sums(folder.File("device")));
    }

    [Fact]
    public void ARunGoesOnWithPixelsOfTheDevice()
    {
        using var folder = new TempFolder();
        Start(folder.File("whole"), "uniform", "on", new Watcher(), extra: [.. Playing, "train.steps=600"]);
        using (var signals = new StopSignals())
        {
            Start(
                folder.File("cut"), "uniform", "on", new Watcher { StopAtStep = 230, Signals = signals }, signals,
                extra: [.. Playing, "train.steps=600"]);
        }

        var config = RunChanges.Apply(RunDirectory.ReadConfig(folder.File("cut"), Assert.Fail), ["env.pixel_device=device"]);
        TrainingRun.Resume(folder.File("cut"), config, new Watcher(), new StopSignals());
        Assert.Equal(Metrics(folder.File("whole")), Metrics(folder.File("cut")));
        Assert.Equal(Weights(folder.File("whole")), Weights(folder.File("cut")));
    }

    [Fact]
    public void AutoTakesTheFasterPlaceAndKeepsIt()
    {
        var auto = new TrainConfig { Env = new EnvironmentOptions { PixelDevice = PixelPlace.Auto } };
        Assert.Equal(PixelPlace.Device, PixelBinding.Pin(auto, place => place == PixelPlace.Device ? 1 : 2).Env.PixelDevice);
        Assert.Equal(PixelPlace.Cpu, PixelBinding.Pin(auto, place => place == PixelPlace.Device ? 2 : 1).Env.PixelDevice);
        // Nothing is measured on the CPU, where the games' threads are all there is.
        var cpu = auto with { Run = new RunOptions { Device = DeviceChoice.Cpu } };
        Assert.Equal(PixelPlace.Cpu, PixelBinding.Pin(cpu, cores: 1).Env.PixelDevice);
    }

    /// <summary>What the measurement runs, with kernels that are there.</summary>
    [Fact]
    public void TheMeasurementStepsBothWays()
    {
        var config = Config("", "uniform", "on", [.. Playing, "env.pixel_device=device"]);
        Assert.All([PixelPlace.Cpu, PixelPlace.Device], place => Assert.True(PixelBinding.Seconds(config, place, cores: 1) > 0));
    }

    [Fact]
    public void OnlyAtariGamesHavePixelsOfTheDevice()
    {
        var error = Assert.Throws<FastDqnException>(
            () => Config("", "uniform", "on", ["env.name=cartpole", "env.pixel_device=device"]));
        Assert.Contains("env.pixel_device has no effect", error.Message, StringComparison.Ordinal);
    }
}
