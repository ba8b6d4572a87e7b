using System.Diagnostics;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Pixels.Cuda;
using FastDqn.Replay;
using FastDqn.Training.Acting;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Logging;
using FastDqn.Training.Loops;
using FastDqn.Training.Media;
using FastDqn.Training.Runs;
using Microsoft.Extensions.Logging;

namespace FastDqn.Training;

/// <summary>
/// One process's work on a run: puts the parts together, drives the loop and does what is due between its rounds, always in the order
/// metrics, evaluation, checkpoint, stop.
/// </summary>
internal sealed class TrainSession : IDisposable
{
    private const string ReplayFile = "replay.bin";
    private readonly RunDirectory _run;
    private readonly TrainConfig _config;
    private readonly ITrainObserver _observer;
    private readonly StopSignals _signals;
    private readonly RunTools _tools;
    private readonly int _rollbacks;
    private readonly IVectorEnvironment _environments;
    private readonly RomIdentity? _rom;
    private readonly CudaPinnedMemory? _pinned;
    private readonly RunCounters _counters = new();
    private readonly EpisodeTracker _tracker;
    private readonly StageTimes _times;
    private readonly ITrainingLoop _loop;
    private readonly CheckpointStore _store;
    private readonly LineLoggerProvider _logFile;
    private readonly ILogger _log;
    private readonly EvalRunner _evaluation;
    private readonly long _evaluateEvery;
    private FrameLog? _frames;
    private MetricsWriter? _metrics;
    private TensorBoardWriter? _events;
    private long _rows;
    private long _checkpoints;
    private long _scoredAt = -1;
    private long _startSteps;
    private long _startFrames;
    private long _startUpdates;
    private Stopwatch _clock = Stopwatch.StartNew();

    // When this process came to the steps that go on as the rest of the run does, and how far it was then.
    private (TimeSpan Time, long Steps)? _paced;

    public TrainSession(RunDirectory run, TrainConfig config, ITrainObserver observer, StopSignals signals, RunTools tools, int rollbacks)
    {
        (_run, _config, _observer, _signals, _tools, _rollbacks) = (run, config, observer, signals, tools, rollbacks);
        using var made = new Unfinished();
        var spec = Algorithms.ToSpec(config);
        _times = new StageTimes(tools.Profile);
        _store = new CheckpointStore(run.Checkpoints);
        var log = new StreamWriter(new FileStream(run.Log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite));
        _logFile = made.Add(new LineLoggerProvider(log, LineForm.Dated, clock: tools.Clock, owns: true));
        _log = _logFile.CreateLogger("FastDqn.Training");
        var threads = ThreadPlan.Of(config, tools.Cores);
        _environments = made.Add(EnvironmentBinding.ForTraining(config, tools.Cores));
        if (_environments is AtariVectorEnvironment atari)
        {
            _rom = atari.Rom;
            run.Info.Set(("rom", Describe(atari.Rom)));
        }

        if (config.Log.Films)
            _environments = EpisodeFilms.Of(_environments, run.Videos, _times);
        _tracker = new EpisodeTracker(_environments.Count, config.Train.StopEpisodes);
        var device = LearnerBinding.DeviceOf(config);
        _pinned = device == "cuda" ? made.Add(CudaPinnedMemory.Open()) : null;
        var parts = new LoopParts(
            spec, EnvironmentBinding.InputOf(_environments.Observation), device, _counters, _tracker, _times, EpisodeEnded)
        {
            Registrar = _pinned,
            Learner = LearnerBinding.Settings(config),
            LearnerThreads = threads.Learner,
            Adviser = tools.Ask?.Invoke(_environments),
        };
        _loop = made.Add<ITrainingLoop>(
            spec.Rollout is null ? new DqnLoop(config, _environments, parts) : new PqnLoop(config, _environments, parts));
        _evaluation = new EvalRunner(config, run.Videos, tools.Cores);
        _evaluateEvery = config.Eval.Interval(config.Train.Steps);
        made.Keep();
    }

    private bool GoalReached => _tracker.WindowFull && _tracker.RecentMean >= _config.Train.StopReturn;

    private IEnumerable<(string Name, IStateful Part)> AllParts =>
        [("counters.bin", _counters), ("episodes.bin", _tracker), .. _loop.Parts];

