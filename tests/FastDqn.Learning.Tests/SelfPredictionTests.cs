using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Tests;

/// <summary>
/// Networks that predict their own features: loss and gradient against a network in double precision, the momentum
/// encoder, and the same bytes whatever interrupts or computes.
/// </summary>
public sealed class SelfPredictionTests
{
    private const int Actions = 3;
    private const int Ahead = 3;
    private const int Size = 4;
    private static readonly NetworkInput Floats = new(ObservationKind.Float32, [2, 6, 7]);
    private static readonly NetworkInput Bytes = new(ObservationKind.UInt8, [2, 14, 14]);

    private static AlgorithmSpec Small { get; } = new()
    {
        Body = new BodySpec { Kind = BodyKind.Composed, Convolutions = [new(3, 3, 3, 2)], Widths = [5], Renormalize = true },
        Head = new HeadSpec { Dueling = true, Hidden = 5 },
        Target = new TargetSpec { Period = 1000 },
        Loss = new LossSpec { Kind = LossKind.MeanSquared },
        Optimizer = new OptimizerSpec { Kind = OptimizerKind.Sgd, LearningRate = 1 },
        SelfPrediction = new SelfPredictionSpec { Steps = Ahead, Weight = 2 },
    };

    public static TheoryData<bool, bool, bool> Kinds => new()
    {
        { false, true, false }, { true, true, false }, { false, false, false }, { true, true, true }, { false, false, true },
    };

    /// <summary>A step of plain gradient descent is the gradient; here by differences of the loss.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void LossAndGradientAreThoseOfADoublePrecisionNetwork(bool batchNorm, bool renormalize, bool device)
    {
        var spec = Small with
        {
            Body = Small.Body with { Renormalize = renormalize },
            SelfPrediction = Small.SelfPrediction with { BatchNorm = batchNorm },
        };
        using var learner = new DqnLearner(
            spec, Floats, Actions, seed: 6, settings: device ? new LearnerSettings { Calls = new FakeCuda() } : null);
        var batch = Batch(Floats, 4);
        var before = Weights(learner);
        var reference = new Reference(batch, spec);
        var expected = reference.Loss(before, before);
        var stats = learner.Update(batch.Batch);
        Assert.Equal(expected, stats.Loss, 1e-5);
        var after = Weights(learner);
        var compared = 0;
        foreach (var (name, values) in before)
        {
            if (name.Contains("running", StringComparison.Ordinal))
                continue;
            for (var i = 0; i < values.Length; i++)
            {
                const double step = 1e-6;
                var kept = values[i];
                var fixedTarget = before.ToDictionary(pair => pair.Key, pair => (double[])pair.Value.Clone());
                values[i] = kept + step;
                var above = reference.Loss(before, fixedTarget);
                values[i] = kept - step;
                var below = reference.Loss(before, fixedTarget);
                values[i] = kept;
                var gradient = (above - below) / (2 * step);
                Assert.True(
                    Math.Abs(gradient - (kept - after[name][i])) < 2e-5 * Math.Max(1, Math.Abs(gradient)),
                    $"{name}[{i}]: {kept - after[name][i]}, by differences {gradient}");
                compared++;
            }
        }

        Assert.True(compared > 500, $"{compared} numbers");
        // The body learns from both errors, and so does what the head's hidden layers share.
        Assert.All(
            new[] { "network.0.weight", "value_head.0.weight", "transition.0.weight", "predictor.weight" },
            name => Assert.NotEqual(before[name], after[name]));
    }

