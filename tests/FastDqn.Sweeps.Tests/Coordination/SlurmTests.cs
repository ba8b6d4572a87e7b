using System.Diagnostics;
using FastDqn.Core;
using FastDqn.Sweeps.Coordination;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Runs;

namespace FastDqn.Sweeps.Tests.Coordination;

[Collection("Slurm")]
public sealed class SlurmTests(SlurmNode node, ITestOutputHelper output) : IClassFixture<SlurmNode>, IDisposable
{
    internal static readonly CoordinatorOptions Rhythm = Program.Rhythm with { Poll = TimeSpan.FromMilliseconds(300) };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// A study of a trainer that takes so many steps, each after a pause (s); the test is skipped without Slurm.
    /// </summary>
    private Study Create(int cap, int steps = 8, double pause = 0.05, string more = "", string extra = "") => Create(
        "study", FakeTrainer.StudyText(FakeTrainer.Write(_folder, steps, pause, extra), cap: cap, retries: 2, more: more));

    private Study Create(string name, string text)
    {
        Assert.SkipWhen(node.Problem is not null, node.Problem ?? "");
        return Study.Create(StudyFileReader.Read(text, _folder.File(name + ".yaml")), folder: _folder.File(name));
    }

    [Fact]
    public void ATrialWhoseParentWasRemovedFails()
    {
        Assert.SkipWhen(node.Problem is not null, node.Problem ?? "");
        using var study = ContinuingTests.WithoutTheParent(_folder);
        var end = new SlurmCoordinator(study, Rhythm, new Listener(output)).Run(TestContext.Current.CancellationToken);
        Assert.Equal(CoordinatorEnd.Finished, end);
        ContinuingTests.AllFailedForTheirParent(study);
    }

    [Fact]
    public async Task ARealArrayRunsThrottledAndARequeuedTaskIsContinued()
    {
        using var study = Create(cap: 4, steps: 20, pause: 0.1, more: "slurm: {parallel: 2, grace: 5}");
        var stop = TestContext.Current.CancellationToken;
        var work = Task.Run(() => new SlurmCoordinator(study, Rhythm, new Listener(output)).Run(stop), stop);
        await Progress(study, stop, steps: 5);
        var job = long.Parse(await File.ReadAllTextAsync(JobFile(study), stop));
        Assert.InRange(Slurm.Show(job)!.Count(t => t.State == "RUNNING"), 1, 2);
        SlurmNode.Call("scontrol", "requeue", $"{job}_0");

        Assert.Equal(CoordinatorEnd.Finished, await work.WaitAsync(TimeSpan.FromSeconds(90), stop));
        Assert.Equal(1, Slurm.Show(job)!.Single(t => t.Index == 0).Restarts);
        foreach (var trial in study.Trials())
        {
            Assert.Equal((TrialState.Complete, 1), (trial.State, trial.Runs[0].Attempts));
            Assert.Equal(Math.Pow(trial.Parameters["x"].Number - 3, 2) + 1, trial.Value!.Value, 1e-6);
        }

        // Continued at its checkpoint: it was started twice, and no step is in the file three times.
        var audit = await File.ReadAllLinesAsync(_folder.File("audit.log"), stop);
        Assert.Equal(
            2,
            audit.Count(l => l.StartsWith("start", StringComparison.Ordinal) && l.EndsWith("0000-s1", StringComparison.Ordinal)));
        Assert.InRange((await File.ReadAllLinesAsync(RunDirectory.MetricsOf(FirstRun(study)), stop)).Length, 20, 21);
    }

