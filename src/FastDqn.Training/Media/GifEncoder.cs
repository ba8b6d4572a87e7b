namespace FastDqn.Training.Media;

/// <summary>
/// Writes an animated, endlessly looping GIF (GIF89a with LZW). A frame keeps its exact colours when it has at most 256,
/// as every Atari frame does; otherwise they are reduced to 3-3-2 bits.
/// </summary>
public sealed class GifEncoder : IDisposable
{
    private const int MaxCode = 4096;
    private readonly Stream _stream;
    private readonly bool _ownsStream;
    private readonly int _width;
    private readonly int _height;
    private readonly int _delay;
    private readonly byte[] _indexes;
    private readonly byte[] _palette = new byte[256 * 3];
    private readonly Dictionary<int, byte> _colours = new(256);
    private readonly short[] _children = new short[MaxCode * 256];

    /// <param name="stream">Where the GIF goes.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="framesPerSecond">Rounded to hundredths of a second a frame, at least 2 as players expect.</param>
    /// <param name="ownsStream">Close the stream at the end.</param>
    public GifEncoder(Stream stream, int width, int height, double framesPerSecond, bool ownsStream = true)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        (_stream, _width, _height, _ownsStream) = (stream, width, height, ownsStream);
        _delay = Math.Max(2, (int)Math.Round(100 / framesPerSecond));
        _indexes = new byte[width * height];
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
        MapColours(rgb);
        _stream.Write([0x21, 0xF9, 4, 0x04]);
        Word(_delay);
        _stream.Write([0, 0, 0x2C]);
        Word(0);
        Word(0);
        Word(_width);
        Word(_height);
        _stream.WriteByte(0x87); // a palette of 256 of its own
        _stream.Write(_palette);
        Compress();
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

    private void MapColours(ReadOnlySpan<byte> rgb)
    {
        _colours.Clear();
        Array.Clear(_palette);
        for (var i = 0; i < _indexes.Length; i++)
        {
            var colour = (rgb[i * 3] << 16) | (rgb[(i * 3) + 1] << 8) | rgb[(i * 3) + 2];
            if (!_colours.TryGetValue(colour, out var index))
            {
                if (_colours.Count == 256)
                {
                    ReduceColours(rgb);
                    return;
                }

                index = (byte)_colours.Count;
                _colours.Add(colour, index);
                rgb.Slice(i * 3, 3).CopyTo(_palette.AsSpan(index * 3));
            }

            _indexes[i] = index;
        }
    }

    private void ReduceColours(ReadOnlySpan<byte> rgb)
    {
        for (var i = 0; i < 256; i++)
        {
            _palette[i * 3] = (byte)((i >> 5) * 255 / 7);
            _palette[(i * 3) + 1] = (byte)(((i >> 2) & 7) * 255 / 7);
            _palette[(i * 3) + 2] = (byte)((i & 3) * 255 / 3);
        }

        for (var i = 0; i < _indexes.Length; i++)
            _indexes[i] = (byte)((rgb[i * 3] & 0xE0) | ((rgb[(i * 3) + 1] >> 5) << 2) | (rgb[(i * 3) + 2] >> 6));
    }

    private void Compress()
    {
        const int clear = 256, end = 257;
        _stream.WriteByte(8);
        var bits = new BitBlocks(_stream);
        var (next, width) = (258, 9);
        Array.Clear(_children);
        bits.Write(clear, width);
        int prefix = _indexes[0];
        for (var i = 1; i < _indexes.Length; i++)
        {
            var slot = (prefix << 8) | _indexes[i];
            if (_children[slot] != 0)
            {
                prefix = _children[slot];
                continue;
            }

            bits.Write(prefix, width);
            if (next < MaxCode)
            {
                _children[slot] = (short)next;
                if (next == 1 << width)
                    width++;
                next++;
            }
            else
            {
                bits.Write(clear, width);
                Array.Clear(_children);
                (next, width) = (258, 9);
            }

            prefix = _indexes[i];
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