    /// <summary>The replay memory where checkpoints hold it.</summary>
    private ReplayRing? SavedRing => _config.Checkpoint.Replay ? _loop.Ring : null;

    /// <summary>Refuses what can be refused before a folder is made: algorithm, memory, environment, who is asked.</summary>
    public static long CheckBeforehand(TrainConfig config, RunTools tools)
    {
        var spec = Algorithms.ToSpec(config);
        LibTorch.Load();
        using var environments = EnvironmentBinding.ForTraining(config, cores: 1);
        if (environments is AtariVectorEnvironment { Rom: { Match: RomMatch.Unknown } rom } && !config.Env.UnknownRom)
            throw new FastDqnException(ErrorKind.BadData, $"{rom.Note}: nothing can be learned (env.unknown_rom=true trains all the same)");
        if (tools.Ask is not null && spec.Rollout is not null)
            throw new FastDqnException(ErrorKind.Usage, $"--ask: algorithm {spec.Name} learns from rollouts; asking works with those that learn from replay");
        _ = tools.Ask?.Invoke(environments);
        if (spec.Rollout is not null)
            return 0;
        var bytes = ReplayFootprint.Of(DqnLoop.RingOptions(config, spec, environments)).TotalBytes;
        SystemMemory.Ensure(bytes, $"replay.capacity = {config.Replay.Capacity} transitions", "lower replay.capacity");
        return bytes;
    }

    public TrainResult Run(bool resume)
    {
        if (resume)
            Restore();
        else
            Begin(again: false);
        Log(resume ? "resumed" : "started", $"{(resume ? "resumed" : "started")} at step {_counters.Steps}");
        if (LibTorch.Warning is { } warning)
            Warn(warning);
        if (_rom?.Note is { } note)
            Warn(note);
        _run.Info.Set(("libtorch", LibTorchOf()));
        if (_pinned is not null)
        {
            _run.Info.Set(("learner", LearnerBinding.Describe(_config)));
            Log("learner", LearnerBinding.Sentence(_config));
        }

        _observer.Started(_run.Root, _config.Train.Steps, Facts());
        var never = _counters.Updates == 0 ? TrainForecast.WhyNoUpdate(_config) : null;
        if (never is not null)
            Warn(never);
        (_startSteps, _startFrames, _startUpdates) = (_counters.Steps, _counters.Frames, _counters.Updates);
        _clock = Stopwatch.StartNew();
        // A run that was interrupted after it had reached its goal has reached it.
        while (_counters.Steps < _config.Train.Steps && !GoalReached)
        {
            _loop.Advance();
            if (_paced is null && ((_counters.Updates > 0 && !_loop.Filling) || never is not null))
                _paced = (_clock.Elapsed, _counters.Steps);
            WriteDueRow();
            if (!EvaluateWhenDue())
                return Stop();
            CheckpointWhenDue();
            if (_signals.StopRequested)
                return Stop();
        }

        return Finish(GoalReached);
    }

    public void Dispose()
    {
        TrainingEvents.Log.Leave(this);
        _frames?.Dispose();
        _loop.Dispose();
        _pinned?.Dispose();
        _environments.Dispose();
        _metrics?.Dispose();
        _events?.Dispose();
        _logFile.Dispose();
    }

    private static JsonObject LibTorchOf()
    {
        var json = new JsonObject
        {
            ["version"] = LibTorch.Version?.ToString(3),
            ["from"] = LibTorch.FromPackage ? "package" : "user",
            ["folder"] = LibTorch.Folder,
        };
        if (LibTorch.Warning is { } warning)
            json["warning"] = warning;
        return json;
    }

    private static JsonObject Describe(RomIdentity rom) => new()
    {
        ["game"] = rom.Game,
        ["md5"] = rom.Md5,
        ["file"] = rom.File,
        ["match"] = ConfigSchema.SnakeCase(rom.Match.ToString()),
        ["note"] = rom.Note,
    };

    private void Log(string name, string text) => LogEntry.Write(_log, LogLevel.Information, name, text, new KeyValuePair<string, object?>("step", _counters.Steps));

    private void Warn(string text)
    {
        _observer.Warning(text);
        LogEntry.Write(_log, LogLevel.Warning, "message", text, new KeyValuePair<string, object?>("step", _counters.Steps));
    }

