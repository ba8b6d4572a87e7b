using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Weights;
using TorchSharp;
using static TorchSharp.torch;
using Padding = FastDqn.Learning.Specs.Padding;

namespace FastDqn.Learning.Tests;

public sealed class NetworkTests
{
    private static readonly NetworkInput Pixels = new(ObservationKind.UInt8, [4, 84, 84]);

    public static TheoryData<string> PresetNames => [.. AlgorithmPresets.Names];

    [Theory]
    [MemberData(nameof(PresetNames))]
    public void EveryPresetActsAndLearns(string name)
    {
        var spec = AlgorithmPresets.Get(name);
        if (spec.Rollout is not null)
            spec = spec with { Rollout = new RolloutSpec { Steps = 1, Epochs = 1, Minibatches = 1 } };
        using var learner = QLearner.Create(spec, Pixels, 4, seed: 1);
        var batch = TestBatch.Random(Pixels, 3, 4, seed: 2, spec.SelfPrediction.Steps);
        var (actions, values) = (new int[3], new float[3]);
        learner.Act(batch.Batch.Observations, 3, actions, values, learner.CreateState(3));
        Assert.All(actions, a => Assert.InRange(a, 0, 3));
        Assert.All(values, v => Assert.True(float.IsFinite(v)));
        if (learner is DqnLearner dqn)
        {
            var shape = spec.Body.Lstm == 0 ? null : new SequenceShape(2, 3, spec.Target.Steps, 2 * spec.Body.Lstm);
            var minibatch = shape is null ? batch.Batch : TestBatch.Sequences(Pixels, 2, 4, shape, seed: 2);
            var stats = dqn.Update(minibatch, wantNorm: true);
            Assert.True(stats.Finite);
            Assert.True(stats.GradientNorm > 0);
            Assert.All(minibatch.ErrorSpan.ToArray(), p => Assert.True(p > 0 && float.IsFinite(p)));
        }
    }

    [Theory]
    [InlineData("dqn-nature", 1_686_180)]
    [InlineData("dqn-2013", 677_172)]
    [InlineData("c51", 1_684_128 + (513 * 4 * 50) + (4 * 513))]
    public void ParameterCountsAreTheKnownOnes(string name, long expected)
    {
        using var learner = QLearner.Create(AlgorithmPresets.Get(name), Pixels, 4, seed: 1);
        // Nature with 4 actions: 1,686,180 (8,224 + 32,832 + 36,928 + 1,606,144 + 2,052).
        Assert.Equal(expected, learner.ParameterCount);
    }

    /// <summary>Ties are many: they are of small whole numbers.</summary>
    [Theory]
    [InlineData(11, 6)]
    [InlineData(7, 3)]
    [InlineData(5, 5)]
    [InlineData(6, 2)]
    [InlineData(4, 6)]
    public void AdaptivePoolingByPartsIsLibtorchs(int size, int side)
    {
        using var scope = torch.NewDisposeScope();
        var random = new RandomStream(3);
        var values = Enumerable.Range(0, 2 * 3 * size * size).Select(_ => (float)random.NextInt32(4)).ToArray();
        var (first, second) = (Input(), Input());
        var expected = torch.nn.functional.adaptive_max_pool2d(first, [side, side]);
        var found = AdaptiveMaxPoolLayer.ByParts(second, side);
        Assert.Equal(expected.data<float>().ToArray(), found.data<float>().ToArray());
        var weights = torch.arange(expected.NumberOfElements, torch.ScalarType.Float32).view(expected.shape);
        (expected * weights).sum().backward();
        (found * weights).sum().backward();
        Assert.Equal(first.grad!.data<float>().ToArray(), second.grad!.data<float>().ToArray());

        torch.Tensor Input() => torch.tensor(values).view(2, 3, size, size).requires_grad_(true);
    }

    [Fact]
    public void NamesAreCleanRls()
    {
        using var nature = QLearner.Create(AlgorithmPresets.Get("dqn-nature"), Pixels, 4, seed: 1);
        Assert.Equal(
            [
                "network.0.weight", "network.0.bias", "network.2.weight", "network.2.bias", "network.4.weight", "network.4.bias",
                "network.7.weight", "network.7.bias", "network.9.weight", "network.9.bias",
            ],
            nature.ExportWeights().Select(w => w.Name));
        using var pqn = QLearner.Create(AlgorithmPresets.Get("pqn"), Pixels, 4, seed: 1);
        Assert.Equal([32, 20, 20], pqn.ExportWeights().Single(w => w.Name == "network.1.weight").Shape);
        Assert.Contains("network.13.weight", pqn.ExportWeights().Select(w => w.Name));
        using var rainbow = QLearner.Create(AlgorithmPresets.Get("rainbow"), Pixels, 4, seed: 1);
        Assert.Contains("advantage_head.2.weight_sigma", rainbow.ExportWeights().Select(w => w.Name));
    }

