namespace FastDqn.Media;

/// <summary>A curve; <paramref name="Low"/> and <paramref name="High"/> make a band around it where given.</summary>
public sealed record Series(
    string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<double>? Low = null, IReadOnlyList<double>? High = null);

/// <summary>Curves over a common axis.</summary>
public sealed record LineChart(string Title, string XLabel, string YLabel, IReadOnlyList<Series> Series)
{
    /// <summary>Charts one below another as one SVG document.</summary>
    public static string Render(IReadOnlyList<LineChart> charts)
    {
        ArgumentNullException.ThrowIfNull(charts);
        var legends = charts.Select(Legend.Of).ToList();
        var canvas = new SvgCanvas(LineChartPanel.Width, legends.Sum(legend => LineChartPanel.Height + legend.Height));
        var top = 0.0;
        foreach (var (chart, legend) in charts.Zip(legends))
        {
            new LineChartPanel(canvas, chart, legend, top).Draw();
            top += LineChartPanel.Height + legend.Height;
        }

        return canvas.ToString();
    }
}

/// <summary>
/// Where a chart's names stand: beside its title where there is room, else in lines of their own below it.
/// </summary>
/// <param name="Beside">They end where <paramref name="Places"/> say; below they begin there.</param>
/// <param name="Places">Pixels from the left, and which line below.</param>
internal sealed record Legend(bool Beside, IReadOnlyList<(double X, int Line)> Places)
{
    public const double LineHeight = 16;
    private const double Gap = 16;

    // Of the 12-pixel font, on the wide side: no renderer is asked.
    private const double LetterWidth = 6.8;

    /// <summary>What it takes below the chart.</summary>
    public double Height => Beside || Places.Count == 0 ? 0 : LineHeight * (Places[^1].Line + 1);

    public static Legend Of(LineChart chart)
    {
        var widths = chart.Series.Select(s => s.Name.Length * LetterWidth).ToList();
        var title = chart.Title.Length * 1.25 * LetterWidth;
        var ends = new (double, int)[widths.Count];
        var end = LineChartPanel.Right;
        for (var i = ends.Length - 1; i >= 0; i--)
        {
            ends[i] = (end, 0);
            end -= widths[i] + Gap;
        }

        if (end > LineChartPanel.Left + title)
            return new Legend(true, ends);
        var (x, line) = (LineChartPanel.Left, 0);
        for (var i = 0; i < ends.Length; i++)
        {
            if (x + widths[i] > LineChartPanel.Right && i > 0)
                (x, line) = (LineChartPanel.Left, line + 1);
            ends[i] = (x, line);
            x += widths[i] + Gap;
        }

        return new Legend(false, ends);
    }
}

/// <summary>Draws one chart, from <paramref name="top"/> downwards.</summary>
internal sealed class LineChartPanel(SvgCanvas canvas, LineChart chart, Legend legend, double top)
{
    public const double Width = 760, Height = 300, Left = 78, Right = Width - 18;
    private const double TitleY = 20;

    // Okabe and Ito's colours: told apart by colour-blind readers too.
    private static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999933"];

    private readonly double _upper = top + 34, _lower = top + Height - 48;
    private readonly Axis _x = Axis.Over(chart.Series.SelectMany(s => s.X), Left, Right);
    private readonly Axis _y = Axis.Over(
        chart.Series.SelectMany(s => s.Y.Concat(s.Low ?? []).Concat(s.High ?? [])), top + Height - 48, top + 34);

    public void Draw()
    {
        canvas.Text(Left, top + TitleY, chart.Title, size: 14);
        DrawAxes();
        for (var i = 0; i < chart.Series.Count; i++)
            DrawCurve(chart.Series[i], Colours[i % Colours.Length]);
        DrawLegend();
    }

    private void DrawAxes()
    {
        foreach (var tick in _y.Ticks())
        {
            canvas.Line(Left, _y.Map(tick), Right, _y.Map(tick), SvgCanvas.Faint, 0.6);
            canvas.Text(Left - 6, _y.Map(tick) + 4, Axis.Label(tick), "end");
        }

        foreach (var tick in _x.Ticks(6))
        {
            canvas.Line(_x.Map(tick), _lower, _x.Map(tick), _lower + 4, SvgCanvas.Ink);
            canvas.Text(_x.Map(tick), _lower + 18, Axis.Label(tick), "middle");
        }

        canvas.Line(Left, _upper, Left, _lower, SvgCanvas.Ink);
        canvas.Line(Left, _lower, Right, _lower, SvgCanvas.Ink);
        canvas.Text((Left + Right) / 2, top + Height - 12, chart.XLabel, "middle");
        canvas.Text(16, (_upper + _lower) / 2, chart.YLabel, "middle", rotate: -90);
    }

    private void DrawCurve(Series series, string colour)
    {
        if (series is { Low: { } low, High: { } high })
            canvas.Area(Points(series.X, high).Concat(Points(series.X, low).Reverse()), colour, 0.2);
        // A line needs two points: a single one is a dot, with the range of its band.
        if (Enumerable.Range(0, series.X.Count).Where(k => double.IsFinite(series.Y[k])).Take(2).ToList() is [var only])
        {
            var x = _x.Map(series.X[only]);
            var (bottom, peak) = (series.Low?[only] ?? series.Y[only], series.High?[only] ?? series.Y[only]);
            if (bottom != peak)
                canvas.Line(x, _y.Map(bottom), x, _y.Map(peak), colour, 5, 0.4);
            canvas.Dot(x, _y.Map(series.Y[only]), 3, colour);
        }

        canvas.Path(Points(series.X, series.Y), colour, 1.5);
    }

    private void DrawLegend()
    {
        for (var i = 0; i < legend.Places.Count; i++)
        {
            var (x, line) = legend.Places[i];
            var y = legend.Beside ? top + TitleY : top + Height + (Legend.LineHeight * line) + 4;
            canvas.Text(x, y, chart.Series[i].Name, legend.Beside ? "end" : "start", colour: Colours[i % Colours.Length]);
        }
    }

    private IEnumerable<(double X, double Y)> Points(IReadOnlyList<double> xs, IReadOnlyList<double> ys) =>
        Enumerable.Range(0, xs.Count).Where(k => double.IsFinite(ys[k])).Select(k => (_x.Map(xs[k]), _y.Map(ys[k])));
}
