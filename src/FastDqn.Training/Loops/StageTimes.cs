using System.Diagnostics;
using System.Text.Json;
using FastDqn.Core;

namespace FastDqn.Training.Loops;

/// <summary>What a run spends its time on.</summary>
public enum Stage
{
    /// <summary>The network chooses actions.</summary>
    Act,

    /// <summary>Environments step, pixels included.</summary>
    Environment,

    /// <summary>Transitions go into the replay memory.</summary>
    Append,

    /// <summary>Minibatches are drawn and gathered.</summary>
    Sample,

    /// <summary>Updates of the network.</summary>
    Update,

    /// <summary>The actor waits for the learner.</summary>
    ActorWait,

    /// <summary>The learner waits for the actor.</summary>
    LearnerWait,

    /// <summary>The actor takes the learner's parameters.</summary>
    Refresh,

    /// <summary>Films of training are drawn and written.</summary>
    Films,

    /// <summary>Evaluation.</summary>
    Evaluate,

    /// <summary>Checkpoints.</summary>
    Checkpoint,

    /// <summary>Metrics and logs.</summary>
    Log,
}

/// <summary>
/// Seconds spent in each stage; with tracing on also every single span, for a Chrome trace. Each stage is entered by
/// one thread only, so no lock is needed.
/// </summary>
public sealed class StageTimes
{
    /// <summary>A trace of more events than this loads in no viewer.</summary>
    private const int MaxEvents = 1_000_000;

    private readonly long[] _ticks = new long[Enum.GetValues<Stage>().Length];
    private readonly long[] _counts = new long[Enum.GetValues<Stage>().Length];
    private readonly List<(Stage Stage, long Start, long End)>? _actorEvents;
    private readonly List<(Stage Stage, long Start, long End)>? _learnerEvents;
    private readonly long _origin = Stopwatch.GetTimestamp();

    public StageTimes(bool trace)
    {
        if (trace)
            (_actorEvents, _learnerEvents) = ([], []);
    }

    public static long Now => Stopwatch.GetTimestamp();

    /// <summary>Adds the time since <paramref name="start"/>; returns now, to begin the next stage with.</summary>
    public long Add(Stage stage, long start)
    {
        var now = Stopwatch.GetTimestamp();
        AddSpan(stage, start, now);
        return now;
    }

    /// <summary>As <see cref="Add"/>, for a part of another stage, which loses the time.</summary>
    public void AddPart(Stage stage, Stage whole, long start) => _ticks[(int)whole] -= Add(stage, start) - start;

    /// <summary>Adds a span that is over.</summary>
    public void AddSpan(Stage stage, long start, long end)
    {
        _ticks[(int)stage] += end - start;
        _counts[(int)stage]++;
        var events = stage is Stage.Update or Stage.LearnerWait ? _learnerEvents : _actorEvents;
        if (events is { Count: < MaxEvents })
            events.Add((stage, start, end));
    }

    public double Seconds(Stage stage) => _ticks[(int)stage] / (double)Stopwatch.Frequency;

    public long Count(Stage stage) => _counts[(int)stage];

    public double ElapsedSeconds => (Stopwatch.GetTimestamp() - _origin) / (double)Stopwatch.Frequency;

    /// <summary>
    /// Rows of stage, seconds, share of the elapsed time and milliseconds each; the last but one is what no stage
    /// covers: starting, and the loop between the stages.
    /// </summary>
    /// <param name="beside">Updates are made beside the rest, on a thread of their own.</param>
    public IReadOnlyList<string[]> Table(bool beside)
    {
        var elapsed = ElapsedSeconds;
        var covered = Enum.GetValues<Stage>().Where(s => !beside || s is not (Stage.Update or Stage.LearnerWait)).Sum(Seconds);
        List<string[]> rows = [["stage", "seconds", "share", "calls", "ms each"]];
        foreach (var stage in Enum.GetValues<Stage>().Where(s => Count(s) > 0))
        {
            rows.Add(
            [
                OptionRecord.NameOf(stage.ToString()),
                FormattableString.Invariant($"{Seconds(stage):0.000}"),
                FormattableString.Invariant($"{100 * Seconds(stage) / elapsed:0.0} %"),
                FormattableString.Invariant($"{Count(stage)}"),
                FormattableString.Invariant($"{1000 * Seconds(stage) / Count(stage):0.000}"),
            ]);
        }

        var other = Math.Max(0, elapsed - covered);
        var share = FormattableString.Invariant($"{100 * other / elapsed:0.0} %");
        rows.Add(["other", FormattableString.Invariant($"{other:0.000}"), share, "", ""]);
        rows.Add(["elapsed", FormattableString.Invariant($"{elapsed:0.000}"), "100 %", "", ""]);
        return rows;
    }

    /// <summary>Writes the spans in Chrome's trace event format (chrome://tracing, ui.perfetto.dev).</summary>
    public void WriteTrace(string path)
    {
        using var file = File.Create(path);
        using var json = new Utf8JsonWriter(file);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        WriteThread(json, 1, "actor", _actorEvents);
        WriteThread(json, 2, "learner", _learnerEvents);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteThread(Utf8JsonWriter json, int thread, string name, List<(Stage Stage, long Start, long End)>? events)
    {
        json.WriteStartObject();
        json.WriteString("name", "thread_name");
        json.WriteString("ph", "M");
        json.WriteNumber("pid", 1);
        json.WriteNumber("tid", thread);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
        foreach (var (stage, start, end) in events ?? [])
        {
            json.WriteStartObject();
            json.WriteString("name", OptionRecord.NameOf(stage.ToString()));
            json.WriteString("ph", "X");
            json.WriteNumber("pid", 1);
            json.WriteNumber("tid", thread);
            json.WriteNumber("ts", (start - _origin) * 1e6 / Stopwatch.Frequency);
            json.WriteNumber("dur", (end - start) * 1e6 / Stopwatch.Frequency);
            json.WriteEndObject();
        }
    }
}
