using System.Text;

namespace FastDqn.Core;

/// <summary>Text files that a user names.</summary>
public static class InputFile
{
    /// <summary>
    /// The whole text. A file that cannot be taken at all is bad data (exit code 3), whatever it should hold; what is
    /// wrong in it is for its reader to say. A pipe is read as well (<c>--config &lt;(...)</c>).
    /// </summary>
    /// <param name="path">As the user wrote it.</param>
    /// <param name="what">What it should be, for errors: "configuration file".</param>
    /// <param name="maxBytes">Larger ones are refused.</param>
    /// <param name="wrongInside">What it is when the text is wrong in itself.</param>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.BadData"/>: missing, a folder, unreadable or too large; <paramref name="wrongInside"/>: not
    /// UTF-8.
    /// </exception>
    public static string ReadText(string path, string what, int maxBytes = 1 << 20, ErrorKind wrongInside = ErrorKind.BadData)
    {
        if (FileKinds.Of(path) != FileKind.Special && FileKinds.WhyNotFile(path, $"a {what}") is { } why)
            throw new FastDqnException(ErrorKind.BadData, $"{path}: {why}");
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
            // What a pipe holds shows when it is read.
            var bytes = new byte[stream.CanSeek ? (int)Math.Min(stream.Length, maxBytes) + 1 : 1 << 16];
            var length = 0;
            while (stream.Read(bytes.AsSpan(length)) is > 0 and var count)
            {
                length += count;
                if (length > maxBytes)
                    throw new FastDqnException(ErrorKind.BadData, $"{path}: larger than {maxBytes} bytes, so not a {what}");
                if (length == bytes.Length)
                    Array.Resize(ref bytes, (int)Math.Min(2L * length, maxBytes + 1L));
            }

            return Decode(bytes.AsSpan(0, length), path, what, wrongInside);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{path}: cannot be read as a {what}: {Reason(e)}", e);
        }
    }

    /// <summary>Why a file cannot be read, for people.</summary>
    public static string Reason(Exception e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return e is UnauthorizedAccessException ? "permission denied" : e.Message.ReplaceLineEndings(" ");
    }

    private static string Decode(ReadOnlySpan<byte> bytes, string path, string what, ErrorKind wrong)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            bytes = bytes[3..];
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw new FastDqnException(wrong, $"{path}: is UTF-16: a {what} is UTF-8");
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            var line = bytes[..Math.Clamp(e.Index, 0, bytes.Length)].Count((byte)'\n') + 1;
            throw new FastDqnException(wrong, $"{path}:{line}: not UTF-8, which a {what} is", e);
        }
    }
}
