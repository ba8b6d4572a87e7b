using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Weights;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;
using FastDqn.Training.Telemetry;
using FastDqn.Training.Tracking;

namespace FastDqn.Training.Sessions;

/// <summary>
/// One process's work on a run: drives the loop and does what is due between its rounds, always in the order metrics,
/// evaluation, checkpoint, stop.
/// </summary>
internal sealed class TrainSession : IDisposable
{
    private readonly RunDirectory _run;
    private readonly StopSignals _signals;
    private readonly RunTools _tools;
    private readonly MlflowTracker? _tracker;
    private readonly SessionLog _log;
    private readonly SessionSetup _setup;
    private readonly ProgressMeter _meter;
    private readonly SessionReport _report;
    private readonly SessionCheckpoints _checkpoints;
    private readonly SessionEvaluation _evaluation;
    private readonly Control _control;

    public TrainSession(
        RunDirectory run, TrainConfig config, ITrainObserver observer, StopSignals signals, RunTools tools, MlflowTracker? tracker)
    {
        (_run, _signals, _tools, _tracker) = (run, signals, tools, tracker);
        var counters = new RunCounters { LossEvery = config.Log.LossEvery };
        using var made = new Unfinished();
        _log = made.Add(new SessionLog(run, observer, counters, tools.Clock));
        _setup = made.Add(new SessionSetup(run, config, counters, tools, episode => _report!.EpisodeEnded(episode), Updated));
        _meter = new ProgressMeter(_setup);
        _report = new SessionReport(run, _setup, _meter, _log, tools.Clock);
        _checkpoints = new SessionCheckpoints(run, _setup, _report, _log, signals);
        _evaluation = new SessionEvaluation(run, _setup, _report, _checkpoints, _log, signals, tools.Cores);
        _control = new Control(this);
        made.Keep();
    }

    private TrainConfig Config => _setup.Config;

    private RunCounters Counters => _setup.Counters;

    private bool GoalReached => _setup.Tracker.WindowFull && _setup.Tracker.RecentMean >= Config.Train.StopReturn;

    /// <summary>Works until the run is finished or a signal stops it.</summary>
    /// <param name="resume">Go on from the newest checkpoint.</param>
    /// <param name="rollbacks">How often the run went back to it already: each time draws differently.</param>
    public TrainResult Run(bool resume, int rollbacks)
    {
        using var span = TrainingTraces.Start(TrainingTraces.Run);
        if (span is not null)
        {
            foreach (var (name, value) in MeteredRun.LabelsOf(_run.Root, Config))
                span.SetTag(name, value);
        }

        try
        {
            return Work(resume, rollbacks);
        }
        catch (Exception e)
        {
            span?.SetStatus(ActivityStatusCode.Error, e.Message);
            if (e is DivergedException)
                _report.End(success: false);
            throw;
        }
    }

    public void Dispose()
    {
        _checkpoints.Dispose();
        _setup.Dispose();
        _report.Dispose();
        _log.Dispose();
    }

    private TrainResult Work(bool resume, int rollbacks)
    {
        Begin(resume, rollbacks);
        _tracker?.Follow();
        // One that a signal cut, or that was the last of a shorter run's, is made where it was due.
        if (!_evaluation.RunWhenDue())
            return Stop();
        // A run that was interrupted after it had reached its goal has reached it.
        while (!_setup.Length.Reached && !GoalReached)
        {
            if (Config.Train.PauseAt > 0 && Counters.Steps >= Config.Train.PauseAt)
                return Pause();
            Advance();
            _meter.Tick();
            _report.WriteLosses();
            _report.WriteDueRow(_checkpoints.ReplayWait);
            if (_tracker?.TakeWarning() is { } warning)
                _log.Warn(warning);
            if (!_evaluation.RunWhenDue())
                return Stop();
            _checkpoints.WriteWhenDue();
            if (_signals.StopRequested || _control.Stopped)
                return Stop();
        }

        return Finish();
    }

    private void Advance()
    {
        using var span = TrainingTraces.Start(TrainingTraces.Round);
        span?.SetTag("step", Counters.Steps);
        _setup.Loop.Advance();
    }

    private void Updated(long number, UpdateStats stats) => _log.Observer.Updated(number, stats);

    private void Begin(bool resume, int rollbacks)
    {
        if (resume)
            Restore(rollbacks);
        else
            StartOver(again: false);
        var begun = resume ? "resumed" : "started";
        _log.Write(begun, $"{begun} at step {Counters.Steps}");
        if (LibTorch.Warning is { } warning)
            _log.Warn(warning);
        if (_setup.Rom?.Note is { } note)
            _log.Warn(note);
        _run.Info.Set(("libtorch", LibTorchOf()));
        if (_setup.TellsOfLearner)
        {
            _run.Info.Set(("learner", LearnerBinding.Describe(Config)));
            _log.Write("learner", LearnerBinding.Sentence(Config));
        }

        _log.Observer.Attached(_control);
        _log.Observer.Started(_run.Root, Config.Train.Length, _setup.Facts);
        var never = Counters.Updates == 0 ? TrainForecast.WhyNoUpdate(Config) : null;
        if (never is not null)
            _log.Warn(never);
        _meter.Start(neverLearns: never is not null);
    }

