using System.Globalization;
using FastDqn.Training.Acting;
using FastDqn.Training.Evaluation;
using Microsoft.Extensions.Logging;

namespace FastDqn.Training.Logging;

/// <summary>
/// A run's events as structured log entries: started, progress, episode (debug level), evaluation, random, message.
/// Nothing is put together for a level that nobody listens to.
/// </summary>
public sealed class LoggingObserver(ILogger logger) : ITrainObserver
{
    public void Started(string runDirectory, long length, IReadOnlyList<string> facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        LogEntry.Write(
            logger, LogLevel.Information, "started", string.Join('\n', [$"run folder {runDirectory}", .. facts]),
            new("run_dir", runDirectory), new("length", length), new("facts", facts));
    }

    public void Progress(in TrainProgress progress)
    {
        if (!logger.IsEnabled(LogLevel.Information))
            return;
        LogEntry.Write(
            logger, LogLevel.Information, "progress", Line(progress),
            new("step", progress.Step),
            new("frames", progress.Frames),
            new("updates", progress.Updates),
            new("episodes", progress.Episodes),
            new("mean_return", progress.MeanReturn), new("epsilon", progress.Epsilon), new("loss", progress.Loss),
            new("frames_per_second", progress.FramesPerSecond), new("updates_per_second", progress.UpdatesPerSecond),
            new("remaining_seconds", progress.RemainingSeconds),
            new("phase", progress.Phase.ToString().ToLowerInvariant()));
    }

    public void EpisodeEnded(in Episode episode, in TrainProgress progress)
    {
        if (!logger.IsEnabled(LogLevel.Debug))
            return;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"episode {episode.Number}  {progress.Phase.ToString().ToLowerInvariant()}  score {episode.Return:0.###}  length "
            + $"{episode.Length}  memory {progress.ReplayFill}  epsilon {progress.Epsilon:0.####}  step {progress.Step}");
        LogEntry.Write(
            logger, LogLevel.Debug, "episode", text,
            new("number", episode.Number),
            new("score", episode.Return),
            new("length", episode.Length),
            new("frames", episode.Frames),
            new("step", progress.Step));
    }

    public void Evaluated(long step, EvalResult result, bool random)
    {
        ArgumentNullException.ThrowIfNull(result);
        LogEntry.Write(
            logger, LogLevel.Information, random ? "random" : "evaluation", EvalLine(step, result, random),
            new("step", step), new("protocol", result.Protocol), new("mean_return", result.MeanReturn), new("std_return", result.StdReturn),
            new("episodes", result.Episodes));
    }

    public void Message(string text) =>
        LogEntry.Write(logger, LogLevel.Information, "message", text, new KeyValuePair<string, object?>("text", text));

    public void Warning(string text) =>
        LogEntry.Write(logger, LogLevel.Warning, "message", text, new KeyValuePair<string, object?>("text", text));

    /// <summary>An evaluation's result in a line.</summary>
    public static string EvalLine(long step, EvalResult result, bool random)
    {
        ArgumentNullException.ThrowIfNull(result);
        return $"step {step}  {(random ? "random play" : "evaluation")}  return {Number(result.MeanReturn)} +- {Number(result.StdReturn)} "
            + $"over {result.Episodes} episodes (protocol {result.Protocol}, epsilon {Number(result.Epsilon)})";
    }

    private static string Line(in TrainProgress p) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Place(p)}{(p.HasFrames ? $"  frames {p.Frames}" : "")}  {p.Phase.ToString().ToLowerInvariant()}  {Rate(p)}  "
        + $"{p.UpdatesPerSecond:0.#} updates/s  eta {Eta(p.RemainingSeconds)}  return {Number(p.MeanReturn)}  epsilon {p.Epsilon:0.###}  "
        + $"loss {Number(p.Loss)}");

    /// <summary>A time to go, for people; "-" where it is not known.</summary>
    public static string Eta(double seconds) =>
        double.IsFinite(seconds) && seconds < 1e9
            ? TimeSpan.FromSeconds(Math.Round(seconds)).ToString("c", CultureInfo.InvariantCulture)
            : "-";

    /// <summary>How fast it acts: in frames, or in steps where there are no frames.</summary>
    public static string Rate(in TrainProgress p) => p.HasFrames
        ? string.Create(CultureInfo.InvariantCulture, $"{p.FramesPerSecond:0} frames/s")
        : string.Create(CultureInfo.InvariantCulture, $"{p.StepsPerSecond:0} steps/s");

    private static string Place(in TrainProgress p) => p.TotalEpisodes > 0
        ? string.Create(CultureInfo.InvariantCulture, $"episode {p.Episodes}/{p.TotalEpisodes}  step {p.Step}")
        : string.Create(CultureInfo.InvariantCulture, $"step {p.Step}/{p.TotalSteps}");

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("0.###", CultureInfo.InvariantCulture) : "-";
}
