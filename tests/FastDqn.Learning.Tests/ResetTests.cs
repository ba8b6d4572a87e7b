using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using static TorchSharp.torch;

namespace FastDqn.Learning.Tests;

/// <summary>Parameters that are drawn anew, and target networks that act.</summary>
public sealed class ResetTests
{
    private const int Actions = 3;
    private const int Period = 4;
    private static readonly NetworkInput Floats = new(ObservationKind.Float32, [2, 6, 7]);

    private static AlgorithmSpec Small { get; } = new()
    {
        Body = new BodySpec { Kind = BodyKind.Composed, Convolutions = [new(3, 3, 3, 2)], Widths = [5] },
        Head = new HeadSpec { Dueling = true, Hidden = 5 },
        Target = new TargetSpec { Period = 1, Tau = 0.2 },
        Optimizer = new OptimizerSpec { LearningRate = 1e-3 },
        SelfPrediction = new SelfPredictionSpec { Steps = 2 },
    };

    /// <summary>
    /// The body and the transition model shrink towards fresh numbers, the head and the predictor are fresh.
    /// </summary>
    [Theory]
    [InlineData(0.8, 0)]
    [InlineData(0.8, 0.3)]
    [InlineData(1, 0)]
    public void ParametersAreASharesSumOfOldAndFreshOnes(double body, double head)
    {
        var reset = new ResetSpec { Period = Period, BodyKept = body, HeadKept = head };
        using var plain = new DqnLearner(Small, Floats, Actions, seed: 7);
        using var resetting = new DqnLearner(Small with { Reset = reset }, Floats, Actions, seed: 7);
        Train(plain, 0, Period);
        Train(resetting, 0, Period);
        // Nothing else draws from the learner's generator here.
        var random = new RandomStream(7, "learner");
        var fresh = Fresh();
        var fromBody = 0;
        foreach (var (old, now) in plain.ExportWeights().Zip(resetting.ExportWeights()))
        {
            var ofBody = old.Name.Split('.')[0] is "network" or "transition";
            var kept = ofBody ? body : head;
            fromBody += ofBody ? 1 : 0;
            for (var i = 0; i < old.Values.Length; i++)
                Assert.Equal((kept * old.Values.Span[i]) + ((1 - kept) * fresh[old.Name][i]), now.Values.Span[i], 1e-6);
        }

        Assert.Equal(6, fromBody);
        // The target network follows slowly: it has draws of its own.
        var targets = Fresh();
        Assert.NotEqual(fresh["predictor.weight"], targets["predictor.weight"]);
        if (head == 0)
            Assert.Equal(targets["advantage_head.2.bias"], TargetOf(resetting)["advantage_head.2.bias"]);

        Dictionary<string, float[]> Fresh()
        {
            using var parameters = new ParameterSet(plain.Network.Layout, CPU, trainable: false);
            parameters.Initialize(random);
            return Named(plain.Network, parameters);
        }
    }

    [Fact]
    public void ATargetNetworkThatIsCopiedIsTheNewOnlineOne()
    {
        var spec = Small with { Target = new TargetSpec { Period = 1000 }, Reset = new ResetSpec { Period = Period } };
        using var learner = new DqnLearner(spec, Floats, Actions, seed: 7);
        Train(learner, 0, Period);
        Assert.Equal(learner.ExportWeights().Select(w => w.Values.ToArray()), TargetOf(learner).Values);
    }

    /// <summary>Adam's first step is of the rate's size, whatever the gradient; a later one is not.</summary>
    [Theory]
    [InlineData(OptimizerKind.Adam, false)]
    [InlineData(OptimizerKind.Adam, true)]
    [InlineData(OptimizerKind.RmsPropTf, false)]
    [InlineData(OptimizerKind.RmsPropTf, true)]
    public void TheOptimizerStartsAnewWhereItIsToldTo(OptimizerKind kind, bool device)
    {
        var optimizer = new OptimizerSpec { Kind = kind, LearningRate = 1e-3, Epsilon = 1e-12, SquareStart = 1, Alpha = 0.5 };
        var first = FirstStep(true);
        // Nothing is zero there, in rows of actions that were taken.
        if (kind == OptimizerKind.Adam)
            Assert.Equal(1e-3, first, 1e-6);
        else
            // The mean square is half of 1 and half of the square of the gradient.
            Assert.True(first < 1.4e-3, $"{first}");
        Assert.NotEqual(first, FirstStep(false), 1e-5);

        double FirstStep(bool restart)
        {
            var spec = Small with { Optimizer = optimizer, Reset = new ResetSpec { Period = Period, Optimizer = restart } };
            using var learner = new DqnLearner(
                spec, Floats, Actions, seed: 7, settings: device ? new LearnerSettings { Calls = new FakeCuda() } : null);
            Train(learner, 0, Period);
            var before = Bias(learner);
            Train(learner, Period, Period + 1);
            return Math.Abs(Bias(learner) - before);
        }

        static double Bias(DqnLearner learner) =>
            learner.ExportWeights().Single(weight => weight.Name == "value_head.2.bias").Values.Span[0];
    }

