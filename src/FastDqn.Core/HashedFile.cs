using System.IO.Pipelines;
using System.Security.Cryptography;

namespace FastDqn.Core;

/// <summary>Files whose size and SHA-256 are kept elsewhere.</summary>
public static class HashedFile
{
    private const int Piece = 1 << 16;
    private static readonly PipeOptions Options = new(
        pauseWriterThreshold: 4 * Piece, resumeWriterThreshold: 2 * Piece, minimumSegmentSize: Piece, useSynchronizationContext: false);

    /// <summary>
    /// Writes a file through a pipe: while the caller's thread makes bytes, another hashes and writes those before
    /// and syncs the file at its end. The pipe holds little, so that a slow disk holds up who fills it.
    /// </summary>
    /// <param name="path">Of the file; one that is there is written over.</param>
    /// <param name="write">Called before this returns. An error of the disk ends it, too.</param>
    /// <returns>Size and SHA-256 (lower-case hexadecimal) of the durable file.</returns>
    public static async Task<(long Bytes, string Sha256)> WriteAsync(string path, Action<Stream> write)
    {
        var pipe = new Pipe(Options);
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1);
        var writing = WriteOutAsync(pipe.Reader, file);
        try
        {
            using var stream = new BufferedStream(pipe.Writer.AsStream(), Piece);
            write(stream);
        }
        finally
        {
            // The file stays open for as long as it is written to.
            await Task.WhenAny(writing).ConfigureAwait(false);
        }

        return await writing.ConfigureAwait(false);
    }

    /// <summary>How a file is not what was written; null where it is.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="bytes">How much was written.</param>
    /// <param name="sha256">Of that.</param>
    /// <param name="mayGoOn">More bytes may follow.</param>
    public static string? Damage(string path, long bytes, string sha256, bool mayGoOn)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1, FileOptions.SequentialScan);
        if (file.Length < bytes || (file.Length > bytes && !mayGoOn))
            return $"{file.Length} bytes where {bytes} were written";
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Math.Min(bytes, Piece)];
        for (var left = bytes; left > 0;)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
            file.ReadExactly(piece);
            hash.AppendData(piece);
            left -= piece.Length;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset()) == sha256 ? null : "its SHA-256 is not the one written";
    }

    private static async Task<(long Bytes, string Sha256)> WriteOutAsync(PipeReader bytes, FileStream file)
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            while (await bytes.ReadAsync().ConfigureAwait(false) is var read && !(read.IsCompleted && read.Buffer.IsEmpty))
            {
                foreach (var piece in read.Buffer)
                {
                    hash.AppendData(piece.Span);
                    file.Write(piece.Span);
                }

                bytes.AdvanceTo(read.Buffer.End);
            }

            await bytes.CompleteAsync().ConfigureAwait(false);
            file.Flush(flushToDisk: true);
            return (file.Position, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        catch (Exception e)
        {
            // Whoever fills the pipe gets it, also where it waits.
            await bytes.CompleteAsync(e).ConfigureAwait(false);
            throw;
        }
    }
}
