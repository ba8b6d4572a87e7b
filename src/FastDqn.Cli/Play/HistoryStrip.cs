using System.Globalization;
using System.Text;

namespace FastDqn.Cli.Play;

/// <summary>
/// The values of the last steps as a line of bars: green above nothing, red below, the newest at the right. Where a
/// cell stands for several steps it shows the one farthest from nothing.
/// </summary>
internal sealed class HistoryStrip
{
    /// <summary>Steps that are shown.</summary>
    public const int Steps = 200;

    private const string Bars = "▁▂▃▄▅▆▇█";
    private readonly double[] _values = new double[Steps];
    private int _next;
    private long _added;

    public void Add(double value)
    {
        _values[_next] = value;
        _next = (_next + 1) % Steps;
        _added++;
    }

    /// <summary>The values since the first step, at most the last <see cref="Steps"/>; the oldest first.</summary>
    public IReadOnlyList<double> Values
    {
        get
        {
            var count = (int)Math.Min(_added, Steps);
            return [.. Enumerable.Range(Steps - count, count).Select(i => _values[(_next + i) % Steps])];
        }
    }

    /// <summary>The strip with its colours, at most this many cells.</summary>
    public string Render(int columns)
    {
        var cells = Math.Min(columns, Steps);
        var largest = Math.Max(1e-9, _values.Max(Math.Abs));
        var text = new StringBuilder();
        var colour = 0;
        for (var cell = 0; cell < cells; cell++)
        {
            var value = 0.0;
            for (var i = cell * Steps / cells; i < (cell + 1) * Steps / cells; i++)
                value = Math.Abs(_values[(_next + i) % Steps]) > Math.Abs(value) ? _values[(_next + i) % Steps] : value;
            var wanted = value > 0 ? 32 : value < 0 ? 31 : 90;
            if (wanted != colour)
                text.Append(CultureInfo.InvariantCulture, $"\e[{colour = wanted}m");
            text.Append(value == 0 ? '·' : Bars[(int)Math.Round(Math.Abs(value) / largest * (Bars.Length - 1))]);
        }

        return text.Append("\e[0m").ToString();
    }
}
