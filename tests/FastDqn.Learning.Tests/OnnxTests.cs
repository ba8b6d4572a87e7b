using FastDqn.Core;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Weights;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Tests;

/// <summary>Exported networks give in ONNX Runtime what they give here.</summary>
public sealed class OnnxTests
{
    private const int Batch = 3, Samples = 5, Actions = 4;
    private static readonly NetworkInput Screens = new(ObservationKind.UInt8, [4, 84, 84]);

    public static TheoryData<string> Networks =>
        new(
            "dqn-nature", "rainbow", "c51", "qr-dqn", "iqn", "btr", "spr", "pqn", "mlp", "composed", "signed", "channels");

    [Theory]
    [MemberData(nameof(Networks))]
    public void OnnxRuntimeGivesTheSameQValues(string name)
    {
        var (spec, input) = Case(name);
        using var learner = QLearner.Create(spec, input, Actions, seed: 3);
        var random = new Random(4);
        // Statistics, scales and shifts begin as zeros and ones, which would hide much.
        IReadOnlyList<NamedTensor> weights =
        [
            .. learner.ExportWeights().Select(
                t => t with { Values = t.Values.ToArray().Select(v => v + (0.02f * random.NextSingle())).ToArray() }),
        ];
        var count = Batch * input.Elements;
        var bytes = new byte[count];
        random.NextBytes(bytes);
        float[] floats = [.. bytes.Select(b => (b / 64f) - 2)];
        var fractions = new float[Batch * Samples];
        foreach (ref var fraction in fractions.AsSpan())
            fraction = random.NextSingle();

        var model = NetworkWeights.Onnx(spec, input, Actions, weights, new Dictionary<string, string> { ["env"] = "test" });
        using var session = new InferenceSession(model);
        Assert.Equal("test", session.ModelMetadata.CustomMetadataMap["env"]);
        int[] shape = [Batch, .. input.Shape];
        var inputs = new List<NamedOnnxValue>
        {
            input.Kind == ObservationKind.UInt8
                ? NamedOnnxValue.CreateFromTensor("observations", new DenseTensor<byte>(bytes, shape))
                : NamedOnnxValue.CreateFromTensor("observations", new DenseTensor<float>(floats, shape)),
        };
        if (session.InputMetadata.ContainsKey("fractions"))
            inputs.Add(NamedOnnxValue.CreateFromTensor("fractions", new DenseTensor<float>(fractions, [Batch, Samples])));
        using var results = session.Run(inputs);
        var found = results.Single().AsTensor<float>();
        Assert.Equal([Batch, Actions], found.Dimensions.ToArray());

        var expected = Here(spec, input, weights, bytes, floats, fractions);
        var largest = expected.Max(Math.Abs);
        Assert.True(largest > 1e-3, "the Q-values say nothing");
        Assert.All(expected.Zip(found), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-5 * Math.Max(1, largest)));
    }

    [Fact]
    public void WeightsOfAnotherNetworkAreRefused()
    {
        var (spec, input) = Case("mlp");
        using var learner = QLearner.Create(spec, input, Actions, seed: 3);
        var error = Assert.Throws<FastDqnException>(
            () => NetworkWeights.Onnx(spec, input, Actions + 1, learner.ExportWeights(), new Dictionary<string, string>()));
        Assert.Equal(ErrorKind.BadData, error.Kind);
    }

    private static float[] Here(
        AlgorithmSpec spec, NetworkInput input, IReadOnlyList<NamedTensor> weights, byte[] bytes, float[] floats, float[] fractions)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var network = new QNetwork(spec, input, Actions);
        using var parameters = new ParameterSet(network.Layout, CPU, trainable: false);
        WeightFile.Import(network, parameters, weights);
        long[] shape = [Batch, .. input.Shape.Select(side => (long)side)];
        var seen = input.Kind == ObservationKind.UInt8 ? tensor(bytes, shape) : tensor(floats, shape);
        var pass = new Pass(Training: false, Noise: null, Pool: null);
        var output = network.Head(parameters, network.Features(parameters, seen, pass), tensor(fractions, [Batch, Samples]), pass);
        var atoms = linspace(spec.Head.MinValue, spec.Head.MaxValue, spec.Head.Atoms);
        return network.Q(output, atoms).cpu().contiguous().data<float>().ToArray();
    }

    private static (AlgorithmSpec Spec, NetworkInput Input) Case(string name)
    {
        var nature = AlgorithmPresets.Get("dqn-nature");
        return name switch
        {
            "mlp" => (
                nature with { Body = nature.Body with { Kind = BodyKind.Mlp, Widths = [16, 8], Activation = ActivationKind.Tanh } },
                new NetworkInput(ObservationKind.Float32, [6])),
            "composed" => (nature with { Body = Composed(NormKind.Batch, ActivationKind.Elu) }, new(ObservationKind.UInt8, [3, 20, 30])),
            "signed" => (
                nature with
                {
                    Body = Composed(NormKind.Layer, Activation.Leaky(0.2)) with
                    {
                        Input = InputRange.Signed,
                        Padding = Specs.Padding.Parse("same"),
                    },
                },
                new(ObservationKind.UInt8, [3, 20, 30])),
            "channels" => (nature, new(ObservationKind.UInt8, [2, 3, 84, 84])),
            _ => (AlgorithmPresets.Get(name), Screens),
        };
    }

    private static BodySpec Composed(NormKind norm, Activation activation) => new()
    {
        Kind = BodyKind.Composed,
        Convolutions = [new(8, 5, 3, 2), new(12, 3, 3, 1)],
        Widths = [16],
        Norm = norm,
        Activation = activation,
    };
}