    [Fact]
    public void ResetsComeEveryPeriodUpToTheLast()
    {
        using var plain = new DqnLearner(Small, Floats, Actions, seed: 7);
        using var resetting = new DqnLearner(
            Small with { Reset = new ResetSpec { Period = 3, Last = 8 } }, Floats, Actions, seed: 7);
        var at = new List<int>();
        for (var k = 0; k < 15; k++)
        {
            var before = Predictor(resetting);
            Train(resetting, k, k + 1);
            // A step of Adam is a thousandth.
            if (before.Zip(Predictor(resetting)).Any(pair => Math.Abs(pair.First - pair.Second) > 0.01))
                at.Add(k + 1);
        }

        Assert.Equal([3, 6], at);

        static float[] Predictor(DqnLearner learner) =>
            learner.ExportWeights().Single(weight => weight.Name == "predictor.weight").Values.ToArray();
    }

    /// <summary>The learner, what acts beside it and what is exported have the target network's numbers.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ATargetNetworkMayAct(bool device)
    {
        var target = new TargetSpec { Period = 3, Acts = true };
        using var learner = new DqnLearner(
            Small with { Target = target }, Floats, Actions, seed: 7,
            settings: device ? new LearnerSettings { Calls = new FakeCuda() } : null);
        using var actor = learner.CreateActor(2);
        var (start, weights) = (Q(learner.QValues), learner.ExportWeights().Select(w => w.Values.ToArray()).ToList());
        Assert.Equal(start, Q(actor.QValues));
        Train(learner, 0, 2);
        actor.Refresh();
        Assert.Equal(start, Q(learner.QValues));
        Assert.Equal(start, Q(actor.QValues));
        Assert.Equal(weights, learner.ExportWeights().Select(w => w.Values.ToArray()));
        Train(learner, 2, 3);
        actor.Refresh();
        Assert.NotEqual(start, Q(learner.QValues));
        Assert.Equal(Q(learner.QValues), Q(actor.QValues));
        Assert.NotEqual(weights, learner.ExportWeights().Select(w => w.Values.ToArray()));

        static float[] Q(Compute compute)
        {
            var q = new float[4 * Actions];
            compute(TestBatch.Random(Floats, 4, Actions, 9).Batch.Observations, 4, q);
            return q;
        }
    }

    private delegate void Compute(nint observations, int count, Span<float> q);

    private static void Train(DqnLearner learner, int from, int to)
    {
        for (var k = from; k < to; k++)
            learner.Update(TestBatch.Random(Floats, 6, Actions, (ulong)k, ahead: 2).Batch);
    }

    /// <summary>The target network's numbers, from where a state has them: at its end.</summary>
    private static Dictionary<string, float[]> TargetOf(DqnLearner learner)
    {
        using var stream = new MemoryStream();
        learner.Save(new StateWriter(stream));
        using var parameters = new ParameterSet(learner.Network.Layout, CPU, trainable: false);
        using var alone = new MemoryStream();
        parameters.Save(new StateWriter(alone));
        parameters.Load(new StateReader(new MemoryStream(stream.ToArray()[^(int)alone.Length..])));
        return Named(learner.Network, parameters);
    }

    private static Dictionary<string, float[]> Named(QNetwork network, ParameterSet parameters) =>
        Weights.WeightFile.Export(network, parameters, Weights.WeightNaming.CleanRl).ToDictionary(w => w.Name, w => w.Values.ToArray());
}
