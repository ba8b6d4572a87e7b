using FastDqn.Core;
using FastDqn.Sweeps.Coordination;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;

namespace FastDqn.Sweeps.Tests.Coordination;

public sealed class SlurmTests(SlurmNode node, ITestOutputHelper output) : IClassFixture<SlurmNode>, IDisposable
{
    private static readonly CoordinatorOptions Rhythm = Program.Rhythm with { Poll = TimeSpan.FromMilliseconds(300) };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Study Create(string trainer, int cap, string more = "") => Study.Create(
        StudyFileReader.Read(FakeTrainer.StudyText(trainer, cap: cap, retries: 2, more: more), _folder.File("study.yaml")), folder: _folder.File("study"));

    private void Require() => Assert.SkipWhen(node.Problem is not null, node.Problem ?? "");

    [Fact]
    public async Task A_real_array_runs_throttled_and_a_requeued_task_is_continued()
    {
        Require();
        using var study = Create(FakeTrainer.Write(_folder, steps: 20, pause: 0.1), cap: 4, more: "slurm: {parallel: 2, grace: 5}");
        var stop = TestContext.Current.CancellationToken;
        var work = Task.Run(() => new SlurmCoordinator(study, Rhythm, new Listener(output)).Run(stop), stop);
        var progress = Path.Combine(study.Folder, "runs", "0000-s1", "progress");
        while (!File.Exists(progress) || int.Parse(await File.ReadAllTextAsync(progress, stop)) < 5)
            await Task.Delay(50, stop);
        var job = long.Parse(await File.ReadAllTextAsync(Directory.EnumerateFiles(Path.Combine(study.Folder, "slurm"), "job", SearchOption.AllDirectories).Single(), stop));
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
        Assert.Equal(2, audit.Count(l => l.StartsWith("start", StringComparison.Ordinal) && l.EndsWith("0000-s1", StringComparison.Ordinal)));
        Assert.InRange((await File.ReadAllLinesAsync(Path.Combine(study.Folder, "runs", "0000-s1", "metrics.jsonl"), stop)).Length, 20, 21);
    }

    [Fact]
    public async Task An_array_of_real_trainings_survives_a_requeue_bit_exactly()
    {
        Require();
        var fastdqn = Fastdqn.Require();
        const string text = """
            name: real
            method: random
            metric: {name: charts/mean_return, goal: maximize}
            run_cap: 2
            base: {preset: cartpole-tutorial, train: {steps: 12000}, checkpoint: {every: 1000}, log: {every: 1000}, eval: {episodes: 0, random: false, video: false}}
            parameters: {optimizer.learning_rate: {distribution: log_uniform, min: 1.0e-4, max: 1.0e-2}}
            slurm: {parallel: 1}
            """;
        using var study = Study.Create(StudyFileReader.Read(text, _folder.File("real.yaml")), folder: _folder.File("real"));
        var stop = TestContext.Current.CancellationToken;
        var work = Task.Run(() => new SlurmCoordinator(study, Rhythm with { Silence = TimeSpan.FromSeconds(30) }, new Listener(output)).Run(stop), stop);
        var run = Path.Combine(study.Folder, "runs", "0000-s1");
        while (!Directory.Exists(Path.Combine(run, "checkpoints")) || !Directory.EnumerateDirectories(Path.Combine(run, "checkpoints"), "step-*").Any())
            await Task.Delay(50, stop);
        var job = long.Parse(await File.ReadAllTextAsync(Directory.EnumerateFiles(Path.Combine(study.Folder, "slurm"), "job", SearchOption.AllDirectories).Single(), stop));
        SlurmNode.Call("scontrol", "requeue", $"{job}_0");
        Assert.Equal(CoordinatorEnd.Finished, await work.WaitAsync(TimeSpan.FromSeconds(180), stop));
        Assert.Equal(1, Slurm.Show(job)!.Single(t => t.Index == 0).Restarts);
        Assert.All(study.Trials(), t => Assert.Equal((TrialState.Complete, 1), (t.State, t.Runs[0].Attempts)));

        // The same trial without an interruption writes the same rows, the clock's values aside.
        var other = _folder.File("uninterrupted");
        var trial = study.Trials()[0];
        var plan = RunPlan.Create(study.Spec, study.Folder, new RunClaim(1, 1, 0, 1, trial.Parameters, "", 1, 1));
        Fastdqn.Run(fastdqn, [.. plan.Start.Skip(1).Select(w => w.StartsWith("run.dir=", StringComparison.Ordinal) ? "run.dir=" + other : w)]);
        Assert.Equal(Rows(other), Rows(run));

        static List<string> Rows(string folder) => [.. File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(l => l.Split(",\"wall\"")[0])];
    }

