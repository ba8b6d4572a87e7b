using System.Buffers.Binary;
using System.IO.Compression;
using FastDqn.Core;

namespace FastDqn.Media.Tests;

public sealed class PictureTests
{
    [Fact]
    public void PngHoldsThePixels()
    {
        var rgb = Picture(7, 5, 1);
        var png = PngEncoder.Encode(rgb, 7, 5);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10], png[..8]);
        Assert.Equal(7, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)));
        Assert.Equal(5, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
        // IEND's CRC is the same in every PNG.
        Assert.Equal([0xAE, 0x42, 0x60, 0x82], png[^4..]);
        var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(33));
        using var zlib = new ZLibStream(new MemoryStream(png, 41, length), CompressionMode.Decompress);
        using var raw = new MemoryStream();
        zlib.CopyTo(raw);
        var rows = raw.ToArray();
        for (var y = 0; y < 5; y++)
        {
            Assert.Equal(0, rows[y * 22]);
            Assert.Equal(rgb.AsSpan(y * 21, 21).ToArray(), rows.AsSpan((y * 22) + 1, 21).ToArray());
        }
    }

    [Theory]
    [InlineData(1, 1, 2)]
    [InlineData(37, 23, 16)] // widths of codes grow
    [InlineData(160, 210, 128)] // an Atari frame
    [InlineData(200, 200, 256)] // more than 4096 codes: the table starts anew
    public void GifHoldsThePixels(int width, int height, int colours)
    {
        var rgb = Picture(width, height, colours);
        using var stream = new MemoryStream();
        using (var gif = new GifEncoder(stream, width, height, 15, ownsStream: false))
        {
            gif.Add(rgb);
            gif.Add(rgb);
        }

        var frames = GifDecoder.Decode(stream.ToArray(), out var size);
        Assert.Equal((width, height), size);
        Assert.Equal(2, frames.Count);
        Assert.Equal(rgb, frames[0]);
        Assert.Equal(rgb, frames[1]);
    }

    [Fact]
    public void GifHoldsEveryFrameOfAFilm()
    {
        const int width = 40, height = 30;
        var random = new RandomStream(5);
        var frames = new List<byte[]> { Picture(width, height, 200) };
        for (var i = 0; i < 60; i++)
        {
            // Nothing, a pixel, a rectangle anywhere, or all of it; now and then more colours than a frame can have.
            var frame = i % 13 == 12 ? Picture(width, height, 4096, i) : frames[^1].ToArray();
            var (w, h) = (random.NextInt32(width + 1), random.NextInt32(height + 1));
            var (left, top) = (random.NextInt32(width - w + 1), random.NextInt32(height - h + 1));
            for (var y = top; i % 4 > 0 && y < top + h; y++)
                frame.AsSpan(((y * width) + left) * 3, w * 3).Fill((byte)i);
            frames.Add(i % 13 == 0 ? Picture(width, height, 200, i) : frame);
        }

        using var stream = new MemoryStream();
        using (var gif = new GifEncoder(stream, width, height, 15, ownsStream: false))
        {
            foreach (var frame in frames)
                gif.Add(frame);
        }

        var decoded = GifDecoder.Decode(stream.ToArray(), out _);
        Assert.Equal(frames.Count, decoded.Count);
        var exact = Enumerable.Range(0, frames.Count).Where(i => Colours(frames[i]) <= 256).ToList();
        Assert.InRange(exact.Count, 40, frames.Count - 3);
        Assert.All(exact, i => Assert.Equal(frames[i], decoded[i]));
    }

    [Fact]
    public void WrongSizesAreRefused()
    {
        Assert.Throws<ArgumentException>(() => PngEncoder.Encode(new byte[5], 1, 1));
        using var gif = new GifEncoder(new MemoryStream(), 2, 2, 15);
        Assert.Throws<ArgumentException>(() => gif.Add(new byte[3]));
    }

    private static int Colours(byte[] rgb) => rgb.Chunk(3).Select(c => (c[0] << 16) | (c[1] << 8) | c[2]).Distinct().Count();

    private static byte[] Picture(int width, int height, int colours, int seed = 3)
    {
        var random = new RandomStream((ulong)seed);
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
        {
            var colour = random.NextInt32(colours);
            (rgb[i * 3], rgb[(i * 3) + 1], rgb[(i * 3) + 2]) = ((byte)colour, (byte)(colour * 7), (byte)(255 - (colour >> 4)));
        }

        return rgb;
    }
}
