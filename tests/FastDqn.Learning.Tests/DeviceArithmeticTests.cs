using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using static FastDqn.Learning.Tests.DeviceLearners;

namespace FastDqn.Learning.Tests;

/// <summary>
/// How learners work on a GPU, over tensors of the CPU and a stand-in for the library: layouts of images, numbers
/// of 16 bits, the optimizer's kernel. That CUDA does the same is for a card to show (doctor --gpu).
/// </summary>
public sealed class DeviceArithmeticTests
{
    public static TheoryData<string> Names => [.. TestSpecs.Names];

    public static TheoryData<BodySpec> ImageBodies =>
    [
        new BodySpec { Kind = BodyKind.GridWorld },
        new BodySpec { Kind = BodyKind.GridWorld, Norm = NormKind.Layer },
        new BodySpec { Kind = BodyKind.Impala, SpectralNorm = true, MaxPoolSide = 2, Hidden = 32 },
        new BodySpec
        {
            Kind = BodyKind.Composed,
            Convolutions = [ConvolutionSpec.Parse("4 5x4/3"), ConvolutionSpec.Parse("5 3x3/2 padding=2 norm=layer activation=elu")],
            Widths = [8],
            Padding = Padding.Same,
            Activation = ActivationKind.LeakyRelu,
            Input = InputRange.Signed,
        },
    ];

    public static TheoryData<BodySpec, bool> Layouts =>
        new([.. from body in ImageBodies.Select(row => row.Data) from last in (bool[])[false, true] select (body, last)]);

