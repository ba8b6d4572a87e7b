using System.Diagnostics;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests.Coordination;

/// <summary>
/// Worker processes killed at random (kill -9), their trainers killed, and workers frozen until the others think them
/// dead and thawed again: no trial may be lost, counted twice, or run by two processes at once.
/// FASTDQN_LONG=1 kills 200 times.
/// </summary>
[Collection(PostgresTestGroup.Name)]
public sealed class CrashTests(PostgresServer server, ITestOutputHelper output) : IDisposable
{
    private const int Workers = 3;

    private readonly TempFolder _folder = new();

    private static int Kills => Environment.GetEnvironmentVariable("FASTDQN_LONG") == "1" ? 200 : 12;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void NoTrialIsLostOrDoubledWhenWorkersAreKilledOnSqlite() => Torture("SQLite", null);

    [Fact]
    public void NoTrialIsLostOrDoubledWhenWorkersAreKilledOnPostgresql() => Torture("PostgreSQL", server.NewDatabase());

    [Fact]
    public void AStopSurvivesTheDeathOfTheWorkerThatObeysItOnSqlite() => KillWhileStopping(null);

    [Fact]
    public void AStopSurvivesTheDeathOfTheWorkerThatObeysItOnPostgresql() => KillWhileStopping(server.NewDatabase());

    private void KillWhileStopping(string? storage)
    {
        const int trials = 3;
        var trainer = FakeTrainer.Write(_folder, steps: 25, pause: 0.05, FakeTrainer.SlowEnd(_folder, 1));
        using var study = Study.Create(
            StudyFileReader.Read(FakeTrainer.StudyText(trainer, cap: trials), _folder.File("study.yaml")),
            storage,
            _folder.File("test-study"));
        using (var worker = StartWorker(study.Folder, storage))
        {
            Until(() => FakeTrainer.Count(_folder, "start") == 2);
            study.Storage.SetStopping(study.Record.Id, true);
            // The trainers were asked to end and have not yet: the worker cannot have written what became of them.
            Until(() => FakeTrainer.Count(_folder, "term") == 2);
            Signal("-KILL", worker.Id);
            worker.WaitForExit();
        }

        // The wish stands, and what the worker held is neither done nor lost.
        study.Refresh();
        Assert.True(study.Record.Stopping);
        Assert.All(
            study.Trials().SelectMany(t => t.Runs),
            r => Assert.True(r.State is TrialState.Running or TrialState.Waiting, $"{r.State}"));

        // Whoever comes meanwhile starts nothing; to ask again changes nothing.
        study.Storage.SetStopping(study.Record.Id, true);
        using (var obedient = StartWorker(study.Folder, storage))
        {
            Assert.True(obedient.WaitForExit(30_000));
            Assert.Equal(1, obedient.ExitCode);
        }

        Assert.Equal(2, FakeTrainer.Count(_folder, "start"));
        study.Storage.SetStopping(study.Record.Id, false);
        using (var next = StartWorker(study.Folder, storage))
        {
            Assert.True(next.WaitForExit(60_000));
            Assert.Equal(0, next.ExitCode);
        }

        Assert.Equal(trials, study.Trials().Count);
        Assert.All(study.Trials(), t => Assert.Equal((TrialState.Complete, true), (t.State, t.Value is not null)));
        Assert.Equal(trials, study.Storage.Claims(study.Record.Id).Count(c => c.Outcome == "Complete"));
        Assert.Equal(trials, FakeTrainer.Count(_folder, "end"));
    }

