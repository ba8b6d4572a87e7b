using System.IO.Compression;
using System.IO.Pipelines;
using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>
/// Writes one segment: a producer codes and compresses blocks into a pipe while a consumer checksums and writes them to the
/// file, so that the CPU and the disk work at the same time and neither holds more than a few blocks.
/// </summary>
internal sealed class SegmentWriter
{
    private const int BlockBytes = 1 << 19;
    private const int Quality = 1;  // Brotli's fastest that still models literals: the coding has taken the repeats
    private const int Window = 18;

    private readonly ReplayRing _ring;
    private readonly PipeWriter _pipe;
    private readonly int _framesPerBlock;
    private readonly byte[] _encoded;
    private int _blocks;

    private SegmentWriter(ReplayRing ring, PipeWriter pipe)
    {
        _ring = ring;
        _pipe = pipe;
        _framesPerBlock = Math.Max(1, BlockBytes / ring.Options.FrameBytes);
        // Room for the worst coding of a block: literals with a few bytes of run lengths every page.
        var raw = (long)_framesPerBlock * ring.Options.FrameBytes;
        var size = raw + (raw / 64) + (_framesPerBlock * 64L);
        if (size > 1 << 30)
            throw new FastDqnException($"replay: frames of {ring.Options.FrameBytes} bytes are too large for a snapshot");
        _encoded = new byte[size];
    }

    /// <summary>Raw bytes of what was written: frames and records before coding.</summary>
    public long RawBytes { get; private set; }

    /// <summary>Writes the segment to <paramref name="path"/>; returns raw bytes, file bytes and the file's checksum.</summary>
    public static async Task<(long Raw, long Stored, uint Checksum)> WriteAsync(
        ReplayRing ring, SegmentHeader header, string path, CancellationToken cancel)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 8 << 20, resumeWriterThreshold: 4 << 20, useSynchronizationContext: false));
        var writer = new SegmentWriter(ring, pipe.Writer);
        var producer = Task.Run(() => writer.ProduceAsync(header, cancel), CancellationToken.None);
        var (stored, checksum) = await ConsumeAsync(pipe.Reader, path, cancel).ConfigureAwait(false);
        await producer.ConfigureAwait(false);
        return (writer.RawBytes, stored, checksum);
    }

    private async Task ProduceAsync(SegmentHeader header, CancellationToken cancel)
    {
        Exception? failure = null;
        try
        {
            header.Write(_pipe.GetSpan(SegmentHeader.Size));
            _pipe.Advance(SegmentHeader.Size);
            for (var lane = 0; lane < header.Lanes; lane++)
                for (var time = header.FirstTime; time <= header.LastTime;)
                {
                    time += PutFrames(lane, time, header.LastTime);
                    await FlushAsync(cancel).ConfigureAwait(false);
                }

            using (var records = new RecordStream(this, cancel))
                _ring.SaveRecords(new StateWriter(records));
            Put(new BlockHeader(BlockKind.End, 0, 0, _blocks, 0, 0, 0), []);
            await FlushAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            await _pipe.CompleteAsync(failure).ConfigureAwait(false);
        }
    }

    private static async Task<(long Stored, uint Checksum)> ConsumeAsync(PipeReader reader, string path, CancellationToken cancel)
    {
        var checksum = Checksum.Seed;
        var stored = 0L;
        Exception? failure = null;
        try
        {
            var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous);
            await using (file.ConfigureAwait(false))
            {
                while (true)
                {
                    var result = await reader.ReadAsync(cancel).ConfigureAwait(false);
                    foreach (var piece in result.Buffer)
                    {
                        checksum = Checksum.Add(checksum, piece.Span);
                        stored += piece.Length;
                        await file.WriteAsync(piece, cancel).ConfigureAwait(false);
                    }

                    reader.AdvanceTo(result.Buffer.End);
                    if (result.IsCompleted)
                        break;
                }

                // Only a file whose every byte was written ends with its own checksum.
                var tail = BitConverter.GetBytes(checksum);
                await file.WriteAsync(tail, cancel).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
                return (stored + tail.Length, checksum);
            }
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            await reader.CompleteAsync(failure).ConfigureAwait(false);
        }
    }

    private unsafe int PutFrames(int lane, long time, long last)
    {
        var frames = _ring.FramesAt(lane, time, Math.Min(last, time + _framesPerBlock - 1));
        var count = frames.Length / _ring.Options.FrameBytes;
        long encoded;
        fixed (byte* source = frames)
        fixed (byte* target = _encoded)
            encoded = Native.fdq_replay_encode(source, null, count, _ring.Options.FrameBytes, target, _encoded.Length);
        if (encoded < 0)
            throw new FastDqnException("replay: a snapshot block outgrew its bound");
        RawBytes += frames.Length;
        PutCompressed(BlockKind.Frames, lane, time, count, _encoded.AsSpan(0, (int)encoded), Checksum.Of(frames));
        return count;
    }

    private void PutRecords(ReadOnlySpan<byte> bytes)
    {
        RawBytes += bytes.Length;
        PutCompressed(BlockKind.Records, 0, 0, bytes.Length, bytes, Checksum.Of(bytes));
    }

    private void PutCompressed(BlockKind kind, int lane, long time, int count, ReadOnlySpan<byte> encoded, uint checksum)
    {
        var span = _pipe.GetSpan(BlockHeader.Size + encoded.Length);
        var body = span.Slice(BlockHeader.Size, encoded.Length);
        // No room to grow: what does not get smaller is stored as it is.
        if (!BrotliEncoder.TryCompress(encoded, body, out var stored, Quality, Window) || stored >= encoded.Length)
        {
            encoded.CopyTo(body);
            stored = encoded.Length;
        }

        new BlockHeader(kind, lane, time, count, encoded.Length, stored, checksum).Write(span);
        _pipe.Advance(BlockHeader.Size + stored);
        _blocks++;
    }

    private void Put(BlockHeader header, ReadOnlySpan<byte> body)
    {
        var span = _pipe.GetSpan(BlockHeader.Size + body.Length);
        header.Write(span);
        body.CopyTo(span[BlockHeader.Size..]);
        _pipe.Advance(BlockHeader.Size + body.Length);
    }

    private async ValueTask FlushAsync(CancellationToken cancel)
    {
        var result = await _pipe.FlushAsync(cancel).ConfigureAwait(false);
        if (result.IsCompleted)
            throw new IOException("the snapshot file could not be written");
    }

    /// <summary>Cuts the records into blocks.</summary>
    private sealed class RecordStream(SegmentWriter owner, CancellationToken cancel) : Stream
    {
        private readonly byte[] _block = new byte[BlockBytes];
        private int _used;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            while (buffer.Length > 0)
            {
                var taken = Math.Min(buffer.Length, _block.Length - _used);
                buffer[..taken].CopyTo(_block.AsSpan(_used));
                buffer = buffer[taken..];
                _used += taken;
                if (_used == _block.Length)
                    Flush();
            }
        }

        public override void Flush()
        {
            if (_used == 0)
                return;
            owner.PutRecords(_block.AsSpan(0, _used));
            _used = 0;
            // The consumer is another task: waiting for it here cannot block it.
            owner.FlushAsync(cancel).AsTask().GetAwaiter().GetResult();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                Flush();
            base.Dispose(disposing);
        }
    }
}
