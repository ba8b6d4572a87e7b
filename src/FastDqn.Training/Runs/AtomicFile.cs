using System.Runtime.InteropServices;
using System.Text;
using FastDqn.Core;

namespace FastDqn.Training.Runs;

/// <summary>Files that are there whole or not at all, also after a power cut.</summary>
public static partial class AtomicFile
{
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

    /// <summary>What the operating system said, as one failure line.</summary>
    public static FastDqnException Explain(string what, Exception e)
    {
        ArgumentNullException.ThrowIfNull(e);
        const int noSpace = 28;
        var full = e is IOException && (e.HResult & 0xFFFF) == noSpace;
        var advice = full ? "the disk is full: free some space or choose another --set run.root" : "check that the folder exists and is writable";
        return new FastDqnException(ErrorKind.Failure, $"{what}: {e.Message.ReplaceLineEndings(" ")} ({advice})", e);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);
}
