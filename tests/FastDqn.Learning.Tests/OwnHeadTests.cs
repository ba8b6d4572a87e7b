using FastDqn.Core;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Tests;

/// <summary>
/// Heads from outside. That they save themselves, and run on a GPU as here, is shown with the other networks
/// (<see cref="TestSpecs"/>).
/// </summary>
public sealed class OwnHeadTests
{
    private static readonly NetworkInput Vector = TestSpecs.Vector;
    private static readonly NetworkInput Bytes = new(ObservationKind.UInt8, [2, 3]);

    public static TheoryData<string> Learners => ["replay", "rollouts", "sequences", "loss", "bytes without a body"];

    /// <summary>One that is the plain head learns what the plain head learns.</summary>
    [Theory]
    [MemberData(nameof(Learners))]
    public void AHeadOfOneLayerIsThePlainHead(string kind)
    {
        var (spec, input) = Of(kind);
        var (plain, plainQ) = Train(spec, input, kind);
        var (own, ownQ) = Train(Own(spec, new OwnLinear()), input, kind);
        Assert.Equal([.. plain.Select(w => w.Name).SkipLast(2), "head.q.weight", "head.q.bias"], own.Select(w => w.Name));
        foreach (var (expected, actual) in plain.Zip(own))
            Close(expected.Name, expected.Values.Span, actual.Values.Span);
        Close("Q", plainQ, ownQ);
        var (untrained, _) = Train(spec, input, kind, updates: 0);
        Assert.NotEqual(untrained[^2].Values.ToArray(), own[^2].Values.ToArray());
    }

    [Fact]
    public void ItsParametersAreCountedAndListed()
    {
        var spec = TestSpecs.Small("own-streams");
        var table = NetworkTable.Of(spec, Vector, TestSpecs.Actions);
        const int head = (16 * 12) + 12 + 12 + 1 + (12 * 3) + 3 + 12;
        Assert.Equal((5 * 16) + 16 + head, table.Parameters);
        var row = table.Rows[^1];
        Assert.Equal(
            ("head", "own-streams", "3", head, (16 * 12) + 12 + (12 * 3)),
            (row.Name, row.Kind, row.ShapeText, (int)row.Parameters, (int)row.MultiplyAdds));
        using var learner = new DqnLearner(spec, Vector, TestSpecs.Actions, seed: 1);
        Assert.Equal(
            [
                "network.0.weight", "network.0.bias", "head.hidden.weight", "head.hidden.bias", "head.value.weight", "head.value.bias",
                "head.advantage.weight", "head.advantage.bias", "head.scale",
            ],
            learner.ExportWeights().Select(weight => weight.Name));
    }

    [Fact]
    public void WeightsOfAnotherHeadWarmItUp()
    {
        using var plain = new DqnLearner(TestSpecs.Small("dqn"), Vector, TestSpecs.Actions, seed: 1);
        using var own = new DqnLearner(Own(TestSpecs.Small("dqn"), new OwnLinear()), Vector, TestSpecs.Actions, seed: 2);
        var fit = own.ImportWeights(plain.ExportWeights(), newHead: true);
        Assert.Equal(["head.q.weight", "head.q.bias"], fit.New);
        Assert.Equal(plain.ExportWeights()[0].Values.ToArray(), own.ExportWeights()[0].Values.ToArray());
    }

