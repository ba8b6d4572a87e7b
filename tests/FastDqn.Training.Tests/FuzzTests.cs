using System.Text;
using FastDqn.Core;
using FastDqn.Replay;
using FastDqn.Tests;
using FastDqn.Training.Acting;
using FastDqn.Training.Batch;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Configuration;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>Files from strangers are taken or refused, never more than that.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void Manifests()
    {
        var manifest = new CheckpointManifest
        {
            Format = CheckpointManifest.CurrentFormat,
            ProgramVersion = "1",
            Step = 100,
            Frames = 400,
            Updates = 25,
            Score = 1.5,
            Options = new Dictionary<string, string> { ["target.gamma"] = "0.99", ["env.name"] = "pong" },
            Files = [new CheckpointFile("part.bin", 1, new string('0', 64))],
            Replay = [new FrameSegment("frames-00000000.fdqr", 0, 9, 100, new string('1', 64))],
        };
        Fuzz.Run(
            4000,
            manifest.ToBytes(),
            bytes =>
            {
                var parsed = CheckpointManifest.Parse(bytes, "m");
                Assert.All(
                    parsed.Files.Select(f => f.Name).Concat((parsed.Replay ?? []).Select(s => s.Name)),
                    name => Assert.Equal(Path.GetFileName(name), name));
            },
            ErrorKind.BadData);
    }

    [Fact]
    public void ConfigFiles() =>
        Text(1000, YamlConfig.Write(new TrainConfig()), path => new ConfigLayers().AddFile(path).Resolve(), ErrorKind.Usage);

    [Fact]
    public void BatchFiles() => Text(
        1000, "root: runs/x\nenvs: [breakout, pong]\nseeds: [1, 2]\nparallel: 2\nset: { train.steps: 50000 }\n",
        path => BatchPlan.Read(path), ErrorKind.Usage);

    [Fact]
    public void RunDocuments()
    {
        using var folder = new TempFolder();
        RunInfo.Create(folder.Path, ["train"]);
        var path = folder.File(RunInfo.FileName);
        Fuzz.Run(
            1000,
            File.ReadAllBytes(path),
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                RunInfo.Open(folder.Path);
            },
            ErrorKind.BadData);
    }

    [Theory]
    [InlineData("cartpole", "")]
    [InlineData("cartpole", "prioritized")]
    [InlineData("bricks", "")]
    public void EveryPartOfACheckpoint(string environment, string replay)
    {
        string[] settings =
        [
            $"env.name={environment}", "env.count=2", "body.kind=mlp", "body.widths=8", "schedule.warm_up=40", "schedule.batch_size=4",
            "schedule.steps_per_update=4", "replay.capacity=100", "train.steps=1000", "run.threads=1", "train.overlap=on",
            .. replay.Length > 0 ? new[] { $"replay.kind={replay}", "train.action_repeat=3" } : [],
        ];
        var config = settings.Aggregate(new ConfigLayers(), (layers, setting) => layers.AddSetting(setting)).Resolve();
        var counters = new RunCounters();
        var tracker = new EpisodeTracker(2);
        using var environments = EnvironmentBinding.ForTraining(config);
        using var loop = new DqnLoop(config, environments, new LoopContext(
            Algorithms.ToSpec(config), EnvironmentBinding.InputOf(environments.Observation), "cpu",
            counters, tracker, new StageTimes(trace: false), static _ => { }));
        loop.Begin();
        while (counters.Updates < 10)
            loop.Advance();
        foreach (var (name, owner) in loop.State.Append(("counters.bin", counters)).Append(("episodes.bin", tracker)))
        {
            using var saved = new MemoryStream();
            owner.Save(new StateWriter(saved));
            var good = saved.ToArray();
            try
            {
                // Large states are read whole each time: fewer of them.
                Fuzz.Run(
                    good.Length > 100_000 ? 60 : 300,
                    good,
                    bytes =>
                    {
                        using var stream = new MemoryStream(bytes);
                        loop.OnLearner(() => owner.Load(new StateReader(stream)));
                    },
                    ErrorKind.BadData);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{name}: {e.Message}", e);
            }

            owner.Load(new StateReader(new MemoryStream(good)));
        }

        // All good states are back: the loop goes on.
        var updates = counters.Updates;
        while (counters.Updates < updates + 3)
            loop.Advance();
    }

    private static void Text(int count, string good, Action<string> read, ErrorKind kind)
    {
        using var folder = new TempFolder();
        var path = folder.File("file.yaml");
        Fuzz.Run(
            count,
            Encoding.UTF8.GetBytes(good),
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                read(path);
            },
            kind);
    }
}
