using FastDqn.Core;
using FsCheck;
using FsCheck.Fluent;

namespace FastDqn.Pixels.Tests;

/// <summary>A conversion to compare the paths on.</summary>
public sealed record ConverterCase(PixelOptions Options, Palette Palette, byte[] Previous, byte[] Current)
{
    public override string ToString() => $"{Options}, {Current.Length} bytes";
}

/// <summary>
/// Random presets, sizes, palettes and frames: noise, game-like blocks, and frames that differ in a few pixels.
/// </summary>
internal static class ConverterCases
{
    public static Arbitrary<ConverterCase> Any(int frames = 1)
    {
        var gen =
            from preset in Gen.Elements(PixelPreset.All.ToArray())
            from height in Gen.Elements(210, 250, 194, 230)
            from size in Gen.Elements((0, 0), (0, 0), (84, 84), (80, 105), (40, 70), (72, 96), (110, 160), (42, 21))
            from colour in Gen.Elements(false, true)
            from seed in Gen.Choose(0, int.MaxValue)
            select Make(preset, height, size, colour, (ulong)seed, frames);
        return gen.ToArbitrary();
    }

    public static ConverterCase Make(PixelPreset preset, int height, (int, int) size, bool colour, ulong seed, int frames)
    {
        var random = new RandomStream(seed);
        var (width, rows) = preset == PixelPreset.MsPacman88 ? (0, 0) : size;
        if (rows > (preset.CropRows > 0 ? preset.CropRows : height))
            rows = 0;
        var options = new PixelOptions(preset, height, width, rows, colour);
        var palette = random.NextInt32(3) == 0 ? Palette.Grays : RandomPalette(random);
        var current = Enumerable.Range(0, frames).SelectMany(_ => Frame(random, height)).ToArray();
        var previous = (byte[])current.Clone();
        switch (random.NextInt32(3))
        {
            case 0:
                previous = [.. Enumerable.Range(0, frames).SelectMany(_ => Frame(random, height))];
                break;
            case 1:
                for (var i = 0; i < 200; i++)
                    previous[random.NextInt32(previous.Length)] = (byte)random.NextUInt64();
                break;
            default:
                break;
        }

        return new ConverterCase(options, palette, previous, current);
    }

    public static byte[] Converted(IFrameConverter converter, ConverterCase c)
    {
        var observations = new byte[c.Current.Length / converter.FrameBytes * converter.ObservationBytes];
        converter.Convert(c.Previous, c.Current, observations);
        return observations;
    }

    private static Palette RandomPalette(RandomStream random)
    {
        var rgb = new byte[3 * Palette.Size];
        for (var i = 0; i < rgb.Length; i++)
            rgb[i] = (byte)(random.NextUInt64() >> 30);
        var luminance = new byte[Palette.Size];
        for (var i = 0; i < luminance.Length; i++)
            luminance[i] = (byte)(random.NextUInt64() >> 30);
        return random.NextInt32(2) == 0 ? new Palette(rgb) : new Palette(rgb, luminance);
    }

    private static byte[] Frame(RandomStream random, int height)
    {
        var frame = new byte[height * 160];
        if (random.NextInt32(2) == 0)
        {
            for (var i = 0; i < frame.Length; i++)
                frame[i] = (byte)(random.NextUInt64() >> 20);
            return frame;
        }

        for (var n = 0; n < 15; n++)
        {
            var (top, left) = (random.NextInt32(height), random.NextInt32(160));
            var (bottom, right) = (Math.Min(height, top + 1 + random.NextInt32(50)), Math.Min(160, left + 1 + random.NextInt32(60)));
            var value = (byte)random.NextInt32(256);
            for (var y = top; y < bottom; y++)
                frame.AsSpan((y * 160) + left, right - left).Fill(value);
        }

        return frame;
    }
}
