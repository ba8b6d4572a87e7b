using System.Globalization;

namespace FastDqn.Cli.Watch;

/// <summary>
/// A picture of the game with Q(s, a) of each action under it: a bar and the number, the greedy action in green, the
/// one taken marked. Bars share one scale over the whole film, the largest |Q| seen so far.
/// </summary>
internal sealed class QPanel
{
    private const int Narrowest = 240, Margin = 3, NumberWidth = 8;
    private static readonly (byte, byte, byte) Ink = (230, 230, 230);
    private static readonly (byte, byte, byte) Best = (110, 220, 110);
    private static readonly (byte, byte, byte) Negative = (220, 110, 110);
    private static readonly (byte, byte, byte) Neutral = (120, 140, 200);

    private readonly int _sourceWidth, _sourceHeight, _scaleX, _scaleY, _nameWidth;
    private readonly IReadOnlyList<string> _actions;
    private float _largest = 1e-6f;

    public QPanel(int width, int height, IReadOnlyList<string> actions)
    {
        (_sourceWidth, _sourceHeight, _actions) = (width, height, actions);
        // The 2600's pixels are about twice as wide as high.
        (_scaleX, _scaleY) = width == 160 ? (2, 1) : (1, 1);
        while (width * _scaleX < Narrowest)
            (_scaleX, _scaleY) = (_scaleX + 1, _scaleY + 1);
        _nameWidth = Math.Min(14, actions.Max(a => a.Length) + 1);
        Width = width * _scaleX;
        Height = (height * _scaleY) + ((actions.Count + 1) * PixelFont.LineHeight) + (2 * Margin);
        Rgb = new byte[Width * Height * 3];
    }

    public int Width { get; }

    public int Height { get; }

    public byte[] Rgb { get; }

    /// <summary>Draws the picture, the values and a line of text above them.</summary>
    public void Draw(ReadOnlySpan<byte> picture, ReadOnlySpan<float> q, int taken, string line)
    {
        Array.Clear(Rgb);
        for (var y = 0; y < _sourceHeight * _scaleY; y++)
        {
            for (var x = 0; x < Width; x++)
                picture.Slice(3 * (((y / _scaleY) * _sourceWidth) + (x / _scaleX)), 3).CopyTo(Rgb.AsSpan(3 * ((y * Width) + x)));
        }

        foreach (var value in q)
            _largest = Math.Max(_largest, Math.Abs(value));
        var best = q.IndexOf(Max(q));
        var top = (_sourceHeight * _scaleY) + Margin;
        PixelFont.Write(Rgb, Width, Margin, top, line, Ink);
        for (var action = 0; action < q.Length; action++)
        {
            top += PixelFont.LineHeight;
            var colour = action == best ? Best : Ink;
            PixelFont.Write(Rgb, Width, Margin, top, (action == taken ? ">" : " ") + _actions[action], colour);
            var barAt = Margin + ((_nameWidth + 1) * PixelFont.Advance);
            var room = Width - barAt - (NumberWidth * PixelFont.Advance) - Margin;
            var length = (int)Math.Round(Math.Abs(q[action]) / _largest * room);
            Bar(barAt, top, length, action == best ? Best : q[action] < 0 ? Negative : Neutral);
            var number = q[action].ToString("0.000", CultureInfo.InvariantCulture).PadLeft(NumberWidth);
            PixelFont.Write(Rgb, Width, Width - (NumberWidth * PixelFont.Advance) - Margin, top, number, colour);
        }
    }

    private static float Max(ReadOnlySpan<float> values)
    {
        var max = values[0];
        foreach (var value in values)
            max = Math.Max(max, value);
        return max;
    }

    private void Bar(int x, int y, int length, (byte R, byte G, byte B) colour)
    {
        for (var row = y + 1; row < y + 6; row++)
        {
            for (var column = x; column < x + length; column++)
            {
                var at = 3 * ((row * Width) + column);
                (Rgb[at], Rgb[at + 1], Rgb[at + 2]) = colour;
            }
        }
    }
}
