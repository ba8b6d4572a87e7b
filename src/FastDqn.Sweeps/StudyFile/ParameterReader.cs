using FastDqn.Core;
using FastDqn.Sweeps.Space;
using FastDqn.Yaml;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Sweeps.StudyFile;

/// <summary>
/// Reads one entry of <c>parameters:</c>. As in W&amp;B sweeps: <c>values</c> is a choice, <c>value</c> a constant,
/// <c>min</c> and <c>max</c> a range (of whole numbers when both are written as such). <c>log_uniform</c> takes the
/// values themselves as bounds (what W&amp;B calls log_uniform_values). <c>when</c> makes it conditional.
/// </summary>
internal static class ParameterReader
{
    private static readonly string[] Keys = ["value", "values", "min", "max", "distribution", "step", "q", "when"];

    private static readonly string[] Distributions =
    [
        "constant", "categorical", "uniform", "log_uniform", "log_uniform_values", "q_uniform", "int", "int_uniform", "log_int",
    ];

    public static Parameter Read(YamlMap parameters, string name, YamlNode node)
    {
        var map = new YamlMap(parameters.Source, node, $"parameter '{name}'", Keys);
        var distribution = map.Text("distribution", Infer(map, name));
        if (!Distributions.Contains(distribution))
            throw map.At(
                map.Get("distribution")!,
                $"unknown distribution '{distribution}' of '{name}'{NearestMatch.Hint(distribution, Distributions)} (known: "
                + $"{string.Join(", ", Distributions)})");
        try
        {
            return new Parameter(name, ReadDomain(map, name, distribution), ReadConditions(map));
        }
        catch (FastDqnException e) when (!e.Message.StartsWith(map.Source, StringComparison.Ordinal))
        {
            throw map.At(node, e.Message);
        }
    }

    private static string Infer(YamlMap map, string name)
    {
        if (map.Has("values"))
            return "categorical";
        if (map.Has("value"))
            return "constant";
        if (!map.Has("min") || !map.Has("max"))
            throw map.At(map.Node, $"parameter '{name}' needs 'values', 'value', or 'min' and 'max'");
        if (map.Has("q"))
            return "q_uniform";
        return IsWhole(map, "min") && IsWhole(map, "max") ? "int" : "uniform";
    }

    private static bool IsWhole(YamlMap map, string key) =>
        // The text as written: 5.0 asks for a continuous range.
        long.TryParse((map.Get(key) as YamlScalarNode)?.Value, System.Globalization.CultureInfo.InvariantCulture, out _);

    private static Domain ReadDomain(YamlMap map, string name, string distribution)
    {
        if (distribution == "constant")
            return new ChoiceDomain([map.ToValue(map.Get("value") ?? throw map.Missing("value", $"parameter '{name}'"))]);
        if (distribution == "categorical")
            return ReadChoices(map, name);
        foreach (var key in new[] { "value", "values" })
            if (map.Has(key))
                throw map.At(map.KeyNode(key), $"parameter '{name}': '{key}' and distribution {distribution} exclude each other");

        var min = Bound(map, name, "min");
        var max = Bound(map, name, "max");
        if (min > max)
            throw map.At(map.Get("min")!, $"parameter '{name}': min ({min}) is above max ({max}), so its range is empty");
        var log = distribution is "log_uniform" or "log_uniform_values" or "log_int";
        if (log && min <= 0)
            throw map.At(map.Get("min")!, $"parameter '{name}': a logarithmic range starts above 0, not at {min}");
        var integer = distribution is "int" or "int_uniform" or "log_int";
        double? step = integer ? 1 : null;
        foreach (var key in new[] { "step", "q" })
            if (map.Has(key))
                step = map.Number(key, 1, double.Epsilon);
        if (distribution == "q_uniform")
            step ??= 1;
        if (integer && (!min.Equals(Math.Floor(min)) || !max.Equals(Math.Floor(max)) || !step!.Value.Equals(Math.Floor(step.Value))))
            throw map.At(map.Node, $"parameter '{name}': min, max and step of whole numbers must be whole");
        if (log && step is > 1 or (not null and not 1))
            throw map.At(map.Node, $"parameter '{name}': a logarithmic range has no step");
        if (step is { } s)
            max = min + (Math.Floor(((max - min) / s) + 1e-9) * s);
        if (integer && Math.Max(Math.Abs(min), Math.Abs(max)) > 9e15)
            throw map.At(map.Node, $"parameter '{name}': bounds beyond 9e15 are not exact");
        return new NumberDomain(min, max, log, step, integer);
    }

    private static double Bound(YamlMap map, string name, string key) =>
        map.Has(key) ? map.Number(key, 0) : throw map.Missing(key, $"parameter '{name}'");

    private static ChoiceDomain ReadChoices(YamlMap map, string name)
    {
        if (map.Get("values") is not YamlSequenceNode list)
            throw map.At(map.Get("values") ?? map.Node, $"parameter '{name}': 'values' must be a list");
        if (list.Children.Count == 0)
            throw map.At(list, $"parameter '{name}': 'values' is empty, so the space is empty");
        var values = new List<ParameterValue>();
        foreach (var child in list.Children)
        {
            var value = map.ToValue(child);
            if (values.Contains(value))
                throw map.At(child, $"parameter '{name}': {value} is listed twice");
            values.Add(value);
        }

        return new ChoiceDomain(values);
    }

    private static List<Condition> ReadConditions(YamlMap map)
    {
        if (map.Get("when") is not { } node)
            return [];
        var when = new YamlMap(map.Source, node, "'when'");
        return [.. when.Entries.Select(e => new Condition(
            e.Key,
            e.Value is YamlSequenceNode list ? [.. list.Children.Select(when.ToValue)] : [when.ToValue(e.Value)]))];
    }
}
