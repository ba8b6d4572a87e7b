using System.Globalization;
using System.Security;
using System.Text;

namespace FastDqn.Media;

/// <summary>
/// An SVG document that needs nothing else: no script, no font, no style sheet. Coordinates are pixels from the top
/// left. Written by hand: packages that draw SVG bring a graphics library.
/// </summary>
public sealed class SvgCanvas(double width, double height)
{
    public const string Ink = "#1f2933";
    private const string Style = $"fill=\"{Ink}\" font-family=\"system-ui, sans-serif\"";
    public const string Faint = "#cbd2d9";
    public const string Accent = "#1f6feb";
    public const string Warm = "#d9480f";

    private readonly StringBuilder _body = new();

    public double Width => width;

    public double Height => height;

    public void Line(double x1, double y1, double x2, double y2, string colour, double thickness = 1, double opacity = 1) =>
        Add($"<line x1=\"{x1:0.##}\" y1=\"{y1:0.##}\" x2=\"{x2:0.##}\" y2=\"{y2:0.##}\" {Stroke(colour, thickness, opacity)}/>\n");

    public void Path(IEnumerable<(double X, double Y)> points, string colour, double thickness, double opacity = 1) =>
        Add($"<polyline fill=\"none\" {Stroke(colour, thickness, opacity)} points=\"{Points(points)}\"/>\n");

    public void Area(IEnumerable<(double X, double Y)> points, string colour, double opacity) =>
        Add($"<polygon fill=\"{colour}\" fill-opacity=\"{opacity:0.##}\" points=\"{Points(points)}\"/>\n");

    public void Dot(double x, double y, double radius, string colour, double opacity = 1, bool hollow = false, string title = "")
    {
        Add($"<circle cx=\"{x:0.##}\" cy=\"{y:0.##}\" r=\"{radius:0.##}\" fill=\"{(hollow ? "white" : colour)}\" stroke=\"{colour}\" ");
        Add($"fill-opacity=\"{opacity:0.##}\">{(title.Length > 0 ? $"<title>{Escape(title)}</title>" : "")}</circle>\n");
    }

    public void Bar(double x, double y, double w, double h, string colour, double opacity = 1)
    {
        Add($"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{Math.Max(w, 0):0.##}\" height=\"{h:0.##}\" ");
        Add($"fill=\"{colour}\" fill-opacity=\"{opacity:0.##}\"/>\n");
    }

    /// <summary>A text; without a colour it has <see cref="Ink"/>.</summary>
    public void Text(double x, double y, string text, string anchor = "start", double size = 12, string colour = "", double rotate = 0)
    {
        Add($"<text x=\"{x:0.##}\" y=\"{y:0.##}\" font-size=\"{size:0.##}\" text-anchor=\"{anchor}\"");
        if (colour.Length > 0)
            Add($" fill=\"{colour}\"");
        if (rotate != 0)
            Add($" transform=\"rotate({rotate:0.##} {x:0.##} {y:0.##})\"");
        Add($">{Escape(text)}</text>\n");
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        <svg xmlns="http://www.w3.org/2000/svg" width="{width:0}" height="{height:0}" viewBox="0 0 {width:0} {height:0}" {Style}>
        <rect width="100%" height="100%" fill="white"/>
        {_body}</svg>

        """);

    /// <summary>A control character would make the document none of XML.</summary>
    private static string Escape(string text) => SecurityElement.Escape(string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)));

    private static string Stroke(string colour, double thickness, double opacity) => string.Create(
        CultureInfo.InvariantCulture, $"stroke=\"{colour}\" stroke-width=\"{thickness:0.##}\" stroke-opacity=\"{opacity:0.##}\"");

    private static string Points(IEnumerable<(double X, double Y)> points) =>
        string.Join(' ', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.X:0.##},{p.Y:0.##}")));

    private void Add(FormattableString text) => _body.Append(text.ToString(CultureInfo.InvariantCulture));
}
