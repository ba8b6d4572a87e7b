using System.Diagnostics;
using FastDqn.Learning;
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
        using (var nature = Learner(settings, "dqn-cleanrl"))
        {
            foreach (var size in settings.Batches)
                Measure(settings, tell, nature, "Nature", size, memory);
        }

        foreach (var (preset, size) in (ReadOnlySpan<(string, int)>)[("rainbow", settings.Batches[0]), ("btr", settings.Batches[1])])
        {
            using var learner = Learner(settings, preset);
            Measure(settings, tell, learner, preset, size, memory);
        }
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

    private static DqnLearner Learner(GpuSettings settings, string preset) =>
        new(AlgorithmPresets.Get(preset), SyntheticBatch.Input, SyntheticBatch.Actions, seed: 1, settings.Device, Environment.ProcessorCount);

    private static void Measure(
        GpuSettings settings, Action<GpuFigure> tell, DqnLearner learner, string name, int size, CudaPinnedMemory? memory)
    {
        using var batch = SyntheticBatch.Create(size, seed: 1);
        using var locked = batch.Lock(memory);
        Time("update", () => learner.Update(batch));
        var (actions, values) = (new int[size], new float[size]);
        Time("acting", () => learner.Act(batch.Observations, size, actions, values));

        void Time(string what, Action work) => tell(new GpuFigure($"{what}, {name}, batch {size}", 1000 * Median(settings, work), "ms"));
    }
}
