using FastDqn.Media;
using FastDqn.Sweeps;
using FastDqn.Sweeps.Reports;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;
using FastDqn.Sweeps.Storage;
using FastDqn.Training.Reports;

namespace FastDqn.Reports.Pages;

/// <summary>The page of a study.</summary>
internal static class StudyPage
{
    public static Page Make(Study study)
    {
        var (spec, metric) = (study.Spec, study.Spec.Metric);
        var trials = study.Trials();
        var shown = trials.Where(t => t.Value is { } v && double.IsFinite(v)).OrderBy(t => t.Number).ToList();
        var parameters = spec.Space.Parameters.Where(p => p.Domain.Count != 1).ToList();
        var ended = trials.Count(t => t.State is TrialState.Complete or TrialState.Pruned or TrialState.Failed);
        var (word, state) = study.Record.Stopping ? ("stopped", "") : trials.Any(t => t.State == TrialState.Running) ? ("running", "busy")
            : ended >= study.Record.RunCap ? ("finished", "good") : ("waiting", "");
        var method = spec.Sampler.Kind.ToString().ToLowerInvariant();
        var page = new Page(study.Record.Name, $"{metric.Goal.ToString().ToLowerInvariant()} {metric.Name}, {method}", word, state);
        page.Facts("", Facts(study, trials, ended));
        page.Charts("History", "", [History(study, shown)]);
        page.Bars(
            "Importance", "How far a parameter decides whether a trial is good (PED-ANOVA).",
            Importance.Compute(spec.Space, study.History())
                .Select(p => (p.Parameter, p.Share, FormattableString.Invariant($"{100 * p.Share:0.#} %"))));
        page.Parallel(
            "Parameters of each trial", "The better, the darker. The filter of the trials below holds here too.",
            Axes(study, parameters, shown), Lines(study, parameters, shown));
        page.Charts("Slices", "The value against each parameter.", parameters.Select(p => Slice(metric.Name, p, shown)));
        return page.Table(
            "Trials", "The best first.",
            ["trial", "state", metric.Name, "seeds", "agent steps", .. spec.Space.Parameters.Select(p => p.Name), "message"],
            trials.OrderBy(t => t.Value is { } v ? metric.ToLoss(v) : double.PositiveInfinity).ThenBy(t => t.Number)
                .Select(t => Row(study, t)));
    }

    private static IEnumerable<(string, string)> Facts(Study study, IReadOnlyList<TrialRecord> trials, int ended)
    {
        yield return ("trials", $"{ended} of {study.Record.RunCap}");
        foreach (var group in trials.GroupBy(t => t.State).OrderBy(g => g.Key))
            yield return (group.Key.ToString().ToLowerInvariant(), RunFacts.Count(group.Count()));
        if (study.Best() is { } best)
        {
            yield return ("best", $"trial {best.Number}: {study.Spec.Metric.Name} = {Export.Short(best.Value)}");
            yield return ("its parameters", best.Parameters.ToString());
        }

        yield return ("seeds a trial", string.Join(", ", study.Spec.Seeds));
        yield return ("folder", study.Folder);
    }

    private static Chart History(Study study, List<TrialRecord> shown)
    {
        var metric = study.Spec.Metric;
        var best = new List<(double, double)>();
        double? record = null;
        foreach (var trial in shown)
        {
            if (trial.State == TrialState.Complete && (record is null || metric.Better(trial.Value!.Value, record.Value)))
                record = trial.Value;
            if (record is not null)
                best.Add((trial.Number, record.Value));
        }

        return new Chart("Value by trial", "trial", metric.Name,
        [
            Dots("complete", t => t.State == TrialState.Complete), Dots("stopped early", t => t.State == TrialState.Pruned),
            Curve.Of("best so far", best, CurveStyle.Steps),
        ]);

        Curve Dots(string name, Func<TrialRecord, bool> which) => Curve.Of(
            name, [.. shown.Where(which).Select(t => ((double)t.Number, t.Value!.Value))], CurveStyle.Dots);
    }

    private static Chart Slice(string metric, Parameter parameter, List<TrialRecord> shown)
    {
        var choice = parameter.Domain as ChoiceDomain;
        return new Chart(parameter.Name, parameter.Name, metric,
            [Dots("complete", TrialState.Complete), Dots("stopped early", TrialState.Pruned)])
        {
            LogX = parameter.Domain is NumberDomain { Log: true },
            Span = parameter.Domain is NumberDomain range ? (range.Min, range.Max) : null,
            Words = choice is null ? [] : [.. choice.Choices.Select(c => c.Text)],
        };

        Curve Dots(string name, TrialState state) => Curve.Of(name,
        [
            .. shown.Where(t => t.State == state && t.Parameters.ContainsKey(parameter.Name))
                .Select(t => (X: At(t.Parameters[parameter.Name]), t.Value!.Value)).Where(p => double.IsFinite(p.X)).OrderBy(p => p.X),
        ], CurveStyle.Dots);

        double At(ParameterValue value) => choice is null ? value.Number : choice.IndexOf(value);
    }

    private static IEnumerable<(string, IEnumerable<(double, string)>)> Axes(
        Study study, List<Parameter> parameters, List<TrialRecord> shown)
    {
        if (shown.Count == 0)
            yield break;
        foreach (var parameter in parameters)
            yield return (parameter.Name, Plots.Labels(parameter.Domain));
        var values = Values(shown);
        yield return (study.Spec.Metric.Name, values.Ticks().Select(t => (values.Share(t), Axis.Label(t))));
    }

    private static IEnumerable<(string, IEnumerable<double?>)> Lines(Study study, List<Parameter> parameters, List<TrialRecord> shown)
    {
        var values = Values(shown);
        return shown.OrderByDescending(t => study.Spec.Metric.ToLoss(t.Value!.Value)).Select(t => (
            $"trial {t.Number} {Study.Word(t.State)} {study.Spec.Metric.Name} = {Export.Short(t.Value)} {t.Parameters}",
            parameters.Select(p => t.Parameters.TryGetValue(p.Name, out var value) ? Plots.Share(p.Domain, value) : (double?)null)
                .Append(values.Share(t.Value!.Value))));
    }

    private static Axis Values(List<TrialRecord> shown) => Axis.Over(shown.Select(t => t.Value!.Value), 0, 1);

    private static IReadOnlyList<object?> Row(Study study, TrialRecord trial) =>
    [
        trial.Number, Study.Word(trial.State), trial.Value, trial.Runs.Count, trial.Runs.Select(r => r.LastStep).DefaultIfEmpty(0).Max(),
        .. study.Spec.Space.Parameters.Select(p => !trial.Parameters.TryGetValue(p.Name, out var value) ? null
            : double.IsNaN(value.Number) ? value.Text : (object)value.Number),
        string.Join("; ", trial.Runs.Select(r => r.Message).Where(m => m.Length > 0)),
    ];
}
