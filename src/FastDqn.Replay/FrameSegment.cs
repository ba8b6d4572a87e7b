using System.Buffers.Binary;
using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>
/// What a checkpoint needs of one segment file: its first <see cref="Bytes"/> bytes. The file may go on; what was
/// written of it never changes.
/// </summary>
/// <param name="Name">Plain file name.</param>
/// <param name="First">Vector step of the first frames.</param>
/// <param name="Last">Vector step of the last frames.</param>
/// <param name="Bytes">Length of the part that counts.</param>
/// <param name="Sha256">Of that part, in lower-case hexadecimal.</param>
public sealed record FrameSegment(string Name, long First, long Last, long Bytes, string Sha256);

/// <summary>The start of a segment file; blocks follow. All numbers little-endian.</summary>
internal readonly record struct SegmentHeader(int Lanes, int FrameBytes, long Slots, long First)
{
    public const int Size = 32;

    private static ReadOnlySpan<byte> Magic => "FDQFRAM1"u8;

    public void Write(Span<byte> to)
    {
        Magic.CopyTo(to);
        BinaryPrimitives.WriteInt32LittleEndian(to[8..], Lanes);
        BinaryPrimitives.WriteInt32LittleEndian(to[12..], FrameBytes);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], Slots);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], First);
    }

    public static SegmentHeader Read(ReadOnlySpan<byte> from, string path)
    {
        if (!from[..8].SequenceEqual(Magic))
            throw new FastDqnException(ErrorKind.BadData, $"{path}: holds no replay frames of this format");
        return new(
            BinaryPrimitives.ReadInt32LittleEndian(from[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[24..]));
    }
}

/// <summary>Frames of one lane, each coded as its difference from the one before, the first from zeros.</summary>
/// <param name="Lane">Whose.</param>
/// <param name="Time">The vector step of the first frame.</param>
/// <param name="Count">Frames.</param>
/// <param name="Encoded">Bytes once decompressed.</param>
/// <param name="Stored">Bytes that follow; as many as <paramref name="Encoded"/> where compression did not pay.</param>
/// <param name="Checksum">CRC-32C of the frames.</param>
internal readonly record struct BlockHeader(int Lane, long Time, int Count, int Encoded, int Stored, uint Checksum)
{
    public const int Size = 28;
    private const int TargetBytes = 1 << 19;
    private const int MaxBytes = 1 << 30;

    /// <summary>Frames that a block holds at most.</summary>
    public static int MostFrames(int frameBytes) => Math.Max(1, TargetBytes / frameBytes);

    /// <summary>The worst coding of frames: literals with a few bytes of run lengths every page.</summary>
    public static int Bound(int count, int frameBytes)
    {
        var raw = (long)count * frameBytes;
        var bound = raw + (raw / 64) + (count * 64L);
        return bound <= MaxBytes
            ? (int)bound
            : throw new FastDqnException(ErrorKind.Usage, $"replay: frames of {frameBytes} bytes are too large to be stored");
    }

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, Lane);
        BinaryPrimitives.WriteInt64LittleEndian(to[4..], Time);
        BinaryPrimitives.WriteInt32LittleEndian(to[12..], Count);
        BinaryPrimitives.WriteInt32LittleEndian(to[16..], Encoded);
        BinaryPrimitives.WriteInt32LittleEndian(to[20..], Stored);
        BinaryPrimitives.WriteUInt32LittleEndian(to[24..], Checksum);
    }

    public static BlockHeader Read(ReadOnlySpan<byte> from) => new(
        BinaryPrimitives.ReadInt32LittleEndian(from),
        BinaryPrimitives.ReadInt64LittleEndian(from[4..]),
        BinaryPrimitives.ReadInt32LittleEndian(from[12..]),
        BinaryPrimitives.ReadInt32LittleEndian(from[16..]),
        BinaryPrimitives.ReadInt32LittleEndian(from[20..]),
        BinaryPrimitives.ReadUInt32LittleEndian(from[24..]));
}
