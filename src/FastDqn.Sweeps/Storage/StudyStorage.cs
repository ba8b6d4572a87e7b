using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FastDqn.Core;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;

namespace FastDqn.Sweeps.Storage;

/// <summary>The studies in a relational database: SQLite or PostgreSQL.</summary>
public sealed partial class StudyStorage : IStudyStorage
{
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RetryFor = TimeSpan.FromMinutes(2);

    // Runs that are made ahead: one for so much time in the line of those who make trials, up to so many.
    private static readonly TimeSpan StandingPerRun = TimeSpan.FromMilliseconds(50);
    private const int LargestStock = 64;

    // As the states stand in the tables.
    private const int Waiting = (int)TrialState.Waiting;
    private const int Running = (int)TrialState.Running;
    private const int Complete = (int)TrialState.Complete;
    private const int Paused = (int)TrialState.Paused;
    private const int Failed = (int)TrialState.Failed;

    // A run of a trial that has come to a result before: it may add to it, not take it away.
    private const string HasResult = "CASE WHEN finish_order > 0 THEN 1 ELSE 0 END";

    // Numbers have no gaps: the index knows the last one, counting would read them all.
    private const string NextNumber = "SELECT coalesce(max(number), -1) + 1 FROM trials WHERE study_id = @p0";

    private static readonly Dictionary<string, double> NoFigures = [];

    private readonly Dialect _dialect;
    private readonly string _now;
    private readonly Lock _lock = new();
    private DbConnection? _connection;

    private StudyStorage(Dialect dialect)
    {
        _dialect = dialect;
        _now = dialect.Now;
    }

    public string Description => _dialect.Description;

    /// <summary>
    /// Opens a database and brings its schema up to date. <paramref name="address"/> is a
    /// <c>postgres://user:password@host:port/database</c> address, or the path of an SQLite file (made when absent).
    /// </summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Unavailable"/>: it cannot be reached;
    /// <see cref="ErrorKind.BadData"/>: it is no database, or of a newer FastDqn.</exception>
    public static StudyStorage Open(string address)
    {
        Dialect dialect;
        if (address.StartsWith("postgres://", StringComparison.Ordinal) || address.StartsWith("postgresql://", StringComparison.Ordinal))
            dialect = new PostgresDialect(address);
        else if (address.Contains("://", StringComparison.Ordinal) && !address.StartsWith("sqlite://", StringComparison.Ordinal))
            throw new FastDqnException(
                ErrorKind.Usage,
                $"unknown storage '{address.Split("://")[0]}://': use postgres://user:password@host:port/database or the path "
                + "of an SQLite file");
        else
            dialect = new SqliteDialect(address.Replace("sqlite://", "", StringComparison.Ordinal));

        var storage = new StudyStorage(dialect);
        try
        {
            storage._connection = OpenPatiently(dialect);
            if (storage.Ask(storage.VersionIn) != Schema.Migrations.Length)
                storage.Transact(s => storage.Migrate(s), migrating: true);
            return storage;
        }
        catch (Exception e) when (e is DbException or System.Net.Sockets.SocketException or TimeoutException)
        {
            storage.Dispose();
            throw dialect.Unreachable(e);
        }
        catch
        {
            storage.Dispose();
            throw;
        }
    }

