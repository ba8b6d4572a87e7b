using FastDqn.Core;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Padding = FastDqn.Learning.Specs.Padding;

namespace FastDqn.Learning.Tests;

/// <summary>
/// Bodies put together from convolutions and widths: those of the tutorials with their parameters counted by hand, and
/// each part against the same in TorchSharp's own operations.
/// </summary>
public sealed class ComposedNetworkTests
{
    private static readonly NetworkInput Screen = new(ObservationKind.UInt8, [3, 84, 84]);
    private static readonly NetworkInput Stack = new(ObservationKind.UInt8, [4, 84, 84]);

    private static readonly Dictionary<string, (AlgorithmSpec Spec, NetworkInput Input, int Actions, long Parameters)> Tutorials = new()
    {
        // Keras prints 4,112 and 8,224 for the convolutions.
        ["T1"] = (
            Spec("16 8x8/4, 32 4x4/2", [256], body => body with { Init = InitKind.Glorot }), Stack, 4,
            4_112 + 8_224 + ((2_592 + 1) * 256) + (257 * 4)),
        ["T2"] = (
            Spec("", [16, 32, 8], body => body with { Init = Initialization.Normal(0.35) }), new(ObservationKind.Float32, [4]), 2,
            (5 * 16) + (17 * 32) + (33 * 8) + (9 * 2)),
        // 84 to 21 to 11.
        ["T3"] = (
            Spec("16 8x8/4, 32 4x4/2", [256], body => body with { Padding = Padding.Same, Input = InputRange.Raw }) with
            {
                Head = new HeadSpec { Activation = ActivationKind.Relu },
            },
            Stack, 6, 4_112 + 8_224 + (((32 * 11 * 11) + 1) * 256) + (257 * 6)),
        // 84 to 33 to 13 to 5: 1,600 features.
        ["T4"] = (
            Spec(
                "16 20x20/2, 32 9x9/2, 64 5x5/2", [],
                body => body with { Norm = NormKind.Batch, Activation = ActivationKind.LeakyRelu }),
            Screen, 2,
            (16 * ((3 * 400) + 1)) + (32 * ((16 * 81) + 1)) + (64 * ((32 * 25) + 1)) + (2 * (16 + 32 + 64)) + (1_601 * 2)),
        // 84 to 20 to 9 to 7 to 1.
        ["T6"] = (
            Spec("32 8x8/4, 64 4x4/2, 64 3x3/1, 512 7x7/1", [256]), Screen, 4,
            (32 * 193) + (64 * 513) + (64 * 577) + (512 * 3_137) + (513 * 256) + (257 * 4)),
        ["T6, dueling"] = (
            Spec("32 8x8/4, 64 4x4/2, 64 3x3/1, 512 7x7/1", [256]) with { Head = new HeadSpec { Dueling = true, Hidden = 256 } },
            Screen, 4,
            (32 * 193) + (64 * 513) + (64 * 577) + (512 * 3_137) + (2 * 513 * 256) + (257 * (4 + 1))),
        // 88x80 to 22x20 to 11x10 to 11x10.
        ["T7"] = (
            new AlgorithmSpec { Body = new BodySpec { Padding = Padding.Same, Init = InitKind.He, Input = InputRange.Signed } },
            new(ObservationKind.UInt8, [1, 88, 80]), 9,
            (32 * 65) + (64 * 513) + (64 * 577) + (((64 * 110) + 1) * 512) + (513 * 9)),
    };

    public static TheoryData<string> TutorialNames => [.. Tutorials.Keys];

    [Theory]
    [MemberData(nameof(TutorialNames))]
    public void TheTutorialsNetworksHaveTheParametersThatOneCounts(string name)
    {
        var (spec, input, actions, expected) = Tutorials[name];
        using var learner = new DqnLearner(spec, input, actions, seed: 1);
        Assert.Equal(expected, learner.ParameterCount);
        var batch = TestBatch.Random(input, 3, actions, seed: 2);
        Assert.True(learner.Update(batch.Batch, wantNorm: true) is { Finite: true });
        // The table counts the same.
        var network = new QNetwork(spec, input, actions);
        Assert.Equal(expected, network.Rows.Sum(row => row.Parameters));
    }

