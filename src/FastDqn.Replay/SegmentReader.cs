using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>Reads one segment. <see cref="VerifyAsync"/> comes first: a torn or damaged file is found before the ring is touched.</summary>
internal static class SegmentReader
{
    private const int MaxBlockBytes = 1 << 30;

    /// <summary>Checks the whole file against its checksum; returns its header and checksum.</summary>
    public static async Task<(SegmentHeader Header, uint Checksum)> VerifyAsync(string path, CancellationToken cancel)
    {
        var file = Open(path);
        await using (file.ConfigureAwait(false))
        {
            var length = file.Length;
            if (length < SegmentHeader.Size + BlockHeader.Size + sizeof(uint))
                throw Torn(path, $"it has {length} bytes");
            var header = default(SegmentHeader);
            var checksum = Checksum.Seed;
            var left = length - sizeof(uint);
            var buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
            try
            {
                var first = true;
                while (left > 0)
                {
                    var count = (int)Math.Min(left, buffer.Length);
                    await file.ReadExactlyAsync(buffer.AsMemory(0, count), cancel).ConfigureAwait(false);
                    if (first)
                        header = SegmentHeader.Read(buffer.AsSpan(0, count), path);
                    first = false;
                    checksum = Checksum.Add(checksum, buffer.AsSpan(0, count));
                    left -= count;
                }

                await file.ReadExactlyAsync(buffer.AsMemory(0, sizeof(uint)), cancel).ConfigureAwait(false);
                if (BitConverter.ToUInt32(buffer, 0) != checksum)
                    throw Torn(path, "its checksum does not match");
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            return (header, checksum);
        }
    }

    /// <summary>Puts the segment's frames into the ring and, where asked, its records.</summary>
    public static async Task ApplyAsync(string path, ReplayRing ring, bool records, CancellationToken cancel)
    {
        var file = Open(path);
        await using (file.ConfigureAwait(false))
        {
            var reader = PipeReader.Create(file, new StreamPipeReaderOptions(bufferSize: 1 << 20, leaveOpen: true));
            // Records are read by the ring from a second pipe while the blocks of the first are taken apart.
            var recordPipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
            await TakeAsync(reader, SegmentHeader.Size, static _ => 0, cancel).ConfigureAwait(false);
            var blocks = 0;
            while (true)
            {
                var header = await TakeAsync(reader, BlockHeader.Size, static s => BlockHeader.Read(s), cancel).ConfigureAwait(false);
                if (header.Kind == BlockKind.End)
                {
                    if (header.Count != blocks)
                        throw Torn(path, $"{blocks} blocks where {header.Count} belong");
                    break;
                }

                blocks++;
                if (header.Stored is < 0 or > MaxBlockBytes || header.Encoded is < 0 or > MaxBlockBytes)
                    throw Torn(path, "a block has an impossible size");
                await TakeAsync(
                    reader,
                    header.Stored,
                    stored =>
                    {
                        Apply(header, stored, ring, records ? recordPipe.Writer : null, path);
                        return 0;
                    },
                    cancel).ConfigureAwait(false);
            }

            await reader.CompleteAsync().ConfigureAwait(false);
            await recordPipe.Writer.FlushAsync(cancel).ConfigureAwait(false);
            await recordPipe.Writer.CompleteAsync().ConfigureAwait(false);
            if (records)
                ring.LoadRecords(new StateReader(recordPipe.Reader.AsStream()));
            else
                await recordPipe.Reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    public static FastDqnException Torn(string path, string how) =>
        new(ErrorKind.BadData, $"replay snapshot {path} is torn or damaged: {how}");

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"replay snapshot {path} cannot be read: {e.Message}", e);
        }
    }

    private static void Apply(BlockHeader header, ReadOnlySpan<byte> stored, ReplayRing ring, PipeWriter? records, string path)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, header.Encoded));
        try
        {
            var encoded = rented.AsSpan(0, header.Encoded);
            if (header.Stored == header.Encoded)
                stored.CopyTo(encoded);
            else if (!BrotliDecoder.TryDecompress(stored, encoded, out var written) || written != header.Encoded)
                throw Torn(path, "a block does not decompress");

            switch (header.Kind)
            {
                case BlockKind.Frames:
                    ApplyFrames(header, encoded, ring, path);
                    break;
                case BlockKind.Records:
                    if (Checksum.Of(encoded) != header.Checksum)
                        throw Torn(path, "a block's checksum does not match");
                    records?.Write(encoded);
                    break;
                default:
                    throw Torn(path, $"a block of unknown kind {(int)header.Kind}");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static unsafe void ApplyFrames(BlockHeader header, ReadOnlySpan<byte> encoded, ReplayRing ring, string path)
    {
        if (header.Lane < 0 || header.Lane >= ring.Options.Lanes || header.Time < 0 || header.Count < 1)
            throw Torn(path, "a block lies outside the ring");
        var frames = ring.FramesAt(header.Lane, header.Time, header.Time + header.Count - 1);
        if (frames.Length != (long)header.Count * ring.Options.FrameBytes)
            throw Torn(path, "a block crosses the ring's end");
        fixed (byte* source = encoded)
        fixed (byte* target = frames)
            if (Native.fdq_replay_decode(source, encoded.Length, null, header.Count, ring.Options.FrameBytes, target) != 0)
                throw Torn(path, "a block does not decode");
        if (Checksum.Of(frames) != header.Checksum)
            throw Torn(path, "a block's checksum does not match");
    }

    private delegate T Parse<out T>(ReadOnlySpan<byte> bytes);

    private static async ValueTask<T> TakeAsync<T>(PipeReader reader, int count, Parse<T> parse, CancellationToken cancel)
    {
        var result = await reader.ReadAtLeastAsync(count, cancel).ConfigureAwait(false);
        if (result.Buffer.Length < count)
            throw new FastDqnException(ErrorKind.BadData, "a replay snapshot ends too early: the file is torn");
        var slice = result.Buffer.Slice(0, count);
        var value = ParseSequence(slice, parse);
        reader.AdvanceTo(slice.End);
        return value;
    }

    private static T ParseSequence<T>(ReadOnlySequence<byte> bytes, Parse<T> parse)
    {
        if (bytes.IsSingleSegment)
            return parse(bytes.FirstSpan);
        var rented = ArrayPool<byte>.Shared.Rent((int)bytes.Length);
        try
        {
            bytes.CopyTo(rented);
            return parse(rented.AsSpan(0, (int)bytes.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
