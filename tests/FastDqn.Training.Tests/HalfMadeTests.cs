using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Tests;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>A constructor that throws half way releases what it holds: a shared process lives on.</summary>
public sealed class HalfMadeTests
{
    [Fact]
    public void PartsAreReleasedLastFirstUnlessTheWholeKeepsThem()
    {
        var released = new List<int>();
        using (var made = new Unfinished())
        {
            made.Add(new Part(() => released.Add(1)));
            made.Add(new Part(() => released.Add(2)));
        }

        Assert.Equal([2, 1], released);
        using (var made = new Unfinished())
        {
            made.Add(new Part(() => released.Add(3)));
            made.Keep();
        }

        Assert.Equal([2, 1], released);
    }

    [Fact]
    public void ALearnerThatCannotBeMadeKeepsNoThread()
    {
        Thread? learner = null;
        Assert.Throws<InvalidOperationException>(() => new LearnerSide<DqnLearner>(overlap: true, seed: 1, () =>
        {
            learner = Thread.CurrentThread;
            throw new InvalidOperationException("no device");
        }));
        Assert.True(learner!.Join(TimeSpan.FromMinutes(1)), "the learner's thread goes on");
    }

    [Theory]
    [InlineData("dqn-nature")]
    [InlineData("pqn")]
    public void ALoopWhoseLearnerCannotBeMadeKeepsNoMemory(string algorithm)
    {
        var config = Config(algorithm);
        using var environments = EnvironmentBinding.ForTraining(config);
        var registrar = new Registrar();
        var context = new LoopContext(
            Algorithms.ToSpec(config), EnvironmentBinding.InputOf(environments.Observation), "no such device", new RunCounters(),
            new EpisodeTracker(4), new StageTimes(false), _ => { })
        {
            Registrar = registrar,
        };
        Assert.ThrowsAny<Exception>(() =>
            algorithm == "pqn" ? (ITrainingLoop)new PqnLoop(config, environments, context) : new DqnLoop(config, environments, context));
        Assert.Equal(algorithm != "pqn", registrar.Made > 0);
        Assert.Equal(0, registrar.Live);
    }

    [Fact]
    public void ASessionThatCannotBeMadeClosesItsLogAndItsRun()
    {
        using var folder = new TempFolder();
        var config = new ConfigLayers().AddSetting("env.name=cartpole").AddSetting("body.kind=mlp").AddSetting("replay.capacity=500")
            .AddSetting($"run.dir={folder.File("run")}").Resolve();
        var asked = 0;
        var tools = new RunTools(Ask: _ => asked++ == 0 ? new Nobody() : throw new FastDqnException(ErrorKind.Usage, "nobody is there"));
        Assert.Throws<FastDqnException>(() => TrainingRun.Start(config, [], new TrainingRunTests.Watcher(), new StopSignals(), tools));
        Assert.Equal(2, asked);
        Assert.Equal(RunStatus.Failed, RunInfo.Open(folder.File("run")).Status);
        Assert.False(RunDirectory.IsHeld(folder.File("run")));
        // Nobody else has it open.
        using var log = new FileStream(folder.File("run/log.txt"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    private static TrainConfig Config(string algorithm) =>
        new ConfigLayers().AddSetting($"algorithm.name={algorithm}").AddSetting("env.name=cartpole").AddSetting("env.count=4")
            .AddSetting("body.kind=mlp").AddSetting("body.widths=8").AddSetting("train.overlap=on")
            .AddEntries([new YamlEntry("replay.capacity", "500", 1, 1)], "small.yaml").Resolve();

    private sealed class Part(Action release) : IDisposable
    {
        public void Dispose() => release();
    }

    private sealed class Nobody : IAdviser
    {
        public int Advise(int index, int drawn) => drawn;
    }

    private sealed class Registrar : IPinnedMemoryRegistrar
    {
        public int Made { get; private set; }

        public int Live { get; private set; }

        public IDisposable Register(nint address, long bytes)
        {
            Made++;
            Live++;
            return new Part(() => Live--);
        }
    }
}
