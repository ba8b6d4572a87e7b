using FastDqn.Core;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests.Storage;

/// <summary>What every storage must do; run for each database.</summary>
public abstract class StorageTests
{
    protected abstract string Address { get; }

    protected static Suggestion Some(double x = 1) => new(
        new Assignment(
        [
            KeyValuePair.Create("x", ParameterValue.From(x)),
            KeyValuePair.Create("name", ParameterValue.From("a \"b\" ü")),
        ]),
        "note");

    [Fact]
    public void ATrialGoesThroughItsLifeAndIsReadBackAsWritten()
    {
        using var storage = StudyStorage.Open(Address);
        var study = storage.CreateOrOpen("s", "text", "/folder", 10);
        Assert.True(storage.TryCreateTrial(study.Id, 0, Some(0.1), [1, 2]));
        var first = storage.Claim(study.Id, "w1")!;
        Assert.True(storage.AddReports(first, [(10, 0.5), (20, double.NaN), (10, 0.75)]));
        Assert.True(storage.Finish(first, TrialState.Complete, 4));
        Assert.Equal(TrialState.Running, AfterFirst(storage, study).State);
        var second = storage.Claim(study.Id, "w2")!;
        Assert.Equal((1L, 2L), (first.Seed, second.Seed));
        Assert.True(storage.Finish(second, TrialState.Complete, 6));

        var trial = Assert.Single(storage.Trials(study.Id));
        Assert.Equal((TrialState.Complete, 5.0, 1L, "note"), (trial.State, trial.Value!.Value, trial.FinishOrder, trial.Attributes));
        Assert.Equal(Some(0.1).Parameters, trial.Parameters);
        var reports = storage.Reports([(first.RunId, long.MinValue)]);
        Assert.Equal([(20L, double.NaN)], storage.Reports([(second.RunId, 0), (first.RunId, 10)]).Select(r => (r.Step, r.Value)));
        Assert.Equal(
            [(first.RunId, TrialState.Complete), (second.RunId, TrialState.Complete)],
            storage.RunStates(study.Id).Select(r => (r.RunId, r.State)));
        Assert.Equal([(10L, 0.75), (20L, double.NaN)], reports.Select(r => (r.Step, r.Value)));
        Assert.Equal(20, trial.Runs[0].LastStep);
        Assert.Null(storage.Claim(study.Id, "w1"));
    }

    [Fact]
    public void WhoLostARunCannotWriteToItAnyMore()
    {
        using var storage = StudyStorage.Open(Address);
        var study = storage.CreateOrOpen("s", "text", "/folder", 10);
        storage.TryCreateTrial(study.Id, 0, Some(), [1]);
        var lost = storage.Claim(study.Id, "w1")!;
        Assert.Equal(0, storage.ReapDead(study.Id, TimeSpan.FromSeconds(30), 3));
        Thread.Sleep(20);
        Assert.Equal(1, storage.ReapDead(study.Id, TimeSpan.Zero, 3));
        var taken = storage.Claim(study.Id, "w2")!;
        Assert.Equal(2, taken.Attempt);

        Assert.False(storage.Heartbeat(lost));
        Assert.False(storage.AddReports(lost, [(1, 1)]));
        Assert.False(storage.Finish(lost, TrialState.Complete, 99));
        Assert.False(storage.Release(lost, failed: true, 3));
        Assert.True(storage.Heartbeat(taken));
        Assert.True(storage.Finish(taken, TrialState.Complete, 7));
        // The same end told twice (an answer lost on the way) is the same end.
        Assert.True(storage.Finish(taken, TrialState.Complete, 7));
        Assert.Equal(7, storage.Trials(study.Id)[0].Value);
        Assert.Equal(["dead", "Complete"], storage.Claims(study.Id).Select(c => c.Outcome));
    }

