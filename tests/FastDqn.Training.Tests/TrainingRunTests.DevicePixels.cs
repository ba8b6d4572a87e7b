using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning.Tests;
using FastDqn.Pixels;
using FastDqn.Tests;
using FastDqn.Training.Configuration;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>
/// <c>env.pixel_device=device</c>: the bytes of a run whose pixels are made as the games are stepped.
/// </summary>
public sealed partial class TrainingRunTests
{
    private static readonly (string Name, string Pixels, string Memory)[] Places =
        [("cpu", "cpu", "host"), ("host", "device", "host"), ("device", "device", "device")];

    private static readonly string[] Playing =
    [
        "env.name=bricks", "env.count=3", "env.max_frames=200", "run.device=cpu", "train.steps=180", "replay.capacity=150",
        "log.every=30", "checkpoint.every=0", "eval.episodes=0", "eval.every=0", "log.films=false",
    ];

    public static TheoryData<string> Presets => [.. PixelPreset.All.Select(preset => preset.Name)];

    /// <summary>Ring, checkpoints, metrics and weights, with the frames on the host and on the device.</summary>
    [Theory]
    [MemberData(nameof(Presets))]
    public void PixelsOfTheDeviceGiveTheBytesOfTheCpus(string preset)
    {
        using var folder = new TempFolder();
        foreach (var (name, place, memory) in Places)
        {
            Start(
                folder.File(name), "uniform", "on", new Watcher(),
                extra: [.. Playing, $"env.pixels={preset}", $"env.pixel_device={place}", $"replay.memory={memory}"]);
        }

        AllAreTheSame(folder);
    }

    [Theory]
    [InlineData("uniform", "off", "env.rules=wrappers")]
    [InlineData("uniform", "off", "env.life_loss=continue")]
    [InlineData("prioritized", "on", "env.count=1")]
    [InlineData("iqn", "on", "checkpoint.every=60")]
    [InlineData("recurrent", "on", "env.count=2")]
    [InlineData("pqn", "on", "env.count=4")]
    [InlineData("pqn", "off", "env.count=4")]
    public void SoDoOtherRulesAndWaysToLearn(string kind, string overlap, string more)
    {
        using var folder = new TempFolder();
        var settings = kind == "pqn" ? Playing.Where(setting => !setting.StartsWith("replay.", StringComparison.Ordinal)) : Playing;
        foreach (var (name, place, memory) in Places)
        {
            Start(
                folder.File(name), kind, overlap, new Watcher(),
                extra: [.. settings, more, $"env.pixel_device={place}", $"replay.memory={memory}"]);
        }

        AllAreTheSame(folder);
    }

    [Theory]
    [InlineData("uniform")]
    [InlineData("pqn")]
    public void ARunGoesOnWithPixelsAndFramesWhereverTheyWere(string kind)
    {
        string[] settings = ["env.name=bricks", "env.max_frames=240"];
        using var folder = new TempFolder();
        Start(folder.File("whole"), kind, "on", new Watcher(), extra: settings);
        using (var signals = new StopSignals())
            Start(folder.File("cut"), kind, "on", new Watcher { StopAtStep = 230, Signals = signals }, signals, extra: settings);
        foreach (var (place, memory, until) in new[] { ("device", "device", 360), ("device", "host", 480), ("cpu", "device", 600) })
        {
            using var signals = new StopSignals();
            Resume(place, memory, new Watcher { StopAtStep = until, Signals = signals }, signals);
        }

        Resume("device", "device", new Watcher(), new StopSignals());
        Assert.Equal(Metrics(folder.File("whole")), Metrics(folder.File("cut")));
        Assert.Equal(Weights(folder.File("whole")), Weights(folder.File("cut")));

        void Resume(string place, string memory, Watcher watcher, StopSignals signals)
        {
            var config = RunChanges.Apply(
                RunDirectory.ReadConfig(folder.File("cut"), Assert.Fail), [$"env.pixel_device={place}", $"replay.memory={memory}"]);
            TrainingRun.Resume(folder.File("cut"), config, watcher, signals);
        }
    }

    /// <summary>
    /// The way of a GPU, on a stand-in for the library that makes frames as late as it may: when somebody waits for
    /// them, on the host, or for what follows them on the device.
    /// </summary>
    [Theory]
    [InlineData("on", "uniform", true)]
    [InlineData("on", "uniform", false)]
    [InlineData("off", "prioritized", true)]
    [InlineData("off", "prioritized", false)]
    [InlineData("on", "pqn", true)]
    [InlineData("on", "pqn", false)]
    public void FramesThatAreMadeLateGiveTheSameBytes(string overlap, string kind, bool frames)
    {
        using var gather = frames ? StackGather.Open(cuda: false) : null;
        var late = new FakeCuda(late: true);
        Assert.Equal(
            AsOnAGpu(overlap, kind, gather, new FakeCuda(), rest: true), AsOnAGpu(overlap, kind, gather, late, pixels: true));
        Assert.True(late.MostQueued > 3, $"{late.MostQueued} were queued");
    }

