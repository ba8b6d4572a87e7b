namespace FastDqn.Media.Tests;

/// <summary>A plain GIF reader after the specification, independent of the encoder.</summary>
internal static class GifDecoder
{
    public static List<byte[]> Decode(byte[] bytes, out (int, int) size)
    {
        Assert.Equal("GIF89a"u8.ToArray(), bytes[..6]);
        int Word(int at) => bytes[at] | (bytes[at + 1] << 8);
        size = (Word(6), Word(8));
        var frames = new List<byte[]>();
        var at = 13;
        while (bytes[at] != 0x3B)
        {
            if (bytes[at] == 0x21)
            {
                at += 2;
                while (bytes[at] != 0)
                    at += bytes[at] + 1;
                at++;
                continue;
            }

            Assert.Equal(0x2C, bytes[at]);
            var (left, top, width, height) = (Word(at + 1), Word(at + 3), Word(at + 5), Word(at + 7));
            var palette = bytes.AsSpan(at + 10, 768).ToArray();
            at += 10 + 768;
            var minimum = bytes[at++];
            var data = new List<byte>();
            while (bytes[at] != 0)
            {
                data.AddRange(bytes.AsSpan(at + 1, bytes[at]).ToArray());
                at += bytes[at] + 1;
            }

            at++;
            // What lies outside the rectangle stays as it was shown.
            var rgb = frames.Count > 0 ? frames[^1].ToArray() : new byte[size.Item1 * size.Item2 * 3];
            var pixel = 0;
            foreach (var index in Lzw(data, minimum))
            {
                var (x, y) = (left + (pixel % width), top + (pixel / width));
                palette.AsSpan(index * 3, 3).CopyTo(rgb.AsSpan(3 * ((y * size.Item1) + x)));
                pixel++;
            }

            Assert.Equal(width * height, pixel);
            frames.Add(rgb);
        }

        return frames;
    }

    private static List<byte> Lzw(List<byte> data, int minimum)
    {
        var (clear, end) = (1 << minimum, (1 << minimum) + 1);
        var table = new List<byte[]>();
        var output = new List<byte>();
        byte[]? previous = null;
        var (width, bit) = (minimum + 1, 0);
        void Reset()
        {
            table.Clear();
            for (var i = 0; i < clear + 2; i++)
                table.Add([(byte)i]);
            width = minimum + 1;
            previous = null;
        }

        Reset();
        while (true)
        {
            var code = 0;
            for (var i = 0; i < width; i++, bit++)
                code |= ((data[bit >> 3] >> (bit & 7)) & 1) << i;
            if (code == end)
                return output;
            if (code == clear)
            {
                Reset();
                continue;
            }

            var entry = code < table.Count ? table[code] : [.. previous!, previous![0]];
            output.AddRange(entry);
            if (previous is not null && table.Count < 4096)
                table.Add([.. previous, entry[0]]);
            previous = entry;
            if (table.Count == 1 << width && width < 12)
                width++;
        }
    }
}
