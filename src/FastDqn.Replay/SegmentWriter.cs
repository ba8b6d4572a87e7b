using System.IO.Compression;
using System.Security.Cryptography;
using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>An open segment file: appended to, hashed as it grows, synced from time to time.</summary>
internal sealed class SegmentWriter : IDisposable
{
    private const int Quality = 1;  // Brotli's fastest that still models literals: the coding has taken the repeats
    private const int Window = 18;
    private const long SyncEvery = 32 << 20;

    private readonly ReplayRing _ring;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _encoded;
    private readonly byte[] _stored;
    private readonly string _name;
    private readonly long _first;
    private long _last;
    private long _bytes;
    private long _synced;

    public SegmentWriter(ReplayRing ring, string path, long first)
    {
        _ring = ring;
        var bound = BlockHeader.Bound(BlockHeader.MostFrames(ring.Options.FrameBytes), ring.Options.FrameBytes);
        _encoded = new byte[bound];
        _stored = new byte[BlockHeader.Size + bound];
        _name = Path.GetFileName(path);
        (_first, _last) = (first, first - 1);
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1);
        Span<byte> header = stackalloc byte[SegmentHeader.Size];
        new SegmentHeader(ring.Options.Lanes, ring.Options.FrameBytes, ring.Footprint.SlotsPerLane, first).Write(header);
        try
        {
            Append(header);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Vector steps written.</summary>
    public long Steps => _last - _first + 1;

    /// <summary>
    /// Appends the frames of all lanes up to vector step <paramref name="last"/>; returns their bytes before coding.
    /// </summary>
    public long Write(long last)
    {
        var raw = 0L;
        for (var lane = 0; lane < _ring.Options.Lanes; lane++)
        {
            for (var time = _last + 1; time <= last;)
            {
                var count = PutBlock(lane, time, last);
                time += count;
                raw += (long)count * _ring.Options.FrameBytes;
            }
        }

        _last = last;
        if (_bytes - _synced >= SyncEvery)
            Sync();
        return raw;
    }

    /// <summary>Makes what was written durable and says what it is; the file may grow on.</summary>
    public FrameSegment Complete()
    {
        Sync();
        return new FrameSegment(_name, _first, _last, _bytes, Convert.ToHexStringLower(_hash.GetCurrentHash()));
    }

    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
    }

    private void Sync()
    {
        if (_synced == _bytes)
            return;
        _file.Flush(flushToDisk: true);
        _synced = _bytes;
    }

    private unsafe int PutBlock(int lane, long time, long last)
    {
        var size = _ring.Options.FrameBytes;
        var frames = _ring.FramesAt(lane, time, Math.Min(last, time + BlockHeader.MostFrames(size) - 1));
        var count = frames.Length / size;
        long length;
        fixed (byte* source = frames, target = _encoded)
            length = ReplayLibrary.fdq_replay_encode(source, null, count, size, target, _encoded.Length);
        if (length < 0)
            throw new FastDqnException("replay: a block of frames outgrew its bound");
        var encoded = _encoded.AsSpan(0, (int)length);
        var body = _stored.AsSpan(BlockHeader.Size, encoded.Length);
        // No room to grow: what does not get smaller is stored as it is.
        if (!BrotliEncoder.TryCompress(encoded, body, out var stored, Quality, Window) || stored >= encoded.Length)
        {
            encoded.CopyTo(body);
            stored = encoded.Length;
        }

        new BlockHeader(lane, time, count, encoded.Length, stored, Crc32C.Of(frames)).Write(_stored);
        Append(_stored.AsSpan(0, BlockHeader.Size + stored));
        return count;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes);
        _hash.AppendData(bytes);
        _bytes += bytes.Length;
    }
}
