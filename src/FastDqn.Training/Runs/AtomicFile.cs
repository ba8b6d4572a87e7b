using System.Runtime.InteropServices;
using System.Text;
using FastDqn.Core;

namespace FastDqn.Training.Runs;

/// <summary>Files that are there whole or not at all, also after a power cut.</summary>
public static partial class AtomicFile
{
    /// <summary>The remedy of a full disk.</summary>
    public const string DiskFullAdvice = "the disk is full: free some space and run fastdqn resume, or choose another --set run.root";

    private const int OpenReadOnlyDirectory = 0x10000 | 0x80000; // O_DIRECTORY | O_CLOEXEC, O_RDONLY being 0

    /// <summary>Writes beside <paramref name="path"/>, flushes to the disk, renames over it and flushes the folder.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    public static void Write(string path, string content) => Write(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Makes the entries of a folder durable (fsync of the folder itself).</summary>
    public static void FlushDirectory(string path)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var directory = open(path, OpenReadOnlyDirectory);
        if (directory < 0)
            throw new IOException($"cannot open folder {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        try
        {
            // Some network file systems refuse it (EINVAL): their renames are durable by themselves.
            const int invalid = 22;
            if (fsync(directory) != 0 && Marshal.GetLastPInvokeError() != invalid)
                throw new IOException($"cannot flush folder {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        finally
        {
            _ = close(directory);
        }
    }

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
        var advice = IsDiskFull(e) ? DiskFullAdvice : "check that the folder exists and is writable";
        return new FastDqnException(ErrorKind.Failure, $"{what}: {e.Message.ReplaceLineEndings(" ")} ({advice})", e);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);
}
