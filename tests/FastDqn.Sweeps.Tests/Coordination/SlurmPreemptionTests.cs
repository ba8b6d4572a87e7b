using System.Text.RegularExpressions;
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

/// <summary>A cluster of four nodes, from which more urgent jobs take nodes.</summary>
[Collection("Slurm")]
public sealed partial class SlurmPreemptionTests(FourSlurmNodes cluster, ITestOutputHelper output)
    : IClassFixture<FourSlurmNodes>, IDisposable
{
    private const string Sparse = "checkpoint: {every: 500}, log: {every: 500}, eval: {episodes: 0, random: false, video: false}";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task APreemptedTrainingGoesOnOnAnotherNodeByteForByte()
    {
        Assert.SkipWhen(cluster.Problem is not null, cluster.Problem ?? "");
        var fastdqn = Fastdqn.Require();
        const string text = $$$"""
            name: preempted
            method: grid
            metric: {name: charts/mean_return, goal: maximize}
            base: {preset: cartpole-exercises, train: {steps: 6000, stop_return: 1.0e+9}, {{{Sparse}}}}
            parameters: {optimizer.learning_rate: {values: [1.0e-3, 3.0e-4]}}
            slurm: {parallel: 2}
            """;
        using var study = Study.Create(StudyFileReader.Read(text, "preempted.yaml"), folder: _folder.File("preempted"));
        var stop = TestContext.Current.CancellationToken;
        var rhythm = SlurmTests.Rhythm with { Silence = TimeSpan.FromSeconds(30) };
        var work = Task.Run(() => new SlurmCoordinator(study, rhythm, new SlurmTests.Listener(output)).Run(stop), stop);
        string[] runs = [.. new[] { 0, 1 }.Select(trial => RunPlan.RunFolder(study.Folder, trial, 1))];
        await SlurmTests.Until(() => runs.All(HasCheckpoint), stop);
        var job = await File.ReadAllTextAsync(SlurmTests.JobFile(study), stop);
        var before = new[] { NodeOf($"{job}_0"), NodeOf($"{job}_1") };
        Assert.Equal(2, before.Distinct().Count());
        // The two other nodes are free, and these two stay taken until the study is through.
        var urgent = before.Select(node => Take(node, seconds: 600)).ToArray();
        try
        {
            Assert.Equal(CoordinatorEnd.Finished, await work.WaitAsync(TimeSpan.FromSeconds(240), stop));
            Assert.Equal([1, 1], Slurm.Show(long.Parse(job))!.OrderBy(t => t.Index).Select(t => t.Restarts));
            var after = new[] { NodeOf($"{job}_0"), NodeOf($"{job}_1") };
            Assert.Empty(before.Intersect(after));
            output.WriteLine($"from {string.Join(" and ", before)} to {string.Join(" and ", after)}");
        }
        finally
        {
            SlurmNode.Call("scancel", urgent);
        }

        // Being preempted costs no attempt.
        Assert.All(study.Trials(), t => Assert.Equal((TrialState.Complete, 1), (t.State, t.Runs[0].Attempts)));
        foreach (var trial in study.Trials())
        {
            var whole = _folder.File($"whole-{trial.Number}");
            var plan = RunPlan.Create(study.Spec, study.Folder, new RunClaim(1, 1, trial.Number, 1, trial.Parameters, "", 1, 1));
            Fastdqn.Run(
                fastdqn,
                [.. plan.Start.Skip(1).Select(w => w.StartsWith("run.dir=", StringComparison.Ordinal) ? "run.dir=" + whole : w)]);
            Assert.Equal(RunFiles.Rows(whole), RunFiles.Rows(runs[trial.Number]));
            Assert.Equal(RunFiles.Weights(whole), RunFiles.Weights(runs[trial.Number]));
        }
    }

    [Fact]
    public async Task TrialsThatArePreemptedAgainAndAgainAreEachDoneOnce()
    {
        Assert.SkipWhen(cluster.Problem is not null, cluster.Problem ?? "");
        const int trials = 6;
        var text = FakeTrainer.StudyText(
            FakeTrainer.Write(_folder, steps: 120, pause: 0.1), cap: trials, retries: 0, more: "slurm: {parallel: 4}");
        using var study = Study.Create(StudyFileReader.Read(text, "study.yaml"), folder: _folder.File("study"));
        var stop = TestContext.Current.CancellationToken;
        var work = Task.Run(() => new SlurmCoordinator(study, SlurmTests.Rhythm, new SlurmTests.Listener(output)).Run(stop), stop);
        await SlurmTests.Until(() => FakeTrainer.Count(_folder, "start") == 4, stop);
        // Each of the nodes is taken for a moment, one after the other.
        for (var node = 0; node < 4; node++)
        {
            var taken = Take(SlurmCluster.Name(node), seconds: 1);
            await SlurmTests.Until(() => Field(taken, "JobState") == "COMPLETED", stop);
        }

        Assert.Equal(CoordinatorEnd.Finished, await work.WaitAsync(TimeSpan.FromSeconds(120), stop));
        var job = long.Parse(await File.ReadAllTextAsync(SlurmTests.JobFile(study), stop));
        Assert.InRange(Slurm.Show(job)!.Sum(t => t.Restarts), 2, 20);
        Assert.Equal(trials, study.Trials().Count);
        foreach (var trial in study.Trials())
        {
            Assert.Equal((TrialState.Complete, 1), (trial.State, trial.Runs[0].Attempts));
            Assert.Equal(Math.Pow(trial.Parameters["x"].Number - 3, 2) + 1, trial.Value!.Value, 1e-6);
        }

        Assert.Equal((trials, 0), (FakeTrainer.Count(_folder, "end"), FakeTrainer.Count(_folder, "refused")));
    }

    private static string Take(string node, int seconds) => SlurmNode.Call(
        "sbatch", "--parsable", "--partition=urgent", $"--nodelist={node}", "--exclusive", "--output=/dev/null", $"--wrap=sleep {seconds}")
        .Trim();

    private static bool HasCheckpoint(string run) => new CheckpointStore(RunDirectory.CheckpointsOf(run)).List().Count > 0;

    private static string NodeOf(string task) => Field(task, "NodeList");

    private static string Field(string job, string name) =>
        Fields().Matches(SlurmNode.Call("scontrol", "show", "job", "-o", job)).First(m => m.Groups[1].Value == name).Groups[2].Value;

    [GeneratedRegex(@"(\w+)=(\S*)")]
    private static partial Regex Fields();
}
