using System.Runtime.InteropServices;

namespace FastDqn.Core;

/// <summary>What is called of the C library, under its names.</summary>
internal static partial class Libc
{
    private const string Library = "libc";

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string path, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fsync(int file);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int close(int file);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial int statx(int folder, string path, int flags, uint mask, byte* result);

    [LibraryImport(Library)]
    public static unsafe partial int getrlimit(int resource, ulong* softAndHard);

    [LibraryImport(Library, SetLastError = true)]
    public static unsafe partial int sched_getaffinity(int thread, nint bytes, byte* mask);

    [LibraryImport(Library, SetLastError = true)]
    public static unsafe partial int sched_setaffinity(int thread, nint bytes, byte* mask);

    [LibraryImport(Library)]
    public static partial nint signal(int signal, nint handler);
}
