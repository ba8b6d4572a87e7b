using System.IO.Compression;
using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>
/// Reads segment files. <see cref="Verify"/> comes first: a torn or damaged file is found before a ring is touched.
/// </summary>
internal static class SegmentReader
{
    /// <summary>Checks the part of the file that counts against its SHA-256.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: missing, too short or changed.</exception>
    public static void Verify(string path, FrameSegment segment)
    {
        try
        {
            if (HashedFile.Damage(path, segment.Bytes, segment.Sha256, mayGoOn: true) is { } damage)
                throw Torn(path, damage);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>Puts the segment's frames into a ring of the shape they were taken from.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: not what was written, or of another
    /// shape.</exception>
    public static void Apply(string path, FrameSegment segment, ReplayRing ring)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 18, FileOptions.SequentialScan);
            Apply(file, path, segment, ring);
        }
        catch (EndOfStreamException e)
        {
            throw new FastDqnException(ErrorKind.BadData, Torn(path, "it ends too early").Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }
    }

    private static void Apply(Stream file, string path, FrameSegment segment, ReplayRing ring)
    {
        var size = ring.Options.FrameBytes;
        Span<byte> start = stackalloc byte[SegmentHeader.Size];
        file.ReadExactly(start);
        var header = SegmentHeader.Read(start, path);
        if (header.Lanes != ring.Options.Lanes || header.FrameBytes != size || header.Slots != ring.Footprint.SlotsPerLane)
        {
            throw new FastDqnException(
                ErrorKind.BadData,
                $"{path}: is of {header.Lanes} lanes of {header.Slots} frames of {header.FrameBytes} bytes; "
                + $"this ring has {ring.Options.Lanes} of {ring.Footprint.SlotsPerLane} of {size}");
        }

        if (header.First != segment.First || segment.First < 0)
            throw Torn(path, "it begins at another step");
        var next = new long[header.Lanes];
        Array.Fill(next, header.First);
        var bound = BlockHeader.Bound(BlockHeader.MostFrames(size), size);
        var (stored, encoded) = (new byte[bound], new byte[bound]);
        Span<byte> head = stackalloc byte[BlockHeader.Size];
        for (var left = segment.Bytes - SegmentHeader.Size; left > 0;)
        {
            if (left < BlockHeader.Size)
                throw Torn(path, "a block is cut off");
            file.ReadExactly(head);
            var block = BlockHeader.Read(head);
            left -= BlockHeader.Size;
            // Every size is bounded by what this ring's own blocks take.
            if ((uint)block.Lane >= (uint)header.Lanes || block.Count < 1 || block.Count > BlockHeader.MostFrames(size)
                || block.Time != next[block.Lane] || block.Count > segment.Last - block.Time + 1)
            {
                throw Torn(path, "a block lies outside its place");
            }

            if (block.Encoded < 0 || block.Encoded > bound || block.Stored < 0 || block.Stored > block.Encoded || block.Stored > left)
                throw Torn(path, "a block has an impossible size");
            file.ReadExactly(stored.AsSpan(0, block.Stored));
            left -= block.Stored;
            Apply(block, stored.AsSpan(0, block.Stored), encoded.AsSpan(0, block.Encoded), ring, path);
            next[block.Lane] += block.Count;
        }

        if (next.Any(time => time != segment.Last + 1))
            throw Torn(path, "it lacks frames");
    }

    private static unsafe void Apply(BlockHeader block, ReadOnlySpan<byte> stored, Span<byte> encoded, ReplayRing ring, string path)
    {
        if (stored.Length == encoded.Length)
            stored.CopyTo(encoded);
        else if (!BrotliDecoder.TryDecompress(stored, encoded, out var written) || written != encoded.Length)
            throw Torn(path, "a block does not decompress");
        var frames = ring.FramesAt(block.Lane, block.Time, block.Time + block.Count - 1);
        if (frames.Length != (long)block.Count * ring.Options.FrameBytes)
            throw Torn(path, "a block crosses the ring's end");
        fixed (byte* source = encoded, target = frames)
            if (ReplayLibrary.fdq_replay_decode(source, encoded.Length, null, block.Count, ring.Options.FrameBytes, target) != 0)
                throw Torn(path, "a block does not decode");
        if (Crc32C.Of(frames) != block.Checksum)
            throw Torn(path, "a block's checksum does not match");
    }

    private static FastDqnException Torn(string path, string how) =>
        new(ErrorKind.BadData, $"replay frames {path}: torn or damaged: {how}");

    private static FastDqnException Unreadable(string path, Exception e) =>
        new(ErrorKind.BadData, $"replay frames {path}: cannot be read ({e.Message.ReplaceLineEndings(" ")})", e);
}