    /// <summary>Images and their parameters lie otherwise on a device, and in one way in states.</summary>
    [Theory]
    [MemberData(nameof(Layouts))]
    public void ImagesGiveTheSameAsOnTheCpuAndSoDoStates(BodySpec body, bool channelsLast)
    {
        var input = new NetworkInput(ObservationKind.UInt8, [2, 16, 16]);
        var spec = TestSpecs.Small("dqn") with { Body = body };
        var settings = new LearnerSettings { Graph = true, Calls = new FakeCuda(), ChannelsLast = channelsLast };
        using var here = new DqnLearner(spec, input, TestSpecs.Actions, seed: 1);
        using var there = new DqnLearner(spec, input, TestSpecs.Actions, seed: 1, settings: settings);
        Updates(here, there, 0);
        using var state = new MemoryStream();
        there.Save(new StateWriter(state));
        using var loaded = new DqnLearner(spec, input, TestSpecs.Actions, seed: 7);
        using var back = new DqnLearner(spec, input, TestSpecs.Actions, seed: 8, settings: settings);
        loaded.Load(new StateReader(new MemoryStream(state.ToArray())));
        Assert.Equal(there.ExportWeights().Select(w => w.Values.ToArray()), loaded.ExportWeights().Select(w => w.Values.ToArray()));
        using var again = new MemoryStream();
        loaded.Save(new StateWriter(again));
        Assert.Equal(state.ToArray(), again.ToArray());
        back.Load(new StateReader(new MemoryStream(again.ToArray())));
        Updates(loaded, back, 5);

        void Updates(DqnLearner first, DqnLearner second, int from)
        {
            for (var k = from; k < from + 5; k++)
            {
                var batch = TestBatch.Random(input, 4, TestSpecs.Actions, (ulong)k);
                Close(first.Update(batch.Batch), second.Update(batch.Batch));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void RoundedImagesGiveNearlyThoseOfFloats(BodySpec body, bool channelsLast)
    {
        var input = new NetworkInput(ObservationKind.UInt8, [2, 16, 16]);
        var spec = TestSpecs.Small("dqn") with { Body = body };
        var settings = new LearnerSettings { Precision = LearnerPrecision.Bf16, Calls = new FakeCuda(), ChannelsLast = channelsLast };
        using var floats = new DqnLearner(spec, input, TestSpecs.Actions, seed: 1);
        using var rounded = new DqnLearner(spec, input, TestSpecs.Actions, seed: 1, settings: settings);
        var batch = TestBatch.Random(input, 8, TestSpecs.Actions, 3);
        NearlySame(floats, rounded, batch);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RoundedLearnersGiveNearlyThoseOfFloats(string name)
    {
        using var floats = new DqnLearner(TestSpecs.Small(name), TestSpecs.Vector, TestSpecs.Actions, seed: 1);
        using var rounded = Rounded(name, new FakeCuda());
        NearlySame(floats, rounded, Batch(0));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RoundedGraphsGiveTheBytesOfEagerUpdatesWithAndWithoutALibrary(string name)
    {
        var eager = Train(Rounded(name, new FakeCuda(), graph: false));
        Assert.Equal(eager, Train(Rounded(name, new FakeCuda())));
        Assert.Equal(eager, Train(Rounded(name, cuda: null)));
    }

    /// <summary>What is learned is float32: steps smaller than bfloat16 can tell add up.</summary>
    [Fact]
    public void ARoundedLearnerKeepsFloatsAndGoesOnFromThem()
    {
        using var whole = Rounded("dqn", cuda: null);
        for (var k = 0; k < 5; k++)
            whole.Update(Batch(k).Batch);
        var weights = whole.ExportWeights().SelectMany(w => w.Values.ToArray()).ToList();
        Assert.True(weights.Count(w => (BitConverter.SingleToInt32Bits(w) & 0xffff) != 0) > weights.Count / 2);
        using var stream = new MemoryStream();
        whole.Save(new StateWriter(stream));
        using var resumed = Rounded("dqn", cuda: null);
        resumed.Load(new StateReader(new MemoryStream(stream.ToArray())));
        Assert.Equal(Q(whole, 4), Q(resumed, 4));
        for (var k = 5; k < 12; k++)
            Assert.Equal(whole.Update(Batch(k).Batch), resumed.Update(Batch(k).Batch));
    }

    [Theory]
    [InlineData("dqn")]
    [InlineData("double-dueling")]
    [InlineData("adamw")]
    public void AKernelTakesTheStepsOfAdamInOneLaunch(string name)
    {
        var (plain, kernel) = (new FakeCuda(), new PlainAdam());
        using var byOperations = Learner(name, plain);
        using var byKernel = new DqnLearner(
            TestSpecs.Small(name), TestSpecs.Vector, TestSpecs.Actions, seed: 1,
            settings: new LearnerSettings { Calls = new FakeCuda(), Adam = kernel });
        for (var k = 0; k < Updates; k++)
            Close(byOperations.Update(Batch(k).Batch), byKernel.Update(Batch(k).Batch));
        foreach (var (a, b) in byOperations.ExportWeights().Zip(byKernel.ExportWeights()))
            Close(a.Values.Span, b.Values.Span);
        // On the learner's stream, the first that was made.
        Assert.Equal(Enumerable.Repeat<nint>(101, Updates), kernel.Streams);
    }

    // Loss and Q-values of the same weights, to what eight significant bits allow; the same they would not be.
    private static void NearlySame(DqnLearner floats, DqnLearner rounded, TestBatch batch)
    {
        var (a, b) = (new float[batch.Size * TestSpecs.Actions], new float[batch.Size * TestSpecs.Actions]);
        floats.QValues(batch.Batch.Observations, batch.Size, a);
        rounded.QValues(batch.Batch.Observations, batch.Size, b);
        var scale = a.Max(Math.Abs);
        Assert.All(a.Zip(b), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 0.05 * scale, $"{pair.First} became {pair.Second}"));
        Assert.NotEqual(a, b);
        var (expected, found) = (floats.Update(batch.Batch), rounded.Update(batch.Batch));
        Assert.InRange(found.Loss, 0.9 * expected.Loss, 1.1 * expected.Loss);
        // A step of Adam is as long as its rate, whatever the gradient's size; most of them point the same way.
        var (first, second) = (Weights(floats), Weights(rounded));
        Assert.InRange(first.Zip(second).Average(pair => Math.Abs(pair.First - pair.Second)), 0, 1e-3);

        static float[] Weights(DqnLearner learner) => [.. learner.ExportWeights().SelectMany(w => w.Values.ToArray())];
    }

    /// <summary>Adam in plain floats on the host's memory; notes the streams.</summary>
    private sealed unsafe class PlainAdam : IAdamKernel
    {
        public List<nint> Streams { get; } = [];

        public void Queue(in AdamStep step, nint stream)
        {
            Streams.Add(stream);
            Span<float> values = At(step.Values, step.Count), mean = At(step.Mean, step.Count), square = At(step.Square, step.Count);
            Span<float> gradient = At(step.Gradient, step.Count), numbers = At(step.Numbers, 4);
            var beta2 = (float)step.Beta2;
            for (var i = 0; i < step.Count; i++)
            {
                if (step.Decoupled)
                    values[i] *= numbers[2];
                mean[i] += (gradient[i] - mean[i]) * numbers[3];
                square[i] = (square[i] * beta2) + (gradient[i] * gradient[i] * (1 - beta2));
                values[i] += mean[i] / (MathF.Sqrt(square[i]) + numbers[1]) * numbers[0];
            }
        }

        public void Dispose() { }

        private static Span<float> At(nint address, int count) => new((void*)address, count);
    }
}