    private void Begin(bool again)
    {
        _metrics = new MetricsWriter(_run.Metrics);
        _events = _config.Log.Tensorboard ? new TensorBoardWriter(_run.Root, again ? 0 : null, _tools.Clock) : null;
        _events?.SessionStart(0, HyperParameters());
        if (SavedRing is { } ring)
            _frames = new FrameLog(ring, _store.ReplayFolder);
        _loop.Begin();
    }

    private void Restore()
    {
        if (_store.List().Count == 0)
        {
            Warn("no checkpoint was written yet: the run starts over");
            _store.DropLaterFrames();
            Begin(again: true);
            return;
        }

        var checkpoint = _store.OpenNewest(Warn, withReplay: true, out var damaged);
        _store.SetAside(damaged);
        _store.DropLaterFrames();
        CheckOptions(checkpoint);
        foreach (var (name, part) in AllParts)
            checkpoint.Load(name, part.Load);
        RestoreReplay(checkpoint);
        long position = 0;
        checkpoint.Load("metrics.bin", reader =>
        {
            reader.Section("metrics", 1);
            position = reader.ReadInt64();
        });
        _metrics = new MetricsWriter(_run.Metrics, position);
        if (_config.Log.Tensorboard)
            RestoreEvents(position);
        _rows = _counters.Steps / _config.Log.Every;
        _checkpoints = _config.Checkpoint.Every > 0 ? _counters.Steps / _config.Checkpoint.Every : 0;
        // The interval may have been made longer since.
        if (_evaluateEvery > 0)
            _counters.Evaluations = Math.Min(_counters.Evaluations, _counters.Steps / _evaluateEvery);
        if (_rollbacks > 0)
            _loop.Branch(_rollbacks);
        _observer.Message($"continuing from {checkpoint.Folder}");
        if (_counters.Steps >= _config.Train.Steps)
            _observer.Message($"nothing is left to train: {_counters.Steps} agent steps are done and train.steps is {_config.Train.Steps}; --steps N goes on");
    }

    private void CheckOptions(Checkpoint checkpoint)
    {
        if (checkpoint.Manifest.Options is not { } noted)
        {
            var version = checkpoint.Manifest.ProgramVersion;
            Warn($"{checkpoint.Folder} is of fastdqn {version}, which noted no options: whether config.yaml's are the same is not known");
        }
        else if (RunChanges.Differences(noted, _config) is { Count: > 0 } differences)
        {
            var which = string.Join(", ", differences);
            throw new FastDqnException(
                ErrorKind.BadData, $"{checkpoint.Folder}: belongs to a run of other options than {_run.Root}/config.yaml: {which}");
        }
    }

    /// <summary>From this step on the events of before count no more; the checkpoint's own step is told again.</summary>
    private void RestoreEvents(long position)
    {
        _events = new TensorBoardWriter(_run.Root, _counters.Steps, _tools.Clock);
        _events.SessionStart(_counters.Steps, HyperParameters());
        foreach (var (kind, values) in MetricsWriter.LastRows(_run.Metrics, position, _counters.Steps))
        {
            var shown = kind == "episode" ? values.Where(v => v.Key is "return" or "length") : values;
            _events.Scalars(_counters.Steps, shown.Select(v => KeyValuePair.Create(kind == "train" ? v.Key : $"{kind}/{v.Key}", v.Value)));
        }

        _events.Flush();
    }

    /// <summary>The options that make this training another; where and how it works are none of them.</summary>
    private IEnumerable<KeyValuePair<string, object?>> HyperParameters()
    {
        string[] others = ["eval", "checkpoint", "log"];
        return ConfigSchema.Keys.Where(k => !others.Contains(k.Section) && (k.Section != "run" || k.Name == "run.seed"))
            .Select(k => KeyValuePair.Create(k.Name, ConfigSchema.Read(_config, k)));
    }

    private void RestoreReplay(Checkpoint checkpoint)
    {
        if (_loop.Ring is not { } ring)
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
        Warn(
            $"the checkpoint holds no replay memory (checkpoint.replay false): {_config.Schedule.WarmUp} agent steps (schedule.warm_up) "
            + "fill it anew before learning goes on, so the run continues but not bit for bit");
        _loop.Begin();
    }

