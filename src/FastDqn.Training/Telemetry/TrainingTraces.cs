using System.Diagnostics;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Telemetry;

/// <summary>
/// Spans of a run, its rounds, updates, evaluations and checkpoints, for OpenTelemetry and others that listen. Where
/// nobody does, a span is null and costs nothing.
/// </summary>
public static class TrainingTraces
{
    /// <summary>The source's name.</summary>
    public const string Name = "FastDqn";

    public const string Run = "run";
    public const string Round = "round";
    public const string Update = "update";
    public const string Evaluation = "evaluation";
    public const string Checkpoint = "checkpoint";

    private static readonly ActivitySource Source = new(Name, RunInfo.ProgramVersion);

    /// <summary>Begins a span under the thread's present one; null: nobody listens.</summary>
    internal static Activity? Start(string name) => Source.StartActivity(name);
}
