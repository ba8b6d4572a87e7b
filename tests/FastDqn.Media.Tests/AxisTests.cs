namespace FastDqn.Media.Tests;

public sealed class AxisTests
{
    [Theory]
    [InlineData(0, 1, 5, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    [InlineData(-3, 17, 5, new[] { 0.0, 5, 10, 15 })]
    [InlineData(0.1, 0.7, 6, new[] { 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7 })]
    [InlineData(0, 40_000, 4, new[] { 0.0, 10_000, 20_000, 30_000, 40_000 })]
    [InlineData(7, 7, 5, new[] { 7.0 })]
    public void TicksAreRoundAndWithinTheRange(double low, double high, int about, double[] expected)
    {
        var ticks = Axis.Ticks(low, high, about);
        Assert.Equal(expected.Length, ticks.Count);
        Assert.All(ticks.Zip(expected), t => Assert.Equal(t.Second, t.First, 1e-9));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.5, "0.5")]
    [InlineData(-0.00125, "-0.00125")]
    [InlineData(0.00025, "2.5e-4")]
    [InlineData(9999, "9999")]
    [InlineData(20_000, "20k")]
    [InlineData(1_500_000, "1.5M")]
    [InlineData(2e9, "2e9")]
    public void LabelsAreShort(double value, string label) => Assert.Equal(label, Axis.Label(value));

    [Fact]
    public void AnAxisMapsItsRangeToItsPixels()
    {
        var axis = new Axis(10, 20, 300, 100);
        Assert.Equal([300.0, 200, 100], new[] { 10.0, 15, 20 }.Select(axis.Map));
        Assert.Equal(0.25, axis.Share(12.5));
    }
}
