using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Sessions;

/// <summary>A session's evaluations: when they are due, and what becomes of their results.</summary>
internal sealed class SessionEvaluation(
    RunDirectory run, SessionSetup setup, SessionReport report, SessionCheckpoints checkpoints, SessionLog log, StopSignals signals,
    int cores)
{
    private readonly EvalRunner _runner = new(setup.Config, run.Videos, cores);
    private readonly long _every = setup.Config.Eval.Interval(setup.Config.Train.Steps);

    /// <summary>Pictures written.</summary>
    public IReadOnlyList<string> Files => [.. _runner.Files];

    private TrainConfig Config => setup.Config;

    private RunCounters Counters => setup.Counters;

    /// <summary>The counters were restored; the interval may have been made longer since.</summary>
    public void Restore()
    {
        if (_every > 0)
            Counters.Evaluations = Math.Min(Counters.Evaluations, Counters.Steps / _every);
    }

    /// <summary>
    /// Evaluates when it is time; false when a signal interrupted it: it is made again when the run continues.
    /// </summary>
    public bool RunWhenDue()
    {
        var wanted = _every > 0 && Config.Eval.Episodes > 0 && Counters.Steps < Config.Train.Steps;
        if (!wanted || Counters.Steps / _every <= Counters.Evaluations)
            return true;
        if (Agent(video: false) is not { } result)
            return false;
        Counters.Evaluations = Counters.Steps / _every;
        checkpoints.KeepIfBest(result.MeanReturn);
        return true;
    }

    /// <summary>Evaluates the newest parameters; null when a signal interrupted it.</summary>
    public EvalResult? Agent(bool video)
    {
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
