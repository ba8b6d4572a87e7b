using System.Globalization;
using System.Text;

namespace FastDqn.Sweeps.Reports;

/// <summary>Writes SVG elements; coordinates are pixels from the top left.</summary>
internal sealed class SvgCanvas(double width, double height)
{
    public const string Ink = "#1f2933";
    public const string Faint = "#cbd2d9";
    public const string Accent = "#1f6feb";
    public const string Warm = "#d9480f";

    private readonly StringBuilder _body = new();

    public double Width => width;

    public double Height => height;

    public void Line(double x1, double y1, double x2, double y2, string colour, double thickness = 1, double opacity = 1) => _body.Append(
        CultureInfo.InvariantCulture,
        $"<line x1=\"{x1:0.##}\" y1=\"{y1:0.##}\" x2=\"{x2:0.##}\" y2=\"{y2:0.##}\" stroke=\"{colour}\" stroke-width=\"{thickness:0.##}\" stroke-opacity=\"{opacity:0.##}\"/>\n");

    public void Path(IEnumerable<(double X, double Y)> points, string colour, double thickness, double opacity = 1) => _body.Append(
        CultureInfo.InvariantCulture,
        $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"{thickness:0.##}\" stroke-opacity=\"{opacity:0.##}\" points=\"{string.Join(" ", points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.X:0.##},{p.Y:0.##}")))}\"/>\n");

    public void Dot(double x, double y, double radius, string colour, double opacity = 1, bool hollow = false, string title = "") => _body.Append(
        CultureInfo.InvariantCulture,
        $"<circle cx=\"{x:0.##}\" cy=\"{y:0.##}\" r=\"{radius:0.##}\" fill=\"{(hollow ? "white" : colour)}\" stroke=\"{colour}\" fill-opacity=\"{opacity:0.##}\">{(title.Length > 0 ? $"<title>{Escape(title)}</title>" : "")}</circle>\n");

    public void Bar(double x, double y, double w, double h, string colour) => _body.Append(
        CultureInfo.InvariantCulture, $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{Math.Max(w, 0):0.##}\" height=\"{h:0.##}\" fill=\"{colour}\"/>\n");

    public void Text(double x, double y, string text, string anchor = "start", double size = 12, string colour = Ink, double rotate = 0) => _body.Append(
        CultureInfo.InvariantCulture,
        $"<text x=\"{x:0.##}\" y=\"{y:0.##}\" font-size=\"{size:0.##}\" text-anchor=\"{anchor}\" fill=\"{colour}\"{(rotate != 0 ? string.Create(CultureInfo.InvariantCulture, $" transform=\"rotate({rotate:0.##} {x:0.##} {y:0.##})\"") : "")}>{Escape(text)}</text>\n");

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:0}\" height=\"{height:0}\" viewBox=\"0 0 {width:0} {height:0}\" font-family=\"system-ui, sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{_body}</svg>\n");

    /// <summary>Round values that cover a range, about so many.</summary>
    public static IReadOnlyList<double> Ticks(double low, double high, int about = 5)
    {
        if (!(high > low))
            return [low];
        var raw = (high - low) / about;
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = new[] { 1.0, 2, 5, 10 }.Select(m => m * magnitude).First(s => s >= raw * 0.999);
        var ticks = new List<double>();
        for (var t = Math.Ceiling(low / step) * step; t <= high + (step * 1e-9); t += step)
            ticks.Add(Math.Abs(t) < step * 1e-9 ? 0 : t);
        return ticks;
    }

    private static string Escape(string text) => System.Security.SecurityElement.Escape(text);
}
