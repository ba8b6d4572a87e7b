using System.Globalization;
using System.Text;
using FastDqn.Core;
using FastDqn.Learning.Specs;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;

namespace FastDqn.Training;

/// <summary>
/// The model card of exported weights: metadata as model hubs read it, evaluations, how to load them.
/// </summary>
public static class ModelCard
{
    /// <summary>The file that hubs read.</summary>
    public const string FileName = "README.md";

    private const string Library = "library_name: fastdqn";

    /// <summary>Whether a file is a card of an earlier export.</summary>
    public static bool IsOurs(string file)
    {
        try
        {
            return FileKinds.Of(file) == FileKind.File && File.ReadLines(file).Take(2).SequenceEqual(["---", Library]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <param name="config">The run's options.</param>
    /// <param name="summary">Its network.</param>
    /// <param name="step">Agent steps trained.</param>
    /// <param name="evaluations">The run's.</param>
    public static string Of(TrainConfig config, NetworkSummary summary, long step, IReadOnlyList<StoredEvaluation> evaluations)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(evaluations);
        // A table of another step's agent would be a wrong one.
        var own = evaluations.Where(evaluation => evaluation.Step == step).ToList();
        var text = new StringBuilder();
        var (algorithm, environment) = (config.Algorithm.Name, summary.Environment);
        var bytes = summary.Input.Kind == ObservationKind.UInt8;
        var sampled = config.Head.Kind == HeadKind.ImplicitQuantile;
        var shape = string.Join(", ", summary.Input.Shape);
        Line("---");
        Line(Library);
        Line("pipeline_tag: reinforcement-learning");
        Line("tags:");
        foreach (var tag in (string[])["reinforcement-learning", "deep-reinforcement-learning", "dqn", algorithm, environment])
            Line($"- {tag}");
        if (own.Count > 0)
        {
            Line("model-index:");
            Line($"- name: {algorithm}");
            Line("  results:");
            Line("  - task: {type: reinforcement-learning, name: reinforcement-learning}");
            Line($"    dataset: {{type: {environment}, name: {environment}}}");
            Line("    metrics:");
            foreach (var evaluation in own)
            {
                var name = $"mean_reward ({evaluation.Protocol})";
                Line($"    - {{type: mean_reward, name: {name}, value: \"{Return(evaluation)}\", verified: false}}");
            }
        }

        Line("---");
        Line($"# {algorithm} on {environment}");
        Line("");
        Line($"Trained by FastDqn for {Number(step)} agent steps, seed {config.Run.Seed}; `config.yaml` has every option.");
        var parameters = Number(summary.Table.Parameters);
        Line($"The network has {parameters} parameters, sees {summary.Input} and chooses from {summary.Actions} actions.");
        Line("");
        if (own.Count > 0)
        {
            Line("| protocol | episodes | mean return |");
            Line("|---|---|---|");
            foreach (var evaluation in own)
            {
                // A training's own evaluation says no more than its protocol.
                var settings = evaluation.Settings.Length > 0 ? evaluation.Settings : evaluation.Protocol;
                settings = settings.Replace("|", "/", StringComparison.Ordinal);
                Line($"| {settings} | {evaluation.Episodes} | {Return(evaluation)} |");
            }

            Line("");
        }

        Line("## Use");
        if (Algorithms.Parts(config).WithoutOnnx is null)
            UseNetwork();
        Line("The weights alone: `safetensors.torch.load_file(\"model.safetensors\")`. In FastDqn, for another training:");
        Line("");
        var code = Extensions.Used(config).ToList();
        Line($"    fastdqn train{(code.Count > 0 ? " --assembly FILE" : "")} --config config.yaml --init model.safetensors");
        if (code.Count > 0)
            Line("");
        foreach (var (option, name, type) in code)
            Line($"`FILE` is the assembly with the class `{type?.FullName ?? name}` (`{option}: {name}`).");
        return text.ToString();

        void UseNetwork()
        {
            Line("In Python (`q_values` is batch x actions" + (sampled ? "; `fractions` are drawn from 0 to 1" : "") + "):");
            Line("");
            Line("```python");
            Line("import numpy as np, onnxruntime");
            Line("");
            Line("session = onnxruntime.InferenceSession(\"model.onnx\")");
            Line($"observations = np.zeros((1, {shape}), np.{(bytes ? "uint8" : "float32")})");
            var more = sampled ? $", \"fractions\": np.random.rand(1, {config.Head.ActingTaus}).astype(np.float32)" : "";
            Line($"q_values = session.run(None, {{\"observations\": observations{more}}})[0]");
            Line("```");
            Line("");
            Line("In C# (package Microsoft.ML.OnnxRuntime):");
            Line("");
            Line("```csharp");
            var (type, taus) = (bytes ? "byte" : "float", config.Head.ActingTaus);
            Line("using var session = new InferenceSession(\"model.onnx\");");
            Line("using var results = session.Run([");
            Line($"    NamedOnnxValue.CreateFromTensor(\"observations\", new DenseTensor<{type}>([1, {shape}])),");
            if (sampled)
            {
                Line("    NamedOnnxValue.CreateFromTensor(\"fractions\", new DenseTensor<float>(");
                Line($"        Enumerable.Range(0, {taus}).Select(_ => Random.Shared.NextSingle()).ToArray(), [1, {taus}])),");
            }

            Line("]);");
            Line("var qValues = results[0].AsTensor<float>();");
            Line("```");
            Line("");
        }

        void Line(string line) => text.Append(line).Append('\n');
    }

    private static string Return(StoredEvaluation evaluation)
    {
        var mean = evaluation.MeanReturn;
        if (evaluation.Returns.Count == 0)
            return mean.ToString("0.00", CultureInfo.InvariantCulture);
        var spread = Math.Sqrt(evaluation.Returns.Average(r => (r - mean) * (r - mean)));
        return string.Create(CultureInfo.InvariantCulture, $"{mean:0.00} +/- {spread:0.00}");
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
