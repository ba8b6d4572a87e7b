using FastDqn.Cli.Terminal;

namespace FastDqn.Cli.Tests;

public sealed class TableFitTests
{
    private static readonly string[][] Rows =
    [
        ["trial", "state", "charts/mean_return", "step", "optimizer.learning_rate", "target.period", "other.period"],
        ["3", "running", "12.345", "20000", "0.00012345", "100", "200"],
    ];

    [Theory]
    [InlineData(200)]
    [InlineData(104)]
    [InlineData(90)]
    [InlineData(80)]
    [InlineData(60)]
    public void ATableIsNeverWiderThanTheTerminal(int width)
    {
        var fitted = TableFit.Fit(Rows, width, kept: 4);
        Assert.InRange(Enumerable.Range(0, fitted[0].Length).Sum(c => fitted.Max(r => r[c].Length) + 3) + 1, 1, width);
        Assert.Equal(["3", "running", "12.345", "20000"], fitted[1][..4]);
        Assert.Equal(fitted[0].Length, fitted[1].Length);
    }

    [Fact]
    public void NamesAreCutFirstThenColumnsAreCounted()
    {
        Assert.Same(Rows, TableFit.Fit(Rows, 200, kept: 4));
        // Two periods keep their whole names.
        Assert.Equal(
            ["trial", "state", "mean_return", "step", "learning_rate", "target.period", "other.period"],
            TableFit.Fit(Rows, 90, kept: 4)[0]);
        Assert.Equal(["trial", "state", "mean_return", "step", "learning_rate", "+2"], TableFit.Fit(Rows, 70, kept: 4)[0]);
        Assert.Equal("trial \u2026", TableFit.Cut("trial 1234567", 7));
        Assert.Equal("trial", TableFit.Cut("trial", 7));
    }
}
