using System.Runtime.InteropServices;

namespace FastDqn.Cli;

/// <summary>What the terminal needs of the C library, under its names.</summary>
internal static partial class Libc
{
    private const string Library = "libc";

    [LibraryImport(Library)]
    public static partial int isatty(int file);

    [LibraryImport(Library)]
    public static partial int ioctl(int file, nuint request, out WindowSize size);

    [LibraryImport(Library)]
    public static partial int tcgetattr(int file, [Out] byte[] termios);

    [LibraryImport(Library)]
    public static partial int tcsetattr(int file, int when, byte[] termios);

    [LibraryImport(Library)]
    public static partial void cfmakeraw([In, Out] byte[] termios);

    [LibraryImport(Library)]
    public static unsafe partial nint read(int file, byte* buffer, nuint count);

    /// <summary><c>struct winsize</c>.</summary>
    public struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }
}
