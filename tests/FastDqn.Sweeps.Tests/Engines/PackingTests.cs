using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;
using FastDqn.Training;

namespace FastDqn.Sweeps.Tests.Engines;

/// <summary>
/// How many trainings a machine is given at once: by its GPUs as they are, its memory, and what was measured.
/// </summary>
public sealed class PackingTests : IDisposable
{
    // Two cards, the second divided into slices of two sizes, as nvidia-smi lists them.
    private const string List = """
        GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa1111-0000-0000-0000-000000000000)
        GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bbbb2222-0000-0000-0000-000000000000)
          MIG 3g.20gb     Device  0: (UUID: MIG-cccc3333-0000-0000-0000-000000000000)
          MIG 1g.5gb+me   Device  1: (UUID: MIG-dddd4444-0000-0000-0000-000000000000)

        """;

    private const string States = """
        GPU-aaaa1111-0000-0000-0000-000000000000, 40000, Default, Disabled
        GPU-bbbb2222-0000-0000-0000-000000000000, 39000, Default, Enabled

        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Short(IEnumerable<Gpu> gpus) => string.Join(" ", gpus.Select(g => g.Name.Length > 8 ? g.Name[..8] : g.Name));

    [Fact]
    public void ADividedCardIsHandedOutInSlicesWithTheirMemory()
    {
        var gpus = Gpu.Parse(List, States, visible: null, mps: false);
        Assert.Equal("GPU-aaaa MIG-cccc MIG-dddd", Short(gpus));
        Assert.Equal([false, true, true], gpus.Select(g => g.IsSlice));
        Assert.Equal(40000L << 20, gpus[0].FreeBytes);
        Assert.InRange(gpus[1].FreeBytes!.Value, 19L << 30, 20L << 30);
        Assert.InRange(gpus[2].FreeBytes!.Value, 4L << 30, 5L << 30);
        var slots = Slot.Divide(new LocalOptions { Gpus = 1 }, [0, 1, 2, 3], gpus);
        Assert.Equal(gpus.Select(g => g.Name), slots.Select(s => s.TrainingEnvironment["CUDA_VISIBLE_DEVICES"]));
        // Two of the slices would not be seen by one process.
        var e = Assert.Throws<FastDqnException>(() => Slot.Divide(new LocalOptions { Gpus = 2 }, [0, 1, 2, 3], gpus));
        Assert.Contains("slices of cards (MIG), of which a process sees one", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACardThatIsDividedIntoNothingIsNotHandedOut() => Assert.Equal(
        "GPU-aaaa",
        Short(Gpu.Parse(string.Join('\n', List.Split('\n').Take(2)), States, visible: null, mps: false)));

    [Theory]
    [InlineData("1", "1", true)]
    [InlineData("GPU-aaaa", "GPU-aaaa", false)]
    [InlineData("MIG-dddd4444-0000-0000-0000-000000000000,MIG-cccc", "MIG-dddd MIG-cccc", true)]
    [InlineData("0,-1,1", "0", false)]
    [InlineData("MIG-GPU-eeee/1/0", "MIG-GPU-", true)]
    public void WhatIsVisibleIsHandedOutInTheUsersWords(string visible, string names, bool slices)
    {
        var gpus = Gpu.Parse(List, States, visible, mps: false);
        Assert.Equal(names, Short(gpus));
        Assert.All(gpus, g => Assert.Equal(slices, g.IsSlice));
        Assert.Equal(visible.Contains("eeee", StringComparison.Ordinal), gpus[0].FreeBytes is null);
    }

    [Fact]
    public void WithoutNvidiaSmiWhatIsVisibleIsStillHandedOut() =>
        Assert.Equal([new Gpu("3"), new Gpu("GPU-x")], Gpu.Parse("", "", "3, GPU-x", mps: false));

    [Theory]
    [InlineData(false, "compute mode Exclusive_Process")]
    [InlineData(true, null)]
    public void ACardForOneProcessIsSharedThroughTheMultiProcessServiceOnly(bool mps, string? refusal)
    {
        var gpus = Gpu.Parse(List, States.Replace("Default", "Exclusive_Process", StringComparison.Ordinal), "0", mps);
        var options = new LocalOptions { Gpus = 0.5 };
        if (refusal is null)
            Assert.Equal(2, Slot.Divide(options, [0, 1, 2, 3], gpus).Count);
        else
            Assert.Contains(
                refusal, Assert.Throws<FastDqnException>(() => Slot.Divide(options, [0, 1], gpus)).Message, StringComparison.Ordinal);
        // Nor is sharing measured where it cannot be had.
        Assert.Equal(mps ? [1, 2, 4, 8] : [1], Packing.Steps(options with { Gpus = 1 }, 4, gpus));
    }

    [Theory]
    [InlineData(2, 0, 0, 0, "1 2 4")]
    [InlineData(8, 0, 0, 0, "1 2 4 8 16")]
    [InlineData(6, 0, 0, 0, "1 2 4 6 12")]
    [InlineData(8, 4, 0, 0, "1 2 4")]
    [InlineData(8, 0, 3, 1, "1 3 6 12 24")]
    [InlineData(8, 0, 2, 0.5, "1 2 4")]
    [InlineData(8, 0, 4, 2, "1 2")]
    public void WhatIsMeasuredFollowsFromCoresAndGpus(int cores, int each, int gpus, double gpusEach, string steps) => Assert.Equal(
        steps,
        string.Join(" ", Packing.Steps(
            new LocalOptions { Cores = each, Gpus = gpusEach }, cores, [.. Enumerable.Range(0, gpus).Select(i => new Gpu($"{i}"))])));

    [Theory]
    [InlineData("1=100 2=190 4=195", 2, false)]
    [InlineData("1=100 2=190 4=300", 4, true)]
    [InlineData("1=100 2=90", 1, false)]
    [InlineData("1=100", 1, true)]
    public void TheFewestAreTakenThatComeNearTheBest(string levels, int best, bool goesOn)
    {
        var packing = Measured(levels);
        Assert.Equal((best, goesOn), (packing.Best, Packing.GoesOn(packing.Levels)));
        Assert.EndsWith($": {best} at once", packing.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatWasMeasuredIsKeptForTheSameMachineAndStudy()
    {
        var (options, gpus) = (new LocalOptions { Gpus = 1 }, new[] { new Gpu("a"), new Gpu("b") });
        Assert.Null(Packing.Find(_folder.Path, options, 2, gpus));
        var packing = Measured("1=100 2=200 4=300") with { Gpus = ["a", "b"], GpusEach = 1 };
        packing.Save(_folder.Path);
        var found = Packing.Find(_folder.Path, options, 2, gpus)!;
        Assert.Equal((4, packing.ToString()), (found.Best, found.ToString()));
        Assert.Null(Packing.Find(_folder.Path, options, 4, gpus));
        Assert.Null(Packing.Find(_folder.Path, options, 2, gpus[..1]));
        Assert.Null(Packing.Find(_folder.Path, options with { Cores = 1 }, 2, gpus));
        // Four on two cards: a half each.
        var chosen = Packing.With(options with { IsMeasured = true }, found.Best, gpus.Length);
        Assert.Equal((4, 0.5, false), (chosen.Parallel, chosen.Gpus, chosen.IsMeasured));
        Assert.Equal(["a", "b", "a", "b"], Slot.Divide(chosen, [0, 1], gpus).Select(s => s.Gpus[0]));

        File.WriteAllText(Packing.FileOf(_folder.Path), "{}");
        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => Packing.Find(_folder.Path, options, 2, gpus)).Kind);
    }

    [Theory]
    [InlineData(1, 10, 1)]
    [InlineData(1, 6_000, 5)]
    [InlineData(4, 4_199, 3)]
    [InlineData(4, 4_200, 4)]
    [InlineData(4, 5_300, 4)]
    [InlineData(4, 5_400, 5)]
    public void TheHostsMemoryHoldsSoMany(int inProcess, int megabytes, int count)
    {
        var fits = MemoryFit.OnHost(new TrainingFootprint(1_000_000_000, 200_000_000, 0), inProcess, megabytes * 1_000_000L);
        Assert.Equal(megabytes < 1000 ? 0 : count, fits);
    }

    [Fact]
    public void TooManyForTheMemoryAreFewerOrRefusedWithBothFigures()
    {
        var slots = Slot.Divide(new LocalOptions { Parallel = 4 }, [0, 1, 2, 3], []);
        var each = new TrainingFootprint(6_800_000_000, 200_000_000, 0);
        var said = new List<string>();
        Assert.Equal(3, MemoryFit.Fit(slots, each, 1, 23_000_000_000, [], wanted: false, said.Add).Count);
        const string figures = "4 training(s) at once take 28 GB of memory (7 GB each) and 23 GB is free";
        Assert.Equal([figures + ": 3 at once"], said);
        var e = Assert.Throws<FastDqnException>(() => MemoryFit.Fit(slots, each, 1, 23_000_000_000, [], wanted: true, said.Add));
        Assert.Equal((ErrorKind.Usage, figures + ": use --parallel 3, or lower replay.capacity"), (e.Kind, e.Message));
        e = Assert.Throws<FastDqnException>(() => MemoryFit.Fit(slots, each, 1, 1_000_000_000, [], wanted: false, said.Add));
        Assert.Contains("28 GB", e.Message, StringComparison.Ordinal);
        Assert.Same(slots, MemoryFit.Fit(slots, each, 1, 28_000_000_000, [], wanted: true, said.Add));
        Assert.Single(said);
    }

    [Fact]
    public void EachCardsMemoryIsCountedForItself()
    {
        // A large card and a small slice, two runs on each.
        Gpu[] gpus = [new("large") { FreeBytes = 40_000_000_000 }, new("small") { FreeBytes = 4_500_000_000, IsSlice = true }];
        var slots = Slot.Divide(new LocalOptions { Parallel = 4, Gpus = 0.5 }, [0, 1, 2, 3], gpus);
        var each = new TrainingFootprint(0, 200_000_000, 4_000_000_000);
        var said = new List<string>();
        var kept = MemoryFit.Fit(slots, each, 1, long.MaxValue, gpus, wanted: false, said.Add);
        Assert.Equal(["large", "small", "large"], kept.Select(s => s.Gpus[0]));
        Assert.Equal(
            "2 training(s) at once take 8 GB of the card's memory (4 GB each) and 4.5 GB is free on small: 1 at once", said.Single());
        var e = Assert.Throws<FastDqnException>(() => MemoryFit.Fit(slots, each, 1, long.MaxValue, gpus, wanted: true, said.Add));
        Assert.Contains("4.5 GB is free on small", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<FastDqnException>(
            () => MemoryFit.Fit(slots, each with { Card = 50_000_000_000 }, 1, long.MaxValue, gpus, wanted: false, said.Add));
        Assert.Equal("no GPU here has memory for one training", e.Message);
    }

    [Fact]
    public void TheLargestTrainingOfAStudyIsTheOneThatCounts()
    {
        const string small = "base: {env.name: bricks, replay.capacity: 1000}";
        var one = Footprint("target.gamma: {values: [0.9]}", small);
        var most = Footprint("replay.capacity: {distribution: log_int, min: 1000, max: 100000}", "base: {env.name: bricks}");
        // 84 x 84 bytes a frame.
        Assert.InRange(most.Own - one.Own, 99_000L * 7056, 99_000L * 7500);
        Assert.Equal(most, Footprint("replay.capacity: {values: [1000, 100000, 5000]}", "base: {env.name: bricks}"));
        // A short training never fills its memory.
        var unfilled = Footprint("replay.capacity: {values: [100000]}", "base: {env.name: bricks, train.steps: 1000}");
        Assert.InRange(most.Own - unfilled.Own, 99_000L * 7056, 99_000L * 7500);
        const string smallest = "body.kind: {values: [dqn2013]}";
        Assert.True(Footprint("body.kind: {values: [dqn2013, nature]}", small).Own > Footprint(smallest, small).Own);
        Assert.Equal(0, one.Card);
        Assert.Null(MemoryFit.Largest(StudyFileReader.Read(FakeTrainer.StudyText("/bin/true"), "s.yaml")));

        static TrainingFootprint Footprint(string parameter, string more) => MemoryFit.Largest(Study(parameter, more))!;
    }

    [Theory]
    [InlineData("replay.capacity: {values: [1000, 2000, 3000]}", 1)]
    [InlineData("env.name: {values: [cartpole, cartpole-v0]}\n  replay.capacity: {values: [1000, 2000, 3000]}", 2)]
    [InlineData("env.count: {values: [1, 2, 4]}\n  body.widths: {values: [[16], [24]]}", 3)]
    public void AnEnvironmentIsOpenedOnceForAllTheTrainingsInIt(string parameters, int times)
    {
        var opened = new List<EnvironmentOptions>();
        Assert.NotNull(MemoryFit.Largest(Study(parameters, "base: {preset: cartpole-exercises}"), config =>
        {
            opened.Add(config.Env);
            return EnvironmentBinding.ForTraining(config, cores: 1);
        }));
        Assert.Equal(times, opened.Count);
        Assert.Equal(times, opened.Distinct().Count());
    }

    private static StudySpec Study(string parameters, string more) => StudyFileReader.Read(
        $$"""
        name: s
        method: random
        run_cap: 1
        metric: {name: charts/mean_return, goal: maximize}
        parameters:
          {{parameters}}
        {{more}}
        """, "s.yaml");

    [Fact]
    public void AStudyIsMeasuredOnceAndGoesOnAsItBegan()
    {
        var fastdqn = Fastdqn.Require();
        _folder.Write("s.yaml", """
            name: s
            method: random
            run_cap: 1
            metric: {name: charts/mean_return, goal: maximize}
            parameters:
              target.gamma: {min: 0.9, max: 0.99}
            base: {preset: cartpole-exercises, train.steps: 1500, train.stop_return: 1e9, eval.episodes: 0, eval.random: false}
            local: {parallel: auto}
            """);
        var first = Fastdqn.Call(fastdqn, ["sweep", "run", "s.yaml", "--quiet"], _folder.Path);
        Assert.True(first.Code == 0, first.Error);
        Assert.Contains("measured: 1 at once ", first.Error, StringComparison.Ordinal);
        var kept = File.ReadAllText(Packing.FileOf(_folder.File("studies/s")));
        Assert.Equal(["base.yaml", "logs", Path.GetFileName(Packing.FileOf("")), "runs"],
            Directory.EnumerateFileSystemEntries(_folder.File("studies/s")).Select(Path.GetFileName)
                .Where(f => !f!.StartsWith("study", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        var second = Fastdqn.Call(fastdqn, ["sweep", "resume", "s", "--run-cap", "2", "--quiet"], _folder.Path);
        Assert.True(second.Code == 0, second.Error);
        Assert.Contains("as it was measured for this study: 1 at once ", second.Error, StringComparison.Ordinal);
        Assert.Equal(kept, File.ReadAllText(Packing.FileOf(_folder.File("studies/s"))));

        _folder.Write("own.yaml", FakeTrainer.StudyText("/bin/true", cap: 1, more: "local: {parallel: auto}"));
        Assert.Equal(2, Fastdqn.Call(fastdqn, ["sweep", "run", "own.yaml"], _folder.Path).Code);
        var word = Fastdqn.Call(fastdqn, ["sweep", "run", "s.yaml", "--parallel", "some"], _folder.Path);
        Assert.Equal((2, "fastdqn: --parallel is 'some': use a number of at least 1, or auto"), (word.Code, word.Error));
    }

    private static Packing Measured(string levels) => new(
        2, [], 0, 0,
        [.. levels.Split(' ').Select(l => l.Split('=')).Select(l => new PackingLevel(int.Parse(l[0]), double.Parse(l[1])))]);
}
