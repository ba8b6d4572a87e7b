using System.Globalization;
using System.Text;

namespace FastDqn.Cli.Play;

/// <summary>
/// Draws pictures with the upper-half-block character: a cell of the terminal shows two pixels, one above the other, as
/// foreground and background colours. Only cells that changed are sent, so that 60 pictures a second fit an SSH line.
/// </summary>
internal sealed class HalfBlockScreen
{
    private const int Unknown = -1;
    private readonly bool _trueColour;
    private readonly int[] _cells;
    private readonly int[] _pixels;

    /// <param name="columns">Columns of the terminal that the picture may take.</param>
    /// <param name="rows">Rows that it may take.</param>
    /// <param name="width">Width of the pictures in pixels.</param>
    /// <param name="height">Height of the pictures in pixels.</param>
    /// <param name="trueColour">24-bit colours, else the 256 of xterm.</param>
    public HalfBlockScreen(int columns, int rows, int width, int height, bool trueColour)
    {
        (SourceWidth, SourceHeight, _trueColour) = (width, height, trueColour);
        // The 2600's pixels are nearly twice as wide as high; a television shows 160 x 210 as 4:3.
        var aspect = width == 160 ? 4.0 / 3 : (double)width / height;
        var high = Math.Max(2, Math.Min(rows * 2, (int)(columns / aspect)));
        Columns = Math.Clamp((int)Math.Round(high * aspect), 1, columns);
        Rows = Math.Max(1, high / 2);
        _cells = new int[Columns * Rows * 2];
        _pixels = new int[Columns * Rows * 2];
        Invalidate();
    }

    public int SourceWidth { get; }

    public int SourceHeight { get; }

    public int Columns { get; }

    public int Rows { get; }

    /// <summary>Makes the next picture be sent whole.</summary>
    public void Invalidate() => Array.Fill(_cells, Unknown);

    /// <summary>
    /// Appends what turns the picture on the terminal into this one; its upper left cell is (1,
    /// <paramref name="top"/>).
    /// </summary>
    public void Draw(ReadOnlySpan<byte> rgb, int top, StringBuilder output)
    {
        Reduce(rgb);
        var (foreground, background) = (Unknown, Unknown);
        for (var row = 0; row < Rows; row++)
        {
            var inPlace = false;
            for (var column = 0; column < Columns; column++)
            {
                var upper = Shown(_pixels[(2 * row * Columns) + column]);
                var lower = Shown(_pixels[(((2 * row) + 1) * Columns) + column]);
                var cell = 2 * ((row * Columns) + column);
                if (_cells[cell] == upper && _cells[cell + 1] == lower)
                {
                    inPlace = false;
                    continue;
                }

                (_cells[cell], _cells[cell + 1]) = (upper, lower);
                if (!inPlace)
                    output.Append(CultureInfo.InvariantCulture, $"\e[{top + row};{column + 1}H");
                inPlace = true;
                if (foreground != upper)
                    Colour(output, 38, foreground = upper);
                if (background != lower)
                    Colour(output, 48, background = lower);
                output.Append('▀');
            }
        }

        if (foreground != Unknown)
            output.Append("\e[0m");
    }

    /// <summary>
    /// Averages the source pixels that each shown pixel covers, so that a small ball does not vanish between two.
    /// </summary>
    private void Reduce(ReadOnlySpan<byte> rgb)
    {
        var high = Rows * 2;
        for (var y = 0; y < high; y++)
        {
            var (y0, y1) = Range(y, high, SourceHeight);
            for (var x = 0; x < Columns; x++)
            {
                var (x0, x1) = Range(x, Columns, SourceWidth);
                int red = 0, green = 0, blue = 0;
                for (var sy = y0; sy < y1; sy++)
                {
                    for (var sx = x0; sx < x1; sx++)
                    {
                        var at = 3 * ((sy * SourceWidth) + sx);
                        red += rgb[at];
                        green += rgb[at + 1];
                        blue += rgb[at + 2];
                    }
                }

                var area = (x1 - x0) * (y1 - y0);
                _pixels[(y * Columns) + x] = (red / area << 16) | (green / area << 8) | (blue / area);
            }
        }

        static (int From, int To) Range(int i, int shown, int source)
        {
            var from = i * source / shown;
            return (from, Math.Max(from + 1, (i + 1) * source / shown));
        }
    }

    /// <summary>The colour as the terminal gets it: 24 bits, or an index of xterm's 6x6x6 cube.</summary>
    private int Shown(int colour) => _trueColour ? colour : 16 + (36 * Level(colour >> 16)) + (6 * Level(colour >> 8)) + Level(colour);

    private static int Level(int channel) => (channel & 255) switch { < 48 => 0, < 115 => 1, var c => (c - 35) / 40 };

    private void Colour(StringBuilder output, int layer, int colour)
    {
        if (_trueColour)
            output.Append(CultureInfo.InvariantCulture, $"\e[{layer};2;{colour >> 16};{(colour >> 8) & 255};{colour & 255}m");
        else
            output.Append(CultureInfo.InvariantCulture, $"\e[{layer};5;{colour}m");
    }
}