    private List<string> Facts()
    {
        var spec = Algorithms.ToSpec(_config);
        return
        [
            $"environment {_environments.Name} x {_environments.Count}, {_environments.ActionNames.Count} actions, {_environments.FramesPerStep} frames a step",
            $"algorithm {spec.Name}, {_loop.Learner.ParameterCount} parameters, {ThreadPlan.Of(_config, _tools.Cores)}, overlap {(_config.Train.Overlap ? "on" : "off")}",
            .. _pinned is null ? Array.Empty<string>() : [LearnerBinding.Sentence(_config)],
        ];
    }

    private TrainProgress Progress()
    {
        var seconds = Math.Max(1e-9, _clock.Elapsed.TotalSeconds);
        var phase = _loop.Filling ? TrainPhase.Observe
            : _loop.Epsilon > _config.Exploration.End + 1e-9 ? TrainPhase.Explore : TrainPhase.Train;
        return new TrainProgress(
            _counters.Steps, _config.Train.Steps, _counters.Frames, _counters.Updates, _tracker.Finished, _tracker.RecentMean, _loop.Epsilon,
            _counters.MeanLoss, _counters.MeanQ, _loop.ReplayFill, (_counters.Frames - _startFrames) / seconds,
            (_counters.Steps - _startSteps) / seconds, (_counters.Updates - _startUpdates) / seconds, phase)
        {
            RemainingSeconds = RemainingSeconds(),
        };
    }

    private double RemainingSeconds()
    {
        if (_counters.Steps >= _config.Train.Steps)
            return 0;
        return _paced is { } since && _counters.Steps > since.Steps
            ? (_clock.Elapsed - since.Time).TotalSeconds / (_counters.Steps - since.Steps) * (_config.Train.Steps - _counters.Steps)
            : double.NaN;
    }

    private void EpisodeEnded(Episode episode)
    {
        _counters.AddEpisode(episode);
        _metrics!.Write("episode", _counters.Steps, _counters.Frames,
        [
            new("number", episode.Number), new("return", episode.Return), new("length", episode.Length),
            new("environment", episode.Environment), new("truncated", episode.Truncated ? 1 : 0),
        ]);
        _events?.Scalars(_counters.Steps, [new("episode/return", episode.Return), new("episode/length", episode.Length)]);
        _observer.EpisodeEnded(episode, Progress());
    }

    private void WriteDueRow()
    {
        var rows = _counters.Steps / _config.Log.Every;
        if (rows == _rows)
            return;
        _rows = rows;
        WriteRow();
    }

    private void WriteRow()
    {
        var start = StageTimes.Now;
        var progress = Progress();
        var row = _counters.TakeRow();
        row.Add(new("charts/mean_return", _tracker.RecentMean));
        row.Add(new("charts/episodes", _tracker.Finished));
        row.Add(new("charts/epsilon", _loop.Epsilon));
        row.Add(new("charts/updates", _counters.Updates));
        row.Add(new("charts/replay_fill", _loop.ReplayFill));
        row.Add(new("charts/learning_rate", _loop.Learner.LearningRate));
        var heldOut = _loop.HeldOutMaxQ();
        if (!double.IsNaN(heldOut))
            row.Add(new("charts/held_out_max_q", heldOut));
        List<KeyValuePair<string, double>> wall =
        [
            new("perf/SPS", progress.StepsPerSecond), new("perf/FPS", progress.FramesPerSecond), new("perf/UPS", progress.UpdatesPerSecond),
            new("perf/seconds", _clock.Elapsed.TotalSeconds), new("perf/replay_wait", _frames?.Waited.TotalSeconds ?? 0), new("perf/memory_bytes", Environment.WorkingSet),
            .. Enum.GetValues<Stage>().Where(s => _times.Count(s) > 0).Select(s => KeyValuePair.Create($"perf/{ConfigSchema.SnakeCase(s.ToString())}", _times.Seconds(s))),
        ];
        _metrics!.Write("train", _counters.Steps, _counters.Frames, row, wall);
        _events?.Scalars(_counters.Steps, row.Concat(wall).Where(v => double.IsFinite(v.Value)));
        _events?.Flush();
        TrainingEvents.Log.Report(this, progress);
        _observer.Progress(progress);
        Log("progress", FormattableString.Invariant($"step {progress.Step} return {progress.MeanReturn:0.###} loss {progress.Loss:0.#####} {progress.StepsPerSecond:0} steps/s"));
        _times.Add(Stage.Log, start);
    }

