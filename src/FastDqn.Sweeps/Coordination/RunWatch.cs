using FastDqn.Core;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Pruners;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Sweeps.Coordination;

/// <summary>
/// Follows one run: copies its metric into the database, asks early termination at every new value, and turns the
/// way it ended into its state.
/// </summary>
internal sealed class RunWatch
{
    // A report at least 1 % of its step after the one before: a few hundred rows whatever the run's length.
    private const double ReportSpacing = 0.01;

    private readonly Study _study;
    private readonly MetricsTail _tail;
    private readonly long _earlier;
    private readonly bool _continues;
    private readonly TimeSpan _retryDelay;
    private readonly List<(long Step, double Value)> _points;

    public RunWatch(Study study, RunClaim claim, RunPlan plan, TimeSpan retryDelay)
    {
        (_study, Claim, Plan, _retryDelay) = (study, claim, plan, retryDelay);
        _earlier = plan.BytesOfEarlierAttempts(claim.Attempt, out _continues);
        _tail = new MetricsTail(RunDirectory.MetricsOf(plan.RunDirectory), study.Spec.Metric, _earlier, _continues);
        if (_earlier > 0 && !_continues)
            study.Storage.DropReports(claim);
        _points = [.. study.Storage.Reports([(claim.RunId, long.MinValue)]).Select(r => (r.Step, r.Value))];
    }

    public RunClaim Claim { get; }

    public RunPlan Plan { get; }

    /// <summary>Someone else has the run now.</summary>
    public bool Lost { get; private set; }

    /// <summary>Early termination decided to stop it.</summary>
    public bool Pruned { get; private set; }

    public void Beat() => Lost |= !_study.Storage.Heartbeat(Claim);

    /// <summary>Reads what is new; true when the run should be stopped now.</summary>
    /// <param name="ended">Whether the run's process has.</param>
    public bool Look(bool ended = false)
    {
        var fresh = new List<(long, double)>();
        foreach (var (step, value) in _tail.Read(ended))
        {
            var last = _points.Count > 0 ? _points[^1].Step : long.MinValue;
            if (last != long.MinValue && step < last + Math.Max(1, (long)(last * ReportSpacing)))
                continue;
            _points.Add((step, value));
            fresh.Add((step, value));
            if (_study.Spec.EarlyTerminate is null || Pruned)
                continue;
            Lost |= !_study.Storage.AddReports(Claim, fresh);
            fresh.Clear();
            if (_study.ShouldStop(Claim, _points))
            {
                Pruned = true;
                break;
            }
        }

        if (fresh.Count > 0)
            Lost |= !_study.Storage.AddReports(Claim, fresh);
        return Pruned;
    }

    /// <summary>Gives the run back to be continued, as no fault of its own.</summary>
    public void GiveBack(string message)
    {
        Look();
        if (!Lost)
            _study.Storage.Release(Claim, failed: false, int.MaxValue, message);
    }

    /// <summary>Settles a run that ended with an exit code; returns what to tell people, or null.</summary>
    public string? Settle(int exitCode, bool stopping, Func<string> lastLine)
    {
        var wasPruned = Pruned;
        Look(ended: true);
        if (Lost)
            return $"trial {Claim.TrialNumber} seed {Claim.Seed}: another worker has taken it over";
        var maxAttempts = _study.Spec.Retries + 1;
        if (wasPruned && exitCode != 0)
        {
            _study.Storage.Finish(Claim, TrialState.Pruned, _points.Count > 0 ? _points[^1].Value : null, "stopped early");
            return null;
        }

        switch (exitCode)
        {
            case 0 when _tail.Summary is { } value:
                if (!double.IsFinite(value))
                    return Fail(_study, Claim, $"its {_study.Spec.Metric.Name} is not a finite number");
                _study.Storage.Finish(Claim, _study.EndOf(Claim, IsOver()), value, "", Figures());
                return null;
            case 0:
                var names = _tail.Names;
                var metric = _study.Spec.Metric.Name;
                return Fail(_study, Claim, names.Contains(metric) || names.Contains("eval/" + metric)
                    ? $"its {metric} had no value"
                    : names.Count == 0
                    ? $"it ended without a metric in {RunDirectory.MetricsOf(Plan.RunDirectory)}"
                    : $"no metric '{metric}' in its metrics.jsonl{NearestMatch.Hint(metric, names)} "
                        + $"(there are: {string.Join(", ", names.Order(StringComparer.Ordinal))})");
            case var code when stopping && EndingSignals.IsExitCode(code):
                _study.Storage.Release(Claim, failed: false, maxAttempts);
                return null;
            case 2 or 3 or 4:
                // Bad options, data or devices do not get better by trying again.
                return Fail(_study, Claim, Because(exitCode, lastLine));
            default:
                var message = Because(exitCode, lastLine);
                _study.Storage.Release(
                    Claim, failed: true, maxAttempts, message, _retryDelay * Math.Pow(2, Math.Min(Claim.Attempt - 1, 6)));
                return $"trial {Claim.TrialNumber} seed {Claim.Seed}: {message} (attempt {Claim.Attempt} of {maxAttempts})";
        }
    }

    // What the run came to besides its value; read once, at its end.
    private Dictionary<string, double>? Figures()
    {
        if (!_study.Spec.Figures.Any())
            return null;
        var figures = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var metric in _study.Spec.Figures)
        {
            if (metric.Name == MetricSpec.Seconds)
            {
                figures[metric.Name] = _study.Storage.Spent(_study.Record.Id).FirstOrDefault(s => s.RunId == Claim.RunId).Seconds;
                continue;
            }

            var tail = new MetricsTail(RunDirectory.MetricsOf(Plan.RunDirectory), metric, _earlier, _continues);
            tail.Read(ended: true);
            if (tail.Summary is { } value)
                figures[metric.Name] = value;
        }

        return figures;
    }

    // A training that reached its goal before its budget has nothing to go on with.
    private bool IsOver() => Plan.IsTraining && Claim.Budget > 0 && _study.Spec.EarlyTerminate is not { Horizon: HorizonKind.Budget }
        && RunInfo.Open(Plan.RunDirectory).Result is not null;

    private static string Because(int exitCode, Func<string> lastLine)
    {
        var line = lastLine();
        return $"exit code {exitCode}{(line.Length > 0 ? $": {(line.Length > 300 ? line[..297] + "..." : line)}" : "")}";
    }

    /// <summary>Ends a run that is not tried again; returns what is to be said of it.</summary>
    public static string Fail(Study study, RunClaim claim, string message)
    {
        study.Storage.Finish(claim, TrialState.Failed, null, message);
        return $"trial {claim.TrialNumber} seed {claim.Seed}: {message}";
    }
}
