using System.Globalization;
using FastDqn.Core;
using FastDqn.Learning.Weights;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Evaluation;

/// <summary>Writes what was learnt for other programs.</summary>
public static class PolicyExport
{
    /// <summary>What a file is called that holds the network too.</summary>
    public const string OnnxEnding = ".onnx";

    /// <summary>What a file of weights alone is called.</summary>
    public const string WeightsEnding = ".safetensors";

    /// <summary>
    /// A file, by its ending; else a folder of the weights, the network as ONNX unless it is recurrent, the options and
    /// a model card.
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
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(config);
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
            return [Network(to)];
        OutputFile.MakeFolder(to);
        return
        [
            Weights(Path.Combine(to, WeightSource.FileName)),
            .. config.Body.Lstm > 0 ? [] : new[] { Network(Path.Combine(to, "model.onnx")) },
            Text("config.yaml", YamlConfig.WriteEffective(Anywhere(config))),
            Text(ModelCard.FileName, ModelCard.Of(config, summary, step ?? 0, evaluations)),
        ];

        string Weights(string file) => OutputFile.Writing(file, () =>
        {
            Safetensors.Write(file, renamed, metadata);
            return file;
        });

        string Network(string file) => OutputFile.Writing(file, () =>
        {
            File.WriteAllBytes(file, NetworkWeights.Onnx(spec, summary.Input, summary.Actions, weights, metadata));
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