    [Fact]
    public void ADeadRunIsRetriedUpToItsLimitAndAnInterruptedOneForEver()
    {
        using var storage = StudyStorage.Open(Address);
        var study = storage.CreateOrOpen("s", "text", "/folder", 10);
        storage.TryCreateTrial(study.Id, 0, Some(), [1]);
        for (var i = 0; i < 5; i++)
            Assert.True(storage.Release(storage.Claim(study.Id, "w")!, failed: false, 2));
        Assert.True(storage.Release(storage.Claim(study.Id, "w")!, failed: true, 2, "boom"));
        Assert.True(storage.Release(storage.Claim(study.Id, "w")!, failed: true, 2, "boom"));
        Assert.Null(storage.Claim(study.Id, "w"));
        var trial = storage.Trials(study.Id)[0];
        Assert.Equal((TrialState.Failed, "boom"), (trial.State, trial.Runs[0].Message));
    }

    [Fact]
    public void APrunedRunTakesTheWaitingRunsOfItsTrialWithIt()
    {
        using var storage = StudyStorage.Open(Address);
        var study = storage.CreateOrOpen("s", "text", "/folder", 10);
        storage.TryCreateTrial(study.Id, 0, Some(), [1, 2, 3]);
        var one = storage.Claim(study.Id, "w")!;
        var two = storage.Claim(study.Id, "w")!;
        storage.Finish(one, TrialState.Pruned, 3);
        Assert.Null(storage.Claim(study.Id, "w"));
        Assert.NotEqual(TrialState.Pruned, storage.Trials(study.Id)[0].State);
        storage.Finish(two, TrialState.Complete, 5);
        var trial = storage.Trials(study.Id)[0];
        Assert.Equal((TrialState.Pruned, 4.0), (trial.State, trial.Value!.Value));
    }

    [Fact]
    public void ARunOfAnEngineIsTakenOverAndNotReaped()
    {
        using var storage = StudyStorage.Open(Address);
        var study = storage.CreateOrOpen("s", "text", "/folder", 10);
        storage.TryCreateTrial(study.Id, 0, Some(), [1]);
        var claim = storage.Claim(study.Id, "w1")!;
        Assert.True(storage.SetEngine(claim, "slurm:batch:0"));
        Thread.Sleep(20);
        Assert.Equal(0, storage.ReapDead(study.Id, TimeSpan.Zero, 3));
        Assert.Null(storage.TakeOver(study.Id, "w2", "slurm:", TimeSpan.FromMinutes(1)));
        var taken = storage.TakeOver(study.Id, "w2", "slurm:", TimeSpan.Zero)!;
        Assert.Equal(("slurm:batch:0", 1, "w2"), (taken.Engine, taken.Attempt, taken.Worker));
        Assert.False(storage.Heartbeat(claim));
    }

    [Fact]
    public async Task NumbersAndRunsAreGivenOnceWhateverTheNumberOfWorkers()
    {
        const int workers = 6, trials = 40;
        var address = Address;
        using var storage = StudyStorage.Open(address);
        var study = storage.CreateOrOpen("s", "text", "/folder", trials);
        var taken = await Task.WhenAll(Enumerable.Range(0, workers).Select(w => Task.Run(
            () =>
            {
                using var own = StudyStorage.Open(address);
                var runs = new List<long>();
                while (true)
                {
                    var number = own.CountTrials(study.Id);
                    if (number < trials)
                        own.TryCreateTrial(study.Id, number, Some(number), [1]);
                    if (own.Claim(study.Id, $"w{w}") is { } claim)
                    {
                        runs.Add(claim.RunId);
                        Assert.True(own.Finish(claim, TrialState.Complete, number));
                    }
                    else if (number >= trials)
                    {
                        return runs;
                    }
                }
            },
            TestContext.Current.CancellationToken)));
        var all = taken.SelectMany(r => r).ToList();
        Assert.Equal(trials, all.Count);
        Assert.Equal(trials, all.Distinct().Count());
        var stored = storage.Trials(study.Id);
        Assert.Equal(Enumerable.Range(0, trials), stored.Select(t => t.Number));
        Assert.Equal(Enumerable.Range(1, trials).Select(i => (long)i), stored.Select(t => t.FinishOrder).Order());
    }

