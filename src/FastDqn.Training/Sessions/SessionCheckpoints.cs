using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Weights;
using FastDqn.Replay;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;
using FastDqn.Training.Telemetry;

namespace FastDqn.Training.Sessions;

/// <summary>
/// A session's checkpoints: writes them when they are due, with the replay memory's frames going to the disk meanwhile,
/// and restores the run from the newest.
/// </summary>
internal sealed class SessionCheckpoints(
    RunDirectory run, SessionSetup setup, SessionReport report, SessionLog log, StopSignals signals) : IDisposable
{
    private const string ReplayFile = "replay.bin";
    private const string MetricsFile = "metrics.bin";
    private readonly CheckpointStore _store = new(run.Checkpoints);
    private FrameLog? _frames;
    private long _written;
    private long _scoredAt = -1;

    /// <summary>How long acting has waited because the disk was too far behind.</summary>
    public TimeSpan ReplayWait => _frames?.Waited ?? TimeSpan.Zero;

    private TrainConfig Config => setup.Config;

    private RunCounters Counters => setup.Counters;

    /// <summary>The replay memory where checkpoints hold it.</summary>
    private ReplayRing? SavedRing => Config.Checkpoint.Replay ? setup.Loop.Ring : null;

    /// <summary>Begins a run; frames of before, if there are any, are dropped.</summary>
    public void Begin()
    {
        _store.DropLaterFrames();
        if (SavedRing is { } ring)
            _frames = new FrameLog(ring, _store.ReplayFolder);
    }

    /// <summary>Restores the newest valid checkpoint; false: none was ever written.</summary>
    /// <param name="branch">Above 0: draw differently from here on.</param>
    public bool Restore(int branch)
    {
        if (_store.List().Count == 0)
        {
            if (run.Info.Text("checkpoint") is not { Length: > 0 } gone)
                return false;
            // What the run has of metrics is not thrown away for a folder that was moved or emptied.
            throw new FastDqnException(
                ErrorKind.BadData,
                $"{run.Checkpoints}: {gone}, of which {RunInfo.FileName} tells, is gone: put it back, or train anew with "
                + $"--config {Path.Combine(run.Root, RunDirectory.ConfigFile)} --run-dir FOLDER");
        }

        var checkpoint = _store.OpenNewest(log.Warn, withReplay: true, out var damaged);
        _store.SetAside(damaged);
        _store.DropLaterFrames();
        CheckOptions(checkpoint);
        foreach (var (name, owner) in setup.State)
            checkpoint.Load(name, owner.Load);
        RestoreReplay(checkpoint);
        long position = 0;
        checkpoint.Load(MetricsFile, reader =>
        {
            reader.Section("metrics", 1);
            position = reader.ReadInt64();
        });
        report.Restore(position);
        _written = Due();
        if (branch > 0)
            setup.Loop.Branch(branch);
        log.Observer.Message($"continuing from {checkpoint.Folder}");
        return true;
    }

    /// <summary>Writes the checkpoint that <c>checkpoint.every</c> or a signal asks for.</summary>
    public void WriteWhenDue()
    {
        var asked = signals.TakeCheckpointRequest();
        if (!asked && Due() == _written)
            return;
        _written = Due();
        var folder = Write();
        if (asked)
            log.Observer.Message($"checkpoint {folder}");
    }

    /// <returns>The folder.</returns>
    public string Write()
    {
        using var span = TrainingTraces.Start(TrainingTraces.Checkpoint);
        span?.SetTag("step", Counters.Steps);
        var start = StageTimes.Now;
        setup.Loop.Rest();
        report.Flush();
        // The score of these weights, not of some before them.
        var header = Header() with { Score = _scoredAt == Counters.Steps ? Counters.LastScore : null, Replay = _frames?.Cut() };
        var folder = _store.Write(header, Files());
        Prune();
        run.Info.Set(
            ("step", Counters.Steps), ("frames", Counters.Frames), ("episodes", setup.Tracker.Finished),
            ("checkpoint", Path.GetFileName(folder)));
        setup.Times.Add(Stage.Checkpoint, start);
        log.Write("checkpoint", $"checkpoint {folder}");
        log.Observer.CheckpointWritten(Counters.Steps, folder);
        return folder;
    }

    /// <summary>Notes the mean return of an evaluation of the weights as they are.</summary>
    public void NoteScore(double score) => (Counters.LastScore, _scoredAt) = (score, Counters.Steps);

    /// <summary>The best agent seldom has a checkpoint of its own, and is kept.</summary>
    public void KeepIfBest(double score)
    {
        if (!double.IsFinite(score) || score <= _store.BestScore)
            return;
        var start = StageTimes.Now;
        _store.WriteBest(Header() with { Score = score }, [Weights()]);
        setup.Times.Add(Stage.Checkpoint, start);
    }

    /// <summary>Removes the checkpoints beyond <c>checkpoint.keep</c>.</summary>
    public void Prune() => _store.Prune(Config.Checkpoint.Keep);

    public void Dispose() => _frames?.Dispose();

    private string WarmUp => Config.Schedule is { WarmUpEpisodes: > 0 and var episodes }
        ? $"{episodes} episodes (schedule.warm_up_episodes)"
        : $"{Config.Schedule.WarmUp} agent steps (schedule.warm_up)";

    private long Due() => Config.Checkpoint.Every > 0 ? Counters.Steps / Config.Checkpoint.Every : 0;

    private void CheckOptions(Checkpoint checkpoint)
    {
        if (checkpoint.Manifest.Options is not { } noted)
        {
            var version = checkpoint.Manifest.ProgramVersion;
            log.Warn(
                $"{checkpoint.Folder} is of fastdqn {version}, which noted no options: whether config.yaml's are the same is not known");
        }
        else if (RunChanges.Differences(noted, Config) is { Count: > 0 } differences)
        {
            var which = string.Join(", ", differences);
            throw new FastDqnException(
                ErrorKind.BadData, $"{checkpoint.Folder}: belongs to a run of other options than {run.Root}/config.yaml: {which}");
        }
    }

    private void RestoreReplay(Checkpoint checkpoint)
    {
        if (setup.Loop.Ring is not { } ring)
            return;
        var saved = checkpoint.Manifest.Replay;
        if (saved is not null)
        {
            checkpoint.Load(ReplayFile, ring.Records.Load);
            FrameLog.Restore(ring, _store.ReplayFolder, saved);
        }

        if (SavedRing is not null)
            _frames = new FrameLog(ring, _store.ReplayFolder, saved);
        if (saved is not null)
            return;
        log.Warn(
            $"the checkpoint holds no replay memory (checkpoint.replay false): {WarmUp} "
            + "fill it anew before learning goes on, so the run continues but not bit for bit");
        setup.Loop.Begin();
    }

    private List<(string, Action<Stream>)> Files()
    {
        var position = report.Position;
        List<(string, Action<Stream>)> files = [];
        foreach (var (name, owner) in setup.State)
            files.Add((name, stream => owner.Save(new StateWriter(stream))));
        if (SavedRing is { } ring)
            files.Add((ReplayFile, stream => ring.Records.Save(new StateWriter(stream))));
        files.Add((MetricsFile, stream =>
        {
            var writer = new StateWriter(stream);
            writer.Section("metrics", 1);
            writer.WriteInt64(position);
        }
        ));
        files.Add(Weights());
        return files;
    }

    private CheckpointManifest Header() => new()
    {
        Format = CheckpointManifest.CurrentFormat,
        ProgramVersion = RunInfo.ProgramVersion,
        Step = Counters.Steps,
        Frames = Counters.Frames,
        Updates = Counters.Updates,
        Options = RunChanges.Deciding(Config),
        Files = [],
    };

    private (string Name, Action<Stream> Write) Weights() => (WeightSource.FileName, stream => setup.Loop.OnLearner(() =>
        Safetensors.Write(stream, setup.Loop.Learner.ExportWeights(), new Dictionary<string, string>
        {
            ["step"] = FormattableString.Invariant($"{Counters.Steps}"),
            ["env"] = Config.Env.Name,
            ["algorithm"] = Config.Algorithm.Name,
        })));
}
