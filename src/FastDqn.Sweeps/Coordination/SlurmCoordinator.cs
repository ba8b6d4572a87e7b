using System.Diagnostics;
using System.Globalization;
using FastDqn.Core;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;

namespace FastDqn.Sweeps.Coordination;

/// <summary>
/// Works on a study through Slurm: submits arrays, follows each run's folder, and reads the jobs' states with
/// <c>scontrol</c>. Jobs go on when the coordinator ends; another one takes them over. Only a coordinator writes to
/// the database, so SQLite on the login node is enough.
/// </summary>
public sealed class SlurmCoordinator(Study study, CoordinatorOptions options, ICoordinatorObserver? observer = null)
{
    /// <summary>How the database marks a run that Slurm has: <c>slurm:BATCH:INDEX</c>.</summary>
    public const string EnginePrefix = "slurm:";

    // Below Slurm's default MaxArraySize (1001).
    private const int LargestArray = 1000;

    private readonly string _worker = Study.WorkerName("slurm");
    private readonly List<Active> _active = [];
    private int _batches;

    private sealed class Active(RunWatch watch, SlurmBatch batch, int index)
    {
        public RunWatch Watch { get; } = watch;

        public SlurmBatch Batch { get; } = batch;

        public int Index { get; } = index;

        public bool Asked { get; set; }

        /// <summary>Since when Slurm has called it over (or does not know it).</summary>
        public Stopwatch Over { get; } = new();
    }

    /// <summary>
    /// Works until the study is finished. Cancelling <paramref name="detach"/> leaves the jobs running; a stop request
    /// in the database cancels them.
    /// </summary>
    public CoordinatorEnd Run(CancellationToken detach)
    {
        if (Slurm.Problem() is { } problem)
            throw new FastDqnException(ErrorKind.Unavailable, problem);
        var sinceBeat = Stopwatch.StartNew();
        var first = true;
        while (true)
        {
            study.Refresh();
            var stopping = study.Record.Stopping;
            if (detach.IsCancellationRequested)
                return CoordinatorEnd.Stopped;
            if (first || sinceBeat.Elapsed >= options.Heartbeat)
            {
                first = false;
                sinceBeat.Restart();
                _active.ForEach(a => a.Watch.Beat());
                study.Storage.ReapDead(study.Record.Id, options.Silence, study.Spec.Retries + 1);
                TakeOver();
            }

            Look(stopping);
            if (!stopping)
                SubmitMore();
            observer?.Looked(study);
            if (_active.Count == 0 && (stopping || study.IsFinished()))
                return stopping ? CoordinatorEnd.Stopped : CoordinatorEnd.Finished;
            detach.WaitHandle.WaitOne(options.Poll);
        }
    }

    private void TakeOver()
    {
        while (study.Storage.TakeOver(study.Record.Id, _worker, EnginePrefix, options.Silence) is { } claim)
        {
            var parts = claim.Engine.Split(':');
            var batch = SlurmBatch.Open(study.Folder, parts[1]);
            _active.Add(new Active(Watch(claim), batch, int.Parse(parts[2], CultureInfo.InvariantCulture)));
            observer?.Said($"trial {claim.TrialNumber} seed {claim.Seed}: taken over from a silent coordinator ({claim.Engine})");
        }
    }

    private RunWatch Watch(RunClaim claim) => new(study, claim, RunPlan.Create(study.Spec, study.Folder, claim), options.RetryDelay);

