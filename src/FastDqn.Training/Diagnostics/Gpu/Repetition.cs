using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Training.Diagnostics.Gpu;

/// <summary>
/// Equal learners of each algorithm make the same updates: twice operation by operation, and as graphs. What differs is
/// told as the number of weights that have other bits.
/// </summary>
internal static class Repetition
{
    // Rehearsals have no graphs, which take more updates before they are replayed.
    private static int Updates(GpuSettings settings) => settings.Rehearsal ? settings.Updates : 12;

    public static void Run(GpuSettings settings, Action<GpuFigure> tell)
    {
        var graphs = LearnerTimes.Ways(settings, tell).Contains(true);
        GpuChecks.EachAlgorithm(tell, name =>
        {
            var spec = SyntheticBatch.SpecOf(name);
            var batches = SyntheticBatch.Several(Updates(settings), spec, settings.CompareBatch);
            try
            {
                var first = Weights(settings, spec, batches, graph: false);
                Tell("the same again", graph: false);
                // Recurrent networks learn operation by operation.
                if (graphs && spec.Body.Lstm == 0)
                    Tell("graph against eager", graph: true);

                void Tell(string what, bool graph) => tell(new GpuFigure(
                    $"{name}, {what}: weights that differ", Differing(first, Weights(settings, spec, batches, graph)), "", Bound: 0));
            }
            finally
            {
                batches.ForEach(batch => batch.Dispose());
            }
        });
    }

    private static float[] Weights(GpuSettings settings, AlgorithmSpec spec, List<SyntheticBatch> batches, bool graph)
    {
        using var learner = QLearner.Create(
            spec, SyntheticBatch.Input, SyntheticBatch.ActionCount, seed: 1, settings.Device,
            settings: new LearnerSettings { Graph = graph });
        foreach (var batch in batches)
            batch.Update(learner);
        return [.. learner.ExportWeights().SelectMany(tensor => tensor.Values.ToArray())];
    }

    private static int Differing(float[] first, float[] second) =>
        first.Zip(second, (a, b) => BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b) ? 0 : 1).Sum();
}
