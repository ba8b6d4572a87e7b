using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Training.Diagnostics.Gpu;

/// <summary>
/// Equal learners make the same updates: twice operation by operation, and as graphs. What differs is told
/// as the number of weights that have other bits.
/// </summary>
internal static class Repetition
{
    private const int Updates = 12;

    public static void Run(GpuSettings settings, Action<GpuFigure> tell)
    {
        var batches = Enumerable.Range(0, Updates).Select(i => SyntheticBatch.Create(settings.CompareBatch, (ulong)i)).ToList();
        try
        {
            var graphs = LearnerTimes.Ways(settings, tell).Contains(true);
            foreach (var preset in (string[])["dqn-nature", "rainbow", "btr"])
            {
                var first = Weights(settings, preset, batches, graph: false);
                Tell("the same again", graph: false);
                if (graphs)
                    Tell("graph against eager", graph: true);

                void Tell(string what, bool graph) => tell(new GpuFigure(
                    $"{preset}, {what}: weights that differ", Differing(first, Weights(settings, preset, batches, graph)), "", Bound: 0));
            }
        }
        finally
        {
            batches.ForEach(batch => batch.Dispose());
        }
    }

    private static float[] Weights(GpuSettings settings, string preset, List<Minibatch> batches, bool graph)
    {
        using var learner = new DqnLearner(
            AlgorithmPresets.Get(preset), SyntheticBatch.Input, SyntheticBatch.Actions, seed: 1, settings.Device,
            settings: new LearnerSettings { Graph = graph });
        foreach (var batch in batches)
            learner.Update(batch);
        return [.. learner.ExportWeights().SelectMany(tensor => tensor.Values.ToArray())];
    }

    private static int Differing(float[] first, float[] second) =>
        first.Zip(second, (a, b) => BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b) ? 0 : 1).Sum();
}
