namespace FastDqn.Environments.CartPole;

/// <summary>
/// Draws a cart-pole the way Gymnasium's window shows it (600x400, 125 pixels a metre, the track 100 pixels above the
/// lower edge), by a small rasteriser of our own: a pixel has a shape's colour if its centre lies inside the shape,
/// without antialiasing.
/// </summary>
public static class CartPolePainter
{
    public const int Width = 600;
    public const int Height = 400;

    /// <summary>Pixels a metre: 4.8 metres are 600 pixels.</summary>
    public const double Scale = Width / (2 * CartPoleDynamics.PositionLimit);

    private const double CartHalfWidth = 25, CartHalfHeight = 15, TrackY = 100;
    private const double AxleY = TrackY + 7.5, AxleRadius = 5;
    private const double PoleHalfWidth = 5, PoleBelow = 5, PoleAbove = (Scale * 2 * CartPoleDynamics.HalfLength) - PoleHalfWidth;

    /// <summary>
    /// Writes the window of <paramref name="width"/> x <paramref name="height"/> pixels whose upper left corner is
    /// (<paramref name="left"/>, <paramref name="top"/>): RGB, row by row.
    /// </summary>
    /// <param name="x">Position of the cart in metres.</param>
    /// <param name="theta">Angle of the pole in radians, positive to the right.</param>
    public static void Draw(double x, double theta, int left, int top, int width, int height, Span<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rgb.Length, width * height * 3, nameof(rgb));
        rgb[..(width * height * 3)].Fill(255);
        var cartX = (x * Scale) + (Width / 2.0);
        var (sin, cos) = Math.SinCos(theta);
        Span<(double X, double Y)> pole =
        [
            Turn(-PoleHalfWidth, -PoleBelow),
            Turn(-PoleHalfWidth, PoleAbove),
            Turn(PoleHalfWidth, PoleAbove),
            Turn(PoleHalfWidth, -PoleBelow),
        ];
        for (var row = 0; row < height; row++)
        {
            var line = rgb.Slice(row * width * 3, width * 3);
            var y = Height - (top + row) - 0.5;
            if (Math.Abs(y - TrackY) < CartHalfHeight)
                Fill(line, left, cartX - CartHalfWidth, cartX + CartHalfWidth, 0, 0, 0);
            var (from, to) = Across(pole, y);
            Fill(line, left, from, to, 202, 152, 101);
            var square = (AxleRadius * AxleRadius) - ((y - AxleY) * (y - AxleY));
            if (square > 0)
                Fill(line, left, cartX - Math.Sqrt(square), cartX + Math.Sqrt(square), 129, 132, 203);
            if (y is > TrackY - 1 and < TrackY)
                Fill(line, left, 0, Width, 0, 0, 0);
        }

        (double X, double Y) Turn(double along, double up) => (cartX + (along * cos) + (up * sin), AxleY - (along * sin) + (up * cos));
    }

    /// <summary>
    /// Where the horizontal line at <paramref name="y"/> crosses a convex polygon; an empty span where it does not.
    /// </summary>
    private static (double From, double To) Across(ReadOnlySpan<(double X, double Y)> polygon, double y)
    {
        var (from, to) = (double.PositiveInfinity, double.NegativeInfinity);
        for (var i = 0; i < polygon.Length; i++)
        {
            var (a, b) = (polygon[i], polygon[(i + 1) % polygon.Length]);
            if ((a.Y <= y) == (b.Y <= y))
                continue;
            var crossing = a.X + ((y - a.Y) / (b.Y - a.Y) * (b.X - a.X));
            from = Math.Min(from, crossing);
            to = Math.Max(to, crossing);
        }

        return (from, to);
    }

    /// <summary>
    /// Colours the pixels of a row whose centres lie in [from, to); the row begins at picture column
    /// <paramref name="left"/>.
    /// </summary>
    private static void Fill(Span<byte> line, int left, double from, double to, byte red, byte green, byte blue)
    {
        if (!(from < to))
            return;
        var columns = line.Length / 3;
        var first = (int)Math.Clamp(Math.Ceiling(from - 0.5) - left, 0, columns);
        var end = (int)Math.Clamp(Math.Ceiling(to - 0.5) - left, 0, columns);
        for (var i = first; i < end; i++)
        {
            line[3 * i] = red;
            line[(3 * i) + 1] = green;
            line[(3 * i) + 2] = blue;
        }
    }
}
