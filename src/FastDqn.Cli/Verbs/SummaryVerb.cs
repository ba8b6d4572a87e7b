using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Learning.Networks;
using FastDqn.Training;
using FastDqn.Training.Configuration;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn summary</c>.</summary>
internal static class SummaryVerb
{
    public static Command Create()
    {
        var command = new Command("summary", "Print the layers of a training's network and what an update costs");
        var config = new ConfigArguments(command);
        var json = new Option<bool>("--json") { Description = "One JSON document on stdout" };
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            if (config.Answered(parsed, parsed.GetValue(json)))
                return 0;
            var resolved = config.Resolve(parsed);
            var summary = NetworkSummary.Of(resolved);
            if (parsed.GetValue(json))
                Output.Json(Document(resolved, summary));
            else
                Print(resolved, summary);
            return 0;
        });
        return command;
    }

    private static void Print(TrainConfig config, NetworkSummary summary)
    {
        Console.Out.WriteLine(
            $"{summary.Environment}, {config.Algorithm.Name}: sees {summary.Input}, chooses from {summary.Actions} actions");
        Console.Out.WriteLine();
        var table = summary.Table;
        Print(
            numbers: 2,
            [
                ["layer", "what", "output", "parameters", "multiply-adds"],
                .. table.Rows.Select(row => new[] { row.Name, row.Kind, row.ShapeText, Number(row.Parameters), Number(row.MultiplyAdds) }),
                ["total", "", "", Number(table.Parameters), Number(table.MultiplyAdds)],
            ]);
        Console.Out.WriteLine();
        var update = table.Update;
        Print(
            numbers: 1,
            [
                [$"an update of {Number(update.Minibatch)} transitions", "multiply-adds"],
                ["forward, target included", Number(update.Forward)],
                ["backward", Number(update.Backward)],
                ["memory", "bytes"],
                .. Memory(summary).Select(part => new[] { part.Name.Replace('_', ' '), Number(part.Bytes) }),
            ]);
    }

    /// <summary>Rows whose last columns are numbers.</summary>
    private static void Print(int numbers, string[][] rows)
    {
        for (var column = rows[0].Length - numbers; column < rows[0].Length; column++)
        {
            var width = rows.Max(row => row[column].Length);
            foreach (var row in rows)
                row[column] = row[column].PadLeft(width);
        }

        Output.Table(rows);
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static IEnumerable<(string Name, long Bytes)> Memory(NetworkSummary summary)
    {
        var update = summary.Table.Update;
        return
        [
            ("parameters", update.ParameterBytes), ("target_network", update.TargetBytes), ("gradient", update.GradientBytes),
            ("optimizer", update.OptimizerBytes), ("replay_memory", summary.ReplayBytes),
        ];
    }

    private static JsonObject Document(TrainConfig config, NetworkSummary summary)
    {
        var (table, update) = (summary.Table, summary.Table.Update);
        return new JsonObject
        {
            ["environment"] = summary.Environment,
            ["algorithm"] = config.Algorithm.Name,
            ["observation"] = new JsonArray([.. summary.Input.Shape.Select(side => JsonValue.Create(side))]),
            ["actions"] = summary.Actions,
            ["layers"] = new JsonArray([.. table.Rows.Select(Layer)]),
            ["parameters"] = table.Parameters,
            ["multiply_adds"] = table.MultiplyAdds,
            ["update"] = new JsonObject
            {
                ["transitions"] = update.Minibatch,
                ["forward_multiply_adds"] = update.Forward,
                ["backward_multiply_adds"] = update.Backward,
            },
            ["bytes"] = new JsonObject(Memory(summary).Select(p => KeyValuePair.Create(p.Name, (JsonNode?)JsonValue.Create(p.Bytes)))),
        };
    }

    private static JsonObject Layer(NetworkRow row) => new()
    {
        ["name"] = row.Name,
        ["kind"] = row.Kind,
        ["inputs"] = new JsonArray([.. row.Inputs.Select(input => JsonValue.Create(input))]),
        ["output"] = new JsonArray([.. row.Shape.Select(side => JsonValue.Create(side))]),
        ["parameters"] = row.Parameters,
        ["multiply_adds"] = row.MultiplyAdds,
    };
}
