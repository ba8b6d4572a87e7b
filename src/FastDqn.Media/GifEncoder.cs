namespace FastDqn.Media;

/// <summary>
/// Writes an animated, endlessly looping GIF (GIF89a with LZW). Of each frame the smallest rectangle is written that
/// has all that changed. It keeps its exact colours when it has at most 256, as every Atari frame does; otherwise they
/// are reduced to 3-3-2 bits. Written by hand: packages that write GIF are graphics libraries, and none makes a frame
/// of what changed alone.
/// </summary>
public sealed class GifEncoder : IDisposable
{
    private const int MaxCode = 4096;

    // A hash table of LZW's strings: sparse enough to find one at once, small enough to be emptied often.
    private const int Slots = 1 << 14;

    private readonly Stream _stream;
    private readonly bool _ownsStream;
    private readonly int _width;
    private readonly int _height;
    private readonly int _delay;
    private readonly byte[] _indexes;
    private readonly byte[] _shown;
    private readonly byte[] _palette = new byte[256 * 3];
    private readonly Dictionary<int, byte> _colours = new(256);
    private readonly int[] _strings = new int[Slots]; // prefix and pixel
    private readonly short[] _codes = new short[Slots]; // 0: a free slot
    private bool _exact;

    /// <param name="stream">Where the GIF goes.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="framesPerSecond">Rounded to hundredths of a second per frame, at least 2 as players expect.</param>
    /// <param name="ownsStream">Close the stream at the end.</param>
    public GifEncoder(Stream stream, int width, int height, double framesPerSecond, bool ownsStream = true)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        (_stream, _width, _height, _ownsStream) = (stream, width, height, ownsStream);
        _delay = Math.Max(2, (int)Math.Round(100 / framesPerSecond));
        (_indexes, _shown) = (new byte[width * height], new byte[width * height * 3]);
        stream.Write("GIF89a"u8);
        Word(width);
        Word(height);
        stream.Write([0x70, 0, 0]); // no global palette
        stream.Write([0x21, 0xFF, 11]);
        stream.Write("NETSCAPE2.0"u8);
        stream.Write([3, 1, 0, 0, 0]);
    }

    /// <summary>Adds a frame of width x height x 3 RGB bytes.</summary>
    public void Add(ReadOnlySpan<byte> rgb)
    {
        if (rgb.Length != _indexes.Length * 3)
            throw new ArgumentException($"{rgb.Length} bytes are not {_width}x{_height}x3", nameof(rgb));
        var (left, top, width, height) = _exact ? Changed(rgb) : (0, 0, _width, _height);
        _exact = MapColours(rgb, left, top, width, height);
        rgb.CopyTo(_shown);
        _stream.Write([0x21, 0xF9, 4, 0x04]);
        Word(_delay);
        _stream.Write([0, 0, 0x2C]);
        Word(left);
        Word(top);
        Word(width);
        Word(height);
        _stream.WriteByte(0x87); // a palette of 256 of its own
        _stream.Write(_palette);
        Compress(_indexes.AsSpan(0, width * height));
    }

    public void Dispose()
    {
        _stream.WriteByte(0x3B);
        if (_ownsStream)
            _stream.Dispose();
        else
            _stream.Flush();
    }

    private void Word(int value) => _stream.Write([(byte)value, (byte)(value >> 8)]);

    /// <summary>The smallest rectangle outside which a frame is the one before; a pixel: nothing changed.</summary>
    private (int Left, int Top, int Width, int Height) Changed(ReadOnlySpan<byte> rgb)
    {
        var row = _width * 3;
        var (top, bottom) = (rgb.CommonPrefixLength(_shown) / row, _height - 1);
        if (top == _height)
            return (0, 0, 1, 1);
        while (rgb.Slice(bottom * row, row).SequenceEqual(_shown.AsSpan(bottom * row, row)))
            bottom--;
        var (left, right) = (_width, -1);
        for (var y = top; y <= bottom; y++)
        {
            var now = rgb.Slice(y * row, row);
            var before = _shown.AsSpan(y * row, row);
            left = Math.Min(left, now.CommonPrefixLength(before) / 3);
            var last = _width - 1;
            while (last > right && now.Slice(last * 3, 3).SequenceEqual(before.Slice(last * 3, 3)))
                last--;
            right = Math.Max(right, last);
        }

        return (left, top, right - left + 1, bottom - top + 1);
    }

    /// <summary>Fills indexes and palette for a rectangle; false: its colours had to be reduced.</summary>
    private bool MapColours(ReadOnlySpan<byte> rgb, int left, int top, int width, int height)
    {
        _colours.Clear();
        Array.Clear(_palette);
        var (known, index, at) = (-1, (byte)0, 0);
        for (var y = top; y < top + height; y++)
        {
            var row = rgb.Slice(((y * _width) + left) * 3, width * 3);
            for (var i = 0; i < row.Length; i += 3)
            {
                var colour = (row[i] << 16) | (row[i + 1] << 8) | row[i + 2];
                // Neighbours are mostly alike.
                if (colour != known && !_colours.TryGetValue(colour, out index))
                {
                    if (_colours.Count == 256)
                    {
                        ReduceColours(rgb, left, top, width, height);
                        return false;
                    }

                    index = (byte)_colours.Count;
                    _colours.Add(colour, index);
                    row.Slice(i, 3).CopyTo(_palette.AsSpan(index * 3));
                }

                known = colour;
                _indexes[at++] = index;
            }
        }

        return true;
    }

    private void ReduceColours(ReadOnlySpan<byte> rgb, int left, int top, int width, int height)
    {
        for (var i = 0; i < 256; i++)
        {
            _palette[i * 3] = (byte)((i >> 5) * 255 / 7);
            _palette[(i * 3) + 1] = (byte)(((i >> 2) & 7) * 255 / 7);
            _palette[(i * 3) + 2] = (byte)((i & 3) * 255 / 3);
        }

        var at = 0;
        for (var y = top; y < top + height; y++)
        {
            var row = rgb.Slice(((y * _width) + left) * 3, width * 3);
            for (var i = 0; i < row.Length; i += 3)
                _indexes[at++] = (byte)((row[i] & 0xE0) | ((row[i + 1] >> 5) << 2) | (row[i + 2] >> 6));
        }
    }

    private void Compress(ReadOnlySpan<byte> pixels)
    {
        const int clear = 256, end = 257;
        _stream.WriteByte(8);
        var bits = new BitBlocks(_stream);
        var (next, width) = (258, 9);
        Array.Clear(_codes);
        bits.Write(clear, width);
        int prefix = pixels[0];
        foreach (var pixel in pixels[1..])
        {
            var text = (prefix << 8) | pixel;
            var slot = (int)((uint)text * 2654435761u >> 18); // Knuth's multiplicative hash, 14 bits
            while (_codes[slot] != 0 && _strings[slot] != text)
                slot = (slot + 1) % Slots;
            if (_codes[slot] != 0)
            {
                prefix = _codes[slot];
                continue;
            }

            bits.Write(prefix, width);
            if (next < MaxCode)
            {
                (_strings[slot], _codes[slot]) = (text, (short)next);
                if (next == 1 << width)
                    width++;
                next++;
            }
            else
            {
                bits.Write(clear, width);
                Array.Clear(_codes);
                (next, width) = (258, 9);
            }

            prefix = pixel;
        }

        bits.Write(prefix, width);
        // The reader adds one more entry after this code, which can widen the next one.
        if (next == 1 << width && width < 12)
            width++;
        bits.Write(end, width);
        bits.Finish();
    }

    /// <summary>Packs codes least significant bit first into blocks of at most 255 bytes.</summary>
    private struct BitBlocks(Stream stream)
    {
        private readonly byte[] _block = new byte[255];
        private int _used;
        private int _pending;
        private int _count;

        public void Write(int code, int width)
        {
            _pending |= code << _count;
            _count += width;
            while (_count >= 8)
            {
                Put((byte)_pending);
                _pending >>= 8;
                _count -= 8;
            }
        }

        public void Finish()
        {
            if (_count > 0)
                Put((byte)_pending);
            Flush();
            stream.WriteByte(0);
        }

        private void Put(byte value)
        {
            _block[_used++] = value;
            if (_used == 255)
                Flush();
        }

        private void Flush()
        {
            if (_used == 0)
                return;
            stream.WriteByte((byte)_used);
            stream.Write(_block, 0, _used);
            _used = 0;
        }
    }
}
