using System.Globalization;
using System.Net;
using System.Text;

namespace FastDqn.Cli.Charts;

/// <summary>A curve; <paramref name="Low"/> and <paramref name="High"/> make a band around it where given.</summary>
internal sealed record Series(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<double>? Low = null, IReadOnlyList<double>? High = null);

/// <summary>Curves over a common axis.</summary>
internal sealed record LineChart(string Title, string XLabel, string YLabel, IReadOnlyList<Series> Series);

/// <summary>Draws charts one below another as one SVG document that needs nothing else: no script, no font, no style sheet.</summary>
internal static class SvgCharts
{
    private const int Width = 760, Height = 300;
    private const int Left = 78, Right = 18, Top = 34, Bottom = 48;

    // Of the 12-pixel font, on the wide side: no renderer is asked.
    private const double LetterWidth = 6.8;

    // Okabe and Ito's colours: told apart by colour-blind readers too.
    private static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999933"];

    public static string Render(IReadOnlyList<LineChart> charts)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height * charts.Count}\" viewBox=\"0 0 {Width} {Height * charts.Count}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        for (var i = 0; i < charts.Count; i++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<g transform=\"translate(0 {i * Height})\">\n");
            Chart(svg, charts[i]);
            svg.Append("</g>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>About <paramref name="count"/> round numbers that cover the range.</summary>
    internal static List<double> Ticks(double low, double high, int count)
    {
        var rough = (high - low) / count;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
        List<double> ticks = [];
        for (var k = Math.Ceiling(low / step - 1e-9); k * step <= high + (step * 1e-9); k++)
            ticks.Add(k * step);
        return ticks;
    }

    private static void Chart(StringBuilder svg, LineChart chart)
    {
        var (x0, x1) = Range(chart.Series.SelectMany(s => s.X));
        var (y0, y1) = Range(chart.Series.SelectMany(s => s.Y.Concat(s.Low ?? []).Concat(s.High ?? [])));
        Text(svg, Left, 20, chart.Title, "font-size=\"14\" font-weight=\"bold\"");
        foreach (var tick in Ticks(y0, y1, 5))
        {
            var y = Y(tick);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" y1=\"{y:0.#}\" x2=\"{Width - Right}\" y2=\"{y:0.#}\" stroke=\"#ddd\"/>\n");
            Text(svg, Left - 6, y + 4, Label(tick), "text-anchor=\"end\"");
        }

        foreach (var tick in Ticks(x0, x1, 6))
        {
            var x = X(tick);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x:0.#}\" y1=\"{Height - Bottom}\" x2=\"{x:0.#}\" y2=\"{Height - Bottom + 4}\" stroke=\"#333\"/>\n");
            Text(svg, x, Height - Bottom + 18, Label(tick), "text-anchor=\"middle\"");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {Top}V{Height - Bottom}H{Width - Right}\" fill=\"none\" stroke=\"#333\"/>\n");
        Text(svg, (Left + Width - Right) / 2.0, Height - 12, chart.XLabel, "text-anchor=\"middle\"");
        Text(svg, 0, 0, chart.YLabel, FormattableString.Invariant($"text-anchor=\"middle\" transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\""));
        var (beside, legend) = (Legend(chart), new StringBuilder());
        for (var i = 0; i < chart.Series.Count; i++)
        {
            var series = chart.Series[i];
            var colour = Colours[i % Colours.Length];
            if (series is { Low: { } low, High: { } high })
            {
                var edge = Points(series.X, high).Concat(Points(series.X, low).Reverse());
                svg.Append(CultureInfo.InvariantCulture, $"<polygon points=\"{string.Join(' ', edge)}\" fill=\"{colour}\" fill-opacity=\"0.2\"/>\n");
            }

            // A line needs two points.
            if (Enumerable.Range(0, series.X.Count).Where(k => double.IsFinite(series.Y[k])).Take(2).ToList() is [var only])
            {
                var (bottom, top) = (series.Low?[only] ?? series.Y[only], series.High?[only] ?? series.Y[only]);
                Marker(svg, X(series.X[only]), Y(series.Y[only]), Y(bottom), Y(top), colour);
            }

            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{string.Join(' ', Points(series.X, series.Y))}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>\n");
            // Beside the title where there is room, else inside on a ground that the curves do not cross.
            if (beside is not null)
            {
                Text(svg, beside[i], 20, series.Name, $"text-anchor=\"end\" fill=\"{colour}\"");
                continue;
            }

            var (right, y) = (Width - Right - 6, Top + 14 + (15 * i));
            var width = (series.Name.Length * LetterWidth) + 6;
            legend.Append(CultureInfo.InvariantCulture, $"<rect x=\"{right - width + 3:0.#}\" y=\"{y - 12}\" width=\"{width:0.#}\" height=\"15\" fill=\"white\" fill-opacity=\"0.8\"/>\n");
            Text(legend, right, y, series.Name, $"text-anchor=\"end\" fill=\"{colour}\"");
        }

        svg.Append(legend);

        double X(double value) => Left + ((value - x0) / (x1 - x0) * (Width - Left - Right));

        double Y(double value) => Height - Bottom - ((value - y0) / (y1 - y0) * (Height - Top - Bottom));

        IEnumerable<string> Points(IReadOnlyList<double> xs, IReadOnlyList<double> ys) =>
            Enumerable.Range(0, xs.Count).Where(k => double.IsFinite(ys[k])).Select(k => FormattableString.Invariant($"{X(xs[k]):0.#},{Y(ys[k]):0.#}"));
    }

    /// <summary>A dot, with the range of its band.</summary>
    private static void Marker(StringBuilder svg, double x, double y, double low, double high, string colour)
    {
        if (low != high)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x:0.#}\" y1=\"{low:0.#}\" x2=\"{x:0.#}\" y2=\"{high:0.#}\" ")
                .Append(CultureInfo.InvariantCulture, $"stroke=\"{colour}\" stroke-opacity=\"0.4\" stroke-width=\"5\"/>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"3\" fill=\"{colour}\"/>\n");
    }

    /// <summary>Where each series' name ends on the title's line, or null where they do not fit beside it.</summary>
    private static double[]? Legend(LineChart chart)
    {
        var ends = new double[chart.Series.Count];
        double x = Width - Right;
        for (var i = ends.Length - 1; i >= 0; i--)
        {
            ends[i] = x;
            x -= (chart.Series[i].Name.Length * LetterWidth) + 16;
        }

        return x > Left + (chart.Title.Length * 1.25 * LetterWidth) ? ends : null;
    }

    private static (double Low, double High) Range(IEnumerable<double> values)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values.Where(double.IsFinite))
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        if (!(low <= high))
            return (0, 1);
        return high - low > 1e-12 * Math.Max(1, Math.Abs(high)) ? (low, high) : (low - 1, high + 1);
    }

    private static string Label(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + "M",
        >= 1e4 => (value / 1e3).ToString("0.##", CultureInfo.InvariantCulture) + "k",
        < 1e-3 => value.ToString("0.#e0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.####", CultureInfo.InvariantCulture),
    };

    private static void Text(StringBuilder svg, double x, double y, string text, string attributes) =>
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" {attributes}>{WebUtility.HtmlEncode(text)}</text>\n");
}
