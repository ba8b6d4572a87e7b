using System.Runtime.InteropServices;

namespace FastDqn.Sweeps;

/// <summary>What is called of the C library, under its names.</summary>
internal static partial class Libc
{
    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int access(string path, int mode);
}