    /// <summary>
    /// What a round asks of the device: docs/gpu.md has the numbers. A round is an update's and the steps that the next
    /// one waits for.
    /// </summary>
    [Theory]
    [InlineData("uniform", true, "3 download, 3 follow, 4 record, 2 replay, 3 upload, 4 wait")]
    [InlineData("uniform", false, "3 download, 1 follow, 4 record, 2 replay, 4 upload, 6 wait")]
    [InlineData("prioritized", true, "3 download, 3 follow, 4 record, 2 replay, 3 upload, 4 wait")]
    [InlineData("pqn", true, "18 download, 10 follow, 26 record, 13 replay, 18 upload, 26 wait")]
    public void ARoundsCopiesLaunchesAndWaitsAreThese(string kind, bool frames, string expected)
    {
        using var gather = frames ? StackGather.Open(cuda: false) : null;
        var cuda = new FakeCuda();
        string[] rounds = [];
        var seen = 0;
        _ = AsOnAGpu(
            "on", kind, gather, cuda, pixels: true, extra: ["exploration.start=0", "exploration.end=0"], after: _ =>
            {
                rounds = [.. rounds, Counts(cuda.Log.Skip(seen))];
                seen = cuda.Log.Count;
            });
        Assert.True(expected == rounds[^1], $"{kind}: {rounds[^1]}");

        static string Counts(IEnumerable<string> calls) => string.Join(
            ", ",
            from call in calls
            group call by call.Contains("follows", StringComparison.Ordinal) ? "follow" : call into same
            orderby same.Key
            select $"{same.Count()} {same.Key}");
    }

    /// <summary>The shortest of each place's rounds decides; the device has to be faster by a tenth.</summary>
    [Theory]
    [InlineData(2, 2, 2, 1, 1, 1, PixelPlace.Device)]
    [InlineData(1, 1, 1, 2, 2, 2, PixelPlace.Cpu)]
    [InlineData(2, 2, 2, 9, 1.7, 9, PixelPlace.Device)]
    [InlineData(9, 9, 1.8, 1.7, 9, 9, PixelPlace.Cpu)]
    [InlineData(2, 2, 2, 1.9, 1.9, 1.9, PixelPlace.Cpu)]
    public void AutoTakesTheFasterPlaceAndTellsOfIt(
        double cpu1, double cpu2, double cpu3, double device1, double device2, double device3, PixelPlace expected)
    {
        var rounds = new Dictionary<PixelPlace, Queue<double>>
        {
            [PixelPlace.Cpu] = new([cpu1, cpu2, cpu3]),
            [PixelPlace.Device] = new([device1, device2, device3]),
        };
        List<string> told = [];
        var pinned = PixelBinding.Pin(Auto, place => rounds[place].Dequeue() / 1e3, told.Add);
        Assert.Equal(expected, pinned.Env.PixelDevice);
        Assert.All(rounds.Values, left => Assert.Empty(left));
        var (cpu, device) = (Math.Min(Math.Min(cpu1, cpu2), cpu3), Math.Min(Math.Min(device1, device2), device3));
        var line = FormattableString.Invariant(
            $"a step takes {cpu} ms with pixels made as the games are stepped, {device} ms on {LearnerBinding.DeviceOf(Auto)}");
        Assert.Equal([$"env.pixel_device={(expected == PixelPlace.Cpu ? "cpu" : "device")}: {line}"], told);
    }

    [Fact]
    public void NothingIsMeasuredOnTheCpuOrWhereAPlaceIsNamed()
    {
        var cpu = Auto with { Run = new RunOptions { Device = DeviceChoice.Cpu } };
        Assert.Equal(PixelPlace.Cpu, PixelBinding.Pin(cpu, cores: 1, Assert.Fail).Env.PixelDevice);
        var named = Auto with { Env = Auto.Env with { PixelDevice = PixelPlace.Device } };
        Assert.Same(named, PixelBinding.Pin(named, cores: 1, Assert.Fail));
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

    [Fact]
    public void ARingThatCannotBeLockedSaysWhatDoesWithout()
    {
        var config = Config("", "uniform", "on", ["env.name=bricks", "run.device=cpu", "env.pixel_device=device"]);
        using var environments = PixelBinding.Open(config, cores: 1);
        var context = ContextOf(config, environments, new RunCounters()) with { Registrar = new LittleMemory() };
        var error = Assert.Throws<FastDqnException>(() => new DqnLoop(config, environments, context));
        Assert.Equal("no more can be locked; env.pixel_device=cpu needs no locked replay memory", error.Message);
    }

    /// <summary>Locks minibatches, but not what is larger.</summary>
    private sealed class LittleMemory : IPinnedMemoryRegistrar
    {
        public IDisposable Register(nint address, long bytes) =>
            bytes < 1 << 20 ? new Unfinished() : throw new FastDqnException(ErrorKind.Failure, "no more can be locked");
    }

    private static TrainConfig Auto => new() { Env = new EnvironmentOptions { PixelDevice = PixelPlace.Auto } };

    private static void AllAreTheSame(TempFolder folder)
    {
        foreach (var (name, _, _) in Places[1..])
        {
            Assert.Equal(Metrics(folder.File("cpu")), Metrics(folder.File(name)));
            Assert.Equal(Weights(folder.File("cpu")), Weights(folder.File(name)));
            Assert.Equal(Sums(folder.File("cpu")), Sums(folder.File(name)));
        }
    }
}