    [Theory]
    [InlineData(BodyKind.Dqn2013, "16 8x8/4, 32 4x4/2", 256)]
    [InlineData(BodyKind.Nature, "32 8x8/4, 64 4x4/2, 64 3x3/1", 512)]
    [InlineData(BodyKind.GridWorld, "16 3x3/1", 128)]
    [InlineData(BodyKind.Conv5x5, "16 5x5/2, 32 5x5/2, 32 5x5/2", 0)]
    public void ANamedBodyIsTheCompositionThatOneCanWrite(BodyKind kind, string convolutions, int width)
    {
        using var named = new DqnLearner(new AlgorithmSpec { Body = new BodySpec { Kind = kind } }, Screen, 3, seed: 7);
        using var written = new DqnLearner(Spec(convolutions, width == 0 ? [] : [width]), Screen, 3, seed: 7);
        foreach (var (a, b) in named.ExportWeights().Zip(written.ExportWeights()))
        {
            Assert.Equal(a.Name, b.Name);
            Assert.Equal(a.Values.ToArray(), b.Values.ToArray());
        }

        Assert.Equal(named.ExportWeights().Count, written.ExportWeights().Count);
    }

    [Fact]
    public void ModulesAreNumberedAsInASequential()
    {
        var spec = Spec("4 3x3/2 norm=batch activation=tanh, 5 3x3/2 activation=none", [6, 7]);
        using var learner = new DqnLearner(spec, new(ObservationKind.UInt8, [1, 9, 9]), 2, seed: 1);
        // conv, batch norm, tanh; conv; flatten; linear, relu; linear, relu; linear.
        Assert.Equal(
            ["network.0", "network.1", "network.3", "network.5", "network.7", "network.9"],
            learner.ExportWeights().Select(w => w.Name[..w.Name.LastIndexOf('.')]).Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>By our kernels and by libtorch, output and gradient are those of the operations written out.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheNetworkIsTheOneWrittenOutInTorchsOperations(bool kernels)
    {
        var spec = Spec(
            "5 4x3/3 padding=same activation=elu, 6 4x4/2 padding=same, 7 3x3/2 padding=1 activation=leaky_relu(0.2)", [8],
            body => body with { Activation = ActivationKind.Tanh, Input = InputRange.Signed }) with
        {
            Head = new HeadSpec { Activation = ActivationKind.LeakyRelu },
        };
        var input = new NetworkInput(ObservationKind.UInt8, [2, 20, 17]);
        var (output, gradient, parameters) = Run(spec, input, kernels);
        using var _ = parameters;
        using var scope = NewDisposeScope();
        var p = parameters.Layout.Parameters.Select((slot, i) => (slot.Name, Values: parameters[i].detach().clone().requires_grad_(true)))
            .ToDictionary(pair => pair.Name, pair => pair.Values);
        // 20x17 by 4x3/3 to 7x6: rows 20 + 2 (1 above, 1 below), columns 17 + 1 (none, 1).
        var x = (Bytes(input).to(ScalarType.Float32) - 128) / 128;
        x = functional.elu(functional.conv2d(functional.pad(x, [0, 1, 1, 1]), p["network.0.weight"], p["network.0.bias"], [3, 3]), 1);
        // 7x6 by 4x4/2 to 4x3: rows 7 + 3 (1, 2), columns 6 + 2 (1, 1).
        x = functional.conv2d(functional.pad(x, [1, 1, 1, 2]), p["network.2.weight"], p["network.2.bias"], [2, 2]).tanh();
        x = functional.conv2d(x, p["network.4.weight"], p["network.4.bias"], [2, 2], [1, 1]);
        x = functional.leaky_relu(x, 0.2).flatten(1);
        x = functional.linear(x, p["network.7.weight"], p["network.7.bias"]).tanh();
        x = functional.leaky_relu(functional.linear(x, p["network.9.weight"], p["network.9.bias"]), 0.01);
        (x * x).mean().backward();
        AssertClose(x, output);
        foreach (var (slot, i) in parameters.Layout.Parameters.Select((slot, i) => (slot, i)))
            AssertClose(p[slot.Name].grad!, gradient[i]);
    }

    [Theory]
    [InlineData(InputRange.Unit, true)]
    [InlineData(InputRange.Raw, true)]
    [InlineData(InputRange.Signed, true)]
    [InlineData(InputRange.Unit, false)]
    [InlineData(InputRange.Raw, false)]
    [InlineData(InputRange.Signed, false)]
    public void BytesAreSeenInTheRangeThatIsAskedForAlsoBesideZeros(InputRange range, bool kernels)
    {
        var spec = Spec("3 5x5/2 padding=2", [], body => body with { Input = range });
        var input = new NetworkInput(ObservationKind.UInt8, [2, 11, 13]);
        var (output, gradient, parameters) = Run(spec, input, kernels);
        using var _ = parameters;
        using var scope = NewDisposeScope();
        var weight = parameters[0].detach().clone().requires_grad_(true);
        var bytes = Bytes(input).to(ScalarType.Float32);
        var seen = range switch
        {
            InputRange.Unit => bytes / 255,
            InputRange.Signed => (bytes - 128) / 128,
            _ => bytes,
        };
        var x = functional.relu(functional.conv2d(seen, weight, parameters[1].detach(), [2, 2], [2, 2])).flatten(1);
        x = functional.linear(x, parameters[2].detach(), parameters[3].detach());
        (x * x).mean().backward();
        AssertClose(x, output);
        AssertClose(weight.grad!, gradient[0]);
    }

    [Theory]
    [InlineData(84, 8, 4, 2, 2)]
    [InlineData(21, 4, 2, 1, 2)]
    [InlineData(88, 8, 4, 2, 2)]
    [InlineData(7, 4, 2, 1, 2)]
    [InlineData(10, 3, 1, 1, 1)]
    [InlineData(10, 4, 1, 1, 2)]
    [InlineData(9, 1, 3, 0, 0)]
    public void SamePadsAsTensorFlow(int size, int kernel, int stride, int before, int after)
    {
        Assert.Equal((before, after), Padding.Same.Along(size, kernel, stride));
        Assert.Equal((size + stride - 1) / stride, ((size + before + after - kernel) / stride) + 1);
    }

    [Theory]
    [InlineData("32 8x8/4", "32 8x8/4")]
    [InlineData(" 32  8/4 ", "32 8x8/4")]
    [InlineData("7 3x5", "7 3x5/1")]
    [InlineData("7 3x5/2 activation=Leaky-ReLU padding=SAME norm=batch", "7 3x5/2 padding=same norm=batch activation=leaky_relu(0.01)")]
    [InlineData("7 3/2 padding=0 activation=none norm=none", "7 3x3/2 padding=valid norm=none activation=none")]
    [InlineData("7 3/2 padding=2 activation=leaky_relu(0.25)", "7 3x3/2 padding=2 activation=leaky_relu(0.25)")]
    public void AConvolutionIsReadAsItIsWritten(string text, string written)
    {
        Assert.Equal(written, ConvolutionSpec.Parse(text).ToString());
        Assert.Equal(ConvolutionSpec.Parse(text), ConvolutionSpec.Parse(written));
    }

    [Theory]
    [InlineData("32")]
    [InlineData("32 8x8x8")]
    [InlineData("32 8x8/4/2")]
    [InlineData("0 8x8/4")]
    [InlineData("32 8x8/0")]
    [InlineData("-1 8x8/4")]
    [InlineData("32 9999/4")]
    [InlineData("32 8x8/4 same")]
    [InlineData("32 8x8/4 padding=some")]
    [InlineData("32 8x8/4 norm=instance")]
    [InlineData("32 8x8/4 activation=leaky_relu(x)")]
    [InlineData("32 8x8/4 activation=relu(0.1)")]
    public void WhatIsNoConvolutionIsRefused(string text) =>
        Assert.Contains("has '", Assert.Throws<FormatException>(() => ConvolutionSpec.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void AConvolutionThatDoesNotFitIsNamed()
    {
        var spec = Spec("4 8x8/4, 4 30x3/1", []);
        var error = Assert.Throws<FastDqnException>(() => new QNetwork(spec, Stack, 2));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.EndsWith("a 30x3 convolution sees 20x20", error.Message, StringComparison.Ordinal);
        var large = Spec("65536 1x1/1 padding=255", []);
        Assert.Contains("too many", Assert.Throws<FastDqnException>(() => new QNetwork(large, Stack, 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GlorotWeightsAreUniformWithinKerasBound()
    {
        var values = new float[16 * 256];
        Initializers.Weight(InitKind.Glorot, 1)(values, [16, 4, 8, 8], new RandomStream(1));
        // Fan in 4 x 64, fan out 16 x 64.
        var bound = Math.Sqrt(6.0 / (256 + 1024));
        Assert.All(values, v => Assert.InRange(v, -bound, bound));
        Assert.Equal(bound / Math.Sqrt(3), Deviation(values), 2e-3);
        Assert.True(values.Max() > 0.99 * bound);
    }

    [Fact]
    public void NormalWeightsHaveTheDeviationThatIsGivenAndNoBias()
    {
        var values = new float[16 * 256];
        Initializers.Weight(Initialization.Normal(0.35), 1)(values, [16, 256], new RandomStream(1));
        Assert.Equal(0.35, Deviation(values), 0.01);
        Assert.True(values.Max() > 1);
        using var learner = new DqnLearner(Tutorials["T2"].Spec, Tutorials["T2"].Input, 2, seed: 1);
        Assert.All(
            learner.ExportWeights().Where(w => w.Name.EndsWith(".bias", StringComparison.Ordinal)),
            bias => Assert.All(bias.Values.ToArray(), value => Assert.Equal(0, value)));
    }

    private static double Deviation(float[] values) => Math.Sqrt(values.Average(v => (double)v * v));

    private static AlgorithmSpec Spec(string convolutions, int[] widths, Func<BodySpec, BodySpec>? change = null)
    {
        var body = new BodySpec
        {
            Kind = BodyKind.Composed,
            Convolutions = [.. convolutions.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(ConvolutionSpec.Parse)],
            Widths = widths,
        };
        return new AlgorithmSpec { Body = change is null ? body : change(body) };
    }

    private static Tensor Bytes(NetworkInput input) => PinnedTensor.Over(
        TestBatch.Random(input, 4, 2, seed: 5).Batch.Observations, ScalarType.Byte, [4, .. input.Shape.Select(side => (long)side)]).clone();

    /// <summary>A pass over 4 observations: the output, and the gradient of the mean of its squares.</summary>
    private static (Tensor Output, Tensor[] Gradient, ParameterSet Parameters) Run(AlgorithmSpec spec, NetworkInput input, bool kernels)
    {
        using var pool = kernels ? new KernelPool(2) : null;
        var network = new QNetwork(spec, input, actions: 2);
        var parameters = new ParameterSet(network.Layout, CPU, trainable: true);
        parameters.Initialize(new RandomStream(3));
        using var noise = new NoiseSample(network.Noise, CPU);
        var tape = kernels ? new Tape() : null;
        var pass = new Pass(Training: true, noise, pool, tape);
        var output = network.Head(parameters, network.Features(parameters, Bytes(input), pass), null, pass);
        var loss = (output * output).mean();
        if (tape is null)
            loss.backward();
        else
            tape.Backward(loss, pool!);
        return (output.detach(), [.. parameters.Layout.Parameters.Select((_, i) => parameters[i].grad!)], parameters);
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        var scale = expected.abs().max().item<float>();
        Assert.True(scale > 0);
        var far = (expected - actual).abs().max().item<float>();
        Assert.True(far <= 1e-5 * scale, $"{far} apart, the largest is {scale}");
    }
}