    private void StartOver(bool again)
    {
        _report.Begin(again);
        _checkpoints.Begin();
        ImportInitial();
        _setup.Loop.Begin();
    }

    private void ImportInitial()
    {
        var file = Config.Train.Init;
        if (file.Length == 0)
            return;
        var fit = _setup.Loop.Import(Safetensors.Read(file));
        using var bytes = File.OpenRead(file);
        _run.Info.Set(("init", new JsonObject
        {
            ["file"] = file,
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            ["new"] = new JsonArray([.. fit.New.Select(name => JsonValue.Create(name))]),
        }));
        _log.Write("init", $"weights from {file}");
        if (fit.Note is { } note)
            _log.Warn($"weights from {file}: {note}");
    }

    private void Restore(int rollbacks)
    {
        if (!_checkpoints.Restore(branch: rollbacks))
        {
            _log.Warn("no checkpoint was written yet: the run starts over");
            StartOver(again: true);
            return;
        }

        _evaluation.Restore();
        if (_setup.Length.Reached)
        {
            var (unit, option, more) = Config.Train.ByEpisodes
                ? ("episodes", "train.episodes", "--set train.episodes=N")
                : ("agent steps", "train.steps", "--steps N");
            _log.Observer.Message(
                $"nothing is left to train: {_setup.Length.Done} {unit} are done and {option} is {_setup.Length.Whole}; {more} goes on");
        }
    }

    private TrainResult Stop()
    {
        var folder = _checkpoints.Write();
        _log.Observer.Message($"stopped at step {Counters.Steps}; continue with: fastdqn resume {_run.Root}");
        _log.Write("stopped", $"stopped by {(_signals.StopRequested ? "a signal" : "an observer")}; checkpoint {folder}");
        return Result(RunEnd.Stopped, null, null);
    }

    // Like a stop that comes at a step and not at a time: what was due at this step is done, the rest follows later.
    private TrainResult Pause()
    {
        var folder = _checkpoints.Write();
        _log.Observer.Message(
            $"paused at step {Counters.Steps} (train.pause_at); continue with: fastdqn resume {_run.Root} --set train.pause_at=0");
        _log.Write("paused", $"paused by train.pause_at; checkpoint {folder}");
        return Result(RunEnd.Paused, null, null);
    }

    /// <summary>
    /// The last checkpoint comes before the last row and the last evaluation: a run that is interrupted there writes
    /// the same rows again, and one that is made longer drops them and has the rows of one that was as long from its
    /// start.
    /// </summary>
    private TrainResult Finish()
    {
        var goal = GoalReached;
        _meter.Stop();
        var folder = _checkpoints.Write();
        _report.WriteLastRow(_checkpoints.ReplayWait);
        EvalResult? eval = null, random = null;
        if (Config.Eval.Episodes > 0)
        {
            eval = _evaluation.Agent(Config.Eval.Video);
            if (eval is null)
                return Result(RunEnd.Stopped, null, null);
            CheckpointStore.SetScore(folder, eval.MeanReturn);
            random = Config.Eval.Random ? _evaluation.Random() : null;
            if (Config.Eval.Random && random is null)
                return Result(RunEnd.Stopped, null, null);
        }

        _checkpoints.Prune();
        var result = Result(goal ? RunEnd.GoalReached : RunEnd.Finished, eval, random);
        _run.Info.Set(("result", Summary(result)));
        _report.End(success: true);
        if (_tools.Profile)
            Profile();
        return result;
    }

    private void Profile()
    {
        var path = Path.Combine(_run.Root, "trace.json");
        _setup.Times.WriteTrace(path);
        foreach (var row in _setup.Times.Table(beside: Config.Train.Overlap))
            _log.Observer.Message($"{row[0],-14} {row[1],10} {row[2],8} {row[3],9} {row[4],9}");
        if (_setup.Loop.Learner.DeviceTimes is { } device)
        {
            foreach (var row in device.Table(_setup.Times.ElapsedSeconds, Counters.Updates))
                _log.Observer.Message($"{row[0],-14} {row[1],10} {row[2],8} {row[3],9} {row[4],9}");
        }

        _log.Observer.Message($"trace {path} (open in ui.perfetto.dev)");
    }

    private TrainResult Result(RunEnd end, EvalResult? eval, EvalResult? random)
    {
        var p = _meter.Read();
        return new TrainResult(
            _run.Root, end, p.Step, p.Frames, p.Updates, p.Episodes, _meter.Seconds, p.FramesPerSecond, p.StepsPerSecond,
            p.UpdatesPerSecond, p.MeanReturn, eval, random, _evaluation.Files)
        {
            StepsBefore = _meter.StepsBefore,
        };
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

    private sealed class Control(TrainSession session) : ITrainControl
    {
        public bool Stopped { get; private set; }

        public long Step => session.Counters.Steps;

        public double? Epsilon
        {
            get => session._setup.Loop.FixedEpsilon;
            set
            {
                if (value is { } epsilon and not (>= 0 and <= 1))
                    throw new ArgumentOutOfRangeException(nameof(value), epsilon, "epsilon is between 0 and 1");
                session._setup.Loop.FixedEpsilon = value;
            }
        }

        public void Stop() => Stopped = true;

        public void Checkpoint() => session._signals.RequestCheckpoint();

        public void Log(string name, double value) => session._report.WriteOwn(name, value);
    }
}
