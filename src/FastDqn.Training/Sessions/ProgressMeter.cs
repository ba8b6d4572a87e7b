using System.Diagnostics;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Sessions;

/// <summary>How far a session is, how fast it goes and how long it will take.</summary>
internal sealed class ProgressMeter(SessionSetup setup)
{
    private long _startSteps;
    private long _startFrames;
    private long _startUpdates;
    private bool _neverLearns;
    private Stopwatch _clock = Stopwatch.StartNew();

    // When this process came to the steps that go on as the rest of the run does, and how far it was then.
    private (TimeSpan Time, long Done)? _paced;

    /// <summary>Agent steps that earlier processes did.</summary>
    public long StepsBefore => _startSteps;

    public double Seconds => _clock.Elapsed.TotalSeconds;

    private TrainConfig Config => setup.Config;

    /// <summary>The work begins; what was done before by other processes does not count for the rates.</summary>
    /// <param name="neverLearns">No update will ever be made, so that the steps before the first are like the
    /// rest.</param>
    public void Start(bool neverLearns)
    {
        (_startSteps, _startFrames, _startUpdates) = (setup.Counters.Steps, setup.Counters.Frames, setup.Counters.Updates);
        _neverLearns = neverLearns;
        _clock = Stopwatch.StartNew();
    }

    /// <summary>A round of the loop is over.</summary>
    public void Tick()
    {
        if (_paced is null && ((setup.Counters.Updates > 0 && !setup.Loop.Filling) || _neverLearns))
            _paced = (_clock.Elapsed, setup.Length.Done);
    }

    public void Stop() => _clock.Stop();

    public TrainProgress Read()
    {
        var (counters, loop, tracker) = (setup.Counters, setup.Loop, setup.Tracker);
        var seconds = Math.Max(1e-9, _clock.Elapsed.TotalSeconds);
        var phase = loop.Filling ? TrainPhase.Observe
            : loop.Epsilon > Config.Exploration.End + 1e-9 ? TrainPhase.Explore : TrainPhase.Train;
        return new TrainProgress(
            counters.Steps, Config.Train.ByEpisodes ? 0 : Config.Train.Steps, counters.Frames, counters.Updates, tracker.Finished,
            tracker.RecentMean, loop.Epsilon,
            counters.MeanLoss, counters.MeanQ, loop.ReplayFill, (counters.Frames - _startFrames) / seconds,
            (counters.Steps - _startSteps) / seconds, (counters.Updates - _startUpdates) / seconds, phase)
        {
            TotalEpisodes = Config.Train.Episodes,
            RemainingSeconds = RemainingSeconds(),
        };
    }

    private double RemainingSeconds()
    {
        var (done, whole) = (setup.Length.Done, setup.Length.Whole);
        if (setup.Length.Reached)
            return 0;
        return _paced is { } since && done > since.Done
            ? (_clock.Elapsed - since.Time).TotalSeconds / (done - since.Done) * (whole - done)
            : double.NaN;
    }
}
