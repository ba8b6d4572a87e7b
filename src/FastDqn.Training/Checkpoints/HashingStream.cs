using System.Security.Cryptography;

namespace FastDqn.Training.Checkpoints;

/// <summary>Writes to a file while hashing and counting what it writes.</summary>
internal sealed class HashingStream : Stream
{
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _used;

    public HashingStream(string path) => _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1);

    public long Count { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Count;

    public override long Position { get => Count; set => throw new NotSupportedException(); }

    /// <summary>Makes the file durable and returns its hash.</summary>
    public string Complete()
    {
        Drain();
        _file.Flush(flushToDisk: true);
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Count += buffer.Length;
        if (buffer.Length <= _buffer.Length - _used)
        {
            buffer.CopyTo(_buffer.AsSpan(_used));
            _used += buffer.Length;
            return;
        }

        Drain();
        if (buffer.Length <= _buffer.Length)
        {
            buffer.CopyTo(_buffer);
            _used = buffer.Length;
            return;
        }

        _hash.AppendData(buffer);
        _file.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    public override void Flush() => Drain();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Drain()
    {
        if (_used == 0)
            return;
        _hash.AppendData(_buffer, 0, _used);
        _file.Write(_buffer, 0, _used);
        _used = 0;
    }
}
