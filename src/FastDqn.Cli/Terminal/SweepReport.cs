using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Sweeps;
using FastDqn.Sweeps.Reports;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;
using FastDqn.Sweeps.Storage;

namespace FastDqn.Cli.Terminal;

/// <summary>Studies for people and as JSON.</summary>
internal static class SweepReport
{
    public static JsonObject Status(Study study, IReadOnlyList<TrialRecord> trials, TrialRecord? best) => new()
    {
        ["study"] = study.Record.Name,
        ["folder"] = study.Folder,
        ["storage"] = study.Storage.Description,
        ["run_cap"] = study.Record.RunCap,
        ["stopping"] = study.Record.Stopping,
        ["trials"] = Count(trials.Select(t => t.State)),
        ["runs"] = Count(trials.SelectMany(t => t.Runs).Select(r => r.State)),
        ["best"] = best is null ? null : Export.ToJson(best),
    };

    public static IEnumerable<string> StatusLines(Study study, IReadOnlyList<TrialRecord> trials, TrialRecord? best)
    {
        yield return $"study    {study.Record.Name} ({study.Spec.Sampler.Kind.ToString().ToLowerInvariant()}, "
            + $"{study.Storage.Description}){(study.Record.Stopping ? ", stopping" : "")}";
        yield return string.Create(
            CultureInfo.InvariantCulture, $"trials   {trials.Count} of {study.Record.RunCap}: {Words(trials.Select(t => t.State))}");
        var working = trials.SelectMany(t => t.Runs).Where(r => r.State == TrialState.Running).Select(r => r.Worker).Distinct().ToList();
        if (working.Count > 0)
            yield return $"workers  {string.Join(", ", working)}";
        if (best is not null)
            yield return $"best     trial {best.Number}: {study.Spec.Metric.Name} = {Export.Short(best.Value)} ({best.Parameters})";
    }

    public static void PrintTrials(Study study, IReadOnlyList<TrialRecord> trials, bool messages)
    {
        var names = study.Spec.Space.Parameters.Select(p => p.Name).ToList();
        Output.Table([Header(study, messages), .. trials.Select(t => Row(t, names, messages))]);
    }

    public static string[] Header(Study study, bool messages) =>
        [
            "trial",
            "state",
            study.Spec.Metric.Name,
            "step",
            .. study.Spec.Space.Parameters.Select(p => p.Name),
            .. messages ? new[] { "message" } : [],
        ];

    public static string[] Row(TrialRecord trial, IEnumerable<string> names, bool messages) =>
    [
        trial.Number.ToString(CultureInfo.InvariantCulture),
        trial.State.ToString().ToLowerInvariant(),
        Export.Short(trial.Value ?? trial.Runs.Select(r => r.LastValue).FirstOrDefault(v => v is not null)),
        trial.Runs.Select(r => r.LastStep).DefaultIfEmpty(0).Max().ToString(CultureInfo.InvariantCulture),
        .. names.Select(n => trial.Parameters.TryGetValue(n, out var value) ? Export.Short(value) : ""),
        .. messages ? new[] { string.Join("; ", trial.Runs.Select(r => r.Message).Where(m => m.Length > 0)) } : [],
    ];

    /// <summary>A parameter's domain in a line.</summary>
    public static string Describe(Parameter parameter)
    {
        var domain = parameter.Domain switch
        {
            ChoiceDomain choice => string.Join(" | ", choice.Choices),
            NumberDomain number => string.Create(
                CultureInfo.InvariantCulture,
                $"{number.Min} .. {number.Max}{(number.Integer ? ", whole" : "")}{(number.Log ? ", logarithmic" : "")}"
                + $"{(number.Step is { } step and not 1 ? $", step {step.ToString(CultureInfo.InvariantCulture)}" : "")}"),
            _ => "",
        };
        return parameter.Conditions.Count == 0
            ? domain
            : $"{domain}   when {string.Join(" and ", parameter.Conditions.Select(Text))}";

        static string Text(Condition condition) => $"{condition.Parameter} is {string.Join(" or ", condition.Values)}";
    }

    private static JsonObject Count(IEnumerable<TrialState> states)
    {
        var counts = states.CountBy(s => s).ToDictionary();
        return new JsonObject(
            Enum.GetValues<TrialState>()
                .Select(s => KeyValuePair.Create(s.ToString().ToLowerInvariant(), (JsonNode?)counts.GetValueOrDefault(s))));
    }

    private static string Words(IEnumerable<TrialState> states)
    {
        var counts = states.CountBy(s => s).OrderBy(c => c.Key).ToList();
        return counts.Count == 0 ? "none yet" : string.Join(", ", counts.Select(c => $"{c.Value} {c.Key.ToString().ToLowerInvariant()}"));
    }
}