    [Fact]
    public async Task AProposalIsAskedForOncePerTrialWhateverTheNumberOfWorkers()
    {
        const int workers = 6, trials = 40;
        var address = Address;
        using var storage = StudyStorage.Open(address);
        var study = storage.CreateOrOpen("s", "text", "/folder", trials);
        storage.Enqueue(study.Id, Some(-1).Parameters);
        var asked = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(
            () =>
            {
                using var own = StudyStorage.Open(address);
                var seen = new List<NextTrial>();
                while (own.CreateTrials(study.Id, Suggest, [1, 2]))
                    continue;
                return seen;

                Suggestion Suggest(NextTrial next)
                {
                    seen.Add(next);
                    return Some(next.Number) with { Queued = next.Queued?.Id ?? 0 };
                }
            },
            TestContext.Current.CancellationToken)));

        // The given point is one trial more.
        var all = asked.SelectMany(n => n).OrderBy(n => n.Number).ToList();
        Assert.Equal(Enumerable.Range(0, trials + 1), all.Select(n => n.Number));
        Assert.Equal([0, .. Enumerable.Repeat(1, trials)], all.Select(n => n.Given));
        Assert.Equal([0], all.Where(n => n.Queued is not null).Select(n => n.Number));
        Assert.Equal(-1, all[0].Queued!.Value.Parameters["x"].Number);
        var stored = storage.Trials(study.Id);
        Assert.Equal(Enumerable.Range(0, trials + 1), stored.Select(t => t.Number));
        Assert.All(stored, t => Assert.Equal([t.Number, 1, 2], [(long)t.Parameters["x"].Number, .. t.Runs.Select(r => r.Seed)]));
    }

    [Fact]
    public async Task WhoStandsInLineForATrialMakesSomeForThoseBehind()
    {
        var address = Address;
        using var storage = StudyStorage.Open(address);
        var study = storage.CreateOrOpen("s", "text", "/folder", 5);
        using var own = StudyStorage.Open(address);
        using var first = new ManualResetEventSlim();
        // A thread of its own: the pool's may all be busy for as long as the line is kept waiting.
        var line = Task.Factory.StartNew(
            () =>
            {
                first.Wait();
                return own.CreateTrials(study.Id, next => Some(next.Number), [1]);
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.True(storage.CreateTrials(
            study.Id,
            next =>
            {
                first.Set();
                Thread.Sleep(2000);
                return Some(next.Number);
            },
            [1]));
        Assert.True(await line);
        // Not beyond the cap; who does not have to wait makes one.
        Assert.Equal([0, 1, 2, 3, 4], storage.Trials(study.Id).Select(t => (int)t.Parameters["x"].Number));
        Assert.False(storage.CreateTrials(study.Id, next => Some(next.Number), [1]));
    }

    [Fact]
    public void ARunIsOpenWhileItWaitsOrAWorkerHoldsIt()
    {
        using var storage = StudyStorage.Open(Address);
        var study = storage.CreateOrOpen("s", "text", "/folder", 10);
        Assert.False(storage.HasOpenRuns(study.Id));
        storage.TryCreateTrial(study.Id, 0, Some(), [1]);
        Assert.True(storage.HasOpenRuns(study.Id));
        var held = storage.Claim(study.Id, "w")!;
        Assert.True(storage.HasOpenRuns(study.Id));
        storage.Release(held, failed: false, 1);
        // What an outside program asked for is its own to finish.
        var asked = storage.Claim(study.Id, "w", expires: false)!;
        Assert.False(storage.HasOpenRuns(study.Id));
        storage.Finish(asked, TrialState.Complete, 1);
        Assert.False(storage.HasOpenRuns(study.Id));
    }

    [Fact]
    public void ANameStandsForOneStudyFile()
    {
        using var storage = StudyStorage.Open(Address);
        var study = storage.CreateOrOpen("s", "text", "/folder", 10);
        Assert.Equal(study.Id, storage.CreateOrOpen("s", "text", "/folder", 10).Id);
        var e = Assert.Throws<FastDqnException>(() => storage.CreateOrOpen("s", "other", "/folder", 10));
        Assert.Equal(ErrorKind.Usage, e.Kind);
        Assert.Contains("sweep resume s", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpeningAgainKeepsEverythingAndANewerSchemaIsRefused()
    {
        var address = Address;
        using (var storage = StudyStorage.Open(address))
            storage.TryCreateTrial(storage.CreateOrOpen("s", "text", "/folder", 10).Id, 0, Some(), [1]);
        using (var storage = StudyStorage.Open(address))
            Assert.Single(storage.Trials(storage.Find("s")!.Id));
        Execute(address, "INSERT INTO schema_version (version) VALUES (99)");
        var e = Assert.Throws<FastDqnException>(() => StudyStorage.Open(address));
        Assert.Equal(ErrorKind.BadData, e.Kind);
        Assert.Contains("schema 99", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADatabaseOfTheFirstSchemaIsBroughtUpToDateWithItsTrials()
    {
        var address = Address;
        using (var storage = StudyStorage.Open(address))
        {
            var study = storage.CreateOrOpen("s", "text", "/folder", 10);
            storage.TryCreateTrial(study.Id, 0, Some(0.25), [1]);
        }

        // Back to version 1: without what the later migrations added.
        string[] later =
        [
            "studies DROP COLUMN revision", "trials DROP COLUMN budget", "trials DROP COLUMN parent", "trials DROP COLUMN reason",
            "trials DROP COLUMN revision", "runs DROP COLUMN fresh", "runs DROP COLUMN figures",
            "runs DROP COLUMN further", "runs DROP COLUMN released",
        ];
        Execute(
            address,
            string.Concat(later.Select(column => $"ALTER TABLE {column}; ")) + "DROP INDEX trials_by_finish; "
            + "DROP TABLE rungs; DROP TABLE queued; "
            + "DROP TABLE earlier; DROP TABLE claims; ALTER TABLE runs DROP COLUMN engine; ALTER TABLE runs DROP COLUMN not_before; "
            + "ALTER TABLE studies DROP COLUMN base; DELETE FROM schema_version WHERE version >= 2");
        using var again = StudyStorage.Open(address);
        var claim = again.Claim(again.Find("s")!.Id, "w")!;
        Assert.Equal(0.25, claim.Parameters["x"].Number);
        Assert.True(again.SetEngine(claim, "slurm:x:0"));
        Assert.Single(again.Claims(again.Find("s")!.Id));
    }

    protected abstract void Execute(string address, string sql);

    private static TrialRecord AfterFirst(StudyStorage storage, StudyRecord study) => Assert.Single(storage.Trials(study.Id));
}

public sealed class SqliteStorageTests : StorageTests, IDisposable
{
    private readonly TempFolder _folder = new();

    protected override string Address => _folder.File("study.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheFileIsInWalMode()
    {
        using var storage = StudyStorage.Open(Address);
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Address};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode";
        Assert.Equal("wal", command.ExecuteScalar());
    }

    [Fact]
    public void WhatIsNoDatabaseOrCannotBeOpenedIsOneClearError()
    {
        var file = _folder.Write("not.db", new string('x', 5000));
        var foreign = Assert.Throws<FastDqnException>(() => StudyStorage.Open(file));
        Assert.Equal(ErrorKind.BadData, foreign.Kind);
        var missing = Assert.Throws<FastDqnException>(() => StudyStorage.Open(_folder.File("no/such/folder/study.db")));
        Assert.Equal(ErrorKind.Unavailable, missing.Kind);
        Assert.DoesNotContain('\n', missing.Message);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => StudyStorage.Open("mysql://x/y")).Kind);
    }

    [Fact]
    public void AStudyInAFolderThatNobodyMayWriteInCanBeLookedAt()
    {
        long id;
        using (var storage = StudyStorage.Open(Address))
        {
            id = storage.CreateOrOpen("s", "text", "/folder", 10).Id;
            storage.TryCreateTrial(id, 0, Some(), [1]);
        }

        // Root may write everywhere; where a folder is, SQLite cannot make its log.
        Directory.CreateDirectory(Address + "-wal");
        using var looking = StudyStorage.Open(Address);
        Assert.Equal(Some().Parameters, Assert.Single(looking.Trials(id)).Parameters);
        var refused = Assert.Throws<FastDqnException>(() => looking.SetStopping(id, true));
        Assert.Contains("readonly", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsTakenAwayIsNotWrittenOn()
    {
        using var storage = StudyStorage.Open(Address);
        storage.CreateOrOpen("s", "text", "/folder", 10);
        File.Delete(Address);
        var lost = Assert.Throws<FastDqnException>(() => storage.Find("s"));
        Assert.Contains("was removed or moved", lost.Message, StringComparison.Ordinal);
    }

    protected override void Execute(string address, string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={address};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

[Collection(PostgresTestGroup.Name)]
public sealed class PostgresStorageTests(PostgresServer server) : StorageTests
{
    private string? _address;

    protected override string Address => _address ??= server.NewDatabase();

    [Fact]
    public void AnUnreachableServerIsOneLineWithoutThePassword()
    {
        var e = Assert.Throws<FastDqnException>(() => StudyStorage.Open("postgres://me:secret@127.0.0.1:1/db"));
        Assert.Equal(ErrorKind.Unavailable, e.Kind);
        Assert.StartsWith("cannot reach the study database postgres://127.0.0.1:1/db", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void ALostConnectionIsMadeAnewAndNothingIsDoneTwice()
    {
        using var storage = StudyStorage.Open(Address);
        var study = storage.CreateOrOpen("s", "text", "/folder", 20);
        for (var n = 0; n < 10; n++)
        {
            server.DropConnections();
            Assert.True(storage.TryCreateTrial(study.Id, n, Some(n), [1]));
            server.DropConnections();
            Assert.True(storage.Finish(storage.Claim(study.Id, "w")!, TrialState.Complete, n));
        }

        Assert.Equal(10, storage.Trials(study.Id).Count(t => t.State == TrialState.Complete));
    }

    [Fact]
    public async Task AWorkerThatFallsAsleepInATransactionDoesNotHoldUpTheOthers()
    {
        using var storage = StudyStorage.Open(Address);
        var study = storage.CreateOrOpen("s", "text", "/folder", 200);
        using var asleep = new ManualResetEventSlim();
        using var wake = new ManualResetEventSlim();
        var numbers = new List<int>();
        var frozen = Task.Run(
            () =>
            {
                using var own = StudyStorage.Open(Address);
                return own.CreateTrials(study.Id, next =>
                {
                    numbers.Add(next.Number);
                    asleep.Set();
                    wake.Wait();
                    return Some(next.Number);
                }, [1]);
            },
            TestContext.Current.CancellationToken);
        asleep.Wait(TestContext.Current.CancellationToken);
        Assert.True(storage.CreateTrials(study.Id, next => Some(next.Number), [1]));
        wake.Set();
        Assert.True(await frozen);
        // It had the first number, lost it with its transaction, and asked again.
        var made = storage.Trials(study.Id).Select(t => (int)t.Parameters["x"].Number).ToList();
        Assert.Equal(Enumerable.Range(0, made.Count), made);
        Assert.Equal([0, made.Count - 1], numbers);
    }

    protected override void Execute(string address, string sql)
    {
        var uri = new Uri(address);
        using var connection = new Npgsql.NpgsqlConnection(
            $"Host=127.0.0.1;Port={uri.Port};Username=fastdqn;Database={uri.AbsolutePath[1..]};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
