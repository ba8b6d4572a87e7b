using System.Globalization;
using FastDqn.Core;
using FastDqn.Learning.Weights;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Evaluation;

/// <summary>Writes what was learnt for other programs.</summary>
public static class PolicyExport
{
    /// <summary>What a file is called that holds the network too.</summary>
    public const string OnnxEnding = ".onnx";

    /// <summary>What a file of weights alone is called.</summary>
    public const string WeightsEnding = ".safetensors";

    private const string Network = "model.onnx";

    /// <summary>Whether <see cref="Write"/> would make a file of a name, no folder.</summary>
    public static bool IsFile(string to)
    {
        ArgumentNullException.ThrowIfNull(to);
        return Ends(WeightsEnding) || Ends(OnnxEnding);

        bool Ends(string ending) => to.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Refuses a name that promises another format, and a folder in which files of somebody else's would be replaced.
    /// </summary>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/>: such a name or folder; <see cref="ErrorKind.Failure"/>: no place for a file.
    /// </exception>
    public static void CheckPlace(string to)
    {
        if (IsFile(to))
        {
            OutputFile.Check(to);
            return;
        }

        // 1.0 is a version, .pt a format.
        if (Path.GetExtension(to) is ['.', var first, ..] && !char.IsAsciiDigit(first) && FileKinds.Of(to) != FileKind.Folder)
        {
            throw new FastDqnException(
                ErrorKind.Usage,
                $"{to}: weights go to a file that ends in {WeightsEnding}, the network to one that ends in {OnnxEnding}, both to a folder: "
                + "a new one has / at its end, or no ending");
        }

        if (File.Exists(Path.Combine(to, RunInfo.FileName)))
            throw new FastDqnException(ErrorKind.Usage, $"{to}: a run's own folder, whose {RunDirectory.ConfigFile} it would replace");
        string[] names = [WeightSource.FileName, Network, RunDirectory.ConfigFile, ModelCard.FileName];
        var there = names.Where(name => FileKinds.Of(Path.Combine(to, name)) != FileKind.Missing).ToList();
        if (there.Count > 0 && !ModelCard.IsOurs(Path.Combine(to, ModelCard.FileName)))
        {
            throw new FastDqnException(
                ErrorKind.Usage,
                $"{to}: holds {string.Join(", ", there)}, and no {ModelCard.FileName} of an earlier export: give a folder of its own");
        }
    }

    /// <summary>
    /// A file, by its ending; else a folder of the weights, the network as ONNX if it has that form, the options and a
    /// model card.
    /// </summary>
    /// <param name="to">File or folder.</param>
    /// <param name="config">What the weights were trained with.</param>
    /// <param name="weights">Of its network.</param>
    /// <param name="naming">Whose names the tensors get.</param>
    /// <param name="step">Agent steps trained; null: not known.</param>
    /// <param name="evaluations">The run's, for the card.</param>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Write(
        string to, TrainConfig config, IReadOnlyList<NamedTensor> weights, WeightNaming naming, long? step,
        IReadOnlyList<StoredEvaluation> evaluations)
    {
        ArgumentNullException.ThrowIfNull(config);
        CheckPlace(to);
        var (summary, spec) = (NetworkSummary.Of(config), Algorithms.ToSpec(config));
        var renamed = NetworkWeights.Rename(spec, summary.Input, summary.Actions, weights, naming);
        var metadata = new Dictionary<string, string>
        {
            ["format"] = "pt",
            ["env"] = summary.Environment,
            ["algorithm"] = config.Algorithm.Name,
        };
        if (step is not null)
            metadata["step"] = step.Value.ToString(CultureInfo.InvariantCulture);
        if (to.EndsWith(WeightsEnding, StringComparison.OrdinalIgnoreCase))
            return [Weights(to)];
        if (to.EndsWith(OnnxEnding, StringComparison.OrdinalIgnoreCase))
            return [Onnx(to)];
        OutputFile.MakeFolder(to);
        return
        [
            Weights(Path.Combine(to, WeightSource.FileName)),
            .. spec.WithoutOnnx is not null ? [] : new[] { Onnx(Path.Combine(to, Network)) },
            Text(RunDirectory.ConfigFile, YamlConfig.WriteEffective(Anywhere(config))),
            Text(ModelCard.FileName, ModelCard.Of(config, summary, step ?? 0, evaluations)),
        ];

        string Weights(string file) => OutputFile.Write(file, stream =>
        {
            Safetensors.Write(stream, renamed, metadata);
            return file;
        });

        string Onnx(string file) => OutputFile.Write(file, stream =>
        {
            stream.Write(NetworkWeights.Onnx(spec, summary.Input, summary.Actions, weights, metadata));
            return file;
        });

        string Text(string name, string text)
        {
            var file = Path.Combine(to, name);
            OutputFile.WriteText(file, text);
            return file;
        }
    }

    /// <summary>Without the folders of this machine.</summary>
    private static TrainConfig Anywhere(TrainConfig config) => config with
    {
        Run = config.Run with { Dir = "", Root = new RunOptions().Root },
        Env = config.Env with { Rom = "", RomDir = "" },
        Train = config.Train with { Init = "" },
    };
}
