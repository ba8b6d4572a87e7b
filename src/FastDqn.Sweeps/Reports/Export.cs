using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Sweeps.Space;
using FastDqn.Sweeps.Storage;

namespace FastDqn.Sweeps.Reports;

/// <summary>A study as JSON and CSV.</summary>
public static class Export
{
    public static JsonObject ToJson(Study study)
    {
        var trials = study.Trials();
        return new JsonObject
        {
            ["study"] = study.Record.Name,
            ["method"] = study.Spec.Sampler.Kind.ToString().ToLowerInvariant(),
            ["metric"] = new JsonObject
            {
                ["name"] = study.Spec.Metric.Name,
                ["goal"] = study.Spec.Metric.Goal.ToString().ToLowerInvariant(),
            },
            ["run_cap"] = study.Record.RunCap,
            ["folder"] = study.Folder,
            ["trials"] = new JsonArray([.. trials.Select(t => (JsonNode)ToJson(t))]),
        };
    }

    public static JsonObject ToJson(TrialRecord trial) => new()
    {
        ["trial"] = trial.Number,
        ["state"] = Study.Word(trial.State),
        ["value"] = trial.Value,
        ["budget"] = trial.Budget > 0 ? trial.Budget : null,
        ["parent"] = trial.Parent >= 0 ? trial.Parent : null,
        ["rungs"] = trial.Rungs.Count == 0
            ? null
            : new JsonArray([.. trial.Rungs.Select(r => (JsonNode)new JsonObject { ["budget"] = r.Budget, ["value"] = r.Value })]),
        ["interval"] = Statistics.Interval(trial.Values),
        ["revision"] = trial.Revision > 0 ? trial.Revision : null,
        ["parameters"] = JsonNode.Parse(trial.Parameters.ToJson()),
        ["runs"] = new JsonArray([.. trial.AllRuns.Select(r => (JsonNode)new JsonObject
        {
            ["seed"] = r.Seed,
            ["fresh"] = r.IsFresh ? true : null,
            ["figures"] = r.Figures.Count == 0
                ? null
                : new JsonObject(r.Figures.Select(f => KeyValuePair.Create(f.Key, (JsonNode?)JsonValue.Create(f.Value)))),
            ["state"] = Study.Word(r.State),
            ["value"] = r.Value,
            ["attempts"] = r.Attempts,
            ["worker"] = r.Worker,
            ["last_step"] = r.LastStep,
            ["last_value"] = r.LastValue,
            ["message"] = r.Message.Length > 0 ? r.Message : null,
        })]),
    };

    /// <summary>
    /// A row a trial: number, state, value, seeds' values, then every parameter (empty where inactive). RFC 4180.
    /// </summary>
    public static string ToCsv(Study study)
    {
        var names = study.Spec.Space.Parameters.Select(p => p.Name).ToList();
        var seeds = study.Spec.Seeds;
        var text = new StringBuilder();
        Row(["trial", "state", "value", .. seeds.Select(s => string.Create(CultureInfo.InvariantCulture, $"value_seed_{s}")), .. names]);
        foreach (var trial in study.Trials())
        {
            var values = trial.Runs.ToDictionary(r => r.Seed, r => r.Value);
            Row([
                trial.Number.ToString(CultureInfo.InvariantCulture), Study.Word(trial.State), Number(trial.Value),
                .. seeds.Select(s => Number(values.GetValueOrDefault(s))),
                .. names.Select(n => trial.Parameters.TryGetValue(n, out var value) ? value.Text : ""),
            ]);
        }

        return text.ToString();

        void Row(IEnumerable<string> cells) => text.Append(string.Join(",", cells.Select(Csv.Cell))).Append("\r\n");
    }

    /// <summary>A number for people: six significant digits.</summary>
    public static string Short(double? value) => value is { } v ? v.ToString("G6", CultureInfo.InvariantCulture) : "-";

    /// <summary>A mean with its 95 % interval where there are several values.</summary>
    public static string Mean(double? value, IReadOnlyList<double> values) => Statistics.Interval(values) is { } half && value is not null
        ? string.Create(CultureInfo.InvariantCulture, $"{Short(value)} +- {half:G3}")
        : Short(value);

    /// <summary>A parameter's value for people.</summary>
    public static string Short(ParameterValue value) =>
        double.IsNaN(value.Number) ? value.Text : value.Number.ToString("G5", CultureInfo.InvariantCulture);

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