    [Fact]
    public void StableBaselinesNamesMapBothWays()
    {
        using var nature = QLearner.Create(AlgorithmPresets.Get("dqn-nature"), Pixels, 4, seed: 1);
        var exported = nature.ExportWeights(WeightNaming.StableBaselines3);
        Assert.Equal(
            [
                "q_net.features_extractor.cnn.0.weight", "q_net.features_extractor.cnn.2.weight", "q_net.features_extractor.cnn.4.weight",
                "q_net.features_extractor.linear.0.weight", "q_net.q_net.0.weight",
            ],
            exported.Select(w => w.Name).Where(name => name.EndsWith("weight", StringComparison.Ordinal)));
        using var other = QLearner.Create(AlgorithmPresets.Get("dqn-nature"), Pixels, 4, seed: 2);
        // SB3's files carry the target network as well.
        other.ImportWeights(
            [.. exported, .. exported.Select(w => w with { Name = w.Name.Replace("q_net.", "q_net_target.", StringComparison.Ordinal) })]);
        AssertSameWeights(nature, other);

        using var mlp = QLearner.Create(TestSpecs.Small("dqn"), TestSpecs.Vector, 3, seed: 1);
        Assert.Equal(
            ["q_net.q_net.0.weight", "q_net.q_net.0.bias", "q_net.q_net.2.weight", "q_net.q_net.2.bias"],
            mlp.ExportWeights(WeightNaming.StableBaselines3).Select(w => w.Name));
        using var dueling = QLearner.Create(TestSpecs.Small("double-dueling"), TestSpecs.Vector, 3, seed: 1);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => dueling.ExportWeights(WeightNaming.StableBaselines3)).Kind);
    }

    /// <summary>Weights alone do not tell these from Stable-Baselines3's network, which computes otherwise.</summary>
    [Fact]
    public void NetworksThatComputeOtherwiseHaveNoStableBaselinesNames()
    {
        BodySpec[] others =
        [
            new() { Activation = ActivationKind.Tanh }, new() { Padding = Padding.Of(1) }, new() { Input = InputRange.Raw },
            new() { Kind = BodyKind.Composed, Convolutions = [.. Enumerable.Repeat(ConvolutionSpec.Parse("4 3x3/2"), 3)], Widths = [8] },
        ];
        foreach (var body in others)
        {
            using var learner = QLearner.Create(new AlgorithmSpec { Body = body }, Pixels, 4, seed: 1);
            Assert.Throws<FastDqnException>(() => learner.ExportWeights(WeightNaming.StableBaselines3));
        }
    }

    [Fact]
    public void WeightsOfAnotherNetworkAreRefusedAndNothingIsReplaced()
    {
        using var learner = QLearner.Create(TestSpecs.Small("dqn"), TestSpecs.Vector, 3, seed: 1);
        using var same = QLearner.Create(TestSpecs.Small("dqn"), TestSpecs.Vector, 3, seed: 1);
        var weights = learner.ExportWeights().ToList();
        weights[^1] = weights[^1] with { Shape = [4], Values = new float[4] };
        Assert.Contains(
            "has shape 4, this network needs 3",
            Assert.Throws<FastDqnException>(() => learner.ImportWeights(weights)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "lack 'network.2.bias'",
            Assert.Throws<FastDqnException>(() => learner.ImportWeights(weights[..^1])).Message,
            StringComparison.Ordinal);
        AssertSameWeights(same, learner);
    }

    [Fact]
    public void TheGridWorldTutorialsNetworkHasNoBiases()
    {
        var spec = new AlgorithmSpec { Body = new BodySpec { Bias = false }, Head = new HeadSpec { Dueling = true, Hidden = 256 } };
        using var learner = QLearner.Create(spec, new NetworkInput(ObservationKind.UInt8, [3, 84, 84]), 4, seed: 1);
        Assert.All(learner.ExportWeights(), weight => Assert.EndsWith(".weight", weight.Name, StringComparison.Ordinal));
        // 32 8x8 of 3 planes, 64 4x4, 64 3x3, 512 7x7, and the two halves' last layers of 1 and 4.
        Assert.Equal((32 * 3 * 64) + (64 * 32 * 16) + (64 * 64 * 9) + (512 * 64 * 49) + (256 * 5), learner.ParameterCount);
        // Without biases an empty picture has no value.
        var q = new float[4];
        learner.QValues(TestBatch.Address(TestBatch.Pinned<byte>(3 * 84 * 84)), 1, q);
        Assert.All(q, value => Assert.Equal(0, value));
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => learner.ExportWeights(WeightNaming.StableBaselines3)).Kind);
    }

    [Theory]
    [InlineData("dqn", true)]
    [InlineData("dqn", false)]
    [InlineData("double-dueling", true)]
    [InlineData("double-dueling", false)]
    [InlineData("c51", true)]
    [InlineData("c51", false)]
    [InlineData("qr-dqn", true)]
    [InlineData("qr-dqn", false)]
    [InlineData("iqn", true)]
    [InlineData("iqn", false)]
    [InlineData("rainbow", true)]
    [InlineData("rainbow", false)]
    [InlineData("no-bias", true)]
    [InlineData("no-bias", false)]
    public void TheNetworksGradientAgreesWithFiniteDifferences(string name, bool kernels)
    {
        using var pool = kernels ? new KernelPool(2) : null;
        var tape = new Tape();
        var network = new QNetwork(TestSpecs.Small(name), TestSpecs.Vector, TestSpecs.Actions);
        using var parameters = new ParameterSet(network.Layout, CPU, trainable: true);
        parameters.Initialize(new RandomStream(3));
        using var noise = new NoiseSample(network.Noise, CPU);
        noise.Resample(new RandomStream(4));
        using var scope = NewDisposeScope();
        var batch = TestBatch.Random(TestSpecs.Vector, 8, TestSpecs.Actions, 5);
        var input = PinnedTensor.Over(batch.Batch.Observations, ScalarType.Float32, 8, 5);
        using var sampler = new HostDraws(CPU);
        var fractions = sampler.Sample(new RandomStream(6), 8, 4, HostDraws.Fractions);

        Tensor Loss()
        {
            var pass = new Pass(Training: true, noise, pool, kernels && is_grad_enabled() ? tape : null);
            var output = network.Head(parameters, network.Features(parameters, input, pass), fractions, pass);
            return (output * output).sum();
        }

        if (kernels)
            tape.Backward(Loss(), pool!);
        else
            Loss().backward();
        using var noGrad = no_grad();
        // Along the gradient itself the slope is its squared norm.
        var direction = parameters.Gradient!.clone();
        var slope = direction.pow(2).sum().item<float>();
        var step = 1e-3f / MathF.Sqrt(slope);
        parameters.Values.add_(direction, alpha: step);
        var up = Loss().item<float>();
        parameters.Values.add_(direction, alpha: -2 * step);
        var down = Loss().item<float>();
        Assert.Equal(1, (up - down) / (2 * step) / slope, 0.01);
    }

    [Theory]
    [InlineData(BodyKind.Impala, true)]
    [InlineData(BodyKind.Conv5x5, false)]
    [InlineData(BodyKind.GridWorld, false)]
    public void OtherBodiesLearnToFitABatch(BodyKind body, bool spectral)
    {
        var input = new NetworkInput(ObservationKind.UInt8, [3, 40, 44]);
        var spec = new AlgorithmSpec
        {
            Body = new BodySpec
            {
                Kind = body,
                Norm = body == BodyKind.Conv5x5 ? NormKind.Batch : NormKind.None,
                SpectralNorm = spectral,
                MaxPoolSide = spectral ? 4 : 0,
                Hidden = 64,
            },
            Optimizer = new OptimizerSpec { LearningRate = 1e-3 },
            Loss = new LossSpec { MaxGradientNorm = 10 },
        };
        using var learner = new DqnLearner(spec, input, 3, seed: 1);
        var batch = TestBatch.Random(input, 8, 3, seed: 2);
        batch.Discounts.Clear();
        var first = learner.Update(batch.Batch).Loss;
        var last = 0f;
        for (var i = 0; i < 60; i++)
            last = learner.Update(batch.Batch).Loss;
        Assert.True(last < 0.3f * first, $"the loss went from {first} to {last}");
    }

    [Fact]
    public void SpectralNormBringsTheLargestSingularValueToOne()
    {
        var (network, parameters) = Spectral();
        using var owned = parameters;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var observations = zeros([1, 1, 16, 16], ScalarType.Byte);
        for (var i = 0; i < 200; i++)
            network.Features(parameters, observations, new Pass(Training: true, null, null));
        var (matrix, u, v) = Normalized(network, parameters, "network.0.res_block0.conv0.weight");
        // At the fixed point u and v are singular vectors: M v = sigma u and M^T u = sigma v.
        var sigma = u.dot(matrix.mv(v)).item<float>();
        Assert.True((matrix.mv(v) - (u * sigma)).norm().item<float>() < 1e-3 * sigma);
        Assert.True((matrix.t().mv(u) - (v * sigma)).norm().item<float>() < 1e-3 * sigma);
    }

    /// <summary>The target network never iterates: what it begins with has to be near already.</summary>
    [Fact]
    public void SpectralNormIsNearFromTheBeginning()
    {
        var (network, parameters) = Spectral();
        using var owned = parameters;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        const string left = "_u";
        var names = network.Layout.Buffers.Select(b => b.Name).Where(n => n.EndsWith("weight" + left, StringComparison.Ordinal)).ToList();
        Assert.Equal(12, names.Count);
        Assert.All(names, name =>
        {
            var (matrix, u, v) = Normalized(network, parameters, name[..^left.Length]);
            Assert.InRange(u.dot(matrix.mv(v)).item<float>() / linalg.norm(matrix, 2).item<float>(), 0.9f, 1.0001f);
        });
    }

    [Fact]
    public void OrthogonalWeightsAreOrthogonal()
    {
        foreach (var (rows, columns) in new[] { (8, 20), (20, 8) })
        {
            var values = new float[rows * columns];
            Initializers.Weight(InitKind.Orthogonal, Math.Sqrt(2))(values, [rows, columns], new RandomStream(1));
            using var scope = NewDisposeScope();
            var matrix = tensor(values, [rows, columns]);
            var gram = rows < columns ? matrix.matmul(matrix.t()) : matrix.t().matmul(matrix);
            Assert.True((gram - (eye(8) * 2)).abs().max().item<float>() < 1e-5);
        }
    }

    [Fact]
    public void DefaultWeightsAreUniformWithinPyTorchsBound()
    {
        var values = new float[64 * 256];
        Initializers.Weight(InitKind.TorchDefault, 1)(values, [64, 4, 8, 8], new RandomStream(1));
        Assert.All(values, v => Assert.InRange(v, -1 / 16f, 1 / 16f));
        Assert.Equal(1 / 16.0 / Math.Sqrt(3), Math.Sqrt(values.Average(v => (double)v * v)), 1e-3);
        Assert.Equal(0, values.Average(), 1e-3);
    }

    [Fact]
    public void ObservationsThatDoNotFitABodyAreRefused()
    {
        var error = Assert.Throws<FastDqnException>(() => QLearner.Create(AlgorithmPresets.Get("dqn-nature"), TestSpecs.Vector, 2, 1));
        Assert.Contains("use body.kind mlp", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<FastDqnException>(
            () => QLearner.Create(AlgorithmPresets.Get("dqn-nature"), new NetworkInput(ObservationKind.UInt8, [1, 20, 20]), 2, 1));
        Assert.Contains("does not fit observations of 1x20x20 uint8", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            ErrorKind.Usage,
            Assert.Throws<FastDqnException>(() => QLearner.Create(AlgorithmPresets.Get("dqn-nature"), Pixels, 2, 1, "gpu")).Kind);
        Assert.Contains("dqn-nature", Assert.Throws<FastDqnException>(() => AlgorithmPresets.Get("dqn")).Message, StringComparison.Ordinal);
    }

    private static void AssertSameWeights(QLearner expected, QLearner actual)
    {
        foreach (var (a, b) in expected.ExportWeights().Zip(actual.ExportWeights()))
        {
            Assert.Equal(a.Name, b.Name);
            Assert.Equal(a.Values.ToArray(), b.Values.ToArray());
        }
    }

    private static (QNetwork Network, ParameterSet Drawn) Spectral()
    {
        var spec = new AlgorithmSpec { Body = new BodySpec { Kind = BodyKind.Impala, SpectralNorm = true } };
        var network = new QNetwork(spec, new NetworkInput(ObservationKind.UInt8, [1, 16, 16]), 2);
        var parameters = new ParameterSet(network.Layout, CPU, trainable: false);
        parameters.Initialize(new RandomStream(1));
        return (network, parameters);
    }

    /// <summary>A weight as a matrix, and its vectors of the power iteration.</summary>
    private static (Tensor Matrix, Tensor Left, Tensor Right) Normalized(QNetwork network, ParameterSet parameters, string weight)
    {
        var (slots, buffers) = (network.Layout.Parameters.ToList(), network.Layout.Buffers.ToList());
        return (
            parameters[slots.FindIndex(p => p.Name == weight)].flatten(1),
            parameters.Buffer(buffers.FindIndex(b => b.Name == weight + "_u")),
            parameters.Buffer(buffers.FindIndex(b => b.Name == weight + "_v")));
    }
}
