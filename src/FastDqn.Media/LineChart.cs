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
        var canvas = new SvgCanvas(LineChartPanel.Width, LineChartPanel.Height * charts.Count);
        for (var i = 0; i < charts.Count; i++)
            new LineChartPanel(canvas, charts[i], LineChartPanel.Height * i).Draw();
        return canvas.ToString();
    }
}

/// <summary>Draws one chart, from <paramref name="top"/> downwards.</summary>
internal sealed class LineChartPanel(SvgCanvas canvas, LineChart chart, double top)
{
    public const double Width = 760, Height = 300;
    private const double Left = 78, Right = Width - 18, TitleY = 20;

    // Of the 12-pixel font, on the wide side: no renderer is asked.
    private const double LetterWidth = 6.8;

    // Okabe and Ito's colours: told apart by colour-blind readers too.
    private static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999933"];

    private readonly double _upper = top + 34, _lower = top + Height - 48;
    private readonly Axis _x = Range(chart.Series.SelectMany(s => s.X), Left, Right);
    private readonly Axis _y = Range(
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

    /// <summary>
    /// The names: beside the title where there is room, else inside on a ground that the curves do not cross.
    /// </summary>
    private void DrawLegend()
    {
        var ends = new double[chart.Series.Count];
        var end = Right;
        for (var i = ends.Length - 1; i >= 0; i--)
        {
            ends[i] = end;
            end -= (chart.Series[i].Name.Length * LetterWidth) + 16;
        }

        var beside = end > Left + (chart.Title.Length * 1.25 * LetterWidth);
        for (var i = 0; i < ends.Length; i++)
        {
            var (name, colour) = (chart.Series[i].Name, Colours[i % Colours.Length]);
            var (x, y) = beside ? (ends[i], top + TitleY) : (Right - 6, _upper + 14 + (15 * i));
            var width = (name.Length * LetterWidth) + 6;
            if (!beside)
                canvas.Bar(x - width + 3, y - 12, width, 15, "white", 0.8);
            canvas.Text(x, y, name, "end", colour: colour);
        }
    }

    private IEnumerable<(double X, double Y)> Points(IReadOnlyList<double> xs, IReadOnlyList<double> ys) =>
        Enumerable.Range(0, xs.Count).Where(k => double.IsFinite(ys[k])).Select(k => (_x.Map(xs[k]), _y.Map(ys[k])));

    private static Axis Range(IEnumerable<double> values, double from, double to)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values.Where(double.IsFinite))
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        if (!(low <= high))
            return new Axis(0, 1, from, to);
        return high - low > 1e-12 * Math.Max(1, Math.Abs(high)) ? new Axis(low, high, from, to) : new Axis(low - 1, high + 1, from, to);
    }
}
