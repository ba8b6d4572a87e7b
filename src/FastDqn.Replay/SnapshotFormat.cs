using System.Buffers.Binary;
using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>
/// A segment file: this header, blocks, an end block. All numbers little-endian. A segment whose parent is -1 holds the
/// whole ring; another holds the frames of the steps after its parent, which it names by number and checksum.
/// </summary>
internal readonly record struct SegmentHeader(
    long Id, long Parent, uint ParentChecksum, int Lanes, int FrameBytes, long Slots, long FirstTime, long LastTime)
{
    public const int Size = 64;
    private static ReadOnlySpan<byte> Magic => "FDQRING1"u8;

    public void Write(Span<byte> to)
    {
        to[..Size].Clear();
        Magic.CopyTo(to);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], Id);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], Parent);
        BinaryPrimitives.WriteUInt32LittleEndian(to[24..], ParentChecksum);
        BinaryPrimitives.WriteInt32LittleEndian(to[28..], Lanes);
        BinaryPrimitives.WriteInt32LittleEndian(to[32..], FrameBytes);
        BinaryPrimitives.WriteInt64LittleEndian(to[40..], Slots);
        BinaryPrimitives.WriteInt64LittleEndian(to[48..], FirstTime);
        BinaryPrimitives.WriteInt64LittleEndian(to[56..], LastTime);
    }

    public static SegmentHeader Read(ReadOnlySpan<byte> from, string file)
    {
        if (from.Length < Size || !from[..8].SequenceEqual(Magic))
            throw new FastDqnException(ErrorKind.BadData, $"replay snapshot {file} is not one");
        return new(
            BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[28..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[48..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[56..]));
    }
}

internal enum BlockKind
{
    /// <summary>Frames of one lane from Time on, each coded as its difference from the one before, the first from zeros.</summary>
    Frames = 1,

    /// <summary>A piece of the ring's records, as <see cref="ReplayRing.SaveRecords"/> writes them.</summary>
    Records = 2,

    /// <summary>The end: Count blocks came before it; Checksum is that of the file so far.</summary>
    End = 3,
}

/// <param name="Kind">What the block holds.</param>
/// <param name="Lane">Of frames.</param>
/// <param name="Time">The step of the first frame.</param>
/// <param name="Count">Frames, record bytes, or blocks.</param>
/// <param name="Encoded">Bytes once decompressed.</param>
/// <param name="Stored">Bytes that follow; as many as <paramref name="Encoded"/> where compression did not pay.</param>
/// <param name="Checksum">CRC-32C of the decoded bytes.</param>
internal readonly record struct BlockHeader(
    BlockKind Kind, int Lane, long Time, int Count, int Encoded, int Stored, uint Checksum)
{
    public const int Size = 32;

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, (int)Kind);
        BinaryPrimitives.WriteInt32LittleEndian(to[4..], Lane);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], Time);
        BinaryPrimitives.WriteInt32LittleEndian(to[16..], Count);
        BinaryPrimitives.WriteInt32LittleEndian(to[20..], Encoded);
        BinaryPrimitives.WriteInt32LittleEndian(to[24..], Stored);
        BinaryPrimitives.WriteUInt32LittleEndian(to[28..], Checksum);
    }

    public static BlockHeader Read(ReadOnlySpan<byte> from) => new(
        (BlockKind)BinaryPrimitives.ReadInt32LittleEndian(from),
        BinaryPrimitives.ReadInt32LittleEndian(from[4..]),
        BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
        BinaryPrimitives.ReadInt32LittleEndian(from[16..]),
        BinaryPrimitives.ReadInt32LittleEndian(from[20..]),
        BinaryPrimitives.ReadInt32LittleEndian(from[24..]),
        BinaryPrimitives.ReadUInt32LittleEndian(from[28..]));
}
