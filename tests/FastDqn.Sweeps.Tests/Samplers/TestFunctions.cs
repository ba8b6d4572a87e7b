using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;

namespace FastDqn.Sweeps.Tests.Samplers;

/// <summary>
/// Standard test functions (Surjanovic and Bingham, Virtual Library of Simulation Experiments), all minimised.
/// </summary>
public static class TestFunctions
{
    public sealed record TestFunction(string Name, ParameterSpace Space, double Minimum, Func<double[], double> Value);

    public static TestFunction Branin { get; } = new(
        "Branin", Box((-5, 10), (0, 15)), 0.397887,
        x => Math.Pow(x[1] - (5.1 / (4 * Math.PI * Math.PI) * x[0] * x[0]) + (5 / Math.PI * x[0]) - 6, 2)
            + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x[0])) + 10);

    public static TestFunction Hartmann6 { get; } = new("Hartmann6", Box([.. Enumerable.Repeat((0.0, 1.0), 6)]), -3.32237, Hartmann);

    public static TestFunction Rosenbrock { get; } = new(
        "Rosenbrock", Box([.. Enumerable.Repeat((-5.0, 10.0), 4)]), 0,
        x => Enumerable.Range(0, x.Length - 1).Sum(i => (100 * Math.Pow(x[i + 1] - (x[i] * x[i]), 2)) + Math.Pow(1 - x[i], 2)));

    public static IReadOnlyList<TestFunction> All { get; } = [Branin, Hartmann6, Rosenbrock];

    /// <summary>The best value found by a sampler in so many trials.</summary>
    public static double BestOf(TestFunction function, SamplerOptions options, int trials)
    {
        var sampler = options.Create(function.Space);
        var history = new List<Observation>();
        for (var n = 0; n < trials; n++)
        {
            var suggestion = sampler.Suggest(n, history)!;
            var value = function.Value([.. suggestion.Parameters.Values.Select(v => v.Number)]);
            history.Add(new Observation(n, suggestion.Parameters, TrialState.Complete, value, 0, n + 1, suggestion.Attributes));
        }

        return history.Min(t => t.Loss);
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    private static ParameterSpace Box(params (double Min, double Max)[] bounds) =>
        new([.. bounds.Select((b, i) => new Parameter($"x{i}", new NumberDomain(b.Min, b.Max)))]);

    private static double Hartmann(double[] x)
    {
        double[] alpha = [1.0, 1.2, 3.0, 3.2];
        double[][] a = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]];
        double[][] p =
        [
            [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
            [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
        ];
        return -Enumerable.Range(0, 4).Sum(
            i => alpha[i] * Math.Exp(-Enumerable.Range(0, 6).Sum(j => a[i][j] * Math.Pow(x[j] - p[i][j], 2))));
    }
}
