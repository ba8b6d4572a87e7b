using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Tests;

/// <summary>
/// Random shifts and intensities, against loops in double precision, and what a learner makes of them.
/// </summary>
public sealed class AugmentationTests
{
    private const int Actions = 3;
    private static readonly AugmentSpec Drq = new() { Shift = 4, Intensity = 0.05 };
    private static readonly NetworkInput Bytes = new(ObservationKind.UInt8, [2, 9, 12]);
    private static readonly NetworkInput Floats = new(ObservationKind.Float32, [2, 9, 12]);
    private static readonly NetworkInput Stacked = new(ObservationKind.UInt8, [2, 3, 9, 12]);

    public static TheoryData<string> Inputs => ["bytes", "floats", "stacked colours"];

    [Theory]
    [MemberData(nameof(Inputs))]
    public void ImagesAreThoseOfLoopsInDoublePrecision(string name)
    {
        var input = Input(name);
        const int count = 40;
        var batch = TestBatch.Random(input, count, Actions, 3);
        var drawn = new float[count * Augmentation.PerImage];
        using var augmentation = new Augmentation(Drq, input, CPU);
        augmentation.Draw(new RandomStream(5), drawn);
        var expected = Reference(batch.Observations, input, drawn);
        using var scope = NewDisposeScope();
        var type = input.Kind == ObservationKind.UInt8 ? ScalarType.Byte : ScalarType.Float32;
        var images = PinnedTensor.Over(batch.Batch.Observations, type, [count, .. input.Shape.Select(side => (long)side)]);
        var result = augmentation.Apply(images, tensor(drawn, [count, Augmentation.PerImage]));
        Assert.Equal(images.shape, result.shape);
        var actual = PinnedTensor.Span<float>(result);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-6 * Math.Max(1, Math.Abs(expected[i])));
    }

    [Fact]
    public void ShiftsAreUniformWithBothEndsAndFactorsAreClipped()
    {
        const int count = 9_000;
        var drawn = new float[count * Augmentation.PerImage];
        using var augmentation = new Augmentation(Drq, Bytes, CPU);
        augmentation.Draw(new RandomStream(1), drawn);
        foreach (var number in (int[])[0, 1])
        {
            var counts = Enumerable.Range(0, count).GroupBy(i => drawn[(i * Augmentation.PerImage) + number])
                .ToDictionary(group => group.Key, group => group.Count());
            Assert.Equal(Enumerable.Range(-4, 9).Select(pixels => (float)pixels), counts.Keys.Order());
            // 1,000 of each, give or take five deviations.
            Assert.All(counts.Values, times => Assert.InRange(times, 850, 1_150));
        }

        var factors = Enumerable.Range(0, count).Select(i => (double)drawn[(i * Augmentation.PerImage) + 2]).ToList();
        Assert.Equal((0.9, 1.1), (Math.Round(factors.Min(), 6), Math.Round(factors.Max(), 6)));
        // 4.6 % of a normal distribution lie beyond two deviations.
        Assert.InRange(factors.Count(f => Math.Abs(f - 1) > 0.0999999), 330, 490);
        Assert.InRange(factors.Average(), 0.998, 1.002);
    }

    [Fact]
    public void WhatIsOffIsNotDrawn()
    {
        var (still, same) = (new float[3], new float[3]);
        using var shifts = new Augmentation(new AugmentSpec { Shift = 4 }, Bytes, CPU);
        using var intensities = new Augmentation(new AugmentSpec { Intensity = 0.05 }, Bytes, CPU);
        shifts.Draw(new RandomStream(2), still);
        intensities.Draw(new RandomStream(2), same);
        Assert.Equal(1, still[2]);
        Assert.Equal([0, 0], same[..2]);
        Assert.NotEqual(1, same[2]);
        var random = new RandomStream(2);
        Assert.Equal([random.NextInt32(9) - 4, random.NextInt32(9) - 4], still[..2]);
    }

    /// <summary>
    /// Observations and next observations are changed, each by draws of its own from the learner's generator, and
    /// nothing else is.
    /// </summary>
    [Fact]
    public void AnUpdateIsThatOfAPlainLearnerOnChangedImages()
    {
        using var augmenting = new DqnLearner(Spec(Drq), Floats, Actions, seed: 4);
        using var plain = new DqnLearner(Spec(new AugmentSpec()), Floats, Actions, seed: 4);
        using var augmentation = new Augmentation(Drq, Floats, CPU);
        var random = new RandomStream(4, "learner");
        for (var k = 0; k < 4; k++)
        {
            var (mine, other) = (TestBatch.Random(Floats, 6, Actions, (ulong)k), TestBatch.Random(Floats, 6, Actions, (ulong)k));
            Change(other.Observations);
            Change(other.Next);
            var (a, b) = (augmenting.Update(mine.Batch), plain.Update(other.Batch));
            Assert.Equal(b.Loss, a.Loss, 1e-5);
            Assert.Equal(b.TargetMean, a.TargetMean, 1e-5);
        }

        foreach (var (a, b) in augmenting.ExportWeights().Zip(plain.ExportWeights()))
        {
            for (var i = 0; i < a.Values.Length; i++)
                Assert.Equal(b.Values.Span[i], a.Values.Span[i], 1e-5);
        }

        void Change(Span<byte> observations)
        {
            var drawn = new float[6 * Augmentation.PerImage];
            augmentation.Draw(random, drawn);
            var changed = Reference(observations, Floats, drawn).Select(value => (float)value).ToArray();
            TestBatch.Put(observations, ObservationKind.Float32, changed);
        }
    }

    [Fact]
    public void AnAugmentingLearnerContinuesBitForBitAndOnAnyNumberOfThreads()
    {
        using var whole = new DqnLearner(Spec(Drq), Bytes, Actions, seed: 1, threads: 1);
        Train(whole, 0, 5);
        var saved = Save(whole);
        using var resumed = new DqnLearner(Spec(Drq), Bytes, Actions, seed: 99, threads: 3);
        resumed.Load(new StateReader(new MemoryStream(saved)));
        Train(whole, 5, 10);
        Train(resumed, 5, 10);
        Assert.Equal(Save(whole), Save(resumed));
    }

    /// <summary>Recorded work reads draws that were made before it, and they are those of the CPU.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ADeviceChangesImagesAsTheCpuDoes(bool graph)
    {
        using var here = new DqnLearner(Spec(Drq), Bytes, Actions, seed: 1);
        using var there = new DqnLearner(
            Spec(Drq), Bytes, Actions, seed: 1, settings: new LearnerSettings { Graph = graph, Calls = new FakeCuda(late: true) });
        for (var k = 0; k < 8; k++)
        {
            var (a, b) = (TestBatch.Random(Bytes, 6, Actions, (ulong)k), TestBatch.Random(Bytes, 6, Actions, (ulong)k));
            var (mine, other) = (here.Update(a.Batch), there.Update(b.Batch));
            Assert.Equal(mine.Loss, other.Loss, 1e-4);
            Assert.Equal(mine.MeanQ, other.MeanQ, 1e-4);
        }
    }

    /// <summary>What is acted on is what is seen.</summary>
    [Fact]
    public void ActingIsNotAugmented()
    {
        using var augmenting = new DqnLearner(Spec(Drq), Bytes, Actions, seed: 4);
        using var plain = new DqnLearner(Spec(new AugmentSpec()), Bytes, Actions, seed: 4);
        var batch = TestBatch.Random(Bytes, 4, Actions, 1);
        var (q, other) = (new float[4 * Actions], new float[4 * Actions]);
        augmenting.QValues(batch.Batch.Observations, 4, q);
        plain.QValues(batch.Batch.Observations, 4, other);
        Assert.Equal(other, q);
    }

    private static NetworkInput Input(string name) => name switch
    {
        "bytes" => Bytes,
        "floats" => Floats,
        _ => Stacked,
    };

    private static AlgorithmSpec Spec(AugmentSpec augment) => new()
    {
        Body = new BodySpec { Kind = BodyKind.Composed, Convolutions = [new(4, 3, 3, 2)], Widths = [8] },
        Head = new HeadSpec { Dueling = true, Hidden = 8 },
        Target = new TargetSpec { Double = true, Period = 2 },
        Optimizer = new OptimizerSpec { LearningRate = 1e-3 },
        Augment = augment,
    };

    private static double[] Reference(ReadOnlySpan<byte> observations, NetworkInput input, float[] drawn)
    {
        var (height, width) = (input.Shape[^2], input.Shape[^1]);
        var planes = input.Elements / (height * width);
        double[] values = input.Kind == ObservationKind.UInt8
            ? [.. observations.ToArray().Select(value => (double)value)]
            : [.. MemoryMarshal.Cast<byte, float>(observations).ToArray().Select(value => (double)value)];
        var result = new double[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (image, rest) = Math.DivRem(i, input.Elements);
            var (plane, place) = Math.DivRem(rest, height * width);
            var (y, x) = Math.DivRem(place, width);
            // The border repeated, and a window of the image's size cut out of it.
            var from = image * Augmentation.PerImage;
            var row = Math.Min(height - 1, Math.Max(0, y + (int)drawn[from]));
            var column = Math.Min(width - 1, Math.Max(0, x + (int)drawn[from + 1]));
            result[i] = values[(((image * planes) + plane) * height * width) + (row * width) + column] * drawn[from + 2];
        }

        return result;
    }

    private static void Train(DqnLearner learner, int from, int to)
    {
        for (var k = from; k < to; k++)
            learner.Update(TestBatch.Random(Bytes, 6, Actions, (ulong)k).Batch);
    }

    private static byte[] Save(DqnLearner learner)
    {
        using var stream = new MemoryStream();
        learner.Save(new StateWriter(stream));
        return stream.ToArray();
    }
}
