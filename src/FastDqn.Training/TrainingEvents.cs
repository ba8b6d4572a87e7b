using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace FastDqn.Training;

/// <summary>
/// Counters for <c>dotnet-counters monitor --counters FastDqn.Training -p PID</c>: rates and figures of the running
/// training. Where several share the process the rates, steps and replay are their sums, the other figures those of the
/// one that reported last.
/// </summary>
[EventSource(Name = "FastDqn.Training")]
internal sealed class TrainingEvents : EventSource
{
    public static readonly TrainingEvents Log = new();
    private readonly List<DiagnosticCounter> _counters = [];
    private readonly ConcurrentDictionary<object, TrainProgress> _running = new(ReferenceEqualityComparer.Instance);
    private TrainProgress _last;

    private TrainingEvents()
    {
    }

    /// <summary>Takes the newest figures of a training.</summary>
    [NonEvent]
    public void Report(object training, in TrainProgress progress) => _running[training] = _last = progress;

    /// <summary>A training has ended.</summary>
    [NonEvent]
    public void Leave(object training) => _running.TryRemove(training, out _);

    protected override void OnEventCommand(EventCommandEventArgs command)
    {
        if (command.Command != EventCommand.Enable || _counters.Count > 0)
            return;
        Add("frames-per-second", "Emulated frames", () => Sum(p => p.FramesPerSecond));
        Add("agent-steps-per-second", "Agent steps", () => Sum(p => p.StepsPerSecond));
        Add("updates-per-second", "Updates", () => Sum(p => p.UpdatesPerSecond));
        Add("agent-steps", "Agent steps done", () => Sum(p => p.Step));
        Add("mean-return", "Mean training return", () => _last.MeanReturn);
        Add("epsilon", "Epsilon", () => _last.Epsilon);
        Add("loss", "Loss", () => _last.Loss);
        Add("replay-fill", "Transitions in replay", () => Sum(p => p.ReplayFill));
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var counter in _counters)
            counter.Dispose();
        base.Dispose(disposing);
    }

    private double Sum(Func<TrainProgress, double> value) => _running.Values.Sum(value);

    private void Add(string name, string title, Func<double> value) =>
        _counters.Add(new PollingCounter(name, this, value) { DisplayName = title });
}
