using System.Text;
using FastDqn.Cli.Play;

namespace FastDqn.Cli.Tests.Play;

public sealed class ScreenTests
{
    [Fact]
    public void ACellShowsTwoPixelsAndOnlyChangesAreSent()
    {
        var screen = new HalfBlockScreen(4, 2, 4, 4, trueColour: true);
        var rgb = new byte[4 * 4 * 3];
        rgb[0] = 255; // upper left pixel red
        var text = new StringBuilder();
        screen.Draw(rgb, 1, text);
        Assert.StartsWith("\e[1;1H\e[38;2;255;0;0m\e[48;2;0;0;0m▀", text.ToString(), StringComparison.Ordinal);
        Assert.Equal(8, text.ToString().Count(c => c == '▀'));
        text.Clear();
        screen.Draw(rgb, 1, text);
        Assert.Equal("", text.ToString());
        rgb[3 * 13] = 255; // second pixel of the lowest row
        screen.Draw(rgb, 1, text);
        Assert.Equal("\e[2;2H\e[38;2;0;0;0m\e[48;2;255;0;0m▀\e[0m", text.ToString());
    }

    [Fact]
    public void ASingleBrightPixelSurvivesBeingMadeSmaller()
    {
        var screen = new HalfBlockScreen(20, 10, 160, 210, trueColour: true);
        var rgb = new byte[160 * 210 * 3];
        rgb[3 * ((101 * 160) + 77)] = 255;
        var text = new StringBuilder();
        screen.Draw(rgb, 1, text);
        Assert.Matches("\e\\[(38|48);2;[1-9][0-9]*;0;0m", text.ToString());
    }

    [Fact]
    public void PicturesKeepTheirShapeWithinTheTerminal()
    {
        foreach (var (columns, rows) in new[] { (80, 21), (200, 20), (30, 60) })
        {
            var screen = new HalfBlockScreen(columns, rows, 160, 210, trueColour: false);
            Assert.InRange(screen.Columns, 1, columns);
            Assert.InRange(screen.Rows, 1, rows);
            Assert.Equal(4.0 / 3, screen.Columns / (2.0 * screen.Rows), 0.25);
        }
    }

    [Fact]
    public void AStripShowsTheLast200StepsTheNewestAtTheRight()
    {
        var strip = new HistoryStrip();
        Assert.Equal($"\e[90m{new string('·', 200)}\e[0m", strip.Render(500));
        Assert.Empty(strip.Values);
        strip.Add(2);
        strip.Add(-1);
        Assert.Equal($"\e[90m{new string('·', 198)}\e[32m█\e[31m▅\e[0m", strip.Render(200));
        // Fifty steps a cell: the farthest from nothing.
        Assert.Equal("\e[90m···\e[32m█\e[0m", strip.Render(4));
        Assert.Equal([2, -1], strip.Values);
        for (var i = 0; i < 199; i++)
            strip.Add(0);
        Assert.Equal($"\e[31m█\e[90m{new string('·', 199)}\e[0m", strip.Render(200));
        Assert.Equal(200, strip.Values.Count);
        Assert.Equal(-1, strip.Values[0]);
    }
}
