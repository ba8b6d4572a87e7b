using System.Text;
using FastDqn.Core;

namespace FastDqn.Training.Runs;

/// <summary>Files that are there whole or not at all, also after a power cut.</summary>
public static class AtomicFile
{
    /// <summary>The remedy of a full disk.</summary>
    public const string DiskFullAdvice = "the disk is full: free some space and run fastdqn resume, or choose another --set run.root";

    private const string Temporary = ".tmp";

    /// <summary>
    /// Writes beside <paramref name="path"/>, flushes to the disk, renames over it and flushes the folder.
    /// </summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = new Pending(path);
        file.Stream.Write(content);
        file.Commit();
    }

    /// <summary>As above, of what <paramref name="write"/> writes; returns what that does.</summary>
    public static T Write<T>(string path, Func<Stream, T> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var file = new Pending(path);
        var result = write(file.Stream);
        file.Commit();
        return result;
    }

    /// <summary>
    /// Removes what a process that was killed in the middle of a write left in a folder that is now one's own.
    /// </summary>
    public static void RemoveLeftovers(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*" + Temporary))
            TryDelete(file);
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is in nobody's way.
        }
    }

    public static void Write(string path, string content) => Write(path, Encoding.UTF8.GetBytes(content));

    /// <summary>True when a full disk is behind an error.</summary>
    public static bool IsDiskFull(Exception? e)
    {
        const int noSpace = 28;
        for (; e is not null; e = e.InnerException)
        {
            if (e is IOException && (e.HResult & 0xFFFF) == noSpace)
                return true;
        }

        return false;
    }

    /// <summary>What the operating system said, as one failure line with the remedy.</summary>
    public static FastDqnException Explain(string what, Exception e)
    {
        ArgumentNullException.ThrowIfNull(e);
        var advice = IsDiskFull(e) ? DiskFullAdvice : ProcessLimits.Explain(e) ?? "check that the folder exists and is writable";
        return new FastDqnException(ErrorKind.Failure, $"{what}: {e.Message.ReplaceLineEndings(" ")} ({advice})", e);
    }

    /// <summary>A file beside its place until it is whole.</summary>
    private sealed class Pending : IDisposable
    {
        private readonly string _path;
        private readonly string _temporary;
        private bool _committed;

        public Pending(string path)
        {
            // Nobody else's name, whichever process, thread or machine writes the same file.
            (_path, _temporary) = (path, $"{path}.{Guid.NewGuid():N}{Temporary}");
            Stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
        }

        public FileStream Stream { get; }

        public void Commit()
        {
            Stream.Flush(flushToDisk: true);
            Stream.Dispose();
            File.Move(_temporary, _path, overwrite: true);
            _committed = true;
            DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        }

        public void Dispose()
        {
            Stream.Dispose();
            if (!_committed)
                TryDelete(_temporary);
        }
    }
}
