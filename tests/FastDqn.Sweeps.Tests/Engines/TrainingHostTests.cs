using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Sweeps.Coordination;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests.Engines;

/// <summary>Several trainings in one process, with the built program.</summary>
public sealed class TrainingHostTests : IDisposable
{
    private const string CartPole = "preset: cartpole-exercises, train.stop_return: 1e9";
    private const string Bricks = "preset: breakout-2013, env.name: bricks, env.count: 2, schedule.warm_up: 60, replay.capacity: 500";
    private const string Quiet = "eval.episodes: 0, eval.random: false, log.every: 50, log.tensorboard: false";

    private readonly TempFolder _folder = new();
    private readonly string _fastdqn = Fastdqn.Require();

    public void Dispose() => _folder.Dispose();

    private Study Create(string name, string @base, string steps, string values, string more = "") => Study.Create(
        StudyFileReader.Read(
            $$"""
            name: {{name}}
            method: grid
            metric: {name: charts/epsilon, goal: minimize}
            parameters:
              optimizer.learning_rate: {values: {{values}}}
            base: { {{@base}}, train.steps: {{steps}}, {{Quiet}}, checkpoint.every: 100 }
            {{more}}
            """,
            _folder.File(name + ".yaml")),
        folder: _folder.File(name));

    private static IReadOnlyList<Slot> Slots(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Slot(i, [Slot.AvailableCores()[i % Slot.AvailableCores().Count]], []))];

    private static CoordinatorOptions Together(int count) =>
        Program.Rhythm with { InProcess = count, Silence = TimeSpan.FromMinutes(2), StopPatience = TimeSpan.FromSeconds(60) };

    private static List<string> Rows(Study study, string run) => RunFiles.Rows(Path.Combine(study.Folder, "runs", run));

    private static Dictionary<string, string> NewestCheckpoint(Study study, string run)
    {
        var newest = Directory.GetDirectories(Path.Combine(study.Folder, "runs", run, "checkpoints"), "step-*")
            .Max(StringComparer.Ordinal)!;
        // metrics.bin is a length in bytes of rows that hold times.
        return Directory.GetFiles(newest, "*.bin")
            .Where(f => Path.GetFileName(f) != "metrics.bin")
            .Append(Path.Combine(newest, "model.safetensors"))
            .Where(File.Exists)
            .ToDictionary(f => Path.GetFileName(f)!, f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f))));
    }

    private static int ProcessOf(Study study, string run) =>
        (int)JsonNode.Parse(File.ReadAllText(Path.Combine(study.Folder, "runs", run, "run.json")))!["pid"]!;

    [Theory]
    [InlineData(CartPole, "1400")]
    [InlineData(CartPole + ", train.overlap: true", "1400")]
    [InlineData(Bricks, "240")]
    public void SharingAProcessChangesNoByteOfATraining(string @base, string steps)
    {
        using var apart = Create("apart", @base, steps, "[1.0e-3, 3.0e-4]", "seeds: 2");
        using var together = Create("together", @base, steps, "[1.0e-3, 3.0e-4]", "seeds: 2");
        Assert.Equal(
            CoordinatorEnd.Finished,
            new LocalCoordinator(apart, Slots(2), Together(1)).Run(TestContext.Current.CancellationToken));
        Assert.Equal(
            CoordinatorEnd.Finished,
            new LocalCoordinator(together, Slots(4), Together(4)).Run(TestContext.Current.CancellationToken));
        string[] runs = ["0000-s1", "0000-s2", "0001-s1", "0001-s2"];
        Assert.Single(runs.Select(r => ProcessOf(together, r)).Distinct());
        Assert.Equal(4, runs.Select(r => ProcessOf(apart, r)).Distinct().Count());
        foreach (var run in runs)
        {
            Assert.NotEmpty(Rows(apart, run));
            Assert.Equal(Rows(apart, run), Rows(together, run));
            var checkpoint = NewestCheckpoint(apart, run);
            Assert.Contains("learner.bin", checkpoint.Keys);
            Assert.Equal(checkpoint, NewestCheckpoint(together, run));
        }

        // Each kept its own log and its own command line.
        Assert.Contains("0001-s2", File.ReadAllText(Path.Combine(together.Folder, "logs", "0001-s2.log")), StringComparison.Ordinal);
        var arguments = JsonNode.Parse(File.ReadAllText(Path.Combine(together.Folder, "runs", "0001-s2", "run.json")))!["argv"]!.AsArray();
        Assert.Equal("train", (string)arguments[0]!);
    }

    [Fact]
    public void ATrainingThatDivergesEndsAlone()
    {
        using var study = Create("diverging", CartPole, "1600", "[1.0e-3, 1.0e+30, 1.0e-4]", "retries: 0");
        Assert.Equal(
            CoordinatorEnd.Finished,
            new LocalCoordinator(study, Slots(3), Together(3)).Run(TestContext.Current.CancellationToken));
        var trials = study.Trials();
        Assert.Equal([TrialState.Complete, TrialState.Failed, TrialState.Complete], trials.Select(t => t.State));
        Assert.Contains("diverged", trials[1].Runs[0].Message, StringComparison.Ordinal);
        Assert.Single(new[] { "0000-s1", "0001-s1", "0002-s1" }.Select(r => ProcessOf(study, r)).Distinct());
    }

    [Fact]
    public void AKilledProcessCostsNoAttemptAndItsTrainingsGoOnAlone()
    {
        using var study = Create("killed", CartPole, "6000", "[1.0e-3, 1.0e-4]", "retries: 0");
        using var uninterrupted = Create("uninterrupted", CartPole, "6000", "[1.0e-3, 1.0e-4]");
        var killed = 0;
        var killer = Task.Run(KillWhenUnderWay, TestContext.Current.CancellationToken);
        var said = new Listener();
        Assert.Equal(
            CoordinatorEnd.Finished,
            new LocalCoordinator(study, Slots(2), Together(2), said).Run(TestContext.Current.CancellationToken));
        Assert.True(killer.IsCompletedSuccessfully);
        Assert.All(study.Trials().SelectMany(t => t.Runs), r => Assert.Equal((TrialState.Complete, 1), (r.State, r.Attempts)));
        Assert.Equal(2, said.Lines.Count(l => l.Contains("exit code 137", StringComparison.Ordinal)));
        var pids = new[] { "0000-s1", "0001-s1" }.Select(r => ProcessOf(study, r)).ToList();
        Assert.Equal(2, pids.Distinct().Count());
        Assert.DoesNotContain(killed, pids);
        new LocalCoordinator(uninterrupted, Slots(2), Together(2)).Run(TestContext.Current.CancellationToken);
        Assert.Equal(Rows(uninterrupted, "0000-s1"), Rows(study, "0000-s1"));
        Assert.Equal(Rows(uninterrupted, "0001-s1"), Rows(study, "0001-s1"));

        void KillWhenUnderWay()
        {
            string[] checkpoints = [.. new[] { "0000-s1", "0001-s1" }.Select(r => Path.Combine(study.Folder, "runs", r, "checkpoints"))];
            while (!checkpoints.All(c => Directory.Exists(c) && Directory.EnumerateDirectories(c, "step-*").Any()))
                Thread.Sleep(20);
            killed = ProcessOf(study, "0000-s1");
            Process.GetProcessById(killed).Kill();
        }
    }

    [Fact]
    public void AnEngineIsPutAwayWhileItsProcessDies()
    {
        using var study = Create("dying", CartPole, "1000000", "[1.0e-3]");
        var parameters = study.Spec.Sampler.Create(study.Spec.Space).Suggest(0, [])!.Parameters;
        for (var i = 0; i < 8; i++)
        {
            ILocalRun run;
            using (var engine = new LocalEngine(Slots(2), inProcess: 2, _folder.Path))
            {
                run = engine.Start(RunPlan.Create(study.Spec, study.Folder, new RunClaim(0, 0, i, 1, parameters, "", 1, 0)));
                run.Kill();
                // Its reader lets go of the process at some moment of these.
                Thread.Sleep(i);
            }

            Assert.True(run.HostDied);
        }
    }

    [Fact]
    public void ASignalToTheProcessCheckpointsEveryTrainingInIt()
    {
        var start = new ProcessStartInfo(_fastdqn, ["sweep", "host"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var host = Process.Start(start)!;
        for (var id = 1; id <= 3; id++)
        {
            string[] training =
            [
                "train", "cartpole-exercises", "--set", "train.stop_return=1e9", "--steps", "100000000", "--set", "log.every=100",
                "--quiet", "--run-dir", _folder.File($"run{id}"),
            ];
            host.StandardInput.WriteLine(new HostRequest(id, training, _folder.File($"{id}.log"), 1).ToLine());
        }

        host.StandardInput.Flush();
        // The first is asked to end by itself; the others go on.
        WaitForRows("run1", 1);
        host.StandardInput.WriteLine(new HostRequest(1).ToLine());
        host.StandardInput.Flush();
        Assert.Equal(new HostAnswer(1, 143), Answer(host.StandardOutput.ReadLine()!));
        foreach (var run in new[] { "run2", "run3" })
            WaitForRows(run, File.ReadLines(_folder.File($"{run}/metrics.jsonl")).Count() + 5);
        using (var kill = Process.Start("kill", ["-TERM", $"{host.Id}"]))
            kill.WaitForExit();
        var answers = host.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Answer).OrderBy(a => a!.Id);
        Assert.Equal([new HostAnswer(2, 143), new HostAnswer(3, 143)], answers);
        host.WaitForExit();
        Assert.Equal(143, host.ExitCode);
        for (var id = 1; id <= 3; id++)
        {
            Assert.NotEmpty(Directory.GetDirectories(_folder.File($"run{id}/checkpoints"), "step-*"));
            Assert.Equal("interrupted", (string)JsonNode.Parse(File.ReadAllText(_folder.File($"run{id}/run.json")))!["status"]!);
        }

        void WaitForRows(string run, int count)
        {
            var path = _folder.File($"{run}/metrics.jsonl");
            while (!File.Exists(path) || File.ReadLines(path).Count() < count)
            {
                Assert.False(host.HasExited);
                Thread.Sleep(20);
            }
        }
    }

    [Fact]
    public void SmallTrainingsShareAProcessByDefaultAndLargeOnesDoNot()
    {
        var small = Create("small", CartPole, "1000", "[1.0e-3]").Spec;
        var large = Create("large", CartPole, "1000000", "[1.0e-3]").Spec;
        var command = StudyFileReader.Read(FakeTrainer.StudyText("/bin/true"), _folder.File("c.yaml"));
        Assert.Equal(2, InProcess.Decide(small, Slots(2), InProcess.Parse("auto")));
        Assert.Equal(1, InProcess.Decide(large, Slots(2), InProcess.Parse("auto")));
        Assert.Equal(1, InProcess.Decide(command, Slots(2), 0));
        Assert.Equal(1, InProcess.Decide(small, Slots(2), InProcess.Parse("off")));
        Assert.Equal(3, InProcess.Decide(large, Slots(2), InProcess.Parse("3")));
        Assert.Equal(1, InProcess.Decide(Create("pixels", Bricks, "400", "[1.0e-3]").Spec, Slots(2), 0));
        // Fully connected layers by another name; and convolutions by the same.
        const string Composed = "preset: cartpole-exercises, body.kind: composed, body.widths: [16]";
        Assert.Equal(2, InProcess.Decide(Create("flat", Composed, "1000", "[1.0e-3]").Spec, Slots(2), 0));
        Assert.Equal(1, InProcess.Decide(
            Create("convolved", Bricks + ", body.convolutions: 8 8x8/4", "400", "[1.0e-3]").Spec, Slots(2), 0));
        // Measured without GPUs and for one core a run only.
        Assert.Equal(1, InProcess.Decide(small, [new Slot(0, [0], ["0"])], 0));
        Assert.Equal(1, InProcess.Decide(small, [new Slot(0, [0, 1], [])], 0));
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => InProcess.Decide(command, Slots(2), 2)).Kind);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => InProcess.Parse("some")).Kind);
        Assert.Equal(
            1,
            StudyFileReader.Read(FakeTrainer.StudyText("/bin/true", more: "local: {in_process: off}"), "s.yaml").Local.InProcess);
        var wrong = Assert.Throws<FastDqnException>(
            () => StudyFileReader.Read(FakeTrainer.StudyText("/bin/true", more: "local: {in_process: many}"), "s.yaml"));
        Assert.Contains("s.yaml:10:", wrong.Message, StringComparison.Ordinal);
    }

    private static HostAnswer? Answer(string line) => HostAnswer.TryParse(Encoding.UTF8.GetBytes(line));

    private sealed class Listener : ICoordinatorObserver
    {
        public List<string> Lines { get; } = [];

        public void Looked(Study study) { }

        public void Said(string message) => Lines.Add(message);
    }
}
