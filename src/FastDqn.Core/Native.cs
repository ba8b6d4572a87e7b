using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace FastDqn.Core;

/// <summary>
/// The interop class of <c>libfastdqn.so</c>. Exports return a status; <see cref="Check"/> turns it into the one
/// typed exception with the message the library left. Other files of this partial class declare the
/// exports by area.
/// </summary>
public static partial class Native
{
    public const string Library = "fastdqn";

    /// <summary>The ABI this build was written against; the loaded library must report the same.</summary>
    public const int AbiVersion = 1;

    private static readonly Lazy<string?> Problem = new(Probe);

    /// <summary>Why the native library cannot be used, or null when it can.</summary>
    public static string? LoadProblem => Problem.Value;

    /// <summary>Throws <see cref="ErrorKind.Unavailable"/> with the remedy when the native library is missing.</summary>
    public static void EnsureLoaded()
    {
        if (LoadProblem is { } problem)
            throw new FastDqnException(ErrorKind.Unavailable, problem);
    }

    /// <summary>Turns a status of the native library into an exception; 0 is success.</summary>
    public static void Check(int status)
    {
        if (status == 0)
            return;
        var text = LastError();
        throw new FastDqnException(
            status switch
            {
                1 => ErrorKind.Usage,
                2 => ErrorKind.BadData,
                3 => ErrorKind.Failure,
                4 => ErrorKind.Unavailable,
                _ => ErrorKind.Failure,
            },
            text.Length == 0 ? $"the native library failed with status {status}" : text);
    }

    private static unsafe string LastError() => Marshal.PtrToStringUTF8((nint)fdq_last_error()) ?? "";

    private static string? Probe()
    {
        try
        {
            var version = fdq_abi_version();
            return version == AbiVersion
                ? null
                : $"libfastdqn.so has ABI {version}, this program needs {AbiVersion}: rebuild with ./build.sh build";
        }
        catch (DllNotFoundException e)
        {
            return ProcessLimits.Explain(e) is { } limit
                ? $"libfastdqn.so does not load: {limit}"
                : "libfastdqn.so was not found beside the program: build it with ./build.sh build";
        }
        catch (EntryPointNotFoundException)
        {
            return "libfastdqn.so lacks fdq_abi_version: rebuild with ./build.sh build";
        }
    }

    [LibraryImport(Library)]
    private static partial int fdq_abi_version();

    [LibraryImport(Library)]
    private static unsafe partial byte* fdq_last_error();
}
