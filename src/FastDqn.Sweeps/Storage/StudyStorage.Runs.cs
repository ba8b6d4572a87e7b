using System.Text.Json;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;

namespace FastDqn.Sweeps.Storage;

/// <summary>Runs: who holds them, and how they end.</summary>
public sealed partial class StudyStorage
{
    public RunClaim? Claim(
        long studyId, string worker, bool expires = true, int? trial = null, double cores = 0, double gpus = 0) => Transact(s =>
    {
        var rows = s.Rows(
            $"""
            SELECT r.id FROM runs r JOIN trials t ON t.id = r.trial_id
            WHERE r.study_id = @p0 AND r.state = {Waiting} AND (r.not_before <= {_now} OR r.released > {_now})
            AND (@p1 < 0 OR t.number = @p1)
            ORDER BY t.number, r.id LIMIT 1 {_dialect.SkipLocked("r, t")}
            """,
            r => r.GetInt64(0), studyId, trial ?? -1);
        if (rows.Count == 0)
            return null;
        var run = rows[0];
        s.Later(
            $"UPDATE runs SET state = {Running}, worker = @p1, token = token + 1, attempts = attempts + 1, "
            + $"engine = '', message = '', heartbeat = {(expires ? _now : "NULL")} WHERE id = @p0",
            run, worker);
        s.Later($"UPDATE trials SET state = {Running} WHERE id = (SELECT trial_id FROM runs WHERE id = @p0 AND fresh = 0)", run);
        return OpenClaim(s, run, cores, gpus);
    });

    public RunClaim Hold(long runId) => Ask(s => ReadClaim(s, runId));

    public bool Heartbeat(RunClaim claim) => Ask(s => s.Execute(
        $"UPDATE runs SET heartbeat = {_now} WHERE id = @p0 AND token = @p1 AND state = {Running} AND heartbeat IS NOT NULL",
        claim.RunId, claim.Token) == 1);

    public bool SetEngine(RunClaim claim, string engine) => Ask(s => s.Execute(
        $"UPDATE runs SET engine = @p2 WHERE id = @p0 AND token = @p1 AND state = {Running}", claim.RunId, claim.Token, engine) == 1);

    public RunClaim? TakeOver(long studyId, string worker, string enginePrefix, TimeSpan silence) => Transact(s =>
    {
        var rows = s.Rows(
            $"""
            SELECT r.id FROM runs r JOIN trials t ON t.id = r.trial_id
            WHERE r.study_id = @p0 AND r.state = {Running} AND substr(r.engine, 1, {enginePrefix.Length}) = @p1
            AND r.heartbeat < {_now} - @p2 ORDER BY r.id LIMIT 1 {_dialect.SkipLocked("r, t")}
            """,
            r => r.GetInt64(0), studyId, enginePrefix, silence.TotalSeconds);
        if (rows.Count == 0)
            return null;
        EndClaim(s, rows[0], "taken over");
        s.Later($"UPDATE runs SET worker = @p1, token = token + 1, heartbeat = {_now} WHERE id = @p0", rows[0], worker);
        return OpenClaim(s, rows[0]);
    });

    public bool AddReports(RunClaim claim, IReadOnlyList<(long Step, double Value)> reports) => Transact(s =>
    {
        if (!Holds(s, claim))
            return false;
        foreach (var (step, value) in reports)
            s.Later(
                "INSERT INTO reports (run_id, step, value) VALUES (@p0, @p1, @p2) "
                + "ON CONFLICT (run_id, step) DO UPDATE SET value = excluded.value",
                claim.RunId, step, Finite(value));
        return true;
    });

    public void DropReports(RunClaim claim) =>
        Transact(s => Holds(s, claim) ? s.Execute("DELETE FROM reports WHERE run_id = @p0", claim.RunId) : 0);

    public bool Finish(
        RunClaim claim, TrialState state, double? value, string message = "", IReadOnlyDictionary<string, double>? figures = null) =>
        Transact(s => FinishIn(s, claim, state, value, message, figures));

