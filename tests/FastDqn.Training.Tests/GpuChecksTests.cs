using FastDqn.Training.Diagnostics.Gpu;

namespace FastDqn.Training.Tests;

/// <summary>
/// The checks of <c>doctor --gpu</c> where they must find something; that they pass is rehearsed with the program.
/// </summary>
public sealed class GpuChecksTests
{
    [Theory]
    [InlineData("dqn-nature")]
    [InlineData("rainbow")]
    [InlineData("btr")]
    public void ALearnerThatDiffersIsFound(string preset)
    {
        var figures = Compare(preset, disturb: 1e-2);
        Assert.Equal(4, figures.Count);
        Assert.Contains(figures, f => f.What.StartsWith("Q-values", StringComparison.Ordinal) && !f.Passed);
        Assert.Contains(figures, f => f.What.StartsWith("gradient", StringComparison.Ordinal) && !f.Passed);
    }

    [Theory]
    [InlineData("dqn-nature")]
    [InlineData("rainbow")]
    [InlineData("btr")]
    public void RoundingIsWithinTheBounds(string preset) =>
        Assert.All(Compare(preset, disturb: 1e-7), f => Assert.True(f.Passed && f.Value > 0, $"{f.What} {f.Value}, bound {f.Bound}"));

    [Fact]
    public void AFigureThatIsNoNumberDoesNotPass()
    {
        Assert.False(new GpuFigure("x", double.NaN, "", Bound: 1).Passed);
        Assert.False(new GpuFigure("x", null, "", Bound: 1).Passed);
        Assert.False(GpuFigure.FromJson(new GpuFigure("x", double.PositiveInfinity, "", Bound: 1).ToJson()).Passed);
        Assert.True(GpuFigure.FromJson(new GpuFigure("x", 1, "s", Bound: 1).ToJson()).Passed);
    }

    private static List<GpuFigure> Compare(string preset, double disturb)
    {
        var figures = new List<GpuFigure>();
        GpuChecks.All.Single(c => c.Name == preset switch { "dqn-nature" => "nature", "btr" => "impala", _ => preset })
            .Run(GpuSettings.Rehearse with { Disturb = disturb, Updates = 10 }, figures.Add);
        return figures;
    }
}
