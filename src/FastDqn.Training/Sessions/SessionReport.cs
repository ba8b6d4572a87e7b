using FastDqn.Core;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;
using FastDqn.Training.Telemetry;

namespace FastDqn.Training.Sessions;

/// <summary>
/// What a session reports in numbers: metrics rows, TensorBoard events and counters, and the progress of who watches.
/// </summary>
internal sealed class SessionReport(RunDirectory run, SessionSetup setup, ProgressMeter meter, SessionLog log, TimeProvider clock)
    : IDisposable
{
    private readonly MeteredRun _metered = new(run.Root, setup.Config, setup.Counters, setup.Tracker, setup.Times);
    private MetricsWriter? _metrics;
    private TensorBoardWriter? _events;
    private long _rows;

    /// <summary>Bytes of the metrics file.</summary>
    public long Position => _metrics!.Position;

    private RunCounters Counters => setup.Counters;

    /// <summary>Begins the files of a run; <paramref name="again"/>: one that has been here before.</summary>
    public void Begin(bool again)
    {
        _metrics = new MetricsWriter(run.Metrics);
        _events = setup.Config.Log.Tensorboard ? new TensorBoardWriter(run.Root, again ? 0 : null, clock) : null;
        DescribeRun(0);
        TrainingMeter.Enter(_metered);
    }

    /// <summary>Goes on after the first <paramref name="position"/> bytes of the metrics file.</summary>
    public void Restore(long position)
    {
        _metrics = new MetricsWriter(run.Metrics, position);
        if (setup.Config.Log.Tensorboard)
            RestoreEvents(position);
        _rows = Counters.Steps / setup.Config.Log.Every;
        TrainingMeter.Enter(_metered);
    }

    public void EpisodeEnded(Episode episode)
    {
        Counters.AddEpisode(episode);
        _metrics!.Write("episode", Counters.Steps, Counters.Frames,
        [
            new("number", episode.Number), new("return", episode.Return), new("length", episode.Length),
            new("environment", episode.Environment), new("truncated", episode.Truncated ? 1 : 0),
        ]);
        _events?.Scalars(Counters.Steps, [new("episode/return", episode.Return), new("episode/length", episode.Length)]);
        log.Observer.EpisodeEnded(episode, meter.Read());
    }

    /// <summary>Writes the losses that <c>log.loss_every</c> asks for.</summary>
    public void WriteLosses()
    {
        if (Counters.LossEvery > 0)
            setup.Loop.Rest();
        foreach (var (update, loss) in Counters.TakeLosses())
        {
            _metrics!.Write("update", Counters.Steps, Counters.Frames, [new("number", update), new("loss", loss)]);
            _events?.Scalars(Counters.Steps, [new("update/loss", loss)]);
        }
    }

    /// <summary>Writes the row that <c>log.every</c> asks for.</summary>
    /// <param name="replayWait">How long acting has waited for the disk so far.</param>
    public void WriteDueRow(TimeSpan replayWait)
    {
        var rows = Counters.Steps / setup.Config.Log.Every;
        if (rows == _rows)
            return;
        _rows = rows;
        WriteRow(replayWait);
    }

    /// <summary>
    /// Writes the last row, unless there is one of this step: curves end where the run does, and a short run has a row
    /// too.
    /// </summary>
    public void WriteLastRow(TimeSpan replayWait)
    {
        if (!MetricsWriter.LastRows(run.Metrics, Position, Counters.Steps).Any(row => row.Kind == "train"))
            WriteRow(replayWait);
    }

    /// <param name="kind">"eval" or "random".</param>
    /// <param name="result">What was played.</param>
    public void Evaluated(string kind, EvalResult result)
    {
        List<KeyValuePair<string, double>> values =
        [
            new("mean_return", result.MeanReturn), new("std_return", result.StdReturn), new("episodes", result.Episodes),
            new("mean_length", result.MeanLength), new("mean_max_q", result.MeanValue),
        ];
        _metrics!.Write(kind, Counters.Steps, Counters.Frames, values);
        var finite = values.Where(v => double.IsFinite(v.Value));
        _events?.Scalars(Counters.Steps, finite.Select(v => KeyValuePair.Create($"{kind}/{v.Key}", v.Value)));
        log.Write(
            kind,
            FormattableString.Invariant($"step {Counters.Steps} {kind} return {result.MeanReturn:0.###} over {result.Episodes} episodes"));
    }

    /// <summary>Writes a figure of an observer's.</summary>
    public void WriteOwn(string name, double value)
    {
        _metrics!.Write("own", Counters.Steps, Counters.Frames, [new(name, value)]);
        if (double.IsFinite(value))
            _events?.Scalars(Counters.Steps, [new($"own/{name}", value)]);
    }

    /// <summary>Makes the rows durable.</summary>
    public void Flush() => _metrics!.Flush();

    /// <summary>The run is finished, or has diverged.</summary>
    public void End(bool success) => _events?.SessionEnd(Counters.Steps, success);

    public void Dispose()
    {
        TrainingMeter.Leave(_metered);
        _metrics?.Dispose();
        _events?.Dispose();
    }

    private void WriteRow(TimeSpan replayWait)
    {
        var start = StageTimes.Now;
        setup.Loop.Rest();
        var progress = meter.Read();
        var row = Metrics();
        var wall = Wall(progress, replayWait);
        _metrics!.Write("train", Counters.Steps, Counters.Frames, row, wall);
        _events?.Scalars(Counters.Steps, row.Concat(wall).Where(v => double.IsFinite(v.Value)));
        _events?.Flush();
        _metered.Newest = new MeteredRun.Row(progress, replayWait);
        log.Observer.Progress(progress);
        log.Write(
            "progress",
            FormattableString.Invariant($"step {progress.Step} return {progress.MeanReturn:0.###} loss {progress.Loss:0.#####} ")
            + FormattableString.Invariant($"{progress.StepsPerSecond:0} steps/s"));
        setup.Times.Add(Stage.Log, start);
    }

    /// <summary>What depends on configuration and seed alone.</summary>
    private List<KeyValuePair<string, double>> Metrics()
    {
        var loop = setup.Loop;
        var row = Counters.TakeRow();
        row.Add(new("charts/mean_return", setup.Tracker.RecentMean));
        row.Add(new("charts/episodes", setup.Tracker.Finished));
        row.Add(new("charts/epsilon", loop.Epsilon));
        row.Add(new("charts/updates", Counters.Updates));
        row.Add(new("charts/replay_fill", loop.ReplayFill));
        row.Add(new("charts/learning_rate", loop.Learner.LearningRate));
        var heldOut = loop.HeldOutMaxQ();
        if (!double.IsNaN(heldOut))
            row.Add(new("charts/held_out_max_q", heldOut));
        return row;
    }

    /// <summary>What depends on the clock and the machine.</summary>
    private List<KeyValuePair<string, double>> Wall(in TrainProgress progress, TimeSpan replayWait) =>
    [
        new("perf/SPS", progress.StepsPerSecond), new("perf/FPS", progress.FramesPerSecond), new("perf/UPS", progress.UpdatesPerSecond),
        new("perf/seconds", meter.Seconds), new("perf/replay_wait", replayWait.TotalSeconds),
        new("perf/memory_bytes", Environment.WorkingSet),
        .. Enum.GetValues<Stage>().Where(s => setup.Times.Count(s) > 0)
            .Select(s => KeyValuePair.Create($"perf/{OptionRecord.NameOf(s.ToString())}", setup.Times.Seconds(s))),
    ];

    /// <summary>
    /// From this step on the events of before count no more; the checkpoint's own step is written again.
    /// </summary>
    private void RestoreEvents(long position)
    {
        _events = new TensorBoardWriter(run.Root, Counters.Steps, clock);
        DescribeRun(Counters.Steps);
        foreach (var (kind, values) in MetricsWriter.LastRows(run.Metrics, position, Counters.Steps))
        {
            // What numbers a row is none of its figures.
            var shown = kind is "episode" or "update" ? values.Where(v => v.Key is "return" or "length" or "loss") : values;
            _events.Scalars(
                Counters.Steps, shown.Select(v => KeyValuePair.Create(kind == "train" ? v.Key : $"{kind}/{v.Key}", v.Value)));
        }

        _events.Flush();
    }

    /// <summary>What TensorBoard shows of the run besides its course: the graph, once, and the options.</summary>
    private void DescribeRun(long step)
    {
        if (_events is { IsFirst: true })
            _events.Graph(setup.Loop.Learner.Layers);
        _events?.SessionStart(step, HyperParameters.Of(setup.Config));
    }
}
