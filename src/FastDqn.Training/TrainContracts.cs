using FastDqn.Learning;
using FastDqn.Training.Acting;
using FastDqn.Training.Evaluation;

namespace FastDqn.Training;

/// <summary>What a run is doing; the words of the per-episode lines.</summary>
public enum TrainPhase
{
    /// <summary>Random steps that fill the replay memory.</summary>
    Observe,

    /// <summary>Learning while epsilon falls.</summary>
    Explore,

    /// <summary>Learning at the last epsilon.</summary>
    Train,
}

/// <summary>Where a run stands.</summary>
/// <param name="Step">Agent steps.</param>
/// <param name="TotalSteps">Agent steps of the whole run; 0 where episodes are its length.</param>
/// <param name="Frames">Emulated frames.</param>
/// <param name="Updates">Updates of the network.</param>
/// <param name="Episodes">Episodes finished.</param>
/// <param name="MeanReturn">Mean return of the last train.stop_episodes training episodes; NaN before one.</param>
/// <param name="Epsilon">Chance of a random action now.</param>
/// <param name="Loss">Mean loss since the last report; NaN before the first update.</param>
/// <param name="MeanQ">Mean Q since the last report; NaN before the first update.</param>
/// <param name="ReplayFill">Transitions in the replay memory.</param>
/// <param name="FramesPerSecond">Since this process started the run.</param>
/// <param name="StepsPerSecond">Since this process started the run.</param>
/// <param name="UpdatesPerSecond">Since this process started the run.</param>
/// <param name="Phase">What it is doing.</param>
public readonly record struct TrainProgress(
    long Step, long TotalSteps, long Frames, long Updates, long Episodes, double MeanReturn, double Epsilon, double Loss, double MeanQ,
    long ReplayFill, double FramesPerSecond, double StepsPerSecond, double UpdatesPerSecond, TrainPhase Phase)
{
    /// <summary>Episodes of the whole run; 0 where steps are its length.</summary>
    public long TotalEpisodes { get; init; }

    /// <summary>Frames are another count than steps: what emulates nothing has a frame a step by name only.</summary>
    public bool HasFrames => Frames != Step;

    /// <summary>Seconds to go at the rate since learning began; NaN before: those steps are quicker.</summary>
    public double RemainingSeconds { get; init; } = double.NaN;
}

/// <summary>
/// Who watches a training: a program, a terminal, a log. Everything is told on the thread that trains, which waits; all
/// methods may be left out.
/// </summary>
public interface ITrainObserver
{
    /// <summary>
    /// Called first: <paramref name="control"/> is how to stop the training or to change its exploration.
    /// </summary>
    void Attached(ITrainControl control) { }

    /// <summary>
    /// The run's folder is made and its environments and learner are up; <paramref name="length"/> is in agent steps,
    /// or in episodes where they are the run's length.
    /// </summary>
    void Started(string runDirectory, long length, IReadOnlyList<string> facts) { }

    /// <summary>Called every <c>log.every</c> agent steps.</summary>
    void Progress(in TrainProgress progress) { }

    /// <summary>An episode of training ended.</summary>
    void EpisodeEnded(in Episode episode, in TrainProgress progress) { }

    /// <summary>The network was updated for the <paramref name="number"/>-th time; with PQN a rollout was learned
    /// from.</summary>
    void Updated(long number, in UpdateStats stats) { }

    /// <summary>An evaluation ended.</summary>
    void Evaluated(long step, EvalResult result, bool random) { }

    /// <summary>A checkpoint was written.</summary>
    void CheckpointWritten(long step, string folder) { }

    /// <summary>A line worth reading.</summary>
    void Message(string text) { }

    /// <summary>Something is wrong but the run goes on; the text names the remedy.</summary>
    void Warning(string text) { }
}

/// <summary>What an observer may do to a training, on the training's thread.</summary>
public interface ITrainControl
{
    /// <summary>Agent steps done.</summary>
    long Step { get; }

    /// <summary>
    /// Epsilon instead of the exploration's schedule, 0 to 1; null: the schedule holds. It is part of checkpoints.
    /// </summary>
    double? Epsilon { get; set; }

    /// <summary>
    /// Ends the training after the round under way, with a checkpoint (<see cref="RunEnd.Stopped"/>).
    /// </summary>
    void Stop();

    /// <summary>Writes a checkpoint after the round under way.</summary>
    void Checkpoint();

    /// <summary>Writes a figure of yours into <c>metrics.jsonl</c> and TensorBoard, as <c>own/NAME</c>.</summary>
    void Log(string name, double value);
}

/// <summary>How a run ended.</summary>
public enum RunEnd
{
    /// <summary>All steps done.</summary>
    Finished,

    /// <summary>train.stop_return was reached.</summary>
    GoalReached,

    /// <summary>A signal, a cancellation or an observer asked for it; a checkpoint was written.</summary>
    Stopped,

    /// <summary>train.pause_at was reached; a checkpoint was written.</summary>
    Paused,
}

/// <summary>What a run came to.</summary>
public sealed record TrainResult(
    string RunDirectory, RunEnd End, long Steps, long Frames, long Updates, long Episodes, double Seconds, double FramesPerSecond,
    double StepsPerSecond, double UpdatesPerSecond, double MeanReturn, EvalResult? Eval, EvalResult? Random, IReadOnlyList<string> Files)
{
    /// <summary>Agent steps that earlier processes trained: the seconds and rates are of the others.</summary>
    public long StepsBefore { get; init; }

    /// <summary>Frames are another count than steps.</summary>
    public bool HasFrames => Frames != Steps;

    /// <summary>
    /// Mean evaluation return over that of random play; NaN where one is missing or random play earns nothing.
    /// </summary>
    public double Ratio => Eval is not null && Random is { MeanReturn: > 0 } ? Eval.MeanReturn / Random.MeanReturn : double.NaN;
}
