using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;
using FastDqn.Training.Configuration;

namespace FastDqn.Cli.Verbs;

/// <summary>
/// What <c>fastdqn train</c> says of configurations without training: as text, or with <c>--json</c> as one document.
/// </summary>
internal static class ConfigLists
{
    /// <summary>The configuration, as <c>--config</c> reads it back: without the options that have no effect.</summary>
    public static void Config(TrainConfig config, bool json)
    {
        if (!json)
        {
            Console.Out.Write(YamlConfig.WriteEffective(config));
            return;
        }

        var document = new JsonObject();
        foreach (var key in ConfigSchema.Keys.Where(key => Relevance.WithoutEffect(config, key.Name) is null))
        {
            if (document[key.Section] is not JsonObject section)
                document[key.Section] = section = [];
            section[key.Name[(key.Section.Length + 1)..]] = Value(ConfigSchema.Read(config, key));
        }

        Output.Json(document);
    }

    /// <summary>Every option with its value in <paramref name="config"/> and where that comes from.</summary>
    public static void Options(TrainConfig config, IReadOnlyDictionary<string, string> sources, bool json)
    {
        if (json)
        {
            Output.Json(new JsonArray([.. ConfigSchema.Keys.Select(k => new JsonObject
            {
                ["name"] = k.Name,
                ["type"] = k.TypeName,
                ["unit"] = k.Unit,
                ["domain"] = k.Domain(),
                ["choices"] = new JsonArray([.. k.Choices.Select(c => JsonValue.Create(c))]),
                ["value"] = Value(ConfigSchema.Read(config, k)),
                ["default"] = Value(k.Default),
                ["source"] = Source(k),
                ["description"] = k.Description,
                ["variable"] = ConfigLayers.VariableName(k.Name),
            })]));
            return;
        }

        foreach (var key in ConfigSchema.Keys)
        {
            var value = ConfigKey.Format(ConfigSchema.Read(config, key));
            var from = Source(key) is { } source ? $"  from {source}" : "";
            Console.Out.WriteLine($"{key.Name} = {(value.Length > 0 ? value : "\"\"")}  ({key.Domain()}){from}");
            Console.Out.WriteLine($"    {key.Description}  [{ConfigLayers.VariableName(key.Name)}]");
        }

        string? Source(ConfigKey key)
        {
            if (sources.TryGetValue(key.Name, out var source))
                return source;
            return ConfigKey.Format(ConfigSchema.Read(config, key)) == key.DefaultText ? null : $"algorithm {config.Algorithm.Name}";
        }
    }

    public static void Presets(bool json) => Table(ConfigPresets.All.Select(p => (p.Name, p.Description)), json);

    public static void Algorithms(bool json) => Table(AlgorithmPresets.Names.Select(name => (name, AlgorithmPresets.Describe(name))), json);

    private static void Table(IEnumerable<(string Name, string Description)> rows, bool json)
    {
        if (json)
            Output.Json(new JsonArray([.. rows.Select(r => new JsonObject { ["name"] = r.Name, ["description"] = r.Description })]));
        else
            Output.Table([.. rows.Select(r => new[] { r.Name, r.Description })]);
    }

    /// <summary>An option's value as JSON; what JSON has no number for is a text.</summary>
    private static JsonNode? Value(object? value) => value switch
    {
        bool flag => JsonValue.Create(flag),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        IntRange { IsFixed: true } range => JsonValue.Create(range.Least),
        double number when double.IsFinite(number) => JsonValue.Create(number),
        IReadOnlyList<int> list => new JsonArray([.. list.Select(e => JsonValue.Create(e))]),
        IReadOnlyList<(long, double)> points => new JsonArray([.. ConfigKey.Numbers(points).Select(e => Value(e))]),
        _ => JsonValue.Create(ConfigKey.Format(value)),
    };
}
