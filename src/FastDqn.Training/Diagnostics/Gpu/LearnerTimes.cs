using System.Diagnostics;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Pixels.Cuda;

namespace FastDqn.Training.Diagnostics.Gpu;

/// <summary>
/// How long updates and acting take: medians, each repetition waited for, frames copied from the host included.
/// </summary>
internal static class LearnerTimes
{
    public static void Run(GpuSettings settings, Action<GpuFigure> tell)
    {
        using var memory = settings.Rehearsal ? null : CudaPinnedMemory.Open();
        foreach (var graph in Ways(settings, tell))
        {
            var how = graph ? "graph" : "eager";
            using (var nature = Learner(settings, "dqn-cleanrl", new LearnerSettings { Graph = graph }))
            {
                foreach (var size in settings.Batches)
                    Measure(settings, tell, nature, $"{how}, Nature", size, memory);
            }

            foreach (var (preset, size) in (ReadOnlySpan<(string, int)>)[("rainbow", settings.Batches[0]), ("btr", settings.Batches[1])])
            {
                using var learner = Learner(settings, preset, new LearnerSettings { Graph = graph });
                Measure(settings, tell, learner, $"{how}, {preset}", size, memory);
            }
        }
    }

    /// <summary>
    /// Operation by operation, and as graphs where those can be had; tells why not where they cannot.
    /// </summary>
    internal static bool[] Ways(GpuSettings settings, Action<GpuFigure> tell)
    {
        if (settings.Rehearsal)
            return [false];
        if (LearnerDevice.GraphProblem is not { } problem)
            return [false, true];
        tell(new GpuFigure("graphs", null, Text: $"none: {problem}"));
        return [false];
    }

    /// <summary>Median seconds of one repetition.</summary>
    internal static double Median(GpuSettings settings, Action work)
    {
        for (var i = 0; i < Math.Min(5, settings.Repeats); i++)
            Once();
        var clock = Stopwatch.StartNew();
        List<double> times = [];
        while (times.Count < settings.Repeats && (times.Count == 0 || clock.Elapsed.TotalSeconds < settings.RepeatSeconds))
            times.Add(Once());
        times.Sort();
        return times[times.Count / 2];

        double Once()
        {
            var start = Stopwatch.GetTimestamp();
            work();
            GpuChecks.Synchronize(settings);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    /// <summary>A learner on the device; <paramref name="how"/> it works there.</summary>
    internal static DqnLearner Learner(GpuSettings settings, string preset, LearnerSettings how) =>
        new(
            AlgorithmPresets.Get(preset),
            SyntheticBatch.Input,
            SyntheticBatch.ActionCount,
            seed: 1,
            settings.Device,
            Environment.ProcessorCount,
            how);

    /// <summary>
    /// Seconds of an update where the next is submitted before the last is waited for, as trainings do.
    /// </summary>
    private static double InARow(GpuSettings settings, DqnLearner learner, Minibatch batch)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < settings.Repeats; i++)
        {
            learner.Submit(batch);
            Collect(learner.Lag);
        }

        Collect(0);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / settings.Repeats;

        void Collect(int left)
        {
            while (learner.Pending > left)
                learner.Collect();
        }
    }

    private static void Measure(
        GpuSettings settings, Action<GpuFigure> tell, DqnLearner learner, string name, int size, CudaPinnedMemory? memory)
    {
        var (update, row, acting) = Times(settings, learner, size, memory);
        tell(new GpuFigure($"update, {name}, batch {size}", 1000 * update, "ms"));
        tell(new GpuFigure($"update, {name}, batch {size}, in a row", 1000 * row, "ms"));
        tell(new GpuFigure($"acting, {name}, batch {size}", 1000 * acting, "ms"));
    }

    /// <summary>Seconds of an update, of one among others in a row, and of acting.</summary>
    internal static (double Update, double Row, double Acting) Times(
        GpuSettings settings, DqnLearner learner, int size, CudaPinnedMemory? memory)
    {
        using var batch = new SyntheticBatch(learner.Spec, size, seed: 1);
        using var locked = batch.Lock(memory);
        var update = Median(settings, () => learner.Update(batch));
        var row = InARow(settings, learner, batch);
        var (actions, values) = (new int[size], new float[size]);
        return (update, row, Median(settings, () => learner.Act(batch.Observations, size, actions, values)));
    }
}
