using System.Text;

namespace FastDqn.Core;

/// <summary>Files that a user asks for.</summary>
public static class OutputFile
{
    /// <summary>Refuses what can be seen to be no place for a file before the work for it is done.</summary>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Failure"/>: a folder, or in a folder that is not there.
    /// </exception>
    public static void Check(string path)
    {
        if (Problem(path) is { } problem)
            throw new FastDqnException(ErrorKind.Failure, $"{path}: cannot be written: {problem}");
    }

    /// <summary>Writes a text.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Failure"/>: it cannot be written.</exception>
    public static void WriteText(string path, string text) => WriteBytes(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Failure"/>: it cannot be written.</exception>
    public static void WriteBytes(string path, byte[] bytes) => Write(path, stream =>
    {
        stream.Write(bytes);
        return true;
    });

    /// <summary>
    /// Writes a file whole or not at all: one that fails, on a full disk say, leaves what was there as it was. Returns
    /// what <paramref name="write"/> does.
    /// </summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Failure"/>: it cannot be written.</exception>
    public static T Write<T>(string path, Func<Stream, T> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        return Writing(path, () =>
        {
            // A device is written to, not replaced, and a link stays one.
            var kind = FileKinds.Of(path);
            if (kind == FileKind.Special)
            {
                using var device = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1);
                return write(device);
            }

            using var file = new PendingFile(TargetOf(path, kind));
            var result = write(file.Stream);
            file.Commit();
            return result;
        });
    }

    /// <summary>
    /// What <paramref name="write"/> returns; where it cannot write <paramref name="path"/>, one line that says so.
    /// </summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Failure"/>: it cannot be written.</exception>
    public static T Writing<T>(string path, Func<T> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        try
        {
            return write();
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw CannotWrite(path, e);
        }
    }

    /// <summary>Whether the operating system refused to write.</summary>
    public static bool IsRefusal(Exception e) => e is IOException or UnauthorizedAccessException || ProcessLimits.IsFileTooLarge(e);

    /// <summary>What the operating system said, in one line that names the file.</summary>
    public static FastDqnException CannotWrite(string path, Exception e)
    {
        ArgumentNullException.ThrowIfNull(e);
        var problem = Problem(path) ?? e.Message.ReplaceLineEndings(" ");
        return new FastDqnException(ErrorKind.Failure, $"{path}: cannot be written: {problem}", e);
    }

    /// <summary>A file that is written piece by piece and is whole, in its place, once it is committed.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Failure"/>: it cannot be written.</exception>
    public static PendingFile Begin(string path) => Writing(path, () => new PendingFile(TargetOf(path, FileKinds.Of(path))));

    /// <summary>Makes a folder for files, with those it lies in.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Failure"/>: it cannot be made.</exception>
    public static void MakeFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var problem = FileKinds.Of(path) switch
            {
                FileKind.BrokenLink => "it is a symbolic link that leads nowhere",
                FileKind.File or FileKind.Special => "it is a file",
                _ => e.Message.ReplaceLineEndings(" "),
            };
            throw new FastDqnException(ErrorKind.Failure, $"cannot make the folder {path}: {problem}", e);
        }
    }

    private static string TargetOf(string path, FileKind kind) =>
        (kind is FileKind.File or FileKind.BrokenLink ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? path;

    private static string? Problem(string path)
    {
        if (FileKinds.Of(path) == FileKind.Folder || Path.EndsInDirectorySeparator(path))
            return "it is a folder";
        var parent = Path.GetDirectoryName(Path.GetFullPath(path));
        return parent is not null && FileKinds.Of(parent) != FileKind.Folder ? $"there is no folder {parent}" : null;
    }
}
