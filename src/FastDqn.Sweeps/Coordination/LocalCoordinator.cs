using System.Diagnostics;
using FastDqn.Core;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Samplers;

namespace FastDqn.Sweeps.Coordination;

/// <summary>
/// Works on a study with processes of this machine. Any number of these, on any machines that reach the database, may
/// work on one study: each run is held by one of them, and the runs of one that dies are found by the others.
/// </summary>
public sealed class LocalCoordinator(Study study, IReadOnlyList<Slot> slots, CoordinatorOptions options, ICoordinatorObserver? observer = null)
{
    private readonly string _worker = Study.WorkerName("local");
    private readonly List<(RunWatch Watch, LocalRun Run, Stopwatch Asked)> _active = [];

    /// <summary>Works until the study is finished or <paramref name="stop"/> is cancelled; <paramref name="kill"/> ends the runs at once.</summary>
    public CoordinatorEnd Run(CancellationToken stop, CancellationToken kill = default)
    {
        using var engine = new LocalEngine(slots);
        var sinceBeat = Stopwatch.StartNew();
        var beatDue = true;
        try
        {
            while (true)
            {
                study.Refresh();
                var stopping = stop.IsCancellationRequested || study.Record.Stopping;
                if (beatDue || sinceBeat.Elapsed >= options.Heartbeat)
                {
                    beatDue = false;
                    sinceBeat.Restart();
                    _active.ForEach(a => a.Watch.Beat());
                    study.Storage.ReapDead(study.Record.Id, options.Silence, study.Spec.Retries + 1);
                }

                Look(engine, stopping, kill.IsCancellationRequested);
                while (!stopping && engine.FreeSlots > 0 && StartOne(engine))
                    continue;
                observer?.Looked(study);
                if (_active.Count == 0 && stopping)
                    return CoordinatorEnd.Stopped;
                if (_active.Count == 0 && IsFinished())
                    return CoordinatorEnd.Finished;
                stop.WaitHandle.WaitOne(stopping ? TimeSpan.FromMilliseconds(100) : options.Poll);
                if (stopping)
                    Thread.Sleep(50);
            }
        }
        finally
        {
            foreach (var (_, run, _) in _active)
                run.Kill();
        }
    }

    private bool StartOne(LocalEngine engine)
    {
        if (study.Claim(_worker) is not { } claim)
            return false;
        var plan = RunPlan.Create(study.Spec, study.Folder, claim);
        try
        {
            _active.Add((new RunWatch(study, claim, plan, options.RetryDelay), engine.Start(plan), new Stopwatch()));
            return true;
        }
        catch (Exception e) when (e is FastDqnException or IOException or UnauthorizedAccessException)
        {
            study.Storage.Release(claim, failed: false, int.MaxValue, e.Message);
            throw e as FastDqnException ?? new FastDqnException(ErrorKind.Failure, $"cannot start trial {claim.TrialNumber}: {e.Message}", e);
        }
    }

    private void Look(LocalEngine engine, bool stopping, bool killing)
    {
        for (var i = _active.Count - 1; i >= 0; i--)
        {
            var (watch, run, asked) = _active[i];
            // The exit is looked at first: whatever the run wrote before it is then read by Settle.
            var exitCode = run.ExitCode;
            if (exitCode is null)
            {
                var unwanted = watch.Look() || watch.Lost || stopping;
                if (unwanted && !asked.IsRunning)
                {
                    asked.Start();
                    run.Stop();
                }

                if (asked.IsRunning && (killing || asked.Elapsed > options.StopPatience))
                    run.Kill();
                continue;
            }

            // A run that a killing stop ended may have any code; it goes back all the same.
            if (watch.Settle(stopping && asked.IsRunning && exitCode != 0 ? 143 : exitCode.Value, stopping, run.LastLine) is { } message)
                observer?.Said(message);
            engine.Free(run);
            _active.RemoveAt(i);
        }
    }

    private bool IsFinished()
    {
        var trials = study.Trials();
        // Runs that outside programs asked for are theirs to finish.
        return !trials.SelectMany(t => t.Runs).Any(r => r.State == TrialState.Waiting || r is { State: TrialState.Running, Expires: true });
    }
}