    [Fact]
    public void WhatOthersCannotReadIsSaid()
    {
        var spec = TestSpecs.Small("own-streams");
        using var learner = new DqnLearner(spec, Vector, TestSpecs.Actions, seed: 1);
        var onnx = Assert.Throws<FastDqnException>(
            () => NetworkWeights.Onnx(spec, Vector, TestSpecs.Actions, learner.ExportWeights(), new Dictionary<string, string>()));
        Assert.Equal("a head of your own (head.rule) is not exported as ONNX: export its weights, FILE.safetensors", onnx.Message);
        Assert.Throws<FastDqnException>(() => learner.ExportWeights(WeightNaming.StableBaselines3));
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { "layers", "head.rule wrong gave a tensor of shape [8]; one of [8, 3], or that and one side more, is needed" },
        { "values", "head.rule wrong: Values gave a tensor of shape [8, 3, 1]; one of [8, 3] is needed" },
        { "errors", "head.rule wrong: Errors gave a tensor of shape []; one of [8] is needed" },
        { "nothing", "head.rule wrong gave nothing; a tensor of shape [8, 3], or that and one side more, is needed" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void AWrongShapeIsNamed(string kind, string message)
    {
        var rule = kind switch
        {
            "layers" => new OwnWrong(x => x.amax([1])),
            "values" => new OwnWrong(x => x.unsqueeze(2)),
            "errors" => new OwnWrong(x => x, errors: x => x.sum()),
            _ => new OwnWrong(_ => null!),
        };
        using var learner = new DqnLearner(
            TestSpecs.Small("dqn") with { Head = new HeadSpec { Rule = "wrong" }, HeadRule = rule }, Vector, TestSpecs.Actions, seed: 1);
        var batch = TestBatch.Random(Vector, 8, TestSpecs.Actions, 1).Batch;
        var error = Assert.Throws<FastDqnException>(() => learner.Update(batch));
        Assert.Equal((ErrorKind.Failure, message), (error.Kind, error.Message));
    }

    public static TheoryData<string, string> Declarations => new()
    {
        { "twice", "head.rule own: two parameters are called 'q'" },
        { "no name", "head.rule own: 'a.b' is no name for a parameter: letters, digits and _" },
        { "no size", "head.rule own: layer 'q' of 16 inputs and 0 outputs" },
        { "three sides", "head.rule own: parameter 'q' of shape [2, 2, 2]; one or two sides of 1 or more are needed" },
    };

    [Theory]
    [MemberData(nameof(Declarations))]
    public void ParametersThatCannotBe(string kind, string message)
    {
        var rule = new OwnDeclared(builder =>
        {
            _ = kind switch
            {
                "twice" => (object)(builder.Linear("q", 1, 1), builder.Parameter("q", [1], 0)),
                "no name" => builder.Parameter("a.b", [1], 0),
                "no size" => builder.Linear("q", builder.Features, 0),
                _ => builder.Parameter("q", [2, 2, 2], 0),
            };
        });
        var error = Assert.Throws<FastDqnException>(() => NetworkTable.Of(Own(TestSpecs.Small("dqn"), rule), Vector, TestSpecs.Actions));
        Assert.Equal((ErrorKind.Usage, message), (error.Kind, error.Message));
    }

    [Fact]
    public void AHeadThatWasNotGivenIsMissed()
    {
        var spec = TestSpecs.Small("dqn") with { Head = new HeadSpec { Rule = "mine" } };
        var error = Assert.Throws<FastDqnException>(() => NetworkTable.Of(spec, Vector, TestSpecs.Actions));
        Assert.Equal("head.rule mine is a class of your own, which was not given", error.Message);
    }

    private static AlgorithmSpec Own(AlgorithmSpec spec, IHeadRule rule) =>
        spec with { Head = spec.Head with { Rule = "own" }, HeadRule = rule };

    private static (AlgorithmSpec Spec, NetworkInput Input) Of(string kind)
    {
        var small = TestSpecs.Small("dqn") with { Loss = new LossSpec { MaxGradientNorm = 0.5 } };
        return kind switch
        {
            "rollouts" => (small with
            {
                Rollout = new RolloutSpec { Steps = 4, Minibatches = 2, Epochs = 1 },
                Replay = new ReplaySpec { Kind = ReplayKind.None },
                Environments = 4,
            }, Vector),
            "sequences" => (small with
            {
                Body = small.Body with { Lstm = 6 },
                Replay = new ReplaySpec { Sequence = 4, Overlap = 2, BurnIn = 2 },
            }, Vector),
            "loss" => (small with { Loss = new LossSpec { Rule = "cube" }, LossRule = new Cube() }, Vector),
            "bytes without a body" => (small with { Body = small.Body with { Widths = [] } }, Bytes),
            _ => (small, Vector),
        };
    }

    private static (IReadOnlyList<NamedTensor> Weights, float[] Q) Train(
        AlgorithmSpec spec, NetworkInput input, string kind, int updates = 6)
    {
        using var learner = QLearner.Create(spec, input, TestSpecs.Actions, seed: 3);
        for (var k = 0; k < updates; k++)
        {
            if (learner is PqnLearner pqn)
                Update(pqn, k);
            else if (kind == "sequences")
                ((DqnLearner)learner).Update(TestBatch.Sequences(input, 8, TestSpecs.Actions, new SequenceShape(2, 4, 1, 12), (ulong)k));
            else
                ((DqnLearner)learner).Update(TestBatch.Random(input, 8, TestSpecs.Actions, (ulong)k).Batch);
        }

        var q = new float[4 * TestSpecs.Actions];
        learner.QValues(TestBatch.Random(input, 4, TestSpecs.Actions, 77).Batch.Observations, 4, q, learner.CreateState(4));
        return (learner.ExportWeights(), q);
    }

    private static void Update(PqnLearner learner, int k)
    {
        const int environments = 4, total = 4 * environments;
        var batch = TestBatch.Random(Vector, total, TestSpecs.Actions, (ulong)k);
        var (terminated, values) = (TestBatch.Pinned<byte>(total), TestBatch.Pinned<float>(total + environments));
        terminated[5] = 1;
        for (var i = 0; i < values.Length; i++)
            values[i] = 0.1f * i;
        learner.Update(batch.Rollout(total / environments, terminated, values));
    }

    private static void Close(string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var (a, b) = (expected[i], actual[i]);
            Assert.True(Math.Abs(a - b) <= 2e-5 * Math.Max(1, Math.Abs(a)), $"{what}: {a} and {b}");
        }
    }

    /// <summary>|error|^3.</summary>
    private sealed class Cube : ILossRule
    {
        public Tensor Errors(Tensor predicted, Tensor target) => (predicted - target).abs().pow(3);
    }
}