    /// <summary>False when a signal interrupted the evaluation; it is made again when the run continues.</summary>
    private bool EvaluateWhenDue()
    {
        if (_evaluateEvery == 0 || _config.Eval.Episodes == 0 || _counters.Steps >= _config.Train.Steps
            || _counters.Steps / _evaluateEvery <= _counters.Evaluations)
        {
            return true;
        }

        if (Evaluate(video: false) is not { } result)
            return false;
        _counters.Evaluations = _counters.Steps / _evaluateEvery;
        KeepIfBest(result.MeanReturn);
        return true;
    }

    /// <summary>The best agent seldom has a checkpoint of its own, and is kept.</summary>
    private void KeepIfBest(double score)
    {
        if (!double.IsFinite(score) || score <= _store.BestScore)
            return;
        var start = StageTimes.Now;
        _store.WriteBest(Header() with { Score = score }, [Weights()]);
        _times.Add(Stage.Checkpoint, start);
    }

    private EvalResult? Evaluate(bool video)
    {
        var start = StageTimes.Now;
        var (result, files) = _evaluation.Agent(_loop.Learner, _loop.OnLearner, _counters.Steps, video, () => _signals.StopRequested);
        _times.Add(Stage.Evaluate, start);
        if (result is null)
            return null;
        (_counters.LastScore, _scoredAt) = (result.MeanReturn, _counters.Steps);
        Report("eval", result);
        _evaluation.Files.AddRange(files);
        _observer.Evaluated(_counters.Steps, result, random: false);
        return result;
    }

    private void Report(string kind, EvalResult result)
    {
        List<KeyValuePair<string, double>> values =
        [
            new("mean_return", result.MeanReturn), new("std_return", result.StdReturn), new("episodes", result.Episodes),
            new("mean_length", result.MeanLength), new("mean_max_q", result.MeanValue),
        ];
        _metrics!.Write(kind, _counters.Steps, _counters.Frames, values);
        _events?.Scalars(_counters.Steps, values.Where(v => double.IsFinite(v.Value)).Select(v => KeyValuePair.Create($"{kind}/{v.Key}", v.Value)));
        Log(kind, FormattableString.Invariant($"step {_counters.Steps} {kind} return {result.MeanReturn:0.###} over {result.Episodes} episodes"));
    }

    private void CheckpointWhenDue()
    {
        var asked = _signals.TakeCheckpointRequest();
        var due = _config.Checkpoint.Every > 0 ? _counters.Steps / _config.Checkpoint.Every : 0;
        if (!asked && due == _checkpoints)
            return;
        _checkpoints = due;
        var folder = WriteCheckpoint();
        if (asked)
            _observer.Message($"checkpoint {folder}");
    }

    private string WriteCheckpoint()
    {
        var start = StageTimes.Now;
        _metrics!.Flush();
        // The score of these weights, not of some before them.
        var header = Header() with { Score = _scoredAt == _counters.Steps ? _counters.LastScore : null, Replay = _frames?.Cut() };
        var position = _metrics.Position;
        var parts = new List<(string, Action<Stream>)>();
        foreach (var (name, part) in AllParts)
            parts.Add((name, stream => part.Save(new StateWriter(stream))));
        if (SavedRing is { } ring)
            parts.Add((ReplayFile, stream => ring.Records.Save(new StateWriter(stream))));
        parts.Add(("metrics.bin", stream =>
        {
            var writer = new StateWriter(stream);
            writer.Section("metrics", 1);
            writer.WriteInt64(position);
        }
        ));
        parts.Add(Weights());
        var folder = _store.Write(header, parts);
        _store.Prune(_config.Checkpoint.Keep);
        _run.Info.Set(("step", _counters.Steps), ("frames", _counters.Frames), ("checkpoint", Path.GetFileName(folder)));
        _times.Add(Stage.Checkpoint, start);
        Log("checkpoint", $"checkpoint {folder}");
        return folder;
    }

