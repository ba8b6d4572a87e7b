using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Tests;
using FastDqn.Pixels;
using FastDqn.Tests;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>
/// <c>replay.memory=device</c>: the bytes of a run whose minibatches the host makes. Kernels run on ILGPU's CPU
/// accelerator.
/// </summary>
public sealed partial class TrainingRunTests
{
    private const string Device = "replay.memory=device";

    public static TheoryData<string, string, string> DeviceRuns => new()
    {
        { "cartpole", "uniform", "on" },
        { "cartpole", "prioritized", "off" },
        { "cartpole-pixels", "uniform", "on" },
        { "gridworld", "prioritized", "on" },
        { "gridworld-partial", "uniform", "off" },
        { "gridworld", "predicting", "on" },
        { "bricks", "uniform", "off" },
        { "bricks", "prioritized", "on" },
        { "bricks", "iqn", "on" },
        { "cartpole", "recurrent", "on" },
        { "bricks", "recurrent", "off" },
        { "cartpole", "pqn", "off" },
        { "gridworld", "pqn", "on" },
        { "bricks", "pqn", "on" },
        { "bricks", "pqn", "off" },
    };

    [Theory]
    [MemberData(nameof(DeviceRuns))]
    public void FramesOnTheDeviceGiveTheBytesOfTheHosts(string environment, string kind, string overlap)
    {
        using var folder = new TempFolder();
        // A ring that comes round, episodes that end, updates of every phase.
        string[] settings =
        [
            $"env.name={environment}", "run.device=cpu", "train.steps=400", "log.every=40",
            "checkpoint.every=0", "eval.episodes=0", "eval.every=0", "log.films=false", "env.count=4",
            .. kind == "pqn" ? Array.Empty<string>() : ["replay.capacity=150"],
            .. environment == "bricks" ? new[] { "env.max_frames=240" } : [],
        ];
        Start(folder.File("host"), kind, overlap, new Watcher(), extra: [.. settings, "replay.memory=host"]);
        Start(folder.File("device"), kind, overlap, new Watcher(), extra: [.. settings, Device]);
        Assert.Equal(Metrics(folder.File("host")), Metrics(folder.File("device")));
        Assert.Equal(Weights(folder.File("host")), Weights(folder.File("device")));
        Assert.Equal(Sums(folder.File("host")), Sums(folder.File("device")));
    }

