using System.Diagnostics.Tracing;

namespace FastDqn.Training;

/// <summary>
/// Counters for <c>dotnet-counters monitor --counters FastDqn.Training -p PID</c>: rates and figures of the running training.
/// </summary>
[EventSource(Name = "FastDqn.Training")]
internal sealed class TrainingEvents : EventSource
{
    public static readonly TrainingEvents Log = new();
    private readonly List<DiagnosticCounter> _counters = [];
    private TrainProgress _last;

    private TrainingEvents()
    {
    }

    /// <summary>Takes the newest figures.</summary>
    [NonEvent]
    public void Report(in TrainProgress progress) => _last = progress;

    protected override void OnEventCommand(EventCommandEventArgs command)
    {
        if (command.Command != EventCommand.Enable || _counters.Count > 0)
            return;
        Add("frames-per-second", "Emulated frames", () => _last.FramesPerSecond);
        Add("agent-steps-per-second", "Agent steps", () => _last.StepsPerSecond);
        Add("updates-per-second", "Updates", () => _last.UpdatesPerSecond);
        Add("agent-steps", "Agent steps done", () => _last.Step);
        Add("mean-return", "Mean training return", () => _last.MeanReturn);
        Add("epsilon", "Epsilon", () => _last.Epsilon);
        Add("loss", "Loss", () => _last.Loss);
        Add("replay-fill", "Transitions in replay", () => _last.ReplayFill);
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var counter in _counters)
            counter.Dispose();
        base.Dispose(disposing);
    }

    private void Add(string name, string title, Func<double> value) =>
        _counters.Add(new PollingCounter(name, this, value) { DisplayName = title });
}
