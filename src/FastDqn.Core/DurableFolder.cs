using System.Runtime.InteropServices;

namespace FastDqn.Core;

/// <summary>
/// Makes the names in a folder durable: a file that was made or renamed is found under its name after a power cut.
/// </summary>
public static class DurableFolder
{
    private const int OpenReadOnlyDirectory = 0x10000 | 0x80000; // O_DIRECTORY | O_CLOEXEC, O_RDONLY being 0

    /// <summary>fsync of the folder itself.</summary>
    /// <exception cref="IOException">It cannot be opened or flushed.</exception>
    public static void Flush(string path)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var directory = Libc.open(path, OpenReadOnlyDirectory);
        if (directory < 0)
            throw new IOException($"cannot open folder {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        try
        {
            // Some network file systems refuse it (EINVAL): their renames are durable by themselves.
            const int invalid = 22;
            if (Libc.fsync(directory) != 0 && Marshal.GetLastPInvokeError() != invalid)
                throw new IOException($"cannot flush folder {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        finally
        {
            _ = Libc.close(directory);
        }
    }
}