    /// <summary>A round's steps overwrite what its minibatches are made of, were they not waited for.</summary>
    [Fact]
    public void LongRoundsOfASmallRingGiveTheBytesOfTheHosts()
    {
        using var folder = new TempFolder();
        foreach (var memory in new[] { "host", "device" })
        {
            Start(folder.File(memory), "prioritized", "on", new Watcher(), extra:
            [
                "run.device=cpu", "env.count=1", "replay.capacity=40", "schedule.warm_up=40", "schedule.steps_per_update=100",
                "train.steps=1500", "eval.episodes=0", "eval.every=0", "checkpoint.every=0", $"replay.memory={memory}",
            ]);
        }

        Assert.Equal(Metrics(folder.File("host")), Metrics(folder.File("device")));
        Assert.Equal(Sums(folder.File("host")), Sums(folder.File("device")));
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public void ALossThatDivergedOnTheDeviceLeavesTheSameBatch(string overlap)
    {
        using var folder = new TempFolder();
        foreach (var memory in new[] { "host", "device" })
        {
            var error = Assert.Throws<FastDqnException>(() => Start(
                folder.File(memory), "uniform", overlap, new Watcher(),
                extra: ["run.device=cpu", "train.max_loss=1e-9", "schedule.steps_per_update=200", $"replay.memory={memory}"]));
            Assert.StartsWith("diverged: ", error.Message, StringComparison.Ordinal);
        }

        var (host, device) = (Batch("host"), Batch("device"));
        Assert.Contains("\"observations\":\"", host, StringComparison.Ordinal);
        Assert.Equal(host, device);

        string Batch(string memory) => File.ReadAllText(Path.Combine(folder.File(memory), "bad-batch.json"));
    }

    [Theory]
    [InlineData("prioritized", "cartpole")]
    [InlineData("recurrent", "cartpole")]
    [InlineData("pqn", "cartpole")]
    [InlineData("pqn", "bricks")]
    public void ARunGoesOnOnTheDeviceAndBackOnTheHost(string kind, string environment)
    {
        string[] game = environment == "bricks" ? ["env.name=bricks", "env.max_frames=240"] : [];
        using var folder = new TempFolder();
        Start(folder.File("whole"), kind, "on", new Watcher(), extra: [.. game, "replay.memory=host"]);
        using (var signals = new StopSignals())
            Start(folder.File("cut"), kind, "on", new Watcher { StopAtStep = 230, Signals = signals }, signals, extra: game);
        using (var signals = new StopSignals())
            ResumeWith(Device, new Watcher { StopAtStep = 430, Signals = signals }, signals);
        // Its frames come from the checkpoint.
        using (var signals = new StopSignals())
            ResumeWith(Device, new Watcher { StopAtStep = 640, Signals = signals }, signals);
        ResumeWith("replay.memory=host", new Watcher(), new StopSignals());
        Assert.Equal(Metrics(folder.File("whole")), Metrics(folder.File("cut")));
        Assert.Equal(Weights(folder.File("whole")), Weights(folder.File("cut")));

        void ResumeWith(string setting, Watcher watcher, StopSignals signals)
        {
            var config = RunChanges.Apply(RunDirectory.ReadConfig(folder.File("cut"), Assert.Fail), [setting]);
            TrainingRun.Resume(folder.File("cut"), config, watcher, signals);
        }
    }

    /// <summary>
    /// The way of a GPU, graphs and streams, on tensors of the CPU and a stand-in for the library.
    /// </summary>
    [Theory]
    [InlineData("on", "uniform")]
    [InlineData("off", "prioritized")]
    [InlineData("on", "recurrent")]
    [InlineData("off", "recurrent")]
    [InlineData("on", "pqn")]
    [InlineData("off", "pqn")]
    public void TheWayOfAGpuGivesTheSameBytesToo(string overlap, string kind)
    {
        using var kernels = StackGather.Open(cuda: false);
        var gather = new Counting(kernels);
        Assert.Equal(AsOnAGpu(overlap, kind, null, new FakeCuda()), AsOnAGpu(overlap, kind, gather, new FakeCuda()));
        Assert.True(gather.Stacks > 1000, $"{gather.Stacks} stacks");
    }

    /// <summary>
    /// What is queued runs as late as a device could, and so do figures that nobody waits for: frames, minibatches and
    /// parameters are what they would be if each were waited for.
    /// </summary>
    [Theory]
    [InlineData("on", "uniform", true)]
    [InlineData("on", "uniform", false)]
    [InlineData("on", "prioritized", true)]
    [InlineData("off", "uniform", true)]
    [InlineData("on", "pqn", true)]
    [InlineData("on", "pqn", false)]
    public void ADeviceThatIsLateGivesTheSameBytes(string overlap, string kind, bool frames)
    {
        using var gather = frames ? StackGather.Open(cuda: false) : null;
        var late = new FakeCuda(late: true);
        Assert.Equal(AsOnAGpu(overlap, kind, gather, new FakeCuda(), rest: true), AsOnAGpu(overlap, kind, gather, late));
        Assert.True(late.MostQueued > 3, $"{late.MostQueued} were queued");
    }

    [Theory]
    [InlineData("on", "uniform", 1)]
    [InlineData("on", "prioritized", 0)] // its errors are the next draw's priorities
    [InlineData("off", "uniform", 0)]
    public void AnUpdateIsLeftToTheDeviceWhereNothingButFiguresComesOfIt(string overlap, string kind, int left)
    {
        var seen = new List<int>();
        _ = AsOnAGpu(overlap, kind, null, new FakeCuda(), after: loop => seen.Add(((DqnLearner)loop.Learner).Pending));
        Assert.Equal(left, seen[^1]);
        Assert.All(seen, pending => Assert.InRange(pending, 0, left));
    }

    [Fact]
    public void RoundsThatAreLongerThanTheRingWaitsForLeaveNothing()
    {
        var seen = 0;
        _ = AsOnAGpu(
            "on", "uniform", null, new FakeCuda(), after: loop => seen += ((DqnLearner)loop.Learner).Pending,
            extra: ["schedule.steps_per_update=100"], updates: 6);
        Assert.Equal(0, seen);
    }

    /// <summary>The state of a loop whose learner works as on a GPU.</summary>
    private static byte[] AsOnAGpu(
        string overlap, string kind, IStackGather? gather, FakeCuda cuda, bool rest = false, Action<ITrainingLoop>? after = null,
        string[]? extra = null, bool pixels = false, int updates = 60)
    {
        string[] memory = kind == "pqn" ? [] : ["replay.capacity=150"];
        string[] place = pixels ? ["run.device=cpu", "env.pixel_device=device"] : [];
        var config = Config(
            "", kind, overlap, ["env.name=bricks", "env.count=4", "env.max_frames=240", .. memory, .. place, .. extra ?? []]);
        var counters = new RunCounters();
        using var environments = PixelBinding.Open(config, cores: 1);
        var context = ContextOf(config, environments, counters) with
        {
            Gather = gather,
            Learner = new LearnerSettings { Graph = true, Calls = cuda },
        };
        using ITrainingLoop loop = kind == "pqn"
            ? new PqnLoop(config, environments, context)
            : new DqnLoop(config, environments, context);
        loop.Begin();
        while (counters.Updates < updates)
        {
            loop.Advance();
            after?.Invoke(loop);
            if (rest)
                loop.Rest();
        }

        loop.Rest();
        using var state = new MemoryStream();
        counters.Save(new StateWriter(state));
        foreach (var (_, owner) in loop.State)
            owner.Save(new StateWriter(state));
        loop.Ring?.Save(new StateWriter(state));
        return state.ToArray();
    }

    private static LoopContext ContextOf(TrainConfig config, IVectorEnvironment environments, RunCounters counters) => new(
        Algorithms.ToSpec(config), EnvironmentBinding.InputOf(environments.Observation), "cpu", counters,
        new EpisodeTracker(environments.Count), new StageTimes(trace: false), static _ => { })
    {
        Pixels = environments as DevicePixels,
    };

    /// <summary>Another arithmetic, named in the run, and no less repeatable.</summary>
    [Fact]
    public void ARunInBf16GoesOnBitForBit()
    {
        string[] rounded = ["run.device=cpu", "learner.precision=bf16"];
        using var folder = new TempFolder();
        Start(folder.File("floats"), "uniform", "on", new Watcher(), extra: ["run.device=cpu"]);
        Start(folder.File("whole"), "uniform", "on", new Watcher(), extra: rounded);
        using (var signals = new StopSignals())
            Start(folder.File("cut"), "uniform", "on", new Watcher { StopAtStep = 330, Signals = signals }, signals, extra: rounded);
        Resume(folder.File("cut"), new Watcher(), new StopSignals());
        Assert.Equal(Metrics(folder.File("whole")), Metrics(folder.File("cut")));
        Assert.Equal(Weights(folder.File("whole")), Weights(folder.File("cut")));
        Assert.NotEqual(Weights(folder.File("floats")), Weights(folder.File("whole")));
        var info = File.ReadAllText(folder.File("whole/run.json"));
        Assert.Contains("\"precision\": \"bf16\"", info, StringComparison.Ordinal);
        var manifest = File.ReadAllText(Path.Combine(
            Directory.EnumerateDirectories(RunDirectory.CheckpointsOf(folder.File("whole")), "step-*").Max()!, "manifest.json"));
        Assert.Contains("bf16", manifest, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FrameMemory.Auto, 10_000_000_000, FrameMemory.Device)]
    [InlineData(FrameMemory.Auto, 9_000_000_000, FrameMemory.Host)]
    [InlineData(FrameMemory.Auto, null, FrameMemory.Host)]
    [InlineData(FrameMemory.Device, 10_000_000_000, FrameMemory.Device)]
    public void AutoTakesTheDeviceWhereTheFramesFit(FrameMemory asked, long? free, FrameMemory expected) =>
        Assert.Equal(expected, FrameBinding.Pin(Asking(asked), 7_060_000_000, free).Replay.Memory);

    [Fact]
    public void TooLittleMemoryOnTheCardIsRefusedWithBothFigures()
    {
        var error = Assert.Throws<FastDqnException>(() => FrameBinding.Pin(Asking(FrameMemory.Device), 7_060_000_000, 8_000_000_000));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("7.06 GB", error.Message, StringComparison.Ordinal);
        Assert.Contains("8 GB is free", error.Message, StringComparison.Ordinal);
        Assert.Contains("replay.memory=host", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<FastDqnException>(() => FrameBinding.Pin(Asking(FrameMemory.Device), 1, free: null));
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
    }

    [Fact]
    public void OnTheCpuAutoStaysAsItIsAndTheDevicesFramesCountAsTheHosts()
    {
        var config = Asking(FrameMemory.Auto) with { Run = new RunOptions { Device = DeviceChoice.Cpu } };
        Assert.Equal(config, FrameBinding.Pin(config, 1 << 20));
        Assert.Null(FrameBinding.Open(config));
        Assert.Equal(0, FrameBinding.HostBytes(config, 77));
        Assert.Equal(77, FrameBinding.HostBytes(config with { Replay = config.Replay with { Memory = FrameMemory.Device } }, 77));
    }

    [Fact]
    public void WhatARolloutsFramesTakeIsLoweredByItsSize()
    {
        var config = Asking(FrameMemory.Device) with { Replay = new ReplaySpec { Kind = ReplayKind.None, Memory = FrameMemory.Device } };
        var error = Assert.Throws<FastDqnException>(() => FrameBinding.Pin(config, 7_060_000_000, 8_000_000_000));
        Assert.Contains("lower env.count or rollout.steps", error.Message, StringComparison.Ordinal);
    }

    private static TrainConfig Asking(FrameMemory memory) => new() { Replay = new ReplaySpec { Memory = memory } };

    private sealed class Counting(IStackGather gather) : IStackGather
    {
        private long _stacks;

        public long Stacks => _stacks;

        public void Queue(in FrameRing ring, nint frames, nint places, int count, nint stacks, nint stream)
        {
            Interlocked.Add(ref _stacks, count);
            gather.Queue(ring, frames, places, count, stacks, stream);
        }

        public void Dispose() { }
    }

    // The checkpoint's files by what they hold; those that tell of the configuration or the rows' lengths aside.
    private static IEnumerable<string> Sums(string run) =>
        from file in Directory.EnumerateFiles(Directory.EnumerateDirectories(RunDirectory.CheckpointsOf(run), "step-*").Max()!)
        where Path.GetFileName(file) is not ("manifest.json" or "metrics.bin")
        orderby file
        select $"{Path.GetFileName(file)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}";
}
