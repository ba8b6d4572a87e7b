using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace FastDqn.Core;

/// <summary>A struct that crosses the border, and the size that this program gives it.</summary>
public readonly record struct NativeStruct(string Name, int Bytes);

/// <summary>
/// What every use of <c>libfastdqn.so</c> shares: loading it, the version handshake, and statuses as exceptions.
/// Each project declares the exports that it calls in its own <c>Interop</c> folder.
/// </summary>
public static partial class Native
{
    public const string Library = "fastdqn";

    /// <summary>The ABI this build was written against; the loaded library must report the same.</summary>
    public const int AbiVersion = 2;

    private static readonly Lazy<string?> Problem = new(Probe);

    /// <summary>Why the native library cannot be used, or null when it can.</summary>
    public static string? LoadProblem => Problem.Value;

    /// <summary>
    /// Throws <see cref="ErrorKind.Unavailable"/> with the remedy when the native library is missing, or lays out one
    /// of <paramref name="structs"/> otherwise.
    /// </summary>
    public static void EnsureLoaded(params ReadOnlySpan<NativeStruct> structs)
    {
        if (LoadProblem is { } problem)
            throw new FastDqnException(ErrorKind.Unavailable, problem);
        foreach (var (name, bytes) in structs)
        {
            if (fdq_check_struct(name, bytes) is not 0 and var status)
                throw new FastDqnException((ErrorKind)status, $"{LastError()}: {Installation.Remedy}");
        }
    }

    /// <summary>
    /// Turns a status of the native library, which is an <see cref="ErrorKind"/> or 0, into an exception.
    /// </summary>
    public static void Check(int status)
    {
        if (status != 0)
            throw new FastDqnException((ErrorKind)status, LastError());
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int fdq_memory_map(long bytes, string? path, int huge, void** memory);

    [LibraryImport(Library)]
    internal static unsafe partial void fdq_memory_unmap(void* memory, long bytes);

    private static unsafe string LastError() => Marshal.PtrToStringUTF8((nint)fdq_last_error()) ?? "";

    private static string? Probe()
    {
        try
        {
            var version = fdq_abi_version();
            return version == AbiVersion
                ? null
                : $"libfastdqn.so has ABI {version}, this program needs {AbiVersion}: {Installation.Remedy}";
        }
        catch (DllNotFoundException e)
        {
            return ProcessLimits.Explain(e) is { } limit
                ? $"libfastdqn.so does not load: {limit}"
                : $"libfastdqn.so was not found beside the program: {Installation.Remedy}";
        }
        catch (EntryPointNotFoundException)
        {
            return $"libfastdqn.so lacks fdq_abi_version: {Installation.Remedy}";
        }
    }

    [LibraryImport(Library)]
    private static partial int fdq_abi_version();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int fdq_check_struct(string name, long bytes);

    [LibraryImport(Library)]
    private static unsafe partial byte* fdq_last_error();
}
