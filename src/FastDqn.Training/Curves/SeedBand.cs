using FastDqn.Media;

namespace FastDqn.Training.Curves;

/// <summary>
/// Several runs' curves as one: their mean, and a band from the lowest to the highest. A run has a say from its first
/// step to its last.
/// </summary>
public static class SeedBand
{
    /// <summary>The band at every step that any of the runs wrote.</summary>
    /// <param name="name">Legend.</param>
    /// <param name="runs">A curve a run; steps ascend.</param>
    /// <param name="smooth">Points of a running mean over each run; 1: none.</param>
    public static Series Of(string name, IReadOnlyList<IReadOnlyList<(double Step, double Value)>> runs, int smooth)
    {
        var curves = runs.Select(run => Smooth(run, smooth)).ToList();
        return curves.Count == 1
            ? new Series(name, [.. curves[0].Select(p => p.Step)], [.. curves[0].Select(p => p.Value)])
            : At($"{name} ({curves.Count} seeds)", curves, [.. curves.SelectMany(c => c.Select(p => p.Step)).Distinct().Order()]);
    }

    /// <summary>The band at steps of one's own; a step that no run has reached, or had begun by, is left out.</summary>
    /// <param name="name">Legend.</param>
    /// <param name="runs">A curve a run; steps ascend.</param>
    /// <param name="steps">Where; they ascend.</param>
    /// <param name="slack">
    /// How far beyond its first and its last step a run still has a say, by its nearest value.
    /// </param>
    public static Series At(
        string name, IReadOnlyList<IReadOnlyList<(double Step, double Value)>> runs, IReadOnlyList<double> steps, double slack = 0)
    {
        var curves = runs.Where(run => run.Count > 0)
            .Select(run => run.GroupBy(p => p.Step, (step, points) => (Step: step, Value: points.Average(p => p.Value))).ToArray())
            .ToList();
        var values = steps
            .Select(s => (
                Step: s,
                All: curves.Where(c => s >= c[0].Step - slack && s <= c[^1].Step + slack).Select(c => Value(c, s)).ToList()))
            .Where(v => v.All.Count > 0).ToList();
        var line = new Series(name, [.. values.Select(v => v.Step)], [.. values.Select(v => v.All.Average())]);
        return curves.Count <= 1 ? line
            : line with { Low = [.. values.Select(v => v.All.Min())], High = [.. values.Select(v => v.All.Max())] };
    }

    /// <summary>A running mean over the last <paramref name="width"/> points.</summary>
    public static IReadOnlyList<(double Step, double Value)> Smooth(IReadOnlyList<(double Step, double Value)> run, int width)
    {
        if (width == 1)
            return run;
        var smooth = new List<(double, double)>(run.Count);
        var sum = 0.0;
        for (var i = 0; i < run.Count; i++)
        {
            sum += run[i].Value;
            if (i >= width)
                sum -= run[i - width].Value;
            smooth.Add((run[i].Step, sum / Math.Min(i + 1, width)));
        }

        return smooth;
    }

    private static double Value((double Step, double Value)[] curve, double step)
    {
        var (low, high) = (0, curve.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = curve[middle].Step >= step ? (low, middle) : (middle + 1, high);
        }

        // Beyond its ends too.
        if (low == 0 || curve[low].Step <= step)
            return curve[low].Value;
        var (a, b) = (curve[low - 1], curve[low]);
        return a.Value + ((step - a.Step) / (b.Step - a.Step) * (b.Value - a.Value));
    }
}