    private void SubmitMore()
    {
        // What a sampler or early termination learns from is worth waiting for; grid and random can queue up ahead.
        var adaptive = study.Spec.Promotes || study.Spec.Sampler.Kind is not (SamplerKind.Grid or SamplerKind.Random);
        var room = (adaptive ? study.Spec.Slurm.Parallel : LargestArray) - _active.Count;
        var claims = new List<RunClaim>();
        while (claims.Count < Math.Min(room, LargestArray) && study.Claim(_worker) is { } claim)
            claims.Add(claim);
        if (claims.Count == 0)
            return;
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"fastdqn-{study.Record.Name}-{DateTime.UtcNow:yyyyMMddHHmmss}-{Environment.ProcessId}-{_batches++}");
        try
        {
            var watches = claims.ConvertAll(Watch);
            for (var i = claims.Count - 1; i >= 0; i--)
            {
                if (IsReady(watches[i]))
                    continue;
                claims.RemoveAt(i);
                watches.RemoveAt(i);
            }

            if (claims.Count == 0)
                return;
            var batch = SlurmBatch.Write(study.Spec, study.Folder, name, [.. watches.Select(w => w.Plan)]);
            // Noted before the job exists: should this process die now, its successor looks for the job by the batch's
            // name.
            for (var i = 0; i < claims.Count; i++)
            {
                study.Storage.SetEngine(claims[i], string.Create(CultureInfo.InvariantCulture, $"{EnginePrefix}{name}:{i}"));
                study.Storage.Use(claims[i], study.Spec.Slurm.Cores, 0);
            }

            var job = batch.Submit();
            observer?.Said(string.Create(CultureInfo.InvariantCulture, $"submitted array {job} with {claims.Count} run(s)"));
            for (var i = 0; i < claims.Count; i++)
                _active.Add(new Active(watches[i], batch, i));
        }
        catch (Exception e) when (e is FastDqnException or IOException or UnauthorizedAccessException)
        {
            foreach (var claim in claims)
                study.Storage.Release(claim, failed: false, int.MaxValue, e.Message);
            throw e as FastDqnException ?? new FastDqnException(ErrorKind.Failure, $"cannot write the batch {name}: {e.Message}", e);
        }
    }

    // A run that goes on from another's checkpoint gets its folder here: tasks continue what lies there, and none could
    // know whether another one is making it. Without the other run no task can: the trial fails.
    private bool IsReady(RunWatch watch)
    {
        var plan = watch.Plan;
        if (!plan.IsTraining || plan.Parent.Length == 0)
            return true;
        try
        {
            plan.Branch();
            return true;
        }
        catch (FastDqnException e) when (e.Kind == ErrorKind.BadData)
        {
            var message = RunWatch.Fail(study, watch.Claim, e.Message);
            observer?.Said(message);
            return false;
        }
    }

    private void Look(bool stopping)
    {
        foreach (var group in _active.GroupBy(a => a.Batch.Folder, StringComparer.Ordinal).ToList())
        {
            var job = group.First().Batch.Job();
            var tasks = job is { } number ? Slurm.Show(number) : [];
            if (tasks is null)
                continue;
            foreach (var active in group)
                LookAt(active, tasks.FirstOrDefault(t => t.Index == active.Index), stopping);
        }
    }

    private void LookAt(Active active, SlurmTask? task, bool stopping)
    {
        var unwanted = active.Watch.Look() || stopping;
        if (active.Watch.Lost)
        {
            // Another coordinator follows the job now; it is not ours to cancel.
            _active.Remove(active);
            return;
        }

        if (task is { IsOver: false })
        {
            active.Over.Reset();
            if (unwanted && !active.Asked)
            {
                active.Asked = true;
                Slurm.Stop(task);
            }

            return;
        }

        var exitCode = active.Batch.ExitCode(active.Index);
        // The exit file may reach this machine a little later than Slurm's word (shared file systems).
        active.Over.Start();
        if (exitCode is null && !active.Asked && active.Over.Elapsed < TimeSpan.FromSeconds(10))
            return;
        var state = task?.State ?? "gone";
        var code = stopping && active.Asked && EndedByStop(active, exitCode) ? 143 : exitCode ?? 1;
        if (active.Watch.Settle(code, stopping, Reason) is { } message)
            observer?.Said(message);
        _active.Remove(active);

        string Reason() => exitCode is null ? $"Slurm: {state}" : LocalRun.LastLine(active.Watch.Plan.Log);
    }

    // A training's exit code says whether the stop ended it or something else did. Without one the task was taken out
    // of the queue or killed; a program of the user's may answer SIGTERM with any code but 0.
    private static bool EndedByStop(Active active, int? exitCode) => exitCode is null || (exitCode != 0 && !active.Watch.Plan.IsTraining);

    /// <summary>
    /// Ends what Slurm runs of a stopped study: a living coordinator does it, the tasks of a dead one are taken over
    /// for it. Each checkpoints and can be continued. Returns when none is left, or when <paramref name="detach"/> is
    /// cancelled.
    /// </summary>
    public static void Drain(Study study, CoordinatorOptions options, ICoordinatorObserver? observer, CancellationToken detach)
    {
        while (HasTasks(study))
        {
            new SlurmCoordinator(study, options, observer).Run(detach);
            if (detach.WaitHandle.WaitOne(options.Poll))
                return;
        }
    }

    /// <summary>Whether Slurm has runs of the study.</summary>
    public static bool HasTasks(Study study) => study.Trials().SelectMany(t => t.Runs)
        .Any(r => r.State == TrialState.Running && r.Engine.StartsWith(EnginePrefix, StringComparison.Ordinal));
}