    private static void Until(Func<bool> reached)
    {
        var clock = Stopwatch.StartNew();
        while (!reached())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "it did not come to that within 30 s");
            Thread.Sleep(20);
        }
    }

    private Process StartWorker(string folder, string? storage) => Process.Start(new ProcessStartInfo("/bin/sh",
    [
        "-c", "exec \"$@\" >>\"$0\" 2>&1", _folder.File("workers.log"),
        Path.Combine(AppContext.BaseDirectory, "FastDqn.Sweeps.Tests"), "worker", folder, storage ?? "", "2",
    ]))!;

    private static void Signal(string signal, int pid)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", [signal, $"{pid}"]) { RedirectStandardError = true })!;
        kill.WaitForExit();
    }

    private static List<int> Children(int pid)
    {
        try
        {
            return [.. Directory.EnumerateDirectories($"/proc/{pid}/task")
                .SelectMany(t => File.ReadAllText(Path.Combine(t, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(int.Parse)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    private void Torture(string database, string? storage)
    {
        const int trials = 20;
        var text = FakeTrainer.StudyText(FakeTrainer.Write(_folder, steps: 6, pause: 0.05), "random", trials, "[1, 2]", retries: 1000);
        using var study = Study.Create(StudyFileReader.Read(text, _folder.File("study.yaml")), storage, _folder.File("test-study"));
        var random = new Random(12345);
        var workers = Enumerable.Range(0, Workers).Select(_ => StartWorker(study.Folder, storage)).ToList();
        try
        {
            Torture(study, database, storage, workers, random, trials);
        }
        catch
        {
            output.WriteLine(string.Join('\n', File.ReadLines(_folder.File("workers.log")).TakeLast(30)));
            throw;
        }
        finally
        {
            workers.ForEach(w => w.Kill(entireProcessTree: true));
        }
    }

    private void Torture(Study study, string database, string? storage, List<Process> workers, Random random, int runCap)
    {
        var (killed, trainersKilled, frozen) = (0, 0, 0);
        var clock = Stopwatch.StartNew();
        while (killed + trainersKilled + frozen < Kills)
        {
            Thread.Sleep(random.Next(300, 1100));
            // More work while there are kills to come.
            if (study.Trials().Count(t => t.State == TrialState.Complete) > runCap - 8)
                study.Storage.SetRunCap(study.Record.Id, runCap += 8);
            var victim = random.Next(Workers);
            switch (random.Next(10))
            {
                case < 5:
                    Signal("-KILL", workers[victim].Id);
                    workers[victim].WaitForExit();
                    workers[victim].Dispose();
                    workers[victim] = StartWorker(study.Folder, storage);
                    killed++;
                    break;
                case < 9:
                    if (Children(workers[victim].Id) is { Count: > 0 } children)
                    {
                        Signal("-KILL", children[random.Next(children.Count)]);
                        trainersKilled++;
                    }

                    break;
                default:
                    Signal("-STOP", workers[victim].Id);
                    Thread.Sleep(Program.Rhythm.Silence + TimeSpan.FromMilliseconds(500));
                    Signal("-CONT", workers[victim].Id);
                    frozen++;
                    break;
            }

            // A worker that found the study finished has gone home: the raised cap needs it back.
            for (var i = 0; i < Workers; i++)
                if (workers[i].HasExited)
                    workers[i] = StartWorker(study.Folder, storage);
        }

        foreach (var worker in workers)
        {
            Assert.True(worker.WaitForExit(60_000), "a worker did not finish");
            Assert.Equal(0, worker.ExitCode);
        }

        Judge(study, database, runCap, killed, trainersKilled, frozen, clock.Elapsed);
    }

    private void Judge(Study study, string database, int runCap, int killed, int trainersKilled, int frozen, TimeSpan took)
    {
        var all = study.Trials();
        var lost = (runCap - all.Count) + all.Count(t => t.State != TrialState.Complete || t.Value is null);
        var completions = study.Storage.Claims(study.Record.Id).Where(c => c.Outcome == "Complete").GroupBy(c => c.RunId).ToList();
        var doubled = completions.Count(g => g.Count() > 1);
        var audit = File.ReadAllLines(_folder.File("audit.log"));
        var starts = audit.Count(l => l.StartsWith("start", StringComparison.Ordinal));
        output.WriteLine(
            $"| {database} | {killed} | {trainersKilled} | {frozen} | {all.Count} x 2 | {starts} "
            + $"| {lost} | {doubled} | {took.TotalSeconds:F0} s |");
        TestContext.Current.AddAttachment("table row", $"{database} {killed} {trainersKilled} {frozen} {all.Count} {lost} {doubled}");
        Assert.Equal(0, lost);
        Assert.Equal(0, doubled);
        Assert.Equal(runCap * 2, completions.Count);
        Assert.Equal(Enumerable.Range(0, runCap), all.Select(t => t.Number));
        foreach (var trial in all)
            Assert.Equal(Math.Pow(trial.Parameters["x"].Number - 3, 2) + 1.5, trial.Value!.Value, 1e-6);

        // One hold at a time: each run's claims follow each other without overlap.
        foreach (var run in study.Storage.Claims(study.Record.Id).GroupBy(c => c.RunId))
        {
            var claims = run.OrderBy(c => c.Began).ToList();
            for (var i = 1; i < claims.Count; i++)
                Assert.True(claims[i - 1].Ended <= claims[i].Began, "two workers held a run at once");
        }
    }
}
