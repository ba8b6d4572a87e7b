using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;
using FastDqn.Training.Telemetry;

namespace FastDqn.Training.Sessions;

/// <summary>A session's evaluations: when they are due, and what becomes of their results.</summary>
internal sealed class SessionEvaluation(
    RunDirectory run, SessionSetup setup, SessionReport report, SessionCheckpoints checkpoints, SessionLog log, StopSignals signals,
    int cores)
{
    private readonly EvalRunner _runner = new(setup.Config, run.Videos, cores) { Warn = log.Warn };
    private readonly long _every = setup.Config.Eval.Interval(setup.Config.Train.Length);

    /// <summary>Pictures written.</summary>
    public IReadOnlyList<string> Files => [.. _runner.Files];

    private TrainConfig Config => setup.Config;

    private RunCounters Counters => setup.Counters;

    // A tenth of the training is counted in its unit.
    private long Due => (Config.Eval.Every < 0 ? setup.Length.Done : Counters.Steps) / _every;

    /// <summary>The counters were restored; the interval may have been made longer since.</summary>
    public void Restore()
    {
        if (_every > 0)
            Counters.Evaluations = Math.Min(Counters.Evaluations, Due);
    }

    /// <summary>
    /// Evaluates when it is time; false when a signal interrupted it: it is made again when the run continues.
    /// </summary>
    public bool RunWhenDue()
    {
        var wanted = _every > 0 && Config.Eval.Episodes > 0 && !setup.Length.Reached;
        if (!wanted || Due <= Counters.Evaluations)
            return true;
        if (Agent(video: false) is not { } result)
            return false;
        Counters.Evaluations = Due;
        checkpoints.KeepIfBest(result.MeanReturn);
        return true;
    }

    /// <summary>Evaluates the newest parameters; null when a signal interrupted it.</summary>
    public EvalResult? Agent(bool video)
    {
        using var span = TrainingTraces.Start(TrainingTraces.Evaluation);
        span?.SetTag("of", "agent").SetTag("step", Counters.Steps);
        var start = StageTimes.Now;
        var loop = setup.Loop;
        var (result, files) = _runner.Agent(loop.Learner, loop.OnLearner, Counters.Steps, video, () => signals.StopRequested);
        setup.Times.Add(Stage.Evaluate, start);
        if (result is null)
            return null;
        checkpoints.NoteScore(result.MeanReturn);
        report.Evaluated("eval", result);
        _runner.Files.AddRange(files);
        log.Observer.Evaluated(Counters.Steps, result, random: false);
        return result;
    }

    /// <summary>Plays at random; null when a signal interrupted it.</summary>
    public EvalResult? Random()
    {
        using var span = TrainingTraces.Start(TrainingTraces.Evaluation);
        span?.SetTag("of", "random").SetTag("step", Counters.Steps);
        var start = StageTimes.Now;
        var result = _runner.Random(() => signals.StopRequested);
        setup.Times.Add(Stage.Evaluate, start);
        if (result is null)
            return null;
        report.Evaluated("random", result);
        log.Observer.Evaluated(Counters.Steps, result, random: true);
        return result;
    }
}