    [Fact]
    public async Task AnArrayOfRealTrainingsSurvivesARequeueBitExactly()
    {
        var fastdqn = Fastdqn.Require();
        const string sparse = "checkpoint: {every: 1000}, log: {every: 1000}, eval: {episodes: 0, random: false, video: false}";
        const string text = $$$"""
            name: real
            method: random
            metric: {name: charts/mean_return, goal: maximize}
            run_cap: 2
            base: {preset: cartpole-exercises, train: {steps: 12000}, {{{sparse}}}}
            parameters: {optimizer.learning_rate: {distribution: log_uniform, min: 1.0e-4, max: 1.0e-2}}
            slurm: {parallel: 1}
            """;
        using var study = Create("real", text);
        var stop = TestContext.Current.CancellationToken;
        var work = Task.Run(
            () => new SlurmCoordinator(study, Rhythm with { Silence = TimeSpan.FromSeconds(30) }, new Listener(output)).Run(stop), stop);
        var run = FirstRun(study);
        await Until(() => new CheckpointStore(RunDirectory.CheckpointsOf(run)).List().Count > 0, stop);
        var job = long.Parse(await File.ReadAllTextAsync(JobFile(study), stop));
        SlurmNode.Call("scontrol", "requeue", $"{job}_0");
        Assert.Equal(CoordinatorEnd.Finished, await work.WaitAsync(TimeSpan.FromSeconds(180), stop));
        Assert.Equal(1, Slurm.Show(job)!.Single(t => t.Index == 0).Restarts);
        Assert.All(study.Trials(), t => Assert.Equal((TrialState.Complete, 1), (t.State, t.Runs[0].Attempts)));

        // The same trial without an interruption writes the same rows, the clock's values aside.
        var other = _folder.File("uninterrupted");
        var trial = study.Trials()[0];
        var plan = RunPlan.Create(study.Spec, study.Folder, new RunClaim(1, 1, 0, 1, trial.Parameters, "", 1, 1));
        Fastdqn.Run(
            fastdqn,
            [.. plan.Start.Skip(1).Select(w => w.StartsWith("run.dir=", StringComparison.Ordinal) ? "run.dir=" + other : w)]);
        Assert.Equal(RunFiles.Rows(other), RunFiles.Rows(run));
    }

    [Fact]
    public async Task JobsOutliveTheirCoordinatorAndTheNextOneTakesThemOver()
    {
        using var study = Create(cap: 2, steps: 15, pause: 0.1);
        var stop = TestContext.Current.CancellationToken;
        await BeginAndDetach(study, stop);
        // As after a crash between sbatch and noting the job's number: it is found by the batch's name.
        File.Delete(JobFile(study));

        using var second = Study.Open(study.Folder);
        var said = new Listener(output);
        Assert.Equal(CoordinatorEnd.Finished, await Task.Run(() => new SlurmCoordinator(second, Rhythm, said).Run(stop), stop));
        Assert.Equal(2, said.Lines.Count(l => l.Contains("taken over", StringComparison.Ordinal)));
        Assert.All(second.Trials(), t => Assert.Equal((TrialState.Complete, 1), (t.State, t.Runs[0].Attempts)));
        var audit = await File.ReadAllLinesAsync(_folder.File("audit.log"), stop);
        Assert.Equal(2, audit.Count(l => l.StartsWith("start", StringComparison.Ordinal)));
    }