    /// <summary>
    /// What is predicted are the features of a network that follows: its own set, the target network where that follows
    /// just so, or the online one.
    /// </summary>
    [Theory]
    [InlineData(0.25, 1000, 1, true)]
    [InlineData(0.25, 1, 0.25, false)]
    [InlineData(0.25, 1, 0.5, true)]
    [InlineData(1, 1000, 1, false)]
    public void TheMomentumEncoderFollowsTheOnlineNetwork(double tau, int period, double targetTau, bool own)
    {
        var spec = Small with
        {
            Target = new TargetSpec { Period = period, Tau = targetTau },
            Optimizer = new OptimizerSpec { Kind = OptimizerKind.Sgd, LearningRate = 0.05 },
            SelfPrediction = Small.SelfPrediction with { Tau = tau },
        };
        Assert.Equal(own, DqnLearner.HasMomentumEncoder(spec));
        using var learner = new DqnLearner(spec, Floats, Actions, seed: 6);
        var momentum = Weights(learner);
        for (var k = 0; k < 6; k++)
        {
            var online = Weights(learner);
            var batch = Batch(Floats, (ulong)k);
            Assert.Equal(new Reference(batch, spec).Loss(online, momentum), learner.Update(batch.Batch).Loss, 1e-5);
            var now = Weights(learner);
            foreach (var (name, values) in momentum)
            {
                for (var i = 0; i < values.Length; i++)
                    values[i] = ((1 - tau) * values[i]) + (tau * now[name][i]);
            }
        }
    }

    public static TheoryData<string> Whole => ["composed", "impala", "batch norm", "sr-spr", "noise"];

    [Theory]
    [MemberData(nameof(Whole))]
    public void ALearnerContinuesBitForBitAndOnAnyNumberOfThreads(string name)
    {
        using var whole = new DqnLearner(Spec(name), Bytes, Actions, seed: 1, threads: 1);
        Train(whole, 0, 5);
        var saved = Save(whole);
        using var resumed = new DqnLearner(Spec(name), Bytes, Actions, seed: 99, threads: 3);
        resumed.Load(new StateReader(new MemoryStream(saved)));
        Assert.Equal(saved, Save(resumed));
        Train(whole, 5, 12);
        Train(resumed, 5, 12);
        Assert.Equal(Save(whole), Save(resumed));
    }

    /// <summary>Eager and recorded, with waiting work and without; resets come where they do on the CPU.</summary>
    [Theory]
    [MemberData(nameof(Whole))]
    public void ADevicesUpdatesAreThoseOfTheCpu(string name)
    {
        using var here = new DqnLearner(Spec(name), Bytes, Actions, seed: 1);
        using var eager = Device(graph: false);
        using var recorded = Device(graph: true);
        for (var k = 0; k < 9; k++)
        {
            var (expected, found) = (here.Update(Batch(Bytes, (ulong)k).Batch), eager.Update(Batch(Bytes, (ulong)k).Batch));
            Assert.Equal(expected.Loss, found.Loss, 2e-4 * Math.Max(1, Math.Abs(expected.Loss)));
            Assert.Equal(expected.MeanQ, found.MeanQ, 2e-4);
            Assert.Equal(found, recorded.Update(Batch(Bytes, (ulong)k).Batch));
        }

        Assert.Equal(Save(eager), Save(recorded));

        DqnLearner Device(bool graph) => new(
            Spec(name), Bytes, Actions, seed: 1, settings: new LearnerSettings { Graph = graph, Calls = new FakeCuda(late: graph) });
    }

    [Fact]
    public void AMinibatchThatShowsOtherStepsIsRefused()
    {
        using var learner = new DqnLearner(Small, Floats, Actions, seed: 1);
        var batch = TestBatch.Random(Floats, Size, Actions, 1, ahead: 2);
        var error = Assert.Throws<InvalidOperationException>(() => learner.Update(batch.Batch));
        Assert.Equal("3 steps are predicted, and the minibatch shows 2", error.Message);
    }

    /// <summary>Priorities are of values alone, whatever is predicted.</summary>
    [Fact]
    public void PrioritiesAreThoseOfValues()
    {
        using var plain = new DqnLearner(Small with { SelfPrediction = new SelfPredictionSpec() }, Floats, Actions, seed: 6);
        using var predicting = new DqnLearner(Small, Floats, Actions, seed: 6);
        predicting.ImportWeights([.. plain.ExportWeights(), .. predicting.ExportWeights().Where(w => IsOfPrediction(w.Name))]);
        var (batch, other) = (Batch(Floats, 2), TestBatch.Random(Floats, Size, Actions, 2));
        Batch(Floats, 2).Observations.CopyTo(other.Observations);
        predicting.Update(batch.Batch);
        plain.Update(other.Batch);
        Assert.Equal(other.Errors, batch.Errors);

        static bool IsOfPrediction(string name) =>
            name.StartsWith("transition", StringComparison.Ordinal) || name.StartsWith("predictor", StringComparison.Ordinal);
    }

