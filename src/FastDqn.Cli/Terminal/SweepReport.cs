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
        ["best"] = best is null ? null : Best(study, trials, best),
        ["cost"] = CostJson(study),
    };

    /// <summary>The best trial with what is known of its mean.</summary>
    public static JsonObject Best(Study study, IReadOnlyList<TrialRecord> trials, TrialRecord best)
    {
        var json = Export.ToJson(best);
        json["probability_best"] = ProbabilityOf(study, trials, best);
        json["confirmed"] = Confirmed(best) is { Count: > 0 } values
            ? new JsonObject { ["mean"] = values.Average(), ["interval"] = Statistics.Interval(values), ["seeds"] = values.Count }
            : null;
        if (study.Spec.Objectives.Count > 0)
            json["front"] = new JsonArray([.. study.Front(trials).Select(t => (JsonNode)Export.ToJson(t))]);
        return json;
    }

    /// <summary>The best trial's value, its interval, how sure it is, and what fresh seeds said.</summary>
    public static IEnumerable<string> BestLines(Study study, IReadOnlyList<TrialRecord> trials, TrialRecord best)
    {
        var sure = ProbabilityOf(study, trials, best) is { } p
            ? string.Create(CultureInfo.InvariantCulture, $", the best with probability {p:0.00}")
            : "";
        yield return $"trial {best.Number}: {study.Spec.Metric.Name} = {Export.Mean(best.Value, best.Values)}{sure}";
        foreach (var trial in study.Ranked(trials).Where(t => Confirmed(t).Count > 0))
        {
            var values = Confirmed(trial);
            yield return $"  confirmed with {values.Count} fresh seed(s): trial {trial.Number} {Export.Mean(values.Average(), values)}"
                + $" (chosen by {Export.Mean(trial.Value, trial.Values)})";
        }
    }

    private static List<double> Confirmed(TrialRecord trial) => [.. trial.Fresh.Select(r => r.Value).OfType<double>()];

    private static double? ProbabilityOf(Study study, IReadOnlyList<TrialRecord> trials, TrialRecord best) =>
        study.Contenders(trials) is { } all ? all.First(c => c.Trial.Number == best.Number).Probability : null;

    private static JsonObject CostJson(Study study)
    {
        var cost = Costs.Of(study);
        return new JsonObject
        {
            ["core_hours"] = cost.CoreSeconds / 3600,
            ["gpu_hours"] = cost.GpuSeconds / 3600,
            ["run_hours"] = cost.Seconds / 3600,
            ["saved_by_stopping_hours"] = cost.StoppedSeconds / 3600,
            ["saved_by_continuing_hours"] = cost.ContinuedSeconds / 3600,
            ["remaining_seconds"] = cost.RemainingSeconds,
        };
    }

    private static IEnumerable<string> CostLines(Study study)
    {
        var cost = Costs.Of(study);
        if (cost.Seconds <= 0)
            yield break;
        yield return $"spent    {Hours(cost.Seconds)} of runs: {Hours(cost.CoreSeconds)} of cores"
            + $"{(cost.GpuSeconds > 0 ? $", {Hours(cost.GpuSeconds)} of GPUs" : "")}";
        if (cost.StoppedSeconds > 0 || cost.ContinuedSeconds > 0)
            yield return $"saved    about {Hours(cost.StoppedSeconds)} of runs by stopping early"
                + $"{(cost.ContinuedSeconds > 0 ? $", {Hours(cost.ContinuedSeconds)} by continuing instead of starting over" : "")}";
        if (cost.RemainingSeconds is { } left)
            yield return $"left     about {Hours(left)}";

        static string Hours(double seconds) => seconds switch
        {
            < 90 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s"),
            < 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.#} min"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.#} h"),
        };
    }


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
            yield return $"best     trial {best.Number}: {study.Spec.Metric.Name} = {Export.Mean(best.Value, best.Values)} "
                + $"({best.Parameters})";
        foreach (var line in CostLines(study))
            yield return line;
    }

    public static void PrintTrials(Study study, IReadOnlyList<TrialRecord> trials, bool messages)
    {
        var names = study.Spec.Space.Parameters.Select(p => p.Name).ToList();
        Output.Table([Header(study, messages), .. trials.Select(t => Row(study, t, names, messages))]);
    }

    public static string[] Header(Study study, bool messages) =>
        [
            "trial",
            "state",
            study.Spec.Metric.Name,
            .. study.Spec.Figures.Select(f => f.Name),
            "step",
            .. study.Spec.Sampler.Kind == SamplerKind.Pbt ? new[] { "parent" } : [],
            .. study.Spec.Space.Parameters.Select(p => p.Name),
            .. study.Record.Revision > 0 ? new[] { "edit" } : [],
            .. messages ? new[] { "message" } : [],
        ];

    public static string[] Row(Study study, TrialRecord trial, IEnumerable<string> names, bool messages) =>
    [
        trial.Number.ToString(CultureInfo.InvariantCulture),
        trial.State.ToString().ToLowerInvariant(),
        Export.Mean(trial.Value ?? trial.Runs.Select(r => r.LastValue).FirstOrDefault(v => v is not null), trial.Values),
        .. study.Spec.Figures.Select(f => Export.Short(trial.Figure(f.Name))),
        trial.Runs.Select(r => r.LastStep).DefaultIfEmpty(0).Max().ToString(CultureInfo.InvariantCulture),
        .. study.Spec.Sampler.Kind == SamplerKind.Pbt
            ? new[] { trial.Parent < 0 ? "-" : trial.Parent.ToString(CultureInfo.InvariantCulture) }
            : [],
        .. names.Select(n => trial.Parameters.TryGetValue(n, out var value) ? Export.Short(value) : ""),
        .. study.Record.Revision > 0 ? new[] { trial.Revision.ToString(CultureInfo.InvariantCulture) } : [],
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
