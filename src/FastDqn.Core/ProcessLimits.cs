using System.Globalization;

namespace FastDqn.Core;

/// <summary>The limits that a shell or a scheduler sets for a process (<c>ulimit</c>).</summary>
public static class ProcessLimits
{
    /// <summary>Files that must be allowed: the runtime and libtorch take over a hundred.</summary>
    public const ulong LeastFiles = 256;

    /// <summary>Bytes of stack that threads must be allowed.</summary>
    public const ulong LeastStack = 512 << 10;

    private const int FileSize = 1, Stack = 3, OpenFiles = 7, AddressSpace = 9; // RLIMIT_*
    private const int FileTooLarge = 25; // SIGXFSZ
    private const int TooManyOpen = 24, TooLarge = 27; // EMFILE, EFBIG

    /// <summary>What is too little to work with, in a line; null: nothing is.</summary>
    public static string? Problem()
    {
        if (Of(OpenFiles) is { } files && files < LeastFiles)
            return Line($"at most {files} files may be open (ulimit -n): {LeastFiles} are needed");
        if (Of(Stack) is { } stack && stack < LeastStack)
            return Line($"a thread's stack may have {stack >> 10} kB (ulimit -s): {LeastStack >> 10} are needed");
        return null;
    }

    /// <summary>Makes a file that grows beyond its limit an error instead of the process's end.</summary>
    public static void SurviveFileSize()
    {
        const nint ignore = 1; // SIG_IGN
        _ = Libc.signal(FileTooLarge, ignore);
    }

    /// <summary>Which limit an error came from, in a line with its remedy; null: from none.</summary>
    public static string? Explain(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            if ((e is IOException && (e.HResult & 0xFFFF) == TooManyOpen) || Says(e, "Too many open files"))
                return Line($"too many open files: {Of(OpenFiles)} are allowed (ulimit -n)");
            if (IsFileTooLarge(e))
                return Line($"a file may have {Of(FileSize) >> 10} kB (ulimit -f)");
            var memory = e is OutOfMemoryException || Says(e, "failed to map segment") || Says(e, "annot allocate memory");
            if (memory && Of(AddressSpace) is { } space && space <= long.MaxValue)
                return Line($"out of memory: {SystemMemory.Format((long)space)} of address space are allowed (ulimit -v)");
        }

        return null;

        static bool Says(Exception e, string text) => e.Message.Contains(text, StringComparison.Ordinal);
    }

    /// <summary>Whether a file met the limit of its size; the runtime's exception for it is no IOException.</summary>
    public static bool IsFileTooLarge(Exception e) => e switch
    {
        IOException => (e.HResult & 0xFFFF) == TooLarge,
        ArgumentOutOfRangeException => e.Message.Contains("too large for the file system", StringComparison.Ordinal),
        _ => false,
    };

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>The limit that counts; null: there is none.</summary>
    private static unsafe ulong? Of(int resource)
    {
        var limits = stackalloc ulong[2];
        return Libc.getrlimit(resource, limits) == 0 && limits[0] != ulong.MaxValue ? limits[0] : null;
    }
}
