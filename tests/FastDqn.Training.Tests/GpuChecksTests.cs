using FastDqn.Learning.Specs;
using FastDqn.Training.Diagnostics.Gpu;

namespace FastDqn.Training.Tests;

/// <summary>
/// The checks of <c>doctor --gpu</c> where they must find something; that they pass is rehearsed with the program.
/// </summary>
public sealed class GpuChecksTests
{
    public static TheoryData<string> Algorithms => [.. AlgorithmPresets.Names];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void ALearnerThatDiffersIsFound(string algorithm)
    {
        var figures = Compare(algorithm, disturb: 1e-2, updates: 1);
        Assert.Equal(4, figures.Count);
        Assert.Contains(figures, f => f.What.StartsWith("Q-values", StringComparison.Ordinal) && !f.Passed);
        Assert.Contains(figures, f => f.What.StartsWith("gradient", StringComparison.Ordinal) && !f.Passed);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void RoundingIsWithinTheBounds(string algorithm) =>
        Assert.All(
            Compare(algorithm, disturb: 1e-7, updates: 10),
            f => Assert.True(f.Passed && f.Value > 0, $"{f.What} {f.Value}, bound {f.Bound}"));

    [Fact]
    public void AFigureThatIsNoNumberDoesNotPass()
    {
        Assert.False(new GpuFigure("x", double.NaN, "", Bound: 1).Passed);
        Assert.False(new GpuFigure("x", null, "", Bound: 1).Passed);
        Assert.False(GpuFigure.FromJson(new GpuFigure("x", double.PositiveInfinity, "", Bound: 1).ToJson()).Passed);
        Assert.True(GpuFigure.FromJson(new GpuFigure("x", 1, "s", Bound: 1).ToJson()).Passed);
    }

    private static List<GpuFigure> Compare(string algorithm, double disturb, int updates)
    {
        var figures = new List<GpuFigure>();
        LearnerComparison.Run(GpuSettings.Rehearse with { Disturb = disturb, Updates = updates }, algorithm, figures.Add);
        return figures;
    }
}
