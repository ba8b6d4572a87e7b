using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Training.Diagnostics.Gpu;

/// <summary>
/// A learner on the device beside one on the CPU, from the same weights and minibatches: Q-values, the gradient, the
/// weights and losses after some updates. Figures are the length of the difference over that of the CPU's. TF32 would
/// show: it errs by about 1e-3.
/// </summary>
internal static class LearnerComparison
{
    private const double ForwardBound = 1e-4;
    private const double GradientBound = 1e-3;

    // Optimizers that divide by the gradient's size turn its smallest differences into steps of full length.
    private const double UpdatesBound = 2e-2;

    public static void Run(GpuSettings settings, Action<GpuFigure> tell) => GpuChecks.EachAlgorithm(
        tell, name => Run(settings, name, figure => tell(figure with { What = $"{name}: {figure.What}" })));

    public static void Run(GpuSettings settings, string algorithm, Action<GpuFigure> tell)
    {
        var spec = SyntheticBatch.SpecOf(algorithm);
        var batches = SyntheticBatch.Several(settings.Updates, spec, settings.CompareBatch);
        try
        {
            Gradient(settings, spec, batches[0], tell);
            Updates(settings, spec, batches, tell);
        }
        finally
        {
            batches.ForEach(batch => batch.Dispose());
        }
    }

    /// <summary>
    /// One plain step of descent moves the weights by the gradient alone; the rate lifts it above their rounding.
    /// </summary>
    private static void Gradient(GpuSettings settings, AlgorithmSpec spec, SyntheticBatch batch, Action<GpuFigure> tell)
    {
        var plain = spec with
        {
            Optimizer = new OptimizerSpec { Kind = OptimizerKind.Sgd, LearningRate = 1000 },
            Loss = spec.Loss with { MaxGradientNorm = 0 },
        };
        using var pair = new Pair(settings, plain);
        var values = pair.Both(learner =>
        {
            var q = new float[batch.Size * SyntheticBatch.ActionCount];
            learner.QValues(batch.Observations, batch.Size, q, learner.CreateState(batch.Size));
            return q;
        });
        tell(new GpuFigure("Q-values differ by", Difference(values.Cpu, values.Device), "of their length", ForwardBound));
        var before = Weights(pair.Cpu);
        var after = pair.Both(learner =>
        {
            batch.Update(learner);
            return Weights(learner);
        });
        var gradient = (Cpu: Change(before, after.Cpu), Device: Change(before, after.Device));
        tell(new GpuFigure("gradient differs by", Difference(gradient.Cpu, gradient.Device), "of its length", GradientBound));
    }

    private static void Updates(GpuSettings settings, AlgorithmSpec spec, List<SyntheticBatch> batches, Action<GpuFigure> tell)
    {
        using var pair = new Pair(settings, spec);
        var before = Weights(pair.Cpu);
        var losses = pair.Both(learner => batches.Select(batch => batch.Update(learner).Loss).ToArray());
        var difference = Difference(losses.Cpu, losses.Device);
        tell(new GpuFigure($"losses of {batches.Count} updates differ by", difference, "of their length", UpdatesBound));
        var change = pair.Both(learner => Change(before, Weights(learner)));
        difference = Difference(change.Cpu, change.Device);
        tell(new GpuFigure($"change of the weights in {batches.Count} updates differs by", difference, "of its length", UpdatesBound));
    }

    private static float[] Weights(QLearner learner) => [.. learner.ExportWeights().SelectMany(tensor => tensor.Values.ToArray())];

    private static float[] Change(float[] before, float[] after) => [.. after.Zip(before, (a, b) => a - b)];

    /// <summary>NaN, which no bound lets pass, where either side is not finite or nothing happened.</summary>
    private static double Difference(float[] expected, float[] actual)
    {
        double difference = 0, length = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow((double)actual[i] - expected[i], 2);
            length += Math.Pow(expected[i], 2);
        }

        return length > 0 ? Math.Sqrt(difference / length) : double.NaN;
    }

    private sealed class Pair : IDisposable
    {
        private readonly QLearner _device;

        public Pair(GpuSettings settings, AlgorithmSpec spec)
        {
            // A rehearsal shares its machine with other tests.
            var threads = settings.Rehearsal ? 1 : Environment.ProcessorCount;
            Cpu = QLearner.Create(spec, SyntheticBatch.Input, SyntheticBatch.ActionCount, seed: 1, threads: threads);
            try
            {
                _device = QLearner.Create(spec, SyntheticBatch.Input, SyntheticBatch.ActionCount, seed: 1, settings.Device);
                var random = new RandomStream(1, "disturbance");
                var weights = Cpu.ExportWeights().Select(w => w with { Values = Disturbed(w.Values, settings.Disturb, random) });
                _device.ImportWeights([.. weights]);
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public QLearner Cpu { get; }

        public (T Cpu, T Device) Both<T>(Func<QLearner, T> work) => (work(Cpu), work(_device));

        public void Dispose()
        {
            Cpu.Dispose();
            _device?.Dispose();
        }

        private static ReadOnlyMemory<float> Disturbed(ReadOnlyMemory<float> values, double noise, RandomStream random)
        {
            if (noise == 0)
                return values;
            var copy = values.ToArray();
            foreach (ref var value in copy.AsSpan())
                value *= (float)(1 + (noise * random.NextGaussian()));
            return copy;
        }
    }
}
