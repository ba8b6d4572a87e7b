using System.Globalization;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Weights;
using FastDqn.Tests;

namespace FastDqn.Learning.Tests;

/// <summary>
/// The same ten updates as PyTorch, from the same weights and batches: weights, losses and priorities equal to 1e-5.
/// </summary>
public sealed class TenUpdatesTests : IDisposable
{
    private const int Actions = 6;
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Cases => ["dqn-nature", "double-dueling", "c51", "qr-dqn", "munchausen-mlp", "iqn-mlp", "composed"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void AgreeWithPyTorch(string name)
    {
        var (batches, expected) = Reference(name);
        var spec = Spec(name);
        var input = Input(name);
        using var learner = new DqnLearner(spec, input, Actions, seed: 11);
        learner.ImportWeights(Safetensors.Read(_folder.File("initial.safetensors")));
        var batch = new TestBatch(input, 32);
        for (var k = 0; k < 10; k++)
        {
            TestBatch.Put(batch.Observations, input.Kind, batches[$"obs.{k}"]);
            TestBatch.Put(batch.Next, input.Kind, batches[$"next.{k}"]);
            for (var i = 0; i < batch.Size; i++)
                batch.Actions[i] = (long)batches[$"actions.{k}"][i];
            batches[$"returns.{k}"].CopyTo(batch.Returns);
            batches[$"discounts.{k}"].CopyTo(batch.Discounts);
            batches[$"weights.{k}"].CopyTo(batch.Weights);
            var stats = learner.Update(batch.Batch);
            Close($"loss of update {k}", [expected["losses"][k]], [stats.Loss]);
            Close($"priorities of update {k}", expected["priorities"].AsSpan(k * 32, 32), batch.Errors);
        }

        foreach (var weight in learner.ExportWeights())
            Close(weight.Name, expected[weight.Name], weight.Values.Span);
    }

    [Fact]
    public void OfPqnAgreeWithPyTorch()
    {
        var (batches, expected) = Reference("pqn");
        // A rollout of 32 environments and one step: all returns are r when every step is terminal;
        // one minibatch, ten passes.
        var spec = AlgorithmPresets.Get("pqn") with
        {
            Rollout = new RolloutSpec { Steps = 1, Epochs = 10, Minibatches = 1 },
            Optimizer = AlgorithmPresets.Get("pqn").Optimizer with { LearningRate = 2.5e-5 },
            Environments = 32,
        };
        var input = Input("pqn");
        using var learner = new PqnLearner(spec, input, Actions, seed: 11);
        learner.ImportWeights(Safetensors.Read(_folder.File("initial.safetensors")));
        var batch = new TestBatch(input, 32);
        TestBatch.Put(batch.Observations, input.Kind, batches["obs.0"]);
        batches["returns.0"].CopyTo(batch.Returns);
        for (var i = 0; i < batch.Size; i++)
            batch.Actions[i] = (long)batches["actions.0"][i];
        var ones = TestBatch.Pinned<byte>(32);
        ones.AsSpan().Fill(1);
        var stats = learner.Update(batch.Rollout(steps: 1, ones, TestBatch.Pinned<float>(64)));
        Assert.Equal(10, learner.ParametersVersion);
        Close("loss of the last pass", [expected["losses"][9]], [stats.Loss]);
        foreach (var weight in learner.ExportWeights())
            Close(weight.Name, expected[weight.Name], weight.Values.Span);
    }

    [Fact]
    public void WeightsWrittenHereAreReadByPython()
    {
        PythonReference.Require();
        using var learner = new DqnLearner(
            AlgorithmPresets.Get("dqn-nature"), new NetworkInput(ObservationKind.UInt8, [4, 84, 84]), Actions, seed: 3);
        var weights = learner.ExportWeights();
        var file = _folder.File("ours.safetensors");
        Safetensors.Write(file, weights);
        var lines = PythonReference.Run("reference.py", "check", file).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(weights.Count, lines.Length);
        Assert.Equal("network.0.weight 32x4x8x8", lines[0][..lines[0].LastIndexOf(' ')]);
        for (var i = 0; i < lines.Length; i++)
        {
            var sum = double.Parse(lines[i].Split(' ')[2], CultureInfo.InvariantCulture);
            Assert.Equal(weights[i].Values.ToArray().Sum(v => (double)v), sum, 1e-4);
        }
    }

    private static NetworkInput Input(string name) => name.EndsWith("mlp", StringComparison.Ordinal)
        ? new NetworkInput(ObservationKind.Float32, [5])
        : new NetworkInput(ObservationKind.UInt8, [4, 84, 84]);

    private static AlgorithmSpec Spec(string name)
    {
        var target = new TargetSpec { Period = 4 };
        return name switch
        {
            "dqn-nature" => AlgorithmPresets.Get("dqn-dopamine") with { Target = target },
            "double-dueling" => AlgorithmPresets.Get("double-dueling") with
            {
                Target = target with { Double = true },
                Loss = new LossSpec { MaxGradientNorm = 1, SumOverBatch = true },
                Optimizer = AlgorithmPresets.Get("dqn-nature").Optimizer,
            },
            "c51" => AlgorithmPresets.Get("c51") with
            {
                Target = target,
                Optimizer = AlgorithmPresets.Get("c51").Optimizer with { LearningRate = 2.5e-5 },
            },
            "qr-dqn" => new AlgorithmSpec
            {
                Head = new HeadSpec { Kind = HeadKind.Quantile, Quantiles = 20 },
                Target = target,
                Optimizer = AlgorithmPresets.Get("dqn-dopamine").Optimizer,
            },
            "composed" => new AlgorithmSpec
            {
                Body = new BodySpec
                {
                    Kind = BodyKind.Composed,
                    Convolutions =
                    [
                        ConvolutionSpec.Parse("16 8x8/4 activation=leaky_relu(0.2)"), ConvolutionSpec.Parse("32 4x3/2 activation=tanh"),
                    ],
                    Widths = [256],
                    Padding = Padding.Same,
                    Activation = ActivationKind.Elu,
                    Input = InputRange.Signed,
                },
                Loss = new LossSpec { Kind = LossKind.MeanSquared },
                Target = target,
                Optimizer = new OptimizerSpec
                {
                    Kind = OptimizerKind.RmsPropTf,
                    LearningRate = 1e-4,
                    Alpha = 0.9,
                    Epsilon = 1e-10,
                    SquareStart = 1,
                },
            },
            "munchausen-mlp" => new AlgorithmSpec
            {
                Body = new BodySpec { Kind = BodyKind.Mlp, Widths = [32, 24] },
                Target = target with { Munchausen = true },
                Optimizer = new OptimizerSpec { Kind = OptimizerKind.AdamW, LearningRate = 1e-3, WeightDecay = 0.01 },
            },
            _ => new AlgorithmSpec
            {
                Body = new BodySpec { Kind = BodyKind.Mlp, Widths = [32] },
                Head = new HeadSpec { Kind = HeadKind.ImplicitQuantile, Hidden = 24, OnlineTaus = 12, TargetTaus = 16, ActingTaus = 8 },
                Target = target,
                Optimizer = new OptimizerSpec
                {
                    Kind = OptimizerKind.RmsProp,
                    LearningRate = 1e-3,
                    Alpha = 0.9,
                    Epsilon = 1e-3,
                    Momentum = 0.5,
                    Centered = true,
                },
            },
        };
    }

    /// <summary>Equal to 1e-5, relative for values above 1.</summary>
    private static void Close(string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var worst = 0.0;
        for (var i = 0; i < expected.Length; i++)
            worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]) / Math.Max(1, Math.Abs(expected[i])));
        Assert.True(worst <= 1e-5, $"{what} differs from PyTorch's by {worst:g3}");
    }

    private (Dictionary<string, float[]> Batches, Dictionary<string, float[]> Expected) Reference(string name)
    {
        PythonReference.Require();
        PythonReference.Run("reference.py", name, _folder.Path);
        return (Load("batches"), Load("expected"));

        Dictionary<string, float[]> Load(string file) => Safetensors
            .Read(_folder.File($"{file}.safetensors"))
            .ToDictionary(tensor => tensor.Name, tensor => tensor.Values.ToArray());
    }
}