    // A server that answers that it is starting, or full, is worth a while; one that does not answer may be the wrong
    // one.
    private static DbConnection OpenPatiently(Dialect dialect)
    {
        for (var since = Stopwatch.StartNew(); ; Thread.Sleep(200))
        {
            try
            {
                return dialect.Open();
            }
            catch (DbException e) when (e.SqlState is not null && dialect.IsTransient(e) && since.Elapsed < StartsWithin)
            {
                // Once more.
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
            Abandon();
    }

    public StudyRecord CreateOrOpen(string name, string specText, string folder, int runCap, string baseText = "") => Transact(s =>
    {
        s.Execute(
            "INSERT INTO studies (name, spec, folder, run_cap, created, base) "
            + $"VALUES (@p0, @p1, @p2, @p3, {_now}, @p4) ON CONFLICT (name) DO NOTHING",
            name, specText, folder, runCap, baseText);
        var study = FindIn(s, name)!;
        if (!string.Equals(study.SpecText, specText, StringComparison.Ordinal))
            throw new FastDqnException(
                ErrorKind.Usage,
                $"study '{name}' exists with a different study file: give the new one another name, "
                + $"or continue the old one with 'fastdqn sweep resume {name}'");
        return study;
    });

    public StudyRecord? Find(string name) => Ask(s => FindIn(s, name));

    public IReadOnlyList<StudyRecord> List() =>
        Ask(s => s.Rows("SELECT id, name, spec, base, folder, run_cap, stopping, revision FROM studies ORDER BY id", ReadStudy));

    public void SetStopping(long studyId, bool stopping) =>
        Ask(s => s.Execute("UPDATE studies SET stopping = @p1 WHERE id = @p0", studyId, stopping ? 1 : 0));

    public void SetRunCap(long studyId, int runCap) =>
        Ask(s => s.Execute("UPDATE studies SET run_cap = @p1 WHERE id = @p0", studyId, runCap));

    // Of many who ask for the same number all but one come too late: they must not make the others wait for the lock.
    public bool TryCreateTrial(long studyId, int number, Suggestion suggestion, IReadOnlyList<long> seeds) =>
        CountTrials(studyId) == number && CreateTrials(studyId, next => next.Number == number ? suggestion : null, seeds);

    public bool CreateTrials(long studyId, Func<NextTrial, Suggestion?> suggest, IReadOnlyList<long> seeds) => Transact(s =>
    {
        s.LockLater(_dialect.Lock("studies", "id = @p0"), studyId);
        // One question: every answer that is waited for keeps all others waiting.
        var asked = Stopwatch.StartNew();
        var found = s.Rows(
            $"""
            SELECT ({NextNumber}), (SELECT count(*) FROM queued WHERE study_id = @p0 AND trial IS NOT NULL), q.id, q.parameters, y.run_cap,
            (SELECT count(*) FROM runs WHERE study_id = @p0 AND state = {Waiting})
            FROM studies y LEFT JOIN queued q ON q.id = (SELECT min(id) FROM queued WHERE study_id = @p0 AND trial IS NULL)
            WHERE y.id = @p0
            """,
            r => (new NextTrial(
                r.GetInt32(0), (int)r.GetInt64(1), r.IsDBNull(2) ? null : (r.GetInt64(2), Assignment.FromJson(r.GetString(3)))),
                r.GetInt32(4), r.GetInt64(5)),
            studyId);
        var stock = Math.Min(asked.Elapsed / StandingPerRun, LargestStock);
        // Someone may have removed the study.
        if (found.Count == 0)
            return false;
        var (next, cap, waiting) = found[0];
        if (next.Number >= cap || suggest(next) is not { } suggestion)
            return false;
        Create(s, studyId, next.Number, suggestion, seeds);
        // Who had to stand in line makes some for those behind, and for those who would have to.
        for (waiting += seeds.Count; next.Queued is null && waiting < stock; waiting += seeds.Count)
        {
            next = next with { Number = next.Number + 1 };
            if (next.Number >= cap || suggest(next) is not { } ahead)
                break;
            Create(s, studyId, next.Number, ahead, seeds);
        }

        return true;
    });

    private void Create(Session s, long studyId, int number, Suggestion suggestion, IReadOnlyList<long> seeds)
    {
        s.Later(
            "INSERT INTO trials (study_id, number, state, parameters, attributes, created, budget, parent, reason, revision) "
            + $"SELECT @p0, @p1, @p2, @p3, @p4, {_now}, @p5, @p6, @p7, revision FROM studies WHERE id = @p0",
            studyId, number, Waiting, suggestion.Parameters.ToJson(), suggestion.Attributes,
            suggestion.Budget, suggestion.Parent, suggestion.Reason);
        if (suggestion.Queued > 0)
            s.Later("UPDATE queued SET trial = @p1 WHERE id = @p0", suggestion.Queued, number);
        foreach (var seed in seeds)
            s.Later(
                "INSERT INTO runs (study_id, trial_id, seed, state) SELECT study_id, id, @p2, @p3 FROM trials "
                + "WHERE study_id = @p0 AND number = @p1",
                studyId, number, seed, Waiting);
    }

    public void Enqueue(long studyId, Assignment parameters) => Transact(s =>
    {
        s.Later("UPDATE studies SET run_cap = run_cap + 1 WHERE id = @p0", studyId);
        return s.Execute("INSERT INTO queued (study_id, parameters) VALUES (@p0, @p1)", studyId, parameters.ToJson());
    });

    public (long Id, Assignment Parameters)? NextQueued(long studyId)
    {
        var rows = Ask(s => s.Rows(
            "SELECT id, parameters FROM queued WHERE study_id = @p0 AND trial IS NULL ORDER BY id LIMIT 1",
            r => (r.GetInt64(0), Assignment.FromJson(r.GetString(1))), studyId));
        return rows.Count > 0 ? rows[0] : null;
    }

    public int CountGiven(long studyId, bool waiting = false) => (int)Ask(s => s.Long(
        $"SELECT count(*) FROM queued WHERE study_id = @p0{(waiting ? "" : " AND trial IS NOT NULL")}", studyId));

    public bool Edit(long studyId, int revision, string specText, int runCap, IReadOnlyList<long> newSeeds) => Transact(s =>
    {
        // The trials first, as whoever ends a run has them: they may get a run more each.
        if (newSeeds.Count > 0)
            s.LockLater(_dialect.Lock("trials", "study_id = @p0 ORDER BY id"), studyId);
        var edited = s.Execute(
            "UPDATE studies SET spec = @p2, run_cap = @p3, revision = revision + 1 WHERE id = @p0 AND revision = @p1",
            studyId, revision, specText, runCap) == 1;
        if (!edited)
            return false;
        foreach (var seed in newSeeds)
        {
            s.Later(
                $"INSERT INTO runs (study_id, trial_id, seed, state, further) SELECT study_id, id, @p1, @p2, {HasResult} FROM trials "
                + $"WHERE study_id = @p0 AND state IN ({Waiting}, {Running}, {Complete}, {Paused}) "
                + "ON CONFLICT (trial_id, seed) DO UPDATE SET fresh = 0, further = excluded.further",
                studyId, seed, Waiting);
        }

        if (newSeeds.Count > 0)
            Reopen(s, "study_id = @p0", studyId);
        return true;
    });

    public bool AddRun(long studyId, int trial, long seed, bool fresh) => Transact(s =>
    {
        s.LockLater(_dialect.Lock("trials", "study_id = @p0 AND number = @p1"), studyId, trial);
        var added = s.Execute(
            $"INSERT INTO runs (study_id, trial_id, seed, state, fresh, further) SELECT study_id, id, @p2, @p3, @p4, {HasResult} "
            + "FROM trials WHERE study_id = @p0 AND number = @p1 ON CONFLICT (trial_id, seed) DO NOTHING",
            studyId, trial, seed, Waiting, fresh ? 1 : 0) == 1;
        if (added && !fresh)
            Reopen(s, "study_id = @p0 AND number = @p1", studyId, trial);
        return added;
    });

    public void AddEarlier(long studyId, string source, IReadOnlyList<EarlierTrial> trials) => Transact(s =>
    {
        s.LockLater(_dialect.Lock("studies", "id = @p0"), studyId);
        if (s.Long("SELECT count(*) FROM earlier WHERE study_id = @p0", studyId) > 0)
            return 0;
        foreach (var trial in trials)
            s.Later(
                "INSERT INTO earlier (study_id, source, parameters, state, value, step) VALUES (@p0, @p1, @p2, @p3, @p4, @p5)",
                studyId, source, trial.Parameters.ToJson(), (int)trial.State, trial.Value, trial.Step);
        return trials.Count;
    });

    public IReadOnlyList<EarlierTrial> Earlier(long studyId) => Ask(s => s.Rows(
        "SELECT parameters, state, value, step FROM earlier WHERE study_id = @p0 ORDER BY id",
        r => new EarlierTrial(Assignment.FromJson(r.GetString(0)), (TrialState)r.GetInt32(1), Number(r, 2), r.GetInt64(3)), studyId));

    public bool Remove(long studyId, TimeSpan silence) => Transact(s =>
    {
        s.LockLater(_dialect.Lock("studies", "id = @p0"), studyId);
        // A run that nobody has been heard of for so long, or that an outside program took, keeps nobody from it.
        if (s.Long(
            $"SELECT count(*) FROM runs WHERE study_id = @p0 AND state = {Running} AND heartbeat >= {_now} - @p1",
            studyId, silence.TotalSeconds) > 0)
        {
            return false;
        }

        const string trials = "(SELECT id FROM trials WHERE study_id = @p0)";
        const string runs = "(SELECT id FROM runs WHERE study_id = @p0)";
        foreach (var sql in new[]
        {
            $"DELETE FROM reports WHERE run_id IN {runs}", $"DELETE FROM claims WHERE run_id IN {runs}",
            $"DELETE FROM rungs WHERE trial_id IN {trials}", "DELETE FROM runs WHERE study_id = @p0",
            "DELETE FROM trials WHERE study_id = @p0", "DELETE FROM queued WHERE study_id = @p0",
            "DELETE FROM earlier WHERE study_id = @p0", "DELETE FROM studies WHERE id = @p0",
        })
            s.Later(sql, studyId);
        return true;
    });

    public void Use(RunClaim claim, double cores, double gpus) => Ask(s => s.Execute(
        "UPDATE claims SET cores = @p2, gpus = @p3 WHERE run_id = @p0 AND token = @p1", claim.RunId, claim.Token, cores, gpus));

    public IReadOnlyList<RunCost> Spent(long studyId) => Ask(s => s.Rows(
        // A clock that is set back meanwhile makes no time of less than nothing.
        $"""
        SELECT h.run_id, sum(h.held), sum(h.held * h.cores), sum(h.held * h.gpus) FROM (
            SELECT c.run_id, c.cores, c.gpus,
            CASE WHEN coalesce(c.ended, {_now}) > c.began THEN coalesce(c.ended, {_now}) - c.began ELSE 0 END AS held
            FROM claims c JOIN runs r ON r.id = c.run_id WHERE r.study_id = @p0) h
        GROUP BY h.run_id
        """,
        r => new RunCost(r.GetInt64(0), r.GetDouble(1), r.GetDouble(2), r.GetDouble(3)), studyId));

    public IReadOnlyList<Standing> Standings(long studyId) => Read<IReadOnlyList<Standing>>(s =>
    {
        var rungs = RungsOf(s, studyId);
        return s.Rows(
            "SELECT id, number, state, budget FROM trials WHERE study_id = @p0 ORDER BY number",
            r => new Standing(r.GetInt32(1), (TrialState)r.GetInt32(2), r.GetInt64(3), [.. rungs[r.GetInt64(0)]]), studyId);
    });

    public bool Promote(long studyId, int trial, long from, long to) => Transact(s =>
    {
        s.LockLater(_dialect.Lock("trials", "study_id = @p0 AND number = @p1"), studyId, trial);
        var promoted = s.Execute(
            $"UPDATE trials SET budget = @p3, state = {Waiting} "
            + $"WHERE study_id = @p0 AND number = @p1 AND budget = @p2 AND state = {Paused}",
            studyId, trial, from, to) == 1;
        if (promoted)
            s.Later(
                $"UPDATE runs SET state = {Waiting}, attempts = 0, not_before = 0, message = '' WHERE state = {Paused} "
                + "AND trial_id = (SELECT id FROM trials WHERE study_id = @p0 AND number = @p1)",
                studyId, trial);
        return promoted;
    });

    public int CountTrials(long studyId) => (int)Ask(s => s.Long(NextNumber, studyId));

    public bool HasOpenRuns(long studyId) => Ask(s => s.Long(
        $"SELECT EXISTS (SELECT 1 FROM runs WHERE study_id = @p0 AND state = {Waiting}) OR EXISTS "
        + $"(SELECT 1 FROM runs WHERE study_id = @p0 AND state = {Running} AND heartbeat IS NOT NULL)",
        studyId)) != 0;

    public IReadOnlyList<TrialRecord> Trials(long studyId) => Read<IReadOnlyList<TrialRecord>>(s =>
    {
        var runs = s.Rows(
            """
            SELECT r.trial_id, r.id, r.seed, r.state, r.attempts, r.worker, r.engine, r.value, r.message, p.step, p.value, r.heartbeat,
            r.fresh, r.figures
            FROM runs r LEFT JOIN reports p ON p.run_id = r.id AND p.step = (SELECT max(step) FROM reports WHERE run_id = r.id)
            WHERE r.study_id = @p0 ORDER BY r.id
            """,
            r => (Trial: r.GetInt64(0), Run: new RunRecord(
                r.GetInt64(1), r.GetInt64(2), (TrialState)r.GetInt32(3), r.GetInt32(4), r.GetString(5), r.GetString(6),
                Number(r, 7), r.GetString(8), r.IsDBNull(9) ? 0 : r.GetInt64(9), Number(r, 10), !r.IsDBNull(11))
            {
                IsFresh = r.GetInt32(12) != 0,
                Figures = r.GetString(13) is { Length: > 0 } text
                    ? JsonSerializer.Deserialize<Dictionary<string, double>>(text)!
                    : NoFigures,
            }),
            studyId).ToLookup(r => r.Trial, r => r.Run);
        var rungs = RungsOf(s, studyId);
        return s.Rows(
            "SELECT id, number, state, parameters, attributes, value, finish_order, budget, parent, reason, revision "
            + "FROM trials WHERE study_id = @p0 ORDER BY number",
            r => new TrialRecord(
                r.GetInt64(0), r.GetInt32(1), (TrialState)r.GetInt32(2), Assignment.FromJson(r.GetString(3)), r.GetString(4),
                Number(r, 5), r.GetInt64(6), [.. runs[r.GetInt64(0)].Where(run => !run.IsFresh)])
            {
                Fresh = [.. runs[r.GetInt64(0)].Where(run => run.IsFresh)],
                Budget = r.GetInt64(7),
                Parent = r.GetInt32(8),
                Reason = r.GetString(9),
                Revision = r.GetInt32(10),
                Rungs = [.. rungs[r.GetInt64(0)]],
            },
            studyId);
    });

    public IReadOnlyList<RunState> RunStates(long studyId) => Ask(s => s.Rows(
        """
        SELECT r.id, t.number, r.state, r.heartbeat, r.attempts FROM runs r JOIN trials t ON t.id = r.trial_id
        WHERE r.study_id = @p0 ORDER BY r.id
        """,
        r => new RunState(r.GetInt64(0), r.GetInt32(1), (TrialState)r.GetInt32(2), !r.IsDBNull(3), r.GetInt32(4)), studyId));

    public IReadOnlyList<Report> Reports(IReadOnlyList<(long RunId, long After)> runs) => Read(s =>
    {
        var reports = new List<Report>();
        foreach (var (run, after) in runs)
        {
            reports.AddRange(s.Rows(
                "SELECT step, value FROM reports WHERE run_id = @p0 AND step > @p1 ORDER BY step",
                r => new Report(run, r.GetInt64(0), Number(r, 1) ?? double.NaN), run, after));
        }

        return reports;
    });

    public IReadOnlyList<ClaimRecord> Claims(long studyId) => Ask(s => s.Rows(
        "SELECT c.run_id, c.attempt, c.worker, c.began, c.ended, c.outcome "
        + "FROM claims c JOIN runs r ON r.id = c.run_id WHERE r.study_id = @p0 ORDER BY c.id",
        r => new ClaimRecord(r.GetInt64(0), r.GetInt32(1), r.GetString(2), r.GetDouble(3), Number(r, 4), r.GetString(5)), studyId));

    private static StudyRecord ReadStudy(DbDataReader r) =>
        new(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetInt32(5), r.GetInt32(6) != 0)
        {
            Revision = r.GetInt32(7),
        };

    private static double? Number(DbDataReader r, int column) => r.IsDBNull(column) ? null : r.GetDouble(column);

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;

    private static StudyRecord? FindIn(Session s, string name) =>
        s.Rows(
            "SELECT id, name, spec, base, folder, run_cap, stopping, revision FROM studies WHERE name = @p0",
            ReadStudy, name).FirstOrDefault();

    private static ILookup<long, Rung> RungsOf(Session s, long studyId) => s.Rows(
        "SELECT g.trial_id, g.budget, g.value FROM rungs g JOIN trials t ON t.id = g.trial_id WHERE t.study_id = @p0 ORDER BY g.budget",
        r => (Trial: r.GetInt64(0), Rung: new Rung(r.GetInt64(1), Number(r, 2))), studyId).ToLookup(r => r.Trial, r => r.Rung);

    // Trials that were over are running again where they were given another run; their values stay until it has one.
    private static void Reopen(Session s, string which, params object?[] values) => s.Later(
        $"UPDATE trials SET state = {Waiting} WHERE {which} AND state IN ({Complete}, {Paused}) "
        + $"AND EXISTS (SELECT 1 FROM runs WHERE trial_id = trials.id AND state = {Waiting} AND fresh = 0)",
        values);

    private int Migrate(Session s)
    {
        s.Later("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
        var version = VersionIn(s);
        if (version > Schema.Migrations.Length)
            throw new FastDqnException(
                ErrorKind.BadData,
                $"the study database {Description} has schema {version}; this program knows up to {Schema.Migrations.Length}: "
                + "use the newer FastDqn");
        for (; version < Schema.Migrations.Length; version++)
        {
            s.Execute(Schema.Migrations[version].Replace("{id}", _dialect.IdColumn, StringComparison.Ordinal));
            s.Execute("INSERT INTO schema_version (version) VALUES (@p0)", version + 1);
        }

        return version;
    }

    private int VersionIn(Session s) =>
        s.Long(_dialect.HasSchema) == 0 ? 0 : (int)s.Long("SELECT coalesce(max(version), 0) FROM schema_version");

    // Several queries that see one moment.
    private T Read<T>(Func<Session, T> work) => Transact(work, write: false);

    // Single commands, each a transaction by itself, which saves the server a message.
    private T Ask<T>(Func<Session, T> work) => Transact(work, alone: true);

    // Runs a transaction; a lost connection, a deadlock or a busy file is tried again for a while. The claims'
    // tokens make a second try of a commit whose answer was lost harmless.
    private T Transact<T>(Func<Session, T> work, bool migrating = false, bool write = true, bool alone = false)
    {
        lock (_lock)
        {
            var (since, patience) = (Stopwatch.StartNew(), migrating ? TimeSpan.FromSeconds(30) : RetryFor);
            for (var wait = 50; ; wait = Math.Min(wait * 2, 5000))
            {
                try
                {
                    if (_connection is not null && _dialect.IsGone)
                        throw new FastDqnException(
                            ErrorKind.Failure,
                            $"the study database {Description} was removed or moved while in use: what is written now would be lost");
                    _connection ??= _dialect.Open();
                    var session = new Session(_connection);
                    if (!alone)
                        session.Later(_dialect.Begin(write));
                    if (migrating)
                        session.LockLater(_dialect.LockSchema);
                    var result = work(session);
                    if (!alone)
                        session.Later("COMMIT");
                    session.Flush();
                    return result;
                }
                catch (DbException e)
                {
                    Abandon();
                    if (!_dialect.IsTransient(e) || since.Elapsed > patience)
                    {
                        if (migrating)
                            throw;
                        throw _dialect.IsTransient(e)
                            ? _dialect.Unreachable(e)
                            : new FastDqnException(
                                ErrorKind.Failure,
                                string.Create(
                                    CultureInfo.InvariantCulture, $"the study database {Description} refused: {e.Message.Split('\n')[0]}"),
                                e);
                    }
                }
                catch
                {
                    Abandon();
                    throw;
                }

                Thread.Sleep(wait);
            }
        }
    }

    // A transaction that was not committed ends with its connection.
    private void Abandon()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
