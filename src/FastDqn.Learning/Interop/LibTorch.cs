using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FastDqn.Core;

namespace FastDqn.Learning.Interop;

/// <summary>
/// Loads libtorch before TorchSharp looks for one: the user's (<see cref="FolderVariable"/>) or the package's beside
/// the program. TorchSharp's own library comes after it and finds it loaded, by its name.
/// </summary>
public static partial class LibTorch
{
    /// <summary>Names a folder with another libtorch: pip's or conda's torch/lib, or an unpacked libtorch.</summary>
    public const string FolderVariable = "FASTDQN_LIBTORCH";

    /// <summary>The libtorch that TorchSharp's library was compiled against.</summary>
    internal static readonly Version BuiltFor = new(2, 10);

    private const string TorchSharpAssembly = "TorchSharp";
    private const string MainLibrary = "libtorch_cpu.so";
    private const string TorchSharpLibrary = "libLibTorchSharp.so";
    private const string GuardLibrary = "libfastdqn_torchsharp.so";
    private static readonly string[] Order = ["libc10.so", MainLibrary, "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    // Not beside the program: there TorchSharp's own search would load it besides the user's.
    private static readonly string Own = Path.Combine(AppContext.BaseDirectory, "libtorch");
    private static readonly Lock Loading = new();
    private static FastDqnException? _problem;
    private static bool _loaded;

    /// <summary>The folder that libtorch was loaded from.</summary>
    public static string Folder { get; private set; } = Own;

    /// <summary>Whether the loaded libtorch is the one that came with the program.</summary>
    public static bool FromPackage => Folder == Own;

    /// <summary>The version of the loaded libtorch; null where neither it nor a file beside it says.</summary>
    public static Version? Version { get; private set; }

    /// <summary>
    /// What a libtorch of another minor version risks, in one line; null where there is nothing to say.
    /// </summary>
    public static string? Warning =>
        _problem is not null || (Version is { } version && version.Major == BuiltFor.Major && version.Minor == BuiltFor.Minor)
            ? null
            : $"libtorch {Version?.ToString(3) ?? "of an unknown version"} in {Folder}: TorchSharp was built for {BuiltFor}; "
                + "an operation that is missing there fails when it is first used";

    /// <summary>
    /// Takes the libtorch in <paramref name="given"/>, here and in child processes. For use before <see cref="Load"/>.
    /// </summary>
    public static void Use(string given) => Environment.SetEnvironmentVariable(FolderVariable, Find(given));

    /// <summary>Refuses a folder without libtorch, without loading anything.</summary>
    public static void Check() => _ = Choose();

    /// <summary>
    /// Loads libtorch, once per process; <see cref="ErrorKind.Unavailable"/> with the reason where that fails.
    /// </summary>
    public static void Load()
    {
        Touch();
        lock (Loading)
        {
            if (_problem is not null)
                throw new FastDqnException(_problem.Kind, _problem.Message);
        }
    }

    /// <summary>
    /// libtorch reads its settings when it loads, and TorchSharp loads it when its first type is used. So the settings
    /// are made when this assembly is first used, and libtorch is loaded when TorchSharp's assembly is, whoever needs
    /// it first.
    /// </summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "the order of loading is what this is for")]
    internal static void Prepare()
    {
        NativeRuntime.Configure();
        AppDomain.CurrentDomain.AssemblyLoad += static (_, e) => LoadFor(e.LoadedAssembly);
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
            LoadFor(assembly);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Touch() => _ = typeof(TorchSharp.torch).Assembly;

    private static void LoadFor(Assembly assembly)
    {
        if (assembly.GetName().Name != TorchSharpAssembly)
            return;
        lock (Loading)
        {
            if (_loaded)
                return;
            _loaded = true;
            try
            {
                LoadLibraries();
                // native/torchsharp/scalars.cpp says what stands between TorchSharp and its library, and why.
                var guard = Open(Path.Combine(AppContext.BaseDirectory, GuardLibrary));
                NativeLibrary.SetDllImportResolver(assembly, (name, _, _) => name == "LibTorchSharp" ? guard : 0);
            }
            catch (FastDqnException e)
            {
                _problem = e;
            }
        }
    }

    /// <summary>
    /// Convolutions on a GPU add up in the same order every time; TorchSharp lacks the switch, so libtorch's own
    /// function is called. Returns false where this libtorch does not export it.
    /// </summary>
    internal static unsafe bool UseDeterministicCudnn()
    {
        Load();
        var library = NativeLibrary.Load(Path.Combine(Folder, MainLibrary));
        // at::globalContext() and at::Context::setDeterministicCuDNN(bool).
        if (!NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out var context)
            || !NativeLibrary.TryGetExport(library, "_ZN2at7Context21setDeterministicCuDNNEb", out var set))
        {
            return false;
        }

        ((delegate* unmanaged[Cdecl]<nint, byte, void>)set)(((delegate* unmanaged[Cdecl]<nint>)context)(), 1);
        return true;
    }

    /// <summary>The folder that holds the libraries: <paramref name="given"/>, or lib or torch/lib in it.</summary>
    internal static string Find(string given)
    {
        foreach (var folder in (string[])[given, Path.Combine(given, "lib"), Path.Combine(given, "torch", "lib")])
        {
            if (File.Exists(Path.Combine(folder, MainLibrary)))
                return Path.GetFullPath(folder);
        }

        throw new FastDqnException(
            ErrorKind.Unavailable, $"no libtorch in {given}: name the folder that holds {MainLibrary} (pip's or conda's torch/lib)");
    }

    private static string Choose()
    {
        var given = Environment.GetEnvironmentVariable(FolderVariable);
        if (!string.IsNullOrEmpty(given))
            return Find(given);
        return File.Exists(Path.Combine(Own, MainLibrary))
            ? Own
            : throw new FastDqnException(
                ErrorKind.Unavailable,
                $"this program came without libtorch: name one with --libtorch DIR or {FolderVariable} (pip's or conda's torch/lib)");
    }

    private static void LoadLibraries()
    {
        Folder = Choose();
        foreach (var name in Order)
        {
            var file = Path.Combine(Folder, name);
            if (File.Exists(file))
                Open(file);
        }

        Version = VersionOf(Folder);
        Open(Path.Combine(AppContext.BaseDirectory, TorchSharpLibrary));
    }

    /// <summary>
    /// Loads a library; <see cref="ErrorKind.Unavailable"/> with the loader's reason in one line where that fails.
    /// </summary>
    internal static nint Open(string file)
    {
        try
        {
            if (File.Exists(file) && new FileInfo(file).Length < LengthNeeded(file))
                throw new DllNotFoundException($"{file} is cut short");
            return NativeLibrary.Load(file);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            // After .NET's advice comes the loader's reason: "libstdc++.so.6: version `GLIBCXX_3.4.33' not found
            // (required by ...)".
            var lines = e.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            var reason = ProcessLimits.Explain(e) ?? (lines.Length > 1 ? lines[1] : lines[0]);
            throw new FastDqnException(ErrorKind.Unavailable, $"{Path.GetFileName(file)} does not load: {reason}", e);
        }
    }

    /// <summary>
    /// How long an ELF file must be to hold what the loader maps: reading a mapping beyond the file's end would end the
    /// process. 0 for any other file, which the loader refuses itself.
    /// </summary>
    private static long LengthNeeded(string file)
    {
        using var stream = File.OpenRead(file);
        Span<byte> header = stackalloc byte[64];
        var read = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (read < header.Length || !header.StartsWith("\u007fELF\u0002\u0001"u8))
            return 0;
        stream.Position = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        long needed = 0;
        Span<byte> segment = stackalloc byte[56];
        for (var left = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]); left > 0; left--)
        {
            if (stream.ReadAtLeast(segment, segment.Length, throwOnEndOfStream: false) < segment.Length)
                return long.MaxValue;
            var (offset, bytes) = (
                BinaryPrimitives.ReadInt64LittleEndian(segment[8..]), BinaryPrimitives.ReadInt64LittleEndian(segment[32..]));
            needed = Math.Max(needed, offset + bytes);
        }

        return needed;
    }

    /// <summary>
    /// By the ABI number that libtorch exports since 2.10 (a byte each for major, minor and patch from the top), else
    /// by the file that pip's torch or an unpacked libtorch has beside its folder of libraries.
    /// </summary>
    private static unsafe Version? VersionOf(string folder)
    {
        if (NativeLibrary.TryGetExport(NativeLibrary.Load(Path.Combine(folder, MainLibrary)), "aoti_torch_abi_version", out var export))
        {
            var number = ((delegate* unmanaged[Cdecl]<ulong>)export)();
            return new Version((int)(number >> 56), (int)(number >> 48) & 0xff, (int)(number >> 40) & 0xff);
        }

        foreach (var file in (string[])["version.py", "build-version"])
        {
            var path = Path.Combine(folder, "..", file);
            if (File.Exists(path) && VersionText().Match(File.ReadAllText(path)) is { Success: true } match)
                return Version.Parse(match.Value);
        }

        return null;
    }

    [GeneratedRegex(@"\d+\.\d+\.\d+")]
    private static partial Regex VersionText();
}