    [Fact]
    public void WhatSlurmRejectsIsOneLineAndGivesTheRunsBack()
    {
        using var study = Create(cap: 1, more: "slurm: {partition: nowhere}");
        var e = Assert.Throws<FastDqnException>(() => new SlurmCoordinator(study, Rhythm).Run(TestContext.Current.CancellationToken));
        Assert.Equal(ErrorKind.Unavailable, e.Kind);
        Assert.Contains("partition", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Equal((TrialState.Waiting, 0), (study.Trials()[0].Runs[0].State, study.Trials()[0].Runs[0].Attempts));
    }

    [Fact]
    public async Task TasksThatNoCoordinatorFollowsAreEndedByAStopAndContinuedLater()
    {
        using var study = Create(cap: 2, steps: 40, pause: 0.1);
        var stop = TestContext.Current.CancellationToken;
        await BeginAndDetach(study, stop);
        Assert.True(SlurmCoordinator.HasTasks(study));
        study.Storage.SetStopping(study.Record.Id, true);
        await Task.Run(() => SlurmCoordinator.Drain(study, Rhythm, new Listener(output), stop), stop)
            .WaitAsync(TimeSpan.FromSeconds(60), stop);
        Assert.False(SlurmCoordinator.HasTasks(study));
        Assert.All(study.Trials().SelectMany(t => t.Runs), r => Assert.Equal((TrialState.Waiting, 0), (r.State, r.Attempts)));
        Assert.Contains("term ", await File.ReadAllTextAsync(_folder.File("audit.log"), stop), StringComparison.Ordinal);
        study.Storage.SetStopping(study.Record.Id, false);
        Assert.Equal(CoordinatorEnd.Finished, await Task.Run(() => new SlurmCoordinator(study, Rhythm).Run(stop), stop));
        Assert.All(study.Trials(), t => Assert.Equal((TrialState.Complete, 1), (t.State, t.Runs[0].Attempts)));
        Assert.InRange((await File.ReadAllLinesAsync(RunDirectory.MetricsOf(FirstRun(study)), stop)).Length, 40, 41);
    }

    [Fact]
    public async Task AStopThatIsKilledHalfwayIsFinishedByTheNextOne()
    {
        using var study = Create(cap: 2, steps: 40, pause: 0.1, extra: FakeTrainer.SlowEnd(_folder, 3));
        var fastdqn = Fastdqn.Require();
        string[] arguments = ["sweep", "stop", study.Folder, "--silence", "2"];
        var stop = TestContext.Current.CancellationToken;
        await BeginAndDetach(study, stop);
        var start = new ProcessStartInfo(fastdqn, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        using (var killed = Process.Start(start)!)
        {
            await Until(() => FakeTrainer.Count(_folder, "term") > 0, stop);
            killed.Kill();
            await killed.WaitForExitAsync(stop);
            Assert.NotEqual(0, killed.ExitCode);
        }

        study.Refresh();
        Assert.True(study.Record.Stopping);
        Assert.True(SlurmCoordinator.HasTasks(study));
        Fastdqn.Run(fastdqn, arguments);
        Assert.False(SlurmCoordinator.HasTasks(study));
        Assert.All(study.Trials().SelectMany(t => t.Runs), r => Assert.Equal((TrialState.Waiting, 0), (r.State, r.Attempts)));
        study.Storage.SetStopping(study.Record.Id, false);
        Assert.Equal(CoordinatorEnd.Finished, await Task.Run(() => new SlurmCoordinator(study, Rhythm).Run(stop), stop));
        Assert.All(study.Trials(), t => Assert.Equal((TrialState.Complete, 1), (t.State, t.Runs[0].Attempts)));
        Assert.Equal(2, FakeTrainer.Count(_folder, "end"));
    }

    [Fact]
    public async Task ARequestedStopTakesTheJobsOutAndGivesTheRunsBack()
    {
        using var study = Create(cap: 3, steps: 200, pause: 0.1);
        var stop = TestContext.Current.CancellationToken;
        var work = Task.Run(() => new SlurmCoordinator(study, Rhythm).Run(stop), stop);
        await Progress(study, stop);
        using var other = Study.Open(study.Folder);
        other.Storage.SetStopping(other.Record.Id, true);
        Assert.Equal(CoordinatorEnd.Stopped, await work.WaitAsync(TimeSpan.FromSeconds(60), stop));
        Assert.All(other.Trials(), t => Assert.Equal((TrialState.Waiting, 0), (t.Runs[0].State, t.Runs[0].Attempts)));
    }

    internal static async Task Until(Func<bool> reached, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        while (!reached())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(90), "it did not come to that within 90 s");
            await Task.Delay(50, stop);
        }
    }

    private static string FirstRun(Study study) => Path.Combine(study.Folder, "runs", "0000-s1");