    private static AlgorithmSpec Spec(string name)
    {
        var spec = Small with
        {
            Optimizer = new OptimizerSpec { LearningRate = 1e-3 },
            Target = new TargetSpec { Double = true, Period = 3 },
            Augment = new AugmentSpec { Shift = 2, Intensity = 0.05 },
        };
        var noisy = new HeadSpec { Kind = HeadKind.Categorical, Dueling = true, Noisy = true, Hidden = 6, Atoms = 7 };
        return name switch
        {
            "impala" => spec with { Body = new BodySpec { Kind = BodyKind.Impala, SpectralNorm = true, Renormalize = true } },
            "batch norm" => spec with
            {
                SelfPrediction = spec.SelfPrediction with { BatchNorm = true, Tau = 0.1 },
                Body = spec.Body with { Norm = NormKind.Layer },
            },
            "sr-spr" => spec with
            {
                Head = noisy with { Noisy = false },
                Target = new TargetSpec { Double = true, Period = 1, Tau = 0.1, Acts = true },
                SelfPrediction = spec.SelfPrediction with { Tau = 0.1 },
                Reset = new ResetSpec { Period = 4, Last = 10 },
            },
            "noise" => spec with { Head = noisy, Reset = new ResetSpec { Period = 3 }, Loss = new LossSpec { MaxGradientNorm = 10 } },
            _ => spec,
        };
    }

    private static TestBatch Batch(NetworkInput input, ulong seed) => TestBatch.Random(input, Size, Actions, seed, Ahead);

    private static Dictionary<string, double[]> Weights(DqnLearner learner) => learner.ExportWeights()
        .ToDictionary(weight => weight.Name, weight => weight.Values.ToArray().Select(value => (double)value).ToArray());

    private static void Train(DqnLearner learner, int from, int to)
    {
        for (var k = from; k < to; k++)
            learner.Update(Batch(Bytes, (ulong)k).Batch);
    }

    private static byte[] Save(DqnLearner learner)
    {
        using var stream = new MemoryStream();
        learner.Save(new StateWriter(stream));
        return stream.ToArray();
    }

    /// <summary>
    /// The loss of a minibatch of <see cref="Floats"/> whose targets are its returns, in double precision.
    /// </summary>
    private sealed class Reference
    {
        private const int Channels = 3, Height = 2, Width = 3, Features = Channels * Height * Width;
        private readonly TestBatch _batch;
        private readonly AlgorithmSpec _spec;

        public Reference(TestBatch batch, AlgorithmSpec spec)
        {
            (_batch, _spec) = (batch, spec);
            batch.Discounts.Clear();
        }

        public double Loss(Dictionary<string, double[]> weights, Dictionary<string, double[]> momentum)
        {
            var features = Images(_batch.Observations).Select(image => Body(weights, image)).ToArray();
            var latents = features;
            var errors = new double[Size];
            for (var step = 0; step < Ahead; step++)
            {
                latents = Advance(weights, latents, step);
                var seen = Images(_batch.Batch.FollowingSpan.Slice(step * Size * Floats.Bytes, Size * Floats.Bytes));
                for (var i = 0; i < Size; i++)
                {
                    var predicted = Linear(weights, "predictor", Project(weights, latents[i]));
                    var target = Project(momentum, Body(momentum, seen[i]));
                    var cosine = predicted.Zip(target, (p, t) => p * t).Sum() / (Length(predicted) * Length(target));
                    errors[i] += _batch.Batch.FollowingValidSpan[(step * Size) + i] * (2 - (2 * cosine)) / Ahead;
                }
            }

            var loss = 0.0;
            for (var i = 0; i < Size; i++)
            {
                var difference = Q(weights, features[i])[_batch.Actions[i]] - _batch.Returns[i];
                loss += _batch.Weights[i] * ((difference * difference) + (_spec.SelfPrediction.Weight * errors[i])) / Size;
            }

            return loss;

            static double Length(double[] x) => Math.Sqrt(x.Sum(value => value * value));
        }

        private static double[][] Images(ReadOnlySpan<byte> observations) =>
            [.. MemoryMarshal.Cast<byte, float>(observations).ToArray().Select(value => (double)value).Chunk(Floats.Elements)];

