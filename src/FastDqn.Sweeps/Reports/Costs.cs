using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;

namespace FastDqn.Sweeps.Reports;

/// <summary>What a study took, what it was spared, and how long it may still take.</summary>
/// <param name="Seconds">Time that runs were held, one after the other.</param>
/// <param name="CoreSeconds">The same times the cores that each had.</param>
/// <param name="GpuSeconds">The same times the GPUs that each had.</param>
/// <param name="StoppedSeconds">What the runs that were stopped or paused would have taken to their ends.</param>
/// <param name="ContinuedSeconds">What promoted runs would have taken to come again to where they went on from.</param>
/// <param name="RemainingSeconds">Until the study is finished as it runs now; null where nothing says so.</param>
public sealed record Costs(
    double Seconds, double CoreSeconds, double GpuSeconds, double StoppedSeconds, double ContinuedSeconds, double? RemainingSeconds)
{
    public static Costs Of(Study study)
    {
        ArgumentNullException.ThrowIfNull(study);
        var (trials, spent) = (study.Trials(), study.Storage.Spent(study.Record.Id).ToDictionary(s => s.RunId));
        double SecondsOf(RunRecord run) => spent.TryGetValue(run.Id, out var s) ? s.Seconds : 0;
        var runs = trials.SelectMany(t => t.Runs.Concat(t.Fresh), (t, r) => (Trial: t, Run: r)).ToList();
        var horizon = study.Spec.Horizon > 0 ? study.Spec.Horizon
            : runs.Where(r => r.Run.State == TrialState.Complete).Select(r => r.Run.LastStep).DefaultIfEmpty(0).Max();
        double stopped = 0, continued = 0;
        foreach (var (trial, run) in runs)
        {
            var steps = Math.Max(run.LastStep, trial.Rungs.Count > 0 ? trial.Rungs[^1].Budget : 0);
            if (steps <= 0)
                continue;
            var each = SecondsOf(run) / steps;
            if (run.State is TrialState.Pruned or TrialState.Paused && steps < horizon)
                stopped += each * (horizon - steps);
            if (study.Spec.Promotes)
                continued += each * trial.Rungs.SkipLast(1).Sum(r => r.Budget);
        }

        return new Costs(
            spent.Values.Sum(s => s.Seconds), spent.Values.Sum(s => s.CoreSeconds), spent.Values.Sum(s => s.GpuSeconds), stopped, continued,
            Remaining(study, trials, spent.Values.Sum(s => s.Seconds)));
    }

    // As many seconds a trial as so far, and as many runs at once as now.
    private static double? Remaining(Study study, IReadOnlyList<TrialRecord> trials, double spent)
    {
        var ended = trials.Count(t => t.State is not (TrialState.Waiting or TrialState.Running));
        var working = trials.Sum(t => t.Runs.Count(r => r.State == TrialState.Running));
        var left = study.Record.RunCap - ended;
        return ended == 0 || working == 0 || left <= 0 ? null : spent / ended * left / working;
    }
}
