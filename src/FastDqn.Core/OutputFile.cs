namespace FastDqn.Core;

/// <summary>Files that a user asks for.</summary>
public static class OutputFile
{
    /// <summary>Writes a text.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Failure"/>: it cannot be written.</exception>
    public static void WriteText(string path, string text) => Writing(path, () =>
    {
        File.WriteAllText(path, text);
        return true;
    });

    /// <summary>What <paramref name="write"/> returns; where it cannot write <paramref name="path"/>, one line that says so.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Failure"/>: it cannot be written.</exception>
    public static T Writing<T>(string path, Func<T> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FastDqnException(ErrorKind.Failure, $"{path}: cannot be written: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
