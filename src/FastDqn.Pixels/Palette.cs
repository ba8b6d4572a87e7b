using FastDqn.Core;

namespace FastDqn.Pixels;

/// <summary>The colours of 256 palette indices.</summary>
public sealed class Palette
{
    public const int Size = 256;

    private readonly byte[] _rgb;
    private readonly byte[] _luminance;

    /// <param name="rgb">768 bytes: R, G, B of each index.</param>
    /// <param name="luminance">256 bytes: the emulator's own gray of each index; empty for round(.2989 R + .587 G +
    /// .114 B).</param>
    public Palette(ReadOnlySpan<byte> rgb, ReadOnlySpan<byte> luminance = default)
    {
        if (rgb.Length != 3 * Size || luminance.Length is not (0 or Size))
            throw new FastDqnException(
                ErrorKind.Usage, $"a palette has 768 colour bytes and 256 gray levels; these are {rgb.Length} and {luminance.Length}");
        _rgb = rgb.ToArray();
        _luminance = luminance.Length == Size ? luminance.ToArray() : Luminances(rgb);
    }

    /// <summary>Every index is its own gray level.</summary>
    public static Palette Grays { get; } = new([.. Enumerable.Range(0, 3 * Size).Select(i => (byte)(i / 3))]);

    public ReadOnlySpan<byte> Rgb => _rgb;

    public ReadOnlySpan<byte> Luminance => _luminance;

    private static byte[] Luminances(ReadOnlySpan<byte> rgb)
    {
        var levels = new byte[Size];
        for (var i = 0; i < Size; i++)
            levels[i] = (byte)Math.Round(
                (0.2989 * rgb[3 * i]) + (0.587 * rgb[(3 * i) + 1]) + (0.114 * rgb[(3 * i) + 2]), MidpointRounding.AwayFromZero);
        return levels;
    }
}