    [Fact]
    public async Task Jobs_outlive_their_coordinator_and_the_next_one_takes_them_over()
    {
        Require();
        using var study = Create(FakeTrainer.Write(_folder, steps: 15, pause: 0.1), cap: 2);
        using var detach = new CancellationTokenSource();
        var stop = TestContext.Current.CancellationToken;
        var first = Task.Run(() => new SlurmCoordinator(study, Rhythm).Run(detach.Token), stop);
        while (!File.Exists(Path.Combine(study.Folder, "runs", "0000-s1", "progress")))
            await Task.Delay(50, stop);
        await detach.CancelAsync();
        Assert.Equal(CoordinatorEnd.Stopped, await first);
        // As after a crash between sbatch and noting the job's number: it is found by the batch's name.
        File.Delete(Directory.EnumerateFiles(Path.Combine(study.Folder, "slurm"), "job", SearchOption.AllDirectories).Single());

        using var second = Study.Open(study.Folder);
        var said = new Listener(output);
        Assert.Equal(CoordinatorEnd.Finished, await Task.Run(() => new SlurmCoordinator(second, Rhythm, said).Run(stop), stop));
        Assert.Equal(2, said.Lines.Count(l => l.Contains("taken over", StringComparison.Ordinal)));
        Assert.All(second.Trials(), t => Assert.Equal((TrialState.Complete, 1), (t.State, t.Runs[0].Attempts)));
        var audit = await File.ReadAllLinesAsync(_folder.File("audit.log"), stop);
        Assert.Equal(2, audit.Count(l => l.StartsWith("start", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_slurm_rejects_is_one_line_and_gives_the_runs_back()
    {
        Require();
        using var study = Create(FakeTrainer.Write(_folder), cap: 1, more: "slurm: {partition: nowhere}");
        var e = Assert.Throws<FastDqnException>(() => new SlurmCoordinator(study, Rhythm).Run(TestContext.Current.CancellationToken));
        Assert.Equal(ErrorKind.Unavailable, e.Kind);
        Assert.Contains("partition", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Equal((TrialState.Waiting, 0), (study.Trials()[0].Runs[0].State, study.Trials()[0].Runs[0].Attempts));
    }

    [Fact]
    public async Task Tasks_that_no_coordinator_follows_are_ended_by_a_stop_and_continued_later()
    {
        Require();
        using var study = Create(FakeTrainer.Write(_folder, steps: 40, pause: 0.1), cap: 2);
        using var detach = new CancellationTokenSource();
        var stop = TestContext.Current.CancellationToken;
        var first = Task.Run(() => new SlurmCoordinator(study, Rhythm).Run(detach.Token), stop);
        while (!File.Exists(Path.Combine(study.Folder, "runs", "0000-s1", "progress")))
            await Task.Delay(50, stop);
        await detach.CancelAsync();
        await first;
        Assert.True(SlurmCoordinator.HasTasks(study));
        study.Storage.SetStopping(study.Record.Id, true);
        await Task.Run(() => SlurmCoordinator.Drain(study, Rhythm, new Listener(output), stop), stop).WaitAsync(TimeSpan.FromSeconds(60), stop);
        Assert.False(SlurmCoordinator.HasTasks(study));
        Assert.All(study.Trials().SelectMany(t => t.Runs), r => Assert.Equal((TrialState.Waiting, 0), (r.State, r.Attempts)));
        Assert.Contains("term ", await File.ReadAllTextAsync(_folder.File("audit.log"), stop), StringComparison.Ordinal);
        study.Storage.SetStopping(study.Record.Id, false);
        Assert.Equal(CoordinatorEnd.Finished, await Task.Run(() => new SlurmCoordinator(study, Rhythm).Run(stop), stop));
        Assert.All(study.Trials(), t => Assert.Equal((TrialState.Complete, 1), (t.State, t.Runs[0].Attempts)));
        Assert.InRange((await File.ReadAllLinesAsync(Path.Combine(study.Folder, "runs", "0000-s1", "metrics.jsonl"), stop)).Length, 40, 41);
    }

    [Fact]
    public async Task A_requested_stop_takes_the_jobs_out_and_gives_the_runs_back()
    {
        Require();
        using var study = Create(FakeTrainer.Write(_folder, steps: 200, pause: 0.1), cap: 3);
        var stop = TestContext.Current.CancellationToken;
        var work = Task.Run(() => new SlurmCoordinator(study, Rhythm).Run(stop), stop);
        while (!File.Exists(Path.Combine(study.Folder, "runs", "0000-s1", "progress")))
            await Task.Delay(50, stop);
        using var other = Study.Open(study.Folder);
        other.Storage.SetStopping(other.Record.Id, true);
        Assert.Equal(CoordinatorEnd.Stopped, await work.WaitAsync(TimeSpan.FromSeconds(60), stop));
        Assert.All(other.Trials(), t => Assert.Equal((TrialState.Waiting, 0), (t.Runs[0].State, t.Runs[0].Attempts)));
    }

    private sealed class Listener(ITestOutputHelper output) : ICoordinatorObserver
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
    public void The_batch_script_has_throttle_signal_requeue_and_the_sites_lines()
    {
        using var folder = new TemporaryFolder();
        var spec = StudyFileReader.Read(FakeTrainer.StudyText("/bin/true", more: "slurm: {parallel: 3, time: '1:00:00', grace: 90, gres: 'gpu:1', cores: 4, options: [qos=low], setup: [module load dotnet]}"), folder.File("s.yaml"));
        var claim = new RunClaim(1, 1, 7, 2, new Space.Assignment([KeyValuePair.Create("x", Space.ParameterValue.From(0.5))]), "w", 1, 1);
        var batch = SlurmBatch.Write(spec, folder.Root, "fastdqn-s-1", [RunPlan.Create(spec, folder.Root, claim), RunPlan.Create(spec, folder.Root, claim with { Seed = 3 })]);
        var script = File.ReadAllText(batch.Script);
        foreach (var line in new[] { "--array=0-1%3", "--signal=B:USR1@90", "--requeue", "--open-mode=append", "--time=1:00:00", "--gres=gpu:1", "--cpus-per-task=4", "--qos=low" })
            Assert.Contains("#SBATCH " + line + "\n", script, StringComparison.Ordinal);
        Assert.Contains("\nmodule load dotnet\n", script, StringComparison.Ordinal);
        var rows = File.ReadAllLines(Path.Combine(batch.Folder, "manifest.tsv"));
        Assert.Equal(2, rows.Length);
        Assert.Equal([folder.File("runs/0007-s3"), folder.File("logs/0007-s3.log"), $"/bin/true {folder.File("runs/0007-s3")} 3 0.5"], rows[1].Split('\t')[..3]);
    }

    [Fact]
    public void Words_are_quoted_for_the_shell() =>
        Assert.Equal("a=b 'it'\\''s $x' ''", SlurmBatch.Quote(["a=b", "it's $x", ""]));

    [Fact]
    public void Scontrols_lines_are_read_with_index_ranges_and_restarts()
    {
        var tasks = SlurmTask.Parse("JobId=5 ArrayJobId=5 ArrayTaskId=2-4,7%2 JobName=x JobState=PENDING Reason=None Restarts=0\nJobId=6 ArrayJobId=5 ArrayTaskId=0 JobState=RUNNING Restarts=3\n");
        Assert.Equal([2, 3, 4, 7, 0], tasks.Select(t => t.Index));
        Assert.Equal(new SlurmTask(5, 0, "RUNNING", 3), tasks[^1]);
    }
}
