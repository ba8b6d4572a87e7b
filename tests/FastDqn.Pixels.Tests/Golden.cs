using System.IO.Compression;

namespace FastDqn.Pixels.Tests;

/// <summary>The golden pictures.</summary>
internal static class Golden
{
    public const int Pictures = 6;

    /// <summary>Picture <paramref name="index"/> of the golden file called <paramref name="name"/>.</summary>
    public static byte[] Picture(string name, int index)
    {
        var all = All(name);
        var size = all.Length / Pictures;
        return all[(index * size)..((index + 1) * size)];
    }

    public static byte[] All(string name)
    {
        using var resource = typeof(Golden).Assembly.GetManifestResourceStream(name + ".gz")
            ?? throw new InvalidOperationException($"no golden file {name}");
        using var unzipped = new GZipStream(resource, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        unzipped.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>(rows, 160) gray levels as (rows, 160, 3) colours.</summary>
    public static byte[] Colours(byte[] gray) => [.. gray.SelectMany(level => new[] { level, level, level })];

    /// <summary>A picture of at most 256 colours as palette indices.</summary>
    public static (byte[] Indices, Palette Palette)? Indexed(byte[] rgb)
    {
        var numbers = new Dictionary<(byte, byte, byte), byte>();
        var indices = new byte[rgb.Length / 3];
        for (var i = 0; i < indices.Length; i++)
        {
            var colour = (rgb[3 * i], rgb[(3 * i) + 1], rgb[(3 * i) + 2]);
            if (!numbers.TryGetValue(colour, out var number))
            {
                if (numbers.Count == Palette.Size)
                    return null;
                numbers.Add(colour, number = (byte)numbers.Count);
            }

            indices[i] = number;
        }

        var palette = new byte[3 * Palette.Size];
        foreach (var (colour, number) in numbers)
            (palette[3 * number], palette[(3 * number) + 1], palette[(3 * number) + 2]) = colour;
        return (indices, new Palette(palette));
    }
}
