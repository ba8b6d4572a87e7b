using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using FastDqn.Core;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Telemetry;

/// <summary>
/// The trainings of this process as .NET's metrics: <c>dotnet-counters monitor --counters FastDqn -p PID</c>,
/// Prometheus (<see cref="MetricsEndpoint"/>), OpenTelemetry. Every instrument is read when somebody looks, so that a
/// training does nothing for them between its rows.
/// </summary>
public static class TrainingMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "FastDqn";

    private static readonly Meter Meter = new(Name, RunInfo.ProgramVersion);
    private static readonly ConcurrentDictionary<MeteredRun, byte> Runs = new(ReferenceEqualityComparer.Instance);

    static TrainingMeter()
    {
        Counter("fastdqn.frames", "{frame}", "Emulated frames", r => r.Counters.Frames);
        Counter("fastdqn.steps", "{step}", "Agent steps", r => r.Counters.Steps);
        Counter("fastdqn.updates", "{update}", "Updates of the network", r => r.Counters.Updates);
        Counter("fastdqn.episodes", "{episode}", "Training episodes finished", r => r.Tracker.Finished);
        Gauge("fastdqn.return", "{return}", "Mean return of the last training episodes, raw", r => r.Newest?.Progress.MeanReturn);
        Gauge("fastdqn.evaluation.return", "{return}", "Mean return of the newest evaluation, raw", r => r.Counters.LastScore);
        Gauge("fastdqn.loss", "{loss}", "Mean loss between the last two rows", r => r.Newest?.Progress.Loss);
        Gauge("fastdqn.q", "{return}", "Mean Q-value between the last two rows", r => r.Newest?.Progress.MeanQ);
        Gauge("fastdqn.epsilon", "{probability}", "Chance of a random action", r => r.Newest?.Progress.Epsilon);
        Gauge("fastdqn.replay.fill", "{transition}", "Transitions in the replay memory", r => r.Newest?.Progress.ReplayFill);
        Gauge("fastdqn.remaining.time", "s", "Time to go at the present rate", r => r.Newest?.Progress.RemainingSeconds);
        Gauge("fastdqn.replay.wait.time", "s", "Acting waited for the disk", r => r.Newest?.ReplayWait.TotalSeconds);
        Meter.CreateObservableCounter(
            "fastdqn.stage.time", () => Stages((run, stage) => run.Times.Seconds(stage)), "s",
            "Time spent in a stage: updates, evaluations, checkpoints, waits of actor and learner, ...");
        Meter.CreateObservableCounter(
            "fastdqn.stage.calls", () => Stages((run, stage) => run.Times.Count(stage)), "{call}", "How often a stage was entered");
        Meter.CreateObservableGauge("fastdqn.memory", () => Environment.WorkingSet, "By", "Memory of the process");
    }

    /// <summary>A training begins.</summary>
    internal static void Enter(MeteredRun run) => Runs[run] = 0;

    /// <summary>A training has ended.</summary>
    internal static void Leave(MeteredRun run) => Runs.TryRemove(run, out _);

    private static void Counter(string name, string unit, string description, Func<MeteredRun, long> read) =>
        Meter.CreateObservableCounter(name, () => Runs.Keys.Select(r => new Measurement<long>(read(r), r.Labels)), unit, description);

    private static void Gauge(string name, string unit, string description, Func<MeteredRun, double?> read) =>
        Meter.CreateObservableGauge(
            name,
            () => from run in Runs.Keys
                  let value = read(run)
                  where value is { } known && double.IsFinite(known)
                  select new Measurement<double>(value.Value, run.Labels),
            unit, description);

    private static IEnumerable<Measurement<T>> Stages<T>(Func<MeteredRun, Stage, T> read)
        where T : struct =>
        from run in Runs.Keys
        from stage in Enum.GetValues<Stage>()
        where run.Times.Count(stage) > 0
        select new Measurement<T>(read(run, stage), [.. run.Labels, new("stage", OptionRecord.NameOf(stage.ToString()))]);
}
