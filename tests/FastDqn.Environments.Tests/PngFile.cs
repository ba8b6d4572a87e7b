using System.Buffers.Binary;
using System.IO.Compression;

namespace FastDqn.Environments.Tests;

/// <summary>Reads the 8-bit RGB or palette PNG files that the golden pictures are.</summary>
internal static class PngFile
{
    public static (int Width, int Height, byte[] Rgb) Read(string path)
    {
        var file = File.ReadAllBytes(path);
        var (width, height, type, depth) = (0, 0, 0, 0);
        byte[] palette = [];
        using var packed = new MemoryStream();
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var data = file.AsSpan(at + 8, length);
            switch (System.Text.Encoding.ASCII.GetString(file, at + 4, 4))
            {
                case "IHDR":
                    (width, height) = (BinaryPrimitives.ReadInt32BigEndian(data), BinaryPrimitives.ReadInt32BigEndian(data[4..]));
                    (depth, type) = (data[8], data[9]);
                    break;
                case "PLTE": palette = data.ToArray(); break;
                case "IDAT": packed.Write(data); break;
            }

            at += 12 + length;
        }

        Assert.Equal((8, true), (depth, type is 2 or 3));
        packed.Position = 0;
        using var unpacked = new ZLibStream(packed, CompressionMode.Decompress);
        var pixel = type == 2 ? 3 : 1;
        var stride = width * pixel;
        var previous = new byte[stride];
        var rgb = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            var filter = unpacked.ReadByte();
            var line = new byte[stride];
            unpacked.ReadExactly(line);
            for (var i = 0; i < stride; i++)
            {
                int left = i >= pixel ? line[i - pixel] : 0, up = previous[i], corner = i >= pixel ? previous[i - pixel] : 0;
                line[i] += (byte)(filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) });
            }

            for (var x = 0; x < width; x++)
            {
                var colour = type == 2 ? line.AsSpan(3 * x, 3) : palette.AsSpan(3 * line[x], 3);
                colour.CopyTo(rgb.AsSpan(3 * ((y * width) + x)));
            }

            previous = line;
        }

        return (width, height, rgb);
    }

    private static int Paeth(int left, int up, int corner)
    {
        var guess = left + up - corner;
        var (a, b, c) = (Math.Abs(guess - left), Math.Abs(guess - up), Math.Abs(guess - corner));
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }
}
