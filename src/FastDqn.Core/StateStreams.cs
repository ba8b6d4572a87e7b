using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FastDqn.Core;

/// <summary>
/// Writes state as little-endian values. Each part opens with a tag and a version so that a reader
/// that is out of step is refused instead of misread.
/// </summary>
public sealed class StateWriter(Stream stream)
{
    private const int MostAtOnce = 1 << 16;
    private readonly byte[] _scratch = new byte[8];

    public void Section(string tag, int version)
    {
        WriteString(tag);
        WriteInt32(version);
    }

    public void WriteBool(bool value) => stream.WriteByte(value ? (byte)1 : (byte)0);

    public void WriteInt32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_scratch, value);
        stream.Write(_scratch, 0, 4);
    }

    public void WriteInt64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_scratch, value);
        stream.Write(_scratch, 0, 8);
    }

    public void WriteUInt64(ulong value) => WriteInt64(unchecked((long)value));

    public void WriteDouble(double value) => WriteInt64(BitConverter.DoubleToInt64Bits(value));

    public void WriteSingle(float value) => WriteInt32(BitConverter.SingleToInt32Bits(value));

    public void WriteString(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        WriteInt32(bytes.Length);
        stream.Write(bytes);
    }

    /// <summary>Writes the element count, then the elements as they lie in memory.</summary>
    public void WriteSpan<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        WriteInt64(values.Length);
        WriteRaw(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Writes bytes without a count, for parts whose size the reader knows.</summary>
    public void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        // A stream that passes on what it is given holds no more than a piece.
        for (; bytes.Length > MostAtOnce; bytes = bytes[MostAtOnce..])
            stream.Write(bytes[..MostAtOnce]);
        stream.Write(bytes);
    }
}

/// <summary>Reads what <see cref="StateWriter"/> wrote; every size is checked before anything is allocated.</summary>
public sealed class StateReader(Stream stream)
{
    private const int MaxStringBytes = 1 << 20;
    private readonly byte[] _scratch = new byte[8];

    /// <summary>Checks the tag and returns the version, which must be 1..<paramref name="newestVersion"/>.</summary>
    public int Section(string tag, int newestVersion)
    {
        var found = ReadString();
        if (!string.Equals(found, tag, StringComparison.Ordinal))
            throw Bad($"expected state of '{tag}', found '{Printable(found)}'");
        var version = ReadInt32();
        if (version < 1 || version > newestVersion)
            throw Bad($"state of '{tag}' has version {version}; this program reads 1..{newestVersion}");
        return version;
    }

    public bool ReadBool()
    {
        Fill(1);
        return _scratch[0] switch { 0 => false, 1 => true, _ => throw Bad($"a flag holds {_scratch[0]}") };
    }

    public int ReadInt32()
    {
        Fill(4);
        return BinaryPrimitives.ReadInt32LittleEndian(_scratch);
    }

    public long ReadInt64()
    {
        Fill(8);
        return BinaryPrimitives.ReadInt64LittleEndian(_scratch);
    }

    public ulong ReadUInt64() => unchecked((ulong)ReadInt64());

    public double ReadDouble() => BitConverter.Int64BitsToDouble(ReadInt64());

    public float ReadSingle() => BitConverter.Int32BitsToSingle(ReadInt32());

    public string ReadString()
    {
        var length = ReadInt32();
        if (length < 0 || length > MaxStringBytes)
            throw Bad($"a string claims {length} bytes");
        var bytes = new byte[length];
        ReadRaw(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Reads into a span of exactly the stored length; another length is refused.</summary>
    public void ReadSpan<T>(Span<T> values) where T : unmanaged
    {
        var count = ReadInt64();
        if (count != values.Length)
            throw Bad($"{count} values stored where {values.Length} belong");
        ReadRaw(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Reads an array of at most <paramref name="maxLength"/> elements.</summary>
    public T[] ReadArray<T>(long maxLength) where T : unmanaged
    {
        var count = ReadInt64();
        if (count < 0 || count > maxLength)
            throw Bad($"{count} values stored where at most {maxLength} belong");
        if (stream.CanSeek && count > (stream.Length - stream.Position) / Unsafe.SizeOf<T>())
            throw Bad($"{count} values stored in {stream.Length - stream.Position} bytes");
        var values = new T[count];
        ReadRaw(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public void ReadRaw(Span<byte> bytes)
    {
        try
        {
            stream.ReadExactly(bytes);
        }
        catch (EndOfStreamException e)
        {
            throw new FastDqnException(ErrorKind.BadData, "the state ends too early: the file is torn", e);
        }
    }

    private static FastDqnException Bad(string what) => new(ErrorKind.BadData, $"bad state: {what}");

    private static string Printable(string text)
    {
        var shown = text.Length > 40 ? text[..40] : text;
        return string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c));
    }

    private void Fill(int count) => ReadRaw(_scratch.AsSpan(0, count));
}
