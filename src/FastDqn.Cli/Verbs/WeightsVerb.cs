using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Cli.Hosting;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Learning.Weights;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn weights</c>: what was learnt, to and from other programs.</summary>
internal static class WeightsVerb
{
    private static readonly (string Word, WeightNaming Naming)[] Namings =
        [("cleanrl", WeightNaming.CleanRl), ("sb3", WeightNaming.StableBaselines3)];

    public static Command Create()
    {
        var command = new Command("weights", "Show weights, take them to other programs, and bring them from there");
        command.Subcommands.Add(Show());
        command.Subcommands.Add(Export());
        command.Subcommands.Add(Import());
        return command;
    }

    private static Command Show()
    {
        var command = new Command("show", "List the tensors of a weight file: shapes and statistics");
        var source = new Argument<string>("weights") { Description = "safetensors file, checkpoint folder, or run folder" };
        var json = new Option<bool>("--json") { Description = "One JSON document on stdout" };
        command.Arguments.Add(source);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var path = WeightSource.Find(parsed.GetValue(source)!, Output.Warn);
            var file = Safetensors.Open(path);
            var rows = file.Tensors.Select(tensor => (Tensor: tensor, Numbers: Statistics.Of(tensor.Values.Span))).ToList();
            if (parsed.GetValue(json))
                Output.Json(Document(path, file, rows));
            else
                Print(path, file, rows);
            return 0;
        });
        return command;
    }

    private static Command Export()
    {
        var command = new Command("export", "Write a run's weights for other programs");
        var run = new Argument<string>("run") { Description = "Run folder" };
        var checkpoint = new Option<string?>("--checkpoint")
        {
            Description = "Checkpoint folder or its step; 'best': the one with the highest evaluation return; without: the newest",
        };
        var output = OutputOption(
            "FILE.safetensors: the weights; FILE.onnx: the network with them; a folder: both, the options and a model card",
            "file or folder");
        var (names, json) = (NamesOption(), JsonOption());
        command.Arguments.Add(run);
        foreach (var option in new Option[] { output, checkpoint, names, json })
            command.Options.Add(option);
        var roms = new RomArguments(command);
        command.SetAction(parsed =>
        {
            var (folder, to) = (parsed.GetValue(run)!, parsed.GetValue(output)!);
            PolicyExport.CheckPlace(to);
            if (to.EndsWith(PolicyExport.OnnxEnding, StringComparison.OrdinalIgnoreCase))
                Given.Refuse(parsed, "an ONNX file has one set of names", names);
            var naming = NamingOf(parsed.GetValue(names));
            var config = roms.In(parsed)(RunDirectory.ReadConfig(folder, Output.Warn, OwnCode.Given));
            var (step, weights) = Evaluation.Weights(folder, parsed.GetValue(checkpoint), Output.Warn);
            Tell(parsed, json, PolicyExport.Write(to, config, weights, naming, step, StoredEvaluation.All(folder)), step);
            return 0;
        });
        return command;
    }

    private static Command Import()
    {
        var command = new Command(
            "import", "Check weights of another program against a training's network and write them under our names");
        var source = new Argument<string>("weights") { Description = "safetensors file, names of CleanRL or Stable-Baselines3" };
        var (output, json) = (OutputOption("FILE.safetensors to write", "file"), JsonOption());
        command.Arguments.Add(source);
        var config = new ConfigArguments(command);
        command.Options.Add(output);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            if (config.Answered(parsed, parsed.GetValue(json)))
                return 0;
            var to = parsed.GetValue(output)!;
            if (!to.EndsWith(PolicyExport.WeightsEnding, StringComparison.OrdinalIgnoreCase))
                throw new FastDqnException(ErrorKind.Usage, $"--output {to}: a file of weights ends with {PolicyExport.WeightsEnding}");
            OutputFile.Check(to);
            var weights = Safetensors.Read(WeightSource.Find(parsed.GetValue(source)!, Output.Warn));
            Tell(parsed, json, PolicyExport.Write(to, config.Resolve(parsed), weights, WeightNaming.CleanRl, step: null, []), step: null);
            return 0;
        });
        return command;
    }

    private static Option<string> OutputOption(string description, string kind)
    {
        var option = new Option<string>("--output") { Description = description, HelpName = kind, Required = true };
        option.Aliases.Add("-o");
        return option;
    }

    private static Option<bool> JsonOption() => new("--json") { Description = "Print the result as one JSON document on stdout" };

    private static Option<string?> NamesOption()
    {
        var option = new Option<string?>("--names")
        {
            Description = "Whose names the tensors get: cleanrl (ours too) or sb3, Stable-Baselines3's (plain heads over the Nature body "
                + "or an MLP); without: cleanrl",
            HelpName = "convention",
        };
        option.CompletionSources.Add(_ => Namings.Select(naming => new CompletionItem(naming.Word)));
        return option;
    }

    private static WeightNaming NamingOf(string? word)
    {
        if (word is null)
            return WeightNaming.CleanRl;
        var words = Namings.Select(naming => naming.Word).ToArray();
        var found = Array.IndexOf(words, word);
        return found >= 0
            ? Namings[found].Naming
            : throw new FastDqnException(
                ErrorKind.Usage, $"--names {word}: {string.Join(" or ", words)}{NearestMatch.Hint(word, words)}");
    }

    private static void Tell(ParseResult parsed, Option<bool> json, IReadOnlyList<string> files, long? step)
    {
        if (parsed.GetValue(json))
            Output.Json(new JsonObject { ["files"] = new JsonArray([.. files.Select(file => JsonValue.Create(file))]), ["step"] = step });
        else
            Console.Out.WriteLine(string.Join('\n', files));
    }

    private static void Print(string path, SafetensorsFile file, IReadOnlyList<(NamedTensor Tensor, Statistics Numbers)> rows)
    {
        Console.Out.WriteLine(path);
        foreach (var (key, value) in file.Metadata)
            Console.Out.WriteLine($"{key}  {value}");
        Console.Out.WriteLine();
        Output.Table(
        [
            ["tensor", "shape", "numbers", "mean", "deviation", "least", "most", "not finite"],
            .. rows.Select(row => new[]
            {
                row.Tensor.Name,
                string.Join('x', row.Tensor.Shape),
                row.Tensor.Values.Length.ToString("N0", CultureInfo.InvariantCulture),
                Number(row.Numbers.Mean), Number(row.Numbers.Deviation), Number(row.Numbers.Least), Number(row.Numbers.Most),
                row.Numbers.NotFinite.ToString("N0", CultureInfo.InvariantCulture),
            }),
        ]);
    }

    private static string Number(double value) =>
        double.IsFinite(value) ? value.ToString("0.#####", CultureInfo.InvariantCulture) : "-";

    private static JsonObject Document(
        string path, SafetensorsFile file, IEnumerable<(NamedTensor Tensor, Statistics Numbers)> rows) => new()
        {
            ["file"] = path,
            ["metadata"] = new JsonObject(file.Metadata.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
            ["tensors"] = new JsonArray(
        [
            .. rows.Select(row => new JsonObject
            {
                ["name"] = row.Tensor.Name,
                ["shape"] = new JsonArray([.. row.Tensor.Shape.Select(side => JsonValue.Create(side))]),
                ["mean"] = Output.Finite(row.Numbers.Mean),
                ["deviation"] = Output.Finite(row.Numbers.Deviation),
                ["least"] = Output.Finite(row.Numbers.Least),
                ["most"] = Output.Finite(row.Numbers.Most),
                ["not_finite"] = row.Numbers.NotFinite,
            }),
        ]),
        };

    /// <summary>Of a tensor's finite numbers; NaN where it has none.</summary>
    private readonly record struct Statistics(double Mean, double Deviation, double Least, double Most, long NotFinite)
    {
        public static Statistics Of(ReadOnlySpan<float> values)
        {
            var (count, sum, squares, least, most) = (0L, 0.0, 0.0, double.PositiveInfinity, double.NegativeInfinity);
            foreach (var value in values)
            {
                if (!float.IsFinite(value))
                    continue;
                (count, sum, least, most) = (count + 1, sum + value, Math.Min(least, value), Math.Max(most, value));
            }

            var mean = sum / count;
            foreach (var value in values)
                squares += float.IsFinite(value) ? (value - mean) * (value - mean) : 0;
            return new(mean, Math.Sqrt(squares / count), least, most, values.Length - count);
        }
    }
}
