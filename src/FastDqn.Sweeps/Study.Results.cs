using FastDqn.Core;
using FastDqn.Sweeps.Reports;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Sweeps;

/// <summary>What a study came to.</summary>
public sealed partial class Study
{
    /// <summary>The complete trial with the best value among those that keep the constraints, or null.</summary>
    public TrialRecord? Best() => Ranked(Trials()) is [var best, ..] ? best : null;

    /// <summary>The trials with a result that keep the constraints, best first.</summary>
    public IReadOnlyList<TrialRecord> Ranked(IReadOnlyList<TrialRecord> trials) =>
        [.. trials.Where(t => t.HasResult && IsFeasible(t)).OrderBy(t => Spec.Metric.ToLoss(t.Value!.Value)).ThenBy(t => t.Number)];

    /// <summary>Whether a trial keeps every constraint.</summary>
    public bool IsFeasible(TrialRecord trial) => Spec.Constraints.All(c => c.Holds(ValueOf(trial, c.Metric)));

    /// <summary>What a trial came to in one of the study's metrics.</summary>
    public double? ValueOf(TrialRecord trial, MetricSpec metric)
    {
        ArgumentNullException.ThrowIfNull(trial);
        ArgumentNullException.ThrowIfNull(metric);
        return metric.Name == Spec.Metric.Name ? trial.Value : trial.Figure(metric.Name);
    }

    /// <summary>
    /// The trials that no other beats in one objective without being worse in another, by the first objective.
    /// </summary>
    public IReadOnlyList<TrialRecord> Front(IReadOnlyList<TrialRecord> trials)
    {
        var ranked = Ranked(trials).Where(t => LossesOf(t) is not null).ToList();
        var fronts = Pareto.Fronts([.. ranked.Select(t => LossesOf(t)!)]);
        return [.. ranked.Where((_, i) => fronts[i] == 0)];
    }

    private List<double>? LossesOf(TrialRecord trial)
    {
        var values = Spec.AllObjectives.Select(o => (Objective: o, Value: ValueOf(trial, o))).ToList();
        return values.TrueForAll(v => v.Value is not null) ? [.. values.Select(v => v.Objective.ToLoss(v.Value!.Value))] : null;
    }

    /// <summary>
    /// The probability of each contender, best value first, of being the best; null where no trial has two seeds.
    /// </summary>
    public IReadOnlyList<(TrialRecord Trial, double Probability)>? Contenders(IReadOnlyList<TrialRecord> trials)
    {
        var ranked = Ranked(trials);
        var probabilities = Statistics.ProbabilityOfBest(
            [.. ranked.Select(t => (IReadOnlyList<double>)[.. t.Values.Select(Spec.Metric.ToLoss)])]);
        return probabilities is null ? null : [.. ranked.Zip(probabilities)];
    }

    /// <summary>What led to a trial, and how it was judged, in lines for people.</summary>
    public IReadOnlyList<string> Why(int number)
    {
        var trials = Trials();
        var trial = trials.FirstOrDefault(t => t.Number == number)
            ?? throw new FastDqnException(ErrorKind.Usage, $"study '{Record.Name}' has no trial {number}");
        var lines = new List<string> { $"trial {number} is {Word(trial.State)}: {trial.Parameters}" };
        if (trial.Reason.Length > 0)
            lines.Add($"proposed  {trial.Reason}");
        if (trial.Revision > 0)
            lines.Add($"made      after edit {trial.Revision} of the study");
        if (trial.Parent >= 0)
            lines.Add($"lineage   {string.Join(" <- ", Ancestors(trial, trials))}");
        if (_promotion is not null)
            lines.AddRange(_promotion.Explain(number, Storage.Standings(Record.Id), Spec.Metric.ToLoss).Select(l => $"rung      {l}"));
        foreach (var constraint in Spec.Constraints.Where(c => trial.Value is not null && !c.Holds(ValueOf(trial, c.Metric))))
            lines.Add(
                $"constraint {constraint.Metric.Name} is {Export.Short(ValueOf(trial, constraint.Metric))}: it does not count as good");
        lines.AddRange(trial.AllRuns.Select(r =>
            $"seed {r.Seed}{(r.IsFresh ? " (fresh)" : "")}: {Word(r.State)}{(r.Value is { } v ? $", {Export.Short(v)}" : "")}"
            + $"{(r.LastStep > 0 ? $", step {r.LastStep}" : "")}{(r.Message.Length > 0 ? $": {r.Message}" : "")}"));
        var ranked = Ranked(trials);
        if (ranked.Select((t, i) => (t, i)).FirstOrDefault(p => p.t.Number == number) is { t: not null } place)
            lines.Add($"result    {place.i + 1} of {ranked.Count} trials with a result");
        return lines;
    }

    private static IEnumerable<int> Ancestors(TrialRecord trial, IReadOnlyList<TrialRecord> trials)
    {
        for (var at = trial; at is not null; at = trials.FirstOrDefault(t => t.Number == at.Parent))
            yield return at.Number;
    }
}
