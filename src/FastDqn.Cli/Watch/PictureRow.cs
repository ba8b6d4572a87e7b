namespace FastDqn.Cli.Watch;

/// <summary>Pictures beside each other, each with a caption, over a line of text.</summary>
internal sealed class PictureRow
{
    private const int Narrowest = 240, Margin = 3;
    private static readonly (byte, byte, byte) Ink = (230, 230, 230);
    private readonly List<Tile> _tiles = [];
    private byte[] _rgb = [];

    private sealed record Tile(string Caption, int X, int Width, int Height, int ScaleX, int ScaleY);

    public int Width { get; private set; } = Narrowest;

    public int Height { get; private set; }

    /// <summary>The row as it was drawn last.</summary>
    public ReadOnlySpan<byte> Rgb => _rgb;

    /// <summary>
    /// Adds a place for pictures of this size; what is low is shown larger, by a whole number, up to
    /// <paramref name="rows"/>.
    /// </summary>
    public PictureRow Add(string caption, int width, int height, int rows)
    {
        var scale = Math.Max(1, (int)Math.Round((double)rows / height));
        // The 2600's pixels are about twice as wide as high.
        var scaleX = width == 160 ? 2 * scale : scale;
        var x = _tiles.Count == 0 ? 0 : _tiles[^1].X + (_tiles[^1].Width * _tiles[^1].ScaleX) + Margin;
        _tiles.Add(new Tile(caption, x, width, height, scaleX, scale));
        Width = Math.Max(Narrowest, x + (width * scaleX));
        Height = _tiles.Max(tile => tile.Height * tile.ScaleY) + (2 * (PixelFont.LineHeight + Margin));
        _rgb = new byte[Width * Height * 3];
        return this;
    }

    /// <summary>Clears the row and writes the captions and the line.</summary>
    public void Begin(string line)
    {
        Array.Clear(_rgb);
        foreach (var tile in _tiles)
            PixelFont.Write(_rgb, Width, tile.X + Margin, Margin, tile.Caption, Ink);
        PixelFont.Write(_rgb, Width, Margin, Height - PixelFont.LineHeight, line, Ink);
    }

    /// <summary>Puts a picture in its place.</summary>
    public void Draw(int index, ReadOnlySpan<byte> picture)
    {
        var tile = _tiles[index];
        for (var y = 0; y < tile.Height * tile.ScaleY; y++)
        {
            var to = _rgb.AsSpan(3 * (((y + PixelFont.LineHeight + Margin) * Width) + tile.X));
            var from = picture.Slice(3 * (y / tile.ScaleY * tile.Width), 3 * tile.Width);
            for (var x = 0; x < tile.Width * tile.ScaleX; x++)
                from.Slice(3 * (x / tile.ScaleX), 3).CopyTo(to[(3 * x)..]);
        }
    }
}
