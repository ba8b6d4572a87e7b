using System.Globalization;
using System.Xml.Linq;

namespace FastDqn.Media.Tests;

public sealed class LineChartTests
{
    [Theory]
    [InlineData(0, 10, 0, 10)]
    [InlineData(2, 10, 0, 10)] // zero is near
    [InlineData(190, 200, 190, 200)] // it is not
    [InlineData(-21, -3, -21, -3)]
    [InlineData(5, 5, 0, 5)]
    [InlineData(-5, -5, -5, 0)]
    [InlineData(0, 0, 0, 1)]
    public void AxesHaveRoomAndZeroWhereItIsNear(double low, double high, double from, double to)
    {
        var axis = Axis.Over([high, low, double.NaN], 0, 100);
        Assert.InRange(axis.Low, from - (0.05 * (to - from)), from - (0.03 * (to - from)));
        Assert.InRange(axis.High, to + (0.03 * (to - from)), to + (0.05 * (to - from)));
    }

    [Fact]
    public void AnAxisOfNothingIsStillOne() => Assert.Equal(new Axis(0, 1, 0, 100), Axis.Over([double.NaN], 0, 100));

    /// <summary>
    /// Whatever the number and the length of the names: none lies where curves may, and none beyond the picture.
    /// </summary>
    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(3, 60)]
    [InlineData(12, 25)]
    [InlineData(1, 105)]
    public void LegendsLieOnNoCurve(int count, int length)
    {
        var names = Enumerable.Range(0, count).Select(i => $"{i}".PadRight(length, 'x')).ToList();
        var chart = new LineChart(
            "Average reward of the last episodes", "agent steps", "reward", [.. names.Select(n => new Series(n, [0, 1], [0, 1]))]);
        var svg = XDocument.Parse(LineChart.Render([chart, chart])).Root!;
        var texts = svg.Elements().Where(e => e.Name.LocalName == "text" && names.Contains(e.Value)).ToList();
        Assert.Equal(2 * count, texts.Count);
        // A frame is the lines that all its curves lie within.
        var frames = svg.Elements().Where(e => e.Name.LocalName == "line")
            .Where(e => Number(e, "x1") == Number(e, "x2") && Number(e, "y2") - Number(e, "y1") > 100).ToList();
        Assert.Equal(2, frames.Count);
        var height = Number(svg, "height");
        foreach (var text in texts)
        {
            var bottom = Number(text, "y");
            Assert.InRange(bottom, 12, height - 3);
            Assert.All(frames, f => Assert.False(bottom + 3 > Number(f, "y1") && bottom - 10 < Number(f, "y2"), text.Value));
        }

        // No two on one another.
        Assert.Equal(texts.Count, texts.Select(t => (Number(t, "x"), Number(t, "y"))).Distinct().Count());
        foreach (var curve in svg.Elements().Where(e => e.Name.LocalName == "polyline"))
        {
            foreach (var point in ((string)curve.Attribute("points")!).Split(' '))
                Assert.InRange(double.Parse(point.Split(',')[0], CultureInfo.InvariantCulture), 78 + 5, 742 - 5);
        }
    }

    private static double Number(XElement element, string name) =>
        double.Parse((string)element.Attribute(name)!, CultureInfo.InvariantCulture);
}
