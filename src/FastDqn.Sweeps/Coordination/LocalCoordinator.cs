using System.Diagnostics;
using FastDqn.Core;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Samplers;

namespace FastDqn.Sweeps.Coordination;

/// <summary>
/// The sweep worker of one machine: works on a study with processes here. Any number of workers, on any machines that
/// reach the database, may share a study. Each run is held by one of them. When one dies, the others find its runs by
/// its silence (<c>StudyStorage.ReapDead</c>) and continue them.
/// </summary>
public sealed class LocalCoordinator(
    Study study, IReadOnlyList<Slot> slots, CoordinatorOptions options, ICoordinatorObserver? observer = null)
{
    // Between looks at whether a run has ended.
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    private readonly string _worker = Study.WorkerName("local");
    private readonly List<Active> _active = [];
    private readonly Stopwatch _sinceBeat = new();

    // Runs whose shared process died: in one of its own the culprit shows itself and the others are safe from it.
    private readonly HashSet<long> _alone = [];

    private sealed record Active(RunWatch Watch, ILocalRun Run)
    {
        /// <summary>Since when it has been asked to end.</summary>
        public Stopwatch Asked { get; } = new();

        public bool Killed { get; set; }
    }

    /// <summary>
    /// Works until the study is finished or <paramref name="stop"/> is cancelled; <paramref name="kill"/> ends the runs
    /// at once.
    /// </summary>
    public CoordinatorEnd Run(CancellationToken stop, CancellationToken kill = default)
    {
        using var engine = new LocalEngine(slots, options.InProcess, Path.Combine(study.Folder, "logs"));
        try
        {
            while (true)
            {
                study.Refresh();
                var stopping = stop.IsCancellationRequested || study.Record.Stopping;
                BeatWhenDue();
                Look(engine, stopping, kill.IsCancellationRequested);
                while (!stopping && engine.FreeSlots > 0 && StartOne(engine))
                    continue;
                observer?.Looked(study);
                if (_active.Count == 0 && stopping)
                    return CoordinatorEnd.Stopped;
                if (_active.Count == 0 && study.IsFinished())
                    return CoordinatorEnd.Finished;
                Wait(stopping, stop);
            }
        }
        finally
        {
            EndAll(kill);
        }
    }

    private void BeatWhenDue()
    {
        if (_sinceBeat.IsRunning && _sinceBeat.Elapsed < options.Heartbeat)
            return;
        _sinceBeat.Restart();
        _active.ForEach(a => a.Watch.Beat());
        study.Storage.ReapDead(study.Record.Id, options.Silence, study.Spec.Retries + 1);
    }

    // What went wrong here is no fault of the runs: they write their checkpoints.
    private void EndAll(CancellationToken kill)
    {
        _active.ForEach(a => a.Run.Stop());
        for (var asked = Stopwatch.StartNew(); asked.Elapsed < options.StopPatience; Thread.Sleep(Glance))
            if (kill.IsCancellationRequested || _active.TrueForAll(a => a.Run.ExitCode is not null))
                break;
        foreach (var active in _active.Where(a => a.Run.ExitCode is null))
            active.Run.Kill();
    }

    // Until the next look; a run that ends is looked at soon, so that its slot does not stay empty.
    private void Wait(bool stopping, CancellationToken stop)
    {
        var glance = Glance < options.Poll ? Glance : options.Poll;
        var clock = Stopwatch.StartNew();
        do
        {
            if (stopping)
                Thread.Sleep(glance);
            else if (stop.WaitHandle.WaitOne(glance))
                return;
        }
        while (clock.Elapsed < options.Poll && _active.TrueForAll(a => a.Run.ExitCode is null));
    }

    private bool StartOne(LocalEngine engine)
    {
        var next = engine.Next;
        // A part of a GPU is noted as that part.
        var gpus = study.Spec.Local.Gpus is > 0 and < 1 and var part ? part : next.Gpus.Count;
        if (study.Claim(_worker, cores: next.Cores.Count, gpus: gpus, late: BeatWhenDue) is not { } claim)
            return false;
        try
        {
            var plan = RunPlan.Create(study.Spec, study.Folder, claim);
            if (!plan.IsTraining && Directory.Exists(plan.RunDirectory))
                RunProcesses.End(plan.RunDirectory);
            // What earlier attempts wrote is measured before the start: a quick program has rows of its own at once.
            var watch = new RunWatch(study, claim, plan, options.RetryDelay);
            _active.Add(new Active(watch, engine.Start(plan, _alone.Contains(claim.RunId))));
            return true;
        }
        catch (FastDqnException e) when (e.Kind == ErrorKind.BadData && claim.Parent >= 0 && WasHere(claim.Parent, claim.Seed))
        {
            // Its parent was removed or damaged: no worker can go on from there.
            var message = RunWatch.Fail(study, claim, e.Message);
            observer?.Said(message);
            return true;
        }
        catch (Exception e) when (e is FastDqnException or IOException or UnauthorizedAccessException)
        {
            study.Storage.Release(claim, failed: false, int.MaxValue, e.Message);
            throw e as FastDqnException
                ?? new FastDqnException(ErrorKind.Failure, $"cannot start trial {claim.TrialNumber}: {e.Message}", e);
        }
    }

    // Whether the folder of another run is, or must have been, one that this machine sees.
    private bool WasHere(int trial, long seed)
    {
        if (Directory.Exists(RunPlan.RunFolder(study.Folder, trial, seed)))
            return true;
        var run = study.Trials().First(t => t.Number == trial).Runs.First(r => r.Seed == seed);
        return study.Storage.Claims(study.Record.Id)
            .Any(c => c.RunId == run.Id && c.Worker.Contains($"@{Environment.MachineName}:", StringComparison.Ordinal));
    }

    private void Look(LocalEngine engine, bool stopping, bool killing)
    {
        for (var i = _active.Count - 1; i >= 0; i--)
        {
            var active = _active[i];
            var (watch, run) = active;
            // The exit is looked at first: whatever the run wrote before it is then read by Settle.
            if (run.ExitCode is not { } exitCode)
            {
                var unwanted = watch.Look() || watch.Lost || stopping;
                if (unwanted && !active.Asked.IsRunning)
                {
                    active.Asked.Start();
                    run.Stop();
                }

                if (active.Asked.IsRunning && (killing || active.Asked.Elapsed > options.StopPatience))
                {
                    active.Killed = true;
                    run.Kill();
                }

                continue;
            }

            if (run.HostDied && !active.Asked.IsRunning)
            {
                _alone.Add(watch.Claim.RunId);
                watch.GiveBack($"the process that it shared died (exit code {exitCode})");
                observer?.Said(
                    $"trial {watch.Claim.TrialNumber} seed {watch.Claim.Seed}: the process that it shared died (exit code {exitCode}); "
                    + "it goes on in one of its own");
            }
            else if (watch.Settle(stopping && EndedByStop(active, exitCode) ? 143 : exitCode, stopping, run.LastLine) is { } message)
            {
                observer?.Said(message);
            }

            engine.Free(run);
            _active.RemoveAt(i);
        }
    }

    // A training's exit code says whether the stop ended it or something else did; a program of the user's may answer
    // SIGTERM with any code but 0.
    private static bool EndedByStop(Active active, int exitCode) =>
        active.Asked.IsRunning && exitCode != 0 && (active.Killed || active.Run.HostDied || !active.Watch.Plan.IsTraining);
}
