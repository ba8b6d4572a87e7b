namespace FastDqn.Core;

/// <summary>Text files that a user names.</summary>
public static class InputFile
{
    /// <summary>
    /// The whole text. A file that cannot be taken at all is bad data (exit code 3), whatever it should hold; what is wrong in it is for its
    /// reader to say.
    /// </summary>
    /// <param name="path">As the user wrote it.</param>
    /// <param name="what">What it should be, for errors: "configuration file".</param>
    /// <param name="maxBytes">Larger ones are refused before they are read.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: missing, a folder, unreadable or too large.</exception>
    public static string ReadText(string path, string what, long maxBytes = 1 << 20)
    {
        if (Directory.Exists(path))
            throw new FastDqnException(ErrorKind.BadData, $"{path}: is a folder, not a {what}");
        if (!File.Exists(path))
            throw new FastDqnException(ErrorKind.BadData, $"{path}: no such file; it should be a {what}");
        try
        {
            return new FileInfo(path).Length <= maxBytes
                ? File.ReadAllText(path)
                : throw new FastDqnException(ErrorKind.BadData, $"{path}: larger than {maxBytes} bytes, so not a {what}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{path}: cannot be read as a {what}: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
