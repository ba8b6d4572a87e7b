using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Weights;
using FastDqn.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Tests;

/// <summary>Networks with an LSTM: their numbers against PyTorch's, and what they carry from step to step.</summary>
public sealed class RecurrentTests : IDisposable
{
    private const int Actions = 6;
    private const int Hidden = 10;
    private static readonly NetworkInput Vector = new(ObservationKind.Float32, [5]);
    private static readonly NetworkInput Pixels = new(ObservationKind.UInt8, [4, 84, 84]);
    private readonly TempFolder _folder = new();

    private static AlgorithmSpec Spec { get; } = AlgorithmPresets.Get("r2d2") with
    {
        Body = new BodySpec { Kind = BodyKind.Mlp, Widths = [16], Lstm = Hidden },
        Head = new HeadSpec { Dueling = true, Hidden = 12 },
        Target = new TargetSpec { Double = true, Rescale = true, Gamma = 0.997, Steps = 2, Period = 4 },
        Loss = new LossSpec { Kind = LossKind.MeanSquared, MaxGradientNorm = 2 },
        Optimizer = new OptimizerSpec { LearningRate = 1e-3, Epsilon = 1e-3 },
    };

    private static SequenceShape Shape { get; } = new(BurnIn: 3, Length: 5, Beyond: 2, StateSize: 2 * Hidden);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TenUpdatesAgreeWithPyTorch()
    {
        PythonReference.Require();
        PythonReference.Run("reference.py", "r2d2", _folder.Path);
        var (batches, expected) = (Load("batches"), Load("expected"));
        using var learner = new DqnLearner(Spec, Vector, Actions, seed: 11);
        learner.ImportWeights(Safetensors.Read(_folder.File("initial.safetensors")));
        using var batch = new Minibatch(8, Vector.Bytes, prioritized: true, Shape);
        for (var k = 0; k < 10; k++)
        {
            TestBatch.Put(batch.ObservationSpan, Vector.Kind, batches[$"obs.{k}"]);
            Whole(batches[$"last_actions.{k}"], batch.LastActionSpan);
            Whole(batches[$"actions.{k}"], batch.ActionSpan);
            Whole(batches[$"bootstraps.{k}"], batch.BootstrapSpan);
            batches[$"last_rewards.{k}"].CopyTo(batch.LastRewardSpan);
            batches[$"starts.{k}"].CopyTo(batch.StartSpan);
            batches[$"states.{k}"].CopyTo(batch.StateSpan);
            batches[$"returns.{k}"].CopyTo(batch.ReturnSpan);
            batches[$"discounts.{k}"].CopyTo(batch.DiscountSpan);
            batches[$"valid.{k}"].CopyTo(batch.ValidSpan);
            batches[$"weights.{k}"].CopyTo(batch.WeightSpan);
            var stats = learner.Update(batch);
            Close($"loss of update {k}", [expected["losses"][k]], [stats.Loss]);
            Close($"priorities of update {k}", expected["priorities"].AsSpan(k * 8, 8), batch.ErrorSpan);
        }

        foreach (var weight in learner.ExportWeights())
            Close(weight.Name, expected[weight.Name], weight.Values.Span);

        Dictionary<string, float[]> Load(string file) => Safetensors
            .Read(_folder.File($"{file}.safetensors"))
            .ToDictionary(tensor => tensor.Name, tensor => tensor.Values.ToArray());
    }

    public static TheoryData<string> Kinds => ["floats", "pixels", "nothing but a head"];