    private bool FinishIn(
        Session s, RunClaim claim, TrialState state, double? value, string message, IReadOnlyDictionary<string, double>? figures)
    {
        if (state == TrialState.Complete && Finite(value) is null)
            (state, message) = (TrialState.Failed, message.Length > 0 ? message : "its value is not a finite number");
        LockTrial(s, claim);
        if (!Holds(s, claim))
            return s.Long(
                "SELECT count(*) FROM runs WHERE id = @p0 AND token = @p1 AND state = @p2", claim.RunId, claim.Token, (int)state) == 1;
        End(s, claim.RunId, state, value, message);
        if (figures is not null)
            s.Later(
                "UPDATE runs SET figures = @p1 WHERE id = @p0",
                claim.RunId, JsonSerializer.Serialize(figures.Where(f => double.IsFinite(f.Value)).ToDictionary()));
        EndTrial(s, claim.TrialId);
        return true;
    }

    public bool Release(RunClaim claim, bool failed, int maxAttempts, string message = "", TimeSpan delay = default) => Transact(s =>
    {
        LockTrial(s, claim);
        if (!Holds(s, claim))
            return false;
        Free(s, claim.RunId, claim.TrialId, claim.Attempt, failed, maxAttempts, message, failed ? "failed" : "released", delay);
        return true;
    });

    // Every worker looks at every sign of life, and seldom is there anything: only then are others made to wait.
    public int ReapDead(long studyId, TimeSpan silence, int maxAttempts) =>
        Ask(s => s.Long(
            $"""
            SELECT count(*) FROM runs WHERE study_id = @p0 AND state = {Running}
            AND (heartbeat > {_now} OR (engine = '' AND heartbeat < {_now} - @p1))
            """,
            studyId, silence.TotalSeconds)) > 0
            ? Reap(studyId, silence, maxAttempts)
            : 0;

    private int Reap(long studyId, TimeSpan silence, int maxAttempts) => Transact(s =>
    {
        // After a clock was set back signs of life lie ahead: the silence counts from now, or the dead would live on
        // until then.
        s.Later(
            $"UPDATE runs SET heartbeat = {_now} WHERE study_id = @p0 AND state = {Running} AND heartbeat > {_now}", studyId);
        var dead = s.Rows(
            $"""
            SELECT r.id, r.trial_id, r.attempts, r.worker FROM runs r JOIN trials t ON t.id = r.trial_id
            WHERE r.study_id = @p0 AND r.state = {Running} AND r.engine = '' AND r.heartbeat < {_now} - @p1
            ORDER BY t.number, r.id {_dialect.SkipLocked("r, t")}
            """,
            r => (Run: r.GetInt64(0), Trial: r.GetInt64(1), Attempts: r.GetInt32(2), Worker: r.GetString(3)),
            studyId,
            silence.TotalSeconds);
        foreach (var (run, trial, attempts, worker) in dead)
            Free(s, run, trial, attempts, failed: true, maxAttempts, $"worker {worker} died", "dead");
        return dead.Count;
    });

    private static bool Holds(Session s, RunClaim claim) => s.Long(
        $"SELECT count(*) FROM runs WHERE id = @p0 AND token = @p1 AND state = {Running}", claim.RunId, claim.Token) == 1;

    // Who changes what is to become of a trial: its runs end one after the other.
    private void LockTrial(Session s, RunClaim claim) => s.LockLater(_dialect.Lock("trials", "id = @p0"), claim.TrialId);

    private RunClaim OpenClaim(Session s, long run, double cores = 0, double gpus = 0)
    {
        s.Later(
            "INSERT INTO claims (run_id, attempt, worker, token, began, cores, gpus) "
            + $"SELECT id, attempts, worker, token, {_now}, @p1, @p2 FROM runs WHERE id = @p0",
            run, cores, gpus);
        return ReadClaim(s, run);
    }

    private static RunClaim ReadClaim(Session s, long run) =>
        s.Rows(
            "SELECT r.id, r.trial_id, t.number, r.seed, t.parameters, r.worker, r.attempts, r.token, r.engine, t.budget, t.parent, "
            + "CASE WHEN r.fresh = 1 OR r.further = 1 THEN 1 ELSE 0 END "
            + "FROM runs r JOIN trials t ON t.id = r.trial_id WHERE r.id = @p0",
            r => new RunClaim(
                r.GetInt64(0), r.GetInt64(1), r.GetInt32(2), r.GetInt64(3), Assignment.FromJson(r.GetString(4)),
                r.GetString(5), r.GetInt32(6), r.GetInt64(7), r.GetString(8))
            {
                Budget = r.GetInt64(9),
                Parent = r.GetInt32(10),
                IsFurther = r.GetInt32(11) != 0,
            },
            run).Single();