    private CheckpointManifest Header() => new()
    {
        Format = CheckpointManifest.CurrentFormat,
        ProgramVersion = RunInfo.ProgramVersion,
        Step = _counters.Steps,
        Frames = _counters.Frames,
        Updates = _counters.Updates,
        Options = RunChanges.Deciding(_config),
        Files = [],
    };

    private (string Name, Action<Stream> Write) Weights() => ("model.safetensors", stream => _loop.OnLearner(() =>
        Safetensors.Write(stream, _loop.Learner.ExportWeights(), new Dictionary<string, string>
        {
            ["step"] = FormattableString.Invariant($"{_counters.Steps}"),
            ["env"] = _config.Env.Name,
            ["algorithm"] = _config.Algorithm.Name,
        })));

    private TrainResult Stop()
    {
        var folder = WriteCheckpoint();
        _observer.Message($"stopped at step {_counters.Steps}; continue with: fastdqn resume {_run.Root}");
        Log("stopped", $"stopped by a signal; checkpoint {folder}");
        return Result(RunEnd.Stopped, null, null);
    }

    /// <summary>
    /// The last checkpoint comes before the last row and the last evaluation: a run that is interrupted there writes the same rows again,
    /// and one that is made longer drops them and has the rows of one that was as long from its start.
    /// </summary>
    private TrainResult Finish(bool goal)
    {
        _clock.Stop();
        var folder = WriteCheckpoint();
        // The curves end where the run does, not at the row before, and a run shorter than log.every has a row too.
        if (!MetricsWriter.LastRows(_run.Metrics, _metrics!.Position, _counters.Steps).Any(row => row.Kind == "train"))
            WriteRow();
        EvalResult? eval = null, random = null;
        if (_config.Eval.Episodes > 0)
        {
            eval = Evaluate(_config.Eval.Video);
            if (eval is null)
                return Result(RunEnd.Stopped, null, null);
            CheckpointStore.SetScore(folder, eval.MeanReturn);
            if (_config.Eval.Random)
            {
                var start = StageTimes.Now;
                random = _evaluation.Random(() => _signals.StopRequested);
                _times.Add(Stage.Evaluate, start);
                if (random is null)
                    return Result(RunEnd.Stopped, null, null);
                Report("random", random);
                _observer.Evaluated(_counters.Steps, random, random: true);
            }
        }

        _store.Prune(_config.Checkpoint.Keep);
        var result = Result(goal ? RunEnd.GoalReached : RunEnd.Finished, eval, random);
        _run.Info.Set(("result", Summary(result)));
        _events?.SessionEnd(_counters.Steps);
        if (_tools.Profile)
            Profile();
        return result;
    }

    private void Profile()
    {
        var path = Path.Combine(_run.Root, "trace.json");
        _times.WriteTrace(path);
        var rows = _times.Table(beside: _config.Train.Overlap);
        foreach (var row in rows)
            _observer.Message($"{row[0],-14} {row[1],10} {row[2],8} {row[3],9} {row[4],9}");
        _observer.Message($"trace {path} (open in ui.perfetto.dev)");
    }

    private TrainResult Result(RunEnd end, EvalResult? eval, EvalResult? random)
    {
        var p = Progress();
        return new TrainResult(
            _run.Root, end, _counters.Steps, _counters.Frames, _counters.Updates, _tracker.Finished, _clock.Elapsed.TotalSeconds,
            p.FramesPerSecond, p.StepsPerSecond, p.UpdatesPerSecond, _tracker.RecentMean, eval, random, [.. _evaluation.Files]);
    }

    private static JsonObject Summary(TrainResult result)
    {
        var json = new JsonObject
        {
            ["frames"] = result.Frames,
            ["agent_steps"] = result.Steps,
            ["updates"] = result.Updates,
            ["goal_reached"] = result.End == RunEnd.GoalReached,
        };
        if (result.Eval is { } eval)
            json["eval"] = new JsonObject { ["protocol"] = eval.Protocol, ["mean_return"] = eval.MeanReturn, ["episodes"] = eval.Episodes };
        if (result.Random is { } random)
            json["random"] = new JsonObject { ["mean_return"] = random.MeanReturn, ["episodes"] = random.Episodes };
        return json;
    }
}