    /// <summary>Our kernels and libtorch's operations, as a GPU runs them, give the same network.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void UpdatesAreThoseOfLibtorchsOperations(string kind)
    {
        var (spec, input) = Of(kind);
        var fake = new FakeCuda();
        using (var ours = new DqnLearner(spec, input, Actions, seed: 3))
        using (var theirs = new DqnLearner(spec, input, Actions, seed: 3, settings: new LearnerSettings { Calls = fake }))
        {
            var batch = Random(input, 6, seed: 5);
            for (var k = 0; k < 3; k++)
            {
                var expected = theirs.Update(batch);
                var errors = batch.ErrorSpan.ToArray();
                var stats = ours.Update(batch);
                Close("loss", [expected.Loss], [stats.Loss]);
                Close("mean Q", [expected.MeanQ], [stats.MeanQ]);
                Close("target", [expected.TargetMean], [stats.TargetMean]);
                Close("norm", [expected.GradientNorm], [stats.GradientNorm], 1e-4);
                Close("errors", errors, batch.ErrorSpan);
            }

            foreach (var (mine, other) in ours.ExportWeights().Zip(theirs.ExportWeights()))
                Close(mine.Name, other.Values.Span, mine.Values.Span);
            var (state, otherState) = (ours.CreateState(4)!, theirs.CreateState(4)!);
            var (q, otherQ) = (new float[4 * Actions], new float[4 * Actions]);
            for (var step = 0; step < 3; step++)
            {
                ours.QValues(batch.Observations, 4, q, state);
                theirs.QValues(batch.Observations, 4, otherQ, otherState);
                Close("Q", otherQ, q);
                Close("state", otherState.Values, state.Values);
                state.Observe([1, 2, 3, 4], [0.5f, 0, -2, 1], [0, 0, 1, 0]);
                otherState.Observe([1, 2, 3, 4], [0.5f, 0, -2, 1], [0, 0, 1, 0]);
            }
        }

        Assert.Equal(0, fake.Alive);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void TheNumberOfThreadsChangesNoByte(string kind)
    {
        var one = Train(1);
        Assert.Equal(one, Train(1));
        Assert.Equal(one, Train(2));
        Assert.Equal(one, Train(5));

        byte[] Train(int threads)
        {
            var (spec, input) = Of(kind);
            using var learner = new DqnLearner(spec, input, Actions, seed: 3, threads: threads);
            var batch = Random(input, 6, seed: 5);
            for (var k = 0; k < 3; k++)
                learner.Update(batch);
            using var stream = new MemoryStream();
            learner.Save(new StateWriter(stream));
            return stream.ToArray();
        }
    }

    /// <summary>What an actor stores is what the learner's burn-in begins with, and leads to the same values.</summary>
    [Fact]
    public void ActingStepByStepGivesTheValuesOfTheSequence()
    {
        using var learner = new DqnLearner(Spec, Vector, Actions, seed: 3);
        var batch = Random(Vector, 4, seed: 6);
        var (steps, size) = (batch.Sequence!.Steps, batch.Size);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var pool = new KernelPool(1);
        var (network, pass) = (learner.Network, new Pass(Training: false, Noise: null, pool));
        var observations = PinnedTensor.Over(batch.Observations, ScalarType.Float32, batch.Rows, 5);
        var (features, last) = network.Remember(
            learner.Online, network.Features(learner.Online, observations, pass),
            network.LastOf(batch.LastActionSpan, batch.LastRewardSpan),
            zeros(size, 2 * Hidden), PinnedTensor.Over(batch.Starts, ScalarType.Float32, batch.Rows), pass);
        var expected = network.Head(learner.Online, features, null, pass).contiguous();

        using var actor = learner.CreateActor(1);
        var (state, q) = (actor.CreateState(size)!, new float[size * Actions]);
        for (var step = 0; step < steps; step++)
        {
            var rows = step * size;
            state.Observe(
                batch.LastActionSpan.Slice(rows, size).ToArray().Select(action => (int)action).ToArray(),
                batch.LastRewardSpan.Slice(rows, size),
                batch.StartSpan.Slice(rows, size).ToArray().Select(start => (byte)start).ToArray());
            actor.QValues(batch.Observations + (nint)(rows * batch.ObservationBytes), size, q, state);
            Close($"step {step}", PinnedTensor.Span<float>(expected).Slice(rows * Actions, size * Actions), q);
        }

        Close("state", PinnedTensor.Span<float>(last.contiguous()), state.Values);
    }

    [Fact]
    public void AStateComesBackFromAFile()
    {
        using var learner = new DqnLearner(Spec, Vector, Actions, seed: 3);
        var batch = Random(Vector, 4, seed: 6);
        var (state, q) = (learner.CreateState(3)!, new float[3 * Actions]);
        learner.QValues(batch.Observations, 3, q, state);
        state.Observe([1, 2, 3], [0.5f, 1, 2], [0, 1, 0]);
        Assert.Equal([1, RecurrentState.NoAction, 3], state.Actions.ToArray());
        Assert.All(state.Values.Slice(2 * Hidden, 2 * Hidden).ToArray(), value => Assert.Equal(0, value));
        using var stream = new MemoryStream();
        state.Save(new StateWriter(stream));
        stream.Position = 0;
        var loaded = learner.CreateState(3)!;
        loaded.Load(new StateReader(stream));
        var other = new float[3 * Actions];
        learner.QValues(batch.Observations, 3, q, state);
        learner.QValues(batch.Observations, 3, other, loaded);
        Assert.Equal(q, other);
        Assert.Equal(state.Values.ToArray(), loaded.Values.ToArray());
        loaded.Clear();
        Assert.Equal(learner.CreateState(3)!.Actions.ToArray(), loaded.Actions.ToArray());
        Assert.NotEqual(state.Values.ToArray(), loaded.Values.ToArray());
        stream.Position = 0;
        Assert.Equal(
            ErrorKind.BadData, Assert.Throws<FastDqnException>(() => learner.CreateState(4)!.Load(new StateReader(stream))).Kind);
    }

    [Fact]
    public void NetworksWithoutMemoryHaveNoStateAndRecurrentOnesNeedIt()
    {
        using var plain = new DqnLearner(TestSpecs.Small("dqn"), Vector, Actions, seed: 1);
        Assert.Null(plain.CreateState(2));
        using var recurrent = new DqnLearner(Spec, Vector, Actions, seed: 1);
        var batch = Random(Vector, 4, seed: 6);
        var q = new float[4 * Actions];
        Assert.Throws<InvalidOperationException>(() => recurrent.QValues(batch.Observations, 4, q));
        Assert.Throws<InvalidOperationException>(() => recurrent.QValues(batch.Observations, 4, q, recurrent.CreateState(3)));
        Assert.Throws<InvalidOperationException>(() => plain.QValues(batch.Observations, 4, q, recurrent.CreateState(4)));
        Assert.Throws<InvalidOperationException>(() => plain.Update(batch));
        Assert.Throws<InvalidOperationException>(() => recurrent.Update(TestBatch.Random(Vector, 4, Actions, 1).Batch));
    }

    public static TheoryData<float> Values => [0, 1, -1, 0.001f, -37.5f, 400, 30_000];

    /// <summary>h and its inverse, in float, against Pohlen et al. 2018 in double.</summary>
    [Theory]
    [MemberData(nameof(Values))]
    public void RescalingIsThatOfThePaper(float x)
    {
        const double epsilon = 1e-3;
        using var scope = NewDisposeScope();
        var h = (Math.Sign(x) * (Math.Sqrt(Math.Abs(x) + 1) - 1)) + (epsilon * x);
        Assert.Equal(h, Targets.BellmanTargets.Rescaled(tensor(x), epsilon).item<float>(), Math.Max(1, Math.Abs(h)) * 1e-6);
        Assert.Equal(
            x, Targets.BellmanTargets.Unscaled(tensor((float)h), epsilon).item<float>(), Math.Max(1, Math.Abs((double)x)) * 2e-6);
        // Without the linear part it is a plain square.
        Assert.Equal(
            Math.Sign(x) * ((double)x * x + (2 * Math.Abs((double)x))),
            Targets.BellmanTargets.Unscaled(tensor(x), 0).item<float>(), Math.Max(1, (double)x * x) * 1e-6);
    }

    [Fact]
    public void ATargetIsRescaledWithoutAMemoryToo()
    {
        using var scope = NewDisposeScope();
        var target = Targets.BellmanTargets.RescaledMax(
            tensor(new[] { 1f, 2f }), tensor(new[] { 0.9f, 0f }), tensor(new float[,] { { 1, 3 }, { 5, 4 } }),
            tensor(new float[,] { { 2, 1 }, { 0, 1 } }), 1e-3);
        // h^-1(1) = ((sqrt(1 + 0.004 x 2.001) - 1) / 0.002)^2 - 1
        var value = Math.Pow((Math.Sqrt(1 + (0.004 * 2.001)) - 1) / 0.002, 2) - 1;
        var first = 1 + (0.9 * value);
        Assert.Equal(Math.Sqrt(first + 1) - 1 + (1e-3 * first), target[0].item<float>(), 1e-6);
        Assert.Equal(Math.Sqrt(3) - 1 + 2e-3, target[1].item<float>(), 1e-6);
    }

    private static (AlgorithmSpec Spec, NetworkInput Input) Of(string kind) => kind switch
    {
        "pixels" => (Spec with { Body = new BodySpec { Kind = BodyKind.Dqn2013, Lstm = Hidden } }, Pixels),
        "nothing but a head" => (
            Spec with
            {
                Body = new BodySpec { Kind = BodyKind.Mlp, Widths = [], Lstm = Hidden },
                Head = new HeadSpec(),
                Target = Spec.Target with { Double = false, Rescale = false },
            },
            new NetworkInput(ObservationKind.UInt8, [2, 3, 4])),
        _ => (Spec, Vector),
    };

    private static Minibatch Random(NetworkInput input, int size, ulong seed) => TestBatch.Sequences(input, size, Actions, Shape, seed);

    private static void Whole(ReadOnlySpan<float> values, Span<long> target)
    {
        for (var i = 0; i < values.Length; i++)
            target[i] = (long)values[i];
    }

    private static void Close(string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.Length, actual.Length);
        var worst = 0.0;
        for (var i = 0; i < expected.Length; i++)
            worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]) / Math.Max(1, Math.Abs(expected[i])));
        Assert.True(worst <= tolerance, $"{what} differs by {worst:g3}");
    }
}