    private void EndClaim(Session s, long run, string outcome) => s.Later(
        $"UPDATE claims SET ended = {_now}, outcome = @p1 "
        + "WHERE run_id = @p0 AND token = (SELECT token FROM runs WHERE id = @p0) AND ended IS NULL",
        run, outcome);

    private void End(Session s, long run, TrialState state, double? value, string message)
    {
        EndClaim(s, run, state.ToString());
        s.Later("UPDATE runs SET state = @p1, value = @p2, message = @p3, heartbeat = NULL WHERE id = @p0",
            run, (int)state, Finite(value), message);
    }

    private void Free(
        Session s,
        long run,
        long trial,
        int attempts,
        bool failed,
        int maxAttempts,
        string message,
        string outcome,
        TimeSpan delay = default)
    {
        if (failed && attempts >= maxAttempts)
        {
            End(s, run, TrialState.Failed, null, message);
            EndTrial(s, trial);
            return;
        }

        EndClaim(s, run, outcome);
        s.Later(
            $"UPDATE runs SET state = {Waiting}, worker = '', heartbeat = NULL, message = @p1, "
            + $"attempts = attempts - @p2, not_before = {_now} + @p3, released = {_now} WHERE id = @p0",
            run, message, failed ? 0 : 1, delay.TotalSeconds);
        s.Later(
            $"UPDATE trials SET state = {Waiting} WHERE id = @p0 AND state = {Running} "
            + $"AND NOT EXISTS (SELECT 1 FROM runs WHERE trial_id = @p0 AND state = {Running} AND fresh = 0)",
            trial);
    }

    private void EndTrial(Session s, long trial)
    {
        var runs = ReadRuns();
        // One run pruned or failed decides its trial: the others need not start.
        var decided = runs.Any(r => r.State == TrialState.Pruned) ? TrialState.Pruned
            : runs.Any(r => r.State == TrialState.Failed) ? TrialState.Failed
            : runs.Any(r => r.State == TrialState.Paused) ? TrialState.Paused : TrialState.Complete;
        if (decided is TrialState.Pruned or TrialState.Failed)
        {
            s.Later(
                "UPDATE runs SET state = @p1, message = 'another run of the trial ended it' "
                + $"WHERE trial_id = @p0 AND state = {Waiting} AND fresh = 0",
                trial, (int)decided);
            // Another worker may have taken one of them just before.
            runs = ReadRuns();
        }
        else if (runs.Any(r => r.State == TrialState.Waiting))
            return;
        if (runs.Any(r => r.State == TrialState.Running))
            return;
        var values = runs.Select(r => r.Value).OfType<double>().ToList();
        // The mean of those that have a value would be the survivors'.
        double? value = decided switch
        {
            TrialState.Pruned when values.Count > 0 => values.Average(),
            TrialState.Complete or TrialState.Paused when values.Count == runs.Count => values.Average(),
            _ => null,
        };
        // Results come one after the other, and wait for the server alone: all that is left goes in one message.
        s.LockLater(_dialect.LockOrder, trial);
        s.Later(
            $"""
            UPDATE trials SET state = @p1, value = @p2, finished = {_now}, finish_order = CASE WHEN finish_order > 0 THEN finish_order
            ELSE 1 + (SELECT coalesce(max(o.finish_order), 0) FROM trials o WHERE o.study_id = trials.study_id) END
            WHERE id = @p0 AND state IN ({Waiting}, {Running})
            """,
            trial, (int)(value is null && decided == TrialState.Complete ? TrialState.Failed : decided), value);
        if (decided is TrialState.Paused or TrialState.Complete)
            s.Later(
                "INSERT INTO rungs (trial_id, budget, value) SELECT id, budget, @p1 FROM trials WHERE id = @p0 AND budget > 0 "
                + "ON CONFLICT (trial_id, budget) DO UPDATE SET value = excluded.value",
                trial, value);

        List<(TrialState State, double? Value)> ReadRuns() =>
            s.Rows(
                $"SELECT state, value FROM runs WHERE trial_id = @p0 AND fresh = 0 AND NOT (further = 1 AND state = {Failed})",
                r => ((TrialState)r.GetInt32(0), Number(r, 1)), trial);
    }
}