        private double[] Body(Dictionary<string, double[]> weights, double[] image) =>
            Renormalized(Relu(Convolve(weights, "network.0", image, (2, 6, 7), (Channels, Height, Width), stride: 2, padding: 0)));

        private double[][] Advance(Dictionary<string, double[]> weights, double[][] latents, int step)
        {
            var maps = new double[Size][];
            for (var i = 0; i < Size; i++)
            {
                var seen = new double[(Channels + Actions) * Height * Width];
                latents[i].CopyTo(seen, 0);
                var action = (int)_batch.Batch.FollowingActionSpan[(step * Size) + i];
                seen.AsSpan((Channels + action) * Height * Width, Height * Width).Fill(1);
                maps[i] = Relu(Convolve(
                    weights, "transition.0", seen, (Channels + Actions, Height, Width), (Channels, Height, Width), stride: 1, padding: 1));
            }

            if (_spec.SelfPrediction.BatchNorm)
                maps = Normalized(weights, maps);
            return [.. maps.Select(map => Renormalized(Relu(Convolve(
                weights, "transition.2", map, (Channels, Height, Width), (Channels, Height, Width), stride: 1, padding: 1))))];
        }

        /// <summary>Batch norm over the images and places of each channel.</summary>
        private static double[][] Normalized(Dictionary<string, double[]> weights, double[][] maps)
        {
            var result = maps.Select(map => (double[])map.Clone()).ToArray();
            const int area = Height * Width;
            for (var c = 0; c < Channels; c++)
            {
                var all = maps.SelectMany(map => map[(c * area)..((c + 1) * area)]).ToArray();
                var mean = all.Average();
                var deviation = Math.Sqrt(all.Average(value => (value - mean) * (value - mean)) + 1e-5);
                foreach (var map in result)
                {
                    var (weight, bias) = (weights["transition.1.weight"][c], weights["transition.1.bias"][c]);
                    for (var place = c * area; place < (c + 1) * area; place++)
                        map[place] = ((map[place] - mean) / deviation * weight) + bias;
                }
            }

            return result;
        }

        private static double[] Project(Dictionary<string, double[]> weights, double[] features) =>
            [.. Linear(weights, "value_head.0", features), .. Linear(weights, "advantage_head.0", features)];

        private static double[] Q(Dictionary<string, double[]> weights, double[] features)
        {
            var value = Linear(weights, "value_head.2", Relu(Linear(weights, "value_head.0", features)))[0];
            var advantage = Linear(weights, "advantage_head.2", Relu(Linear(weights, "advantage_head.0", features)));
            return [.. advantage.Select(a => value + a - advantage.Average())];
        }

        private double[] Renormalized(double[] x)
        {
            if (!_spec.Body.Renormalize)
                return x;
            var (low, high) = (x.Min(), x.Max());
            return [.. x.Select(value => (value - low) / (high - low + 1e-5))];
        }

        private static double[] Relu(double[] x) => [.. x.Select(value => Math.Max(0, value))];

        private static double[] Linear(Dictionary<string, double[]> weights, string name, double[] x)
        {
            var (weight, bias) = (weights[$"{name}.weight"], weights[$"{name}.bias"]);
            return [.. bias.Select((b, o) => b + x.Select((value, i) => value * weight[(o * x.Length) + i]).Sum())];
        }

        private static double[] Convolve(
            Dictionary<string, double[]> weights, string name, double[] x, (int C, int H, int W) input, (int C, int H, int W) output,
            int stride, int padding)
        {
            var (weight, bias) = (weights[$"{name}.weight"], weights[$"{name}.bias"]);
            var y = new double[output.C * output.H * output.W];
            for (var at = 0; at < y.Length; at++)
            {
                var (o, row, column) = (at / (output.H * output.W), at / output.W % output.H, at % output.W);
                y[at] = bias[o];
                for (var k = 0; k < input.C * 9; k++)
                {
                    var (c, h, w) = (k / 9, (row * stride) + (k % 9 / 3) - padding, (column * stride) + (k % 3) - padding);
                    if (h >= 0 && h < input.H && w >= 0 && w < input.W)
                        y[at] += weight[(o * input.C * 9) + k] * x[(((c * input.H) + h) * input.W) + w];
                }
            }

            return y;
        }
    }
}