    /// <summary>Until the first run has got so far.</summary>
    private static Task Progress(Study study, CancellationToken stop, int steps = 0)
    {
        var file = Path.Combine(FirstRun(study), "progress");
        return Until(() => File.Exists(file) && int.TryParse(File.ReadAllText(file), out var done) && done >= steps, stop);
    }

    /// <summary>
    /// A coordinator that goes as soon as its first run is under way: Slurm's tasks go on without one.
    /// </summary>
    private static async Task BeginAndDetach(Study study, CancellationToken stop)
    {
        using var detach = new CancellationTokenSource();
        var first = Task.Run(() => new SlurmCoordinator(study, Rhythm).Run(detach.Token), stop);
        await Progress(study, stop);
        await detach.CancelAsync();
        Assert.Equal(CoordinatorEnd.Stopped, await first);
    }

    /// <summary>The file that holds the number of the only job.</summary>
    internal static string JobFile(Study study) =>
        Directory.EnumerateFiles(Path.Combine(study.Folder, "slurm"), "job", SearchOption.AllDirectories).Single();

    internal sealed class Listener(ITestOutputHelper output) : ICoordinatorObserver
    {
        public List<string> Lines { get; } = [];

        public void Looked(Study study) { }

        public void Said(string message)
        {
            Lines.Add(message);
            output.WriteLine(message);
        }
    }
}

public sealed class SlurmTextTests
{
    [Fact]
    public void TheBatchScriptHasThrottleSignalRequeueAndTheSitesLines()
    {
        using var folder = new TempFolder();
        const string slurm = "slurm: {parallel: 3, time: '1:00:00', grace: 90, gres: 'gpu:1', cores: 4, options: [qos=low], "
            + "setup: [module load dotnet]}";
        var spec = StudyFileReader.Read(FakeTrainer.StudyText("/bin/true", more: slurm), folder.File("s.yaml"));
        var claim = new RunClaim(1, 1, 7, 2, new Space.Assignment([KeyValuePair.Create("x", Space.ParameterValue.From(0.5))]), "w", 1, 1);
        var batch = SlurmBatch.Write(
            spec, folder.Path, "fastdqn-s-1",
            [RunPlan.Create(spec, folder.Path, claim), RunPlan.Create(spec, folder.Path, claim with { Seed = 3 })]);
        var script = File.ReadAllText(batch.Script);
        string[] options =
        [
            "--array=0-1%3", "--signal=B:USR1@90", "--requeue", "--open-mode=append", "--time=1:00:00", "--gres=gpu:1",
            "--cpus-per-task=4", "--qos=low",
        ];
        foreach (var line in options)
            Assert.Contains("#SBATCH " + line + "\n", script, StringComparison.Ordinal);
        Assert.Contains("\nmodule load dotnet\n", script, StringComparison.Ordinal);
        var rows = File.ReadAllLines(Path.Combine(batch.Folder, "manifest.tsv"));
        Assert.Equal(2, rows.Length);
        Assert.Equal(
            [folder.File("runs/0007-s3"), folder.File("logs/0007-s3.log"), $"/bin/true {folder.File("runs/0007-s3")} 3 0.5"],
            rows[1].Split('\t')[..3]);
    }

    [Fact]
    public void WordsAreQuotedForTheShell() =>
        Assert.Equal("a=b 'it'\\''s $x' ''", ShellWords.Quote(["a=b", "it's $x", ""]));

    [Fact]
    public void ScontrolsLinesAreReadWithIndexRangesAndRestarts()
    {
        var tasks = SlurmTask.Parse(
            "JobId=5 ArrayJobId=5 ArrayTaskId=2-4,7%2 JobName=x JobState=PENDING Reason=None Restarts=0\n"
            + "JobId=6 ArrayJobId=5 ArrayTaskId=0 JobState=RUNNING Restarts=3\n");
        Assert.Equal([2, 3, 4, 7, 0], tasks.Select(t => t.Index));
        Assert.Equal(new SlurmTask(5, 0, "RUNNING", 3), tasks[^1]);
    }
}
