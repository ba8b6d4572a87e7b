using FastDqn.Core;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;
using Padding = FastDqn.Learning.Specs.Padding;

namespace FastDqn.Learning.Tests;

/// <summary>
/// Networks on our CPU kernels against the same networks on libtorch's operations, and against themselves on other
/// thread counts.
/// </summary>
public sealed class KernelLayerTests
{
    private static readonly NetworkInput Pixels = new(ObservationKind.UInt8, [4, 84, 84]);
    private static readonly NetworkInput Odd = new(ObservationKind.UInt8, [3, 40, 44]);
    private static readonly NetworkInput Vector = new(ObservationKind.Float32, [5]);

    public static TheoryData<string> Networks => [.. Specs.Keys];

    private static readonly Dictionary<string, (AlgorithmSpec Spec, NetworkInput Input)> Specs = new()
    {
        ["nature"] = (new AlgorithmSpec(), Pixels),
        ["nature without bias"] = (new AlgorithmSpec { Body = new BodySpec { Bias = false } }, Pixels),
        ["nature, dueling, noisy"] = (
            new AlgorithmSpec { Head = new HeadSpec { Dueling = true, Noisy = true, Kind = HeadKind.Categorical } }, Pixels),
        ["nature, layer norm"] = (new AlgorithmSpec { Body = new BodySpec { Norm = NormKind.Layer } }, Pixels),
        ["nature, quantiles"] = (new AlgorithmSpec { Head = new HeadSpec { Kind = HeadKind.Quantile } }, Pixels),
        ["same padding"] = (
            new AlgorithmSpec { Body = new BodySpec { Padding = Padding.Same } }, new NetworkInput(ObservationKind.UInt8, [1, 88, 80])),
        ["2013"] = (new AlgorithmSpec { Body = new BodySpec { Kind = BodyKind.Dqn2013 } }, Pixels),
        ["5x5, batch norm"] = (new AlgorithmSpec { Body = new BodySpec { Kind = BodyKind.Conv5x5, Norm = NormKind.Batch } }, Odd),
        ["grid world"] = (new AlgorithmSpec { Body = new BodySpec { Kind = BodyKind.GridWorld } }, Odd),
        ["impala"] = (new AlgorithmSpec { Body = new BodySpec { Kind = BodyKind.Impala, Hidden = 64 } }, Odd),
        ["impala, spectral, pooled, iqn"] = (new AlgorithmSpec
        {
            Body = new BodySpec { Kind = BodyKind.Impala, SpectralNorm = true, MaxPoolSide = 4, Hidden = 64, Scale = 2 },
            Head = new HeadSpec { Kind = HeadKind.ImplicitQuantile, Dueling = true, Noisy = true, Hidden = 64 },
        }, Odd),
        ["impala, layer norm"] = (
            new AlgorithmSpec { Body = new BodySpec { Kind = BodyKind.Impala, Norm = NormKind.Layer, Hidden = 64 } }, Odd),
        ["nature, signed and padded"] = (
            new AlgorithmSpec { Body = new BodySpec { Padding = Padding.Same, Input = InputRange.Signed } }, Pixels),
        ["T3: asymmetric padding, ReLU at the end"] = (
            new AlgorithmSpec
            {
                Body = new BodySpec { Kind = BodyKind.Dqn2013, Padding = Padding.Same, Input = InputRange.Raw, Init = InitKind.Glorot },
                Head = new HeadSpec { Activation = ActivationKind.Relu },
            },
            Pixels),
        ["T4: batch norm, leaky ReLU"] = (
            Composed(
                "16 20x20/2 norm=batch activation=leaky_relu, 32 9x9/2 norm=batch, 64 5x5/2 norm=batch activation=leaky_relu(0.1)", []),
            new NetworkInput(ObservationKind.UInt8, [3, 84, 84])),
        ["T6, dueling"] = (
            Composed("32 8x8/4, 64 4x4/2, 64 3x3/1, 64 7x7/1", [32]) with { Head = new HeadSpec { Dueling = true, Hidden = 16 } },
            new NetworkInput(ObservationKind.UInt8, [3, 84, 84])),
        ["a convolution of each kind, signed"] = (
            new AlgorithmSpec
            {
                Body = Composed(
                    "5 3x5/2 padding=same activation=elu, 6 4x2/3 padding=2 norm=layer activation=tanh, 7 2x2/1 norm=batch, "
                    + "8 1x1 activation=none", [9, 10]).Body with
                { Input = InputRange.Signed, Activation = Activation.Leaky(0.2) },
                Head = new HeadSpec { Kind = HeadKind.Categorical, Noisy = true, Dueling = true, Hidden = 12 },
            },
            Odd),
        ["nothing but a head, bytes"] = (
            new AlgorithmSpec
            {
                Body = new BodySpec { Kind = BodyKind.Mlp, Widths = [] },
                Head = new HeadSpec { Dueling = true, Noisy = true, Hidden = 8 },
            },
            new NetworkInput(ObservationKind.UInt8, [2, 3, 4])),
        ["mlp of signed bytes, tanh"] = (
            new AlgorithmSpec
            {
                Body = new BodySpec { Kind = BodyKind.Mlp, Input = InputRange.Signed, Activation = ActivationKind.Tanh },
                Head = new HeadSpec { Kind = HeadKind.ImplicitQuantile, Hidden = 8 },
            },
            new NetworkInput(ObservationKind.UInt8, [2, 3, 4])),
        ["mlp"] = (new AlgorithmSpec { Body = new BodySpec { Kind = BodyKind.Mlp } }, Vector),
        ["mlp, layer norm"] = (new AlgorithmSpec { Body = new BodySpec { Kind = BodyKind.Mlp, Norm = NormKind.Layer } }, Vector),
        ["mlp of bytes"] = (
            new AlgorithmSpec { Body = new BodySpec { Kind = BodyKind.Mlp } }, new NetworkInput(ObservationKind.UInt8, [2, 3, 4])),
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void OutputsAndGradientsAreThoseOfLibtorchsOperations(string name)
    {
        var (spec, input) = Specs[name];
        using var pool = new KernelPool(2);
        var (expectedQ, expected) = Run(spec, input, pool: null);
        var (q, gradient) = Run(spec, input, pool);
        AssertClose(expectedQ, q, 1e-5);
        AssertClose(expected, gradient, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void TheNumberOfThreadsChangesNoByte(string name)
    {
        var (spec, input) = Specs[name];
        var one = Train(spec, input, threads: 1);
        foreach (var threads in (int[])[1, 2, 3, 8])
            Assert.Equal(one, Train(spec, input, threads));
    }

    [Theory]
    [InlineData("nature", 1, 1)]
    [InlineData("nature", 5, 1)]
    [InlineData("nature", 5, 3)]
    [InlineData("T3: asymmetric padding, ReLU at the end", 5, 3)]
    [InlineData("nature, signed and padded", 5, 3)]
    public void PassesWithoutAGradientGiveTheBytesOfPassesWithOne(string name, int images, int threads)
    {
        var (spec, input) = Specs[name];
        var network = new QNetwork(spec, input, actions: 3);
        using var parameters = new ParameterSet(network.Layout, CPU, trainable: true);
        parameters.Initialize(new RandomStream(3));
        using var pool = new KernelPool(threads);
        using var scope = NewDisposeScope();
        var batch = TestBatch.Random(input, images, 3, seed: 5);
        var observations = PinnedTensor.Over(batch.Batch.Observations, ScalarType.Byte, images, 4, 84, 84);
        var layers = network.Features(parameters, observations, new Pass(Training: true, null, pool, new Tape()));
        using var noGrad = no_grad();
        Assert.True(ConvolutionChain.Serves(new Pass(Training: false, null, pool), observations));
        var chain = network.Features(parameters, observations, new Pass(Training: false, null, pool));
        Assert.Equal(PinnedTensor.Span<float>(layers.detach()), PinnedTensor.Span<float>(chain));
    }

    private static AlgorithmSpec Composed(string convolutions, int[] widths) => new()
    {
        Body = new BodySpec
        {
            Kind = BodyKind.Composed,
            Convolutions = [.. convolutions.Split(',').Select(ConvolutionSpec.Parse)],
            Widths = widths,
        },
    };

    /// <summary>
    /// The output of a differentiated pass over 5 observations, and the flat gradient of the mean of its squares.
    /// </summary>
    private static (float[] Output, float[] Gradient) Run(AlgorithmSpec spec, NetworkInput input, KernelPool? pool)
    {
        var network = new QNetwork(spec, input, actions: 3);
        using var parameters = new ParameterSet(network.Layout, CPU, trainable: true);
        parameters.Initialize(new RandomStream(3));
        using var noise = new NoiseSample(network.Noise, CPU);
        noise.Resample(new RandomStream(4));
        using var sampler = new HostDraws(CPU);
        using var scope = NewDisposeScope();
        var batch = TestBatch.Random(input, 5, 3, seed: 5);
        var type = input.Kind == ObservationKind.UInt8 ? ScalarType.Byte : ScalarType.Float32;
        var observations = PinnedTensor.Over(batch.Batch.Observations, type, [5, .. input.Shape.Select(side => (long)side)]);
        var fractions = sampler.Sample(new RandomStream(6), 5, 4, HostDraws.Fractions);
        var tape = pool is null ? null : new Tape();
        var pass = new Pass(Training: true, noise, pool, tape);
        var output = network.Head(parameters, network.Features(parameters, observations, pass), fractions, pass);
        var loss = (output * output).mean();
        if (tape is null)
            loss.backward();
        else
            tape.Backward(loss, pool!);
        return (PinnedTensor.Span<float>(output.detach().contiguous()).ToArray(), PinnedTensor.Span<float>(parameters.Gradient!).ToArray());
    }

    private static float[] Train(AlgorithmSpec spec, NetworkInput input, int threads)
    {
        using var learner = new DqnLearner(
            spec with { Loss = spec.Loss with { MaxGradientNorm = 1 } }, input, 3, seed: 1, threads: threads);
        var batch = TestBatch.Random(input, 6, 3, seed: 2);
        for (var i = 0; i < 3; i++)
            learner.Update(batch.Batch);
        return [.. learner.ExportWeights().SelectMany(weight => weight.Values.ToArray())];
    }

    private static void AssertClose(float[] expected, float[] actual, double relative)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = expected.Max(Math.Abs);
        Assert.True(scale > 0);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= relative * scale,
                $"at {i}: {expected[i]} and {actual[i]}, the largest {scale}");
        }
    }
}
