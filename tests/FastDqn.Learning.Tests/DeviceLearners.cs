using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Tests;

/// <summary>Learners that work as on a GPU, what they are given, and how near their numbers are.</summary>
internal static class DeviceLearners
{
    /// <summary>Past the warm-ups and the recording.</summary>
    public const int Updates = 9;

    public static byte[] Train(string name, bool graph) => Train(Learner(name, new FakeCuda(), graph));

    public static byte[] Train(DqnLearner made)
    {
        using var learner = made;
        for (var k = 0; k < Updates; k++)
        {
            learner.Update(Batch(k).Batch);
            _ = Q(learner, 2 + (k % 2));
        }

        using var stream = new MemoryStream();
        learner.Save(new StateWriter(stream));
        return stream.ToArray();
    }

    public static DqnLearner Learner(string name, FakeCuda cuda, bool graph = true) => new(
        TestSpecs.Small(name), TestSpecs.Vector, TestSpecs.Actions, seed: 1, settings: new LearnerSettings { Graph = graph, Calls = cuda });

    public static DqnLearner Rounded(string name, FakeCuda? cuda, bool graph = true) => new(
        TestSpecs.Small(name), TestSpecs.Vector, TestSpecs.Actions, seed: 1,
        settings: new LearnerSettings { Graph = graph, Precision = LearnerPrecision.Bf16, Calls = cuda });

    public static TestBatch Batch(int k, int size = 8) => TestBatch.Random(TestSpecs.Vector, size, TestSpecs.Actions, (ulong)k);

    public static float[] Q(DqnLearner learner, int count)
    {
        var q = new float[count * TestSpecs.Actions];
        learner.QValues(Batch(100, count).Batch.Observations, count, q);
        return q;
    }

    public static PqnLearner Pqn(FakeCuda? cuda, bool graph)
    {
        var spec = TestSpecs.Small("dqn") with
        {
            Rollout = new RolloutSpec { Steps = 4, Epochs = 2, Minibatches = 4 },
            Replay = new ReplaySpec { Kind = ReplayKind.None },
            Environments = 6,
            Optimizer = new OptimizerSpec { Kind = OptimizerKind.RAdam, LearningRate = 1e-3, AnnealLearningRate = true },
            Loss = new LossSpec { Kind = LossKind.MeanSquared, MaxGradientNorm = 1 },
        };
        var settings = new LearnerSettings { Graph = graph, Calls = cuda };
        return new PqnLearner(spec, TestSpecs.Vector, TestSpecs.Actions, seed: 1, settings: settings);
    }

    public static RolloutBatch Rollout(int k, bool bad = false)
    {
        var batch = Batch(k, 24);
        var (terminated, values) = (TestBatch.Pinned<byte>(24), TestBatch.Pinned<float>(30));
        terminated[5] = terminated[11] = 1;
        if (bad)
        {
            // Its return alone is no number: the ends before it keep it from the others.
            terminated.AsSpan().Fill(1);
            batch.Returns[3] = float.NaN;
        }

        for (var i = 0; i < values.Length; i++)
            values[i] = 0.1f * i;
        return batch.Rollout(steps: 4, terminated, values);
    }

    public static void Close(UpdateStats expected, UpdateStats actual)
    {
        Close(
            [expected.Loss, expected.MeanQ, expected.GradientNorm, expected.TargetMean],
            [actual.Loss, actual.MeanQ, actual.GradientNorm, actual.TargetMean]);
        Assert.Equal(expected.Finite, actual.Finite);
    }

    public static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var (e, a) = (expected[i], actual[i]);
            var close = float.IsNaN(e) ? float.IsNaN(a) : Math.Abs(e - a) <= 2e-4 * Math.Max(1, Math.Abs(e));
            Assert.True(close, $"element {i}: {e} became {a}");
        }
    }
}
