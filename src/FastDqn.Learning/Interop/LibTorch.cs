using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastDqn.Core;

namespace FastDqn.Learning;

/// <summary>
/// Loads libtorch before TorchSharp looks for one: the user's (<see cref="FolderVariable"/>) or the package's beside the program. TorchSharp's
/// own library comes after it and finds it loaded, by its name.
/// </summary>
public static class LibTorch
{
    /// <summary>Names a folder with another libtorch: pip's or conda's torch/lib, or an unpacked libtorch.</summary>
    public const string FolderVariable = "FASTDQN_LIBTORCH";

    /// <summary>The libtorch that TorchSharp's library was compiled against.</summary>
    internal static readonly Version BuiltFor = new(2, 10);

    private const string TorchSharpAssembly = "TorchSharp";
    private const string TorchSharpLibrary = "libLibTorchSharp.so";
    private const string GuardLibrary = "libfastdqn_torchsharp.so";
    private static readonly string[] Order = ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];
    private static FastDqnException? _problem;
    private static bool _loaded;

    /// <summary>The folder that libtorch was loaded from.</summary>
    public static string Folder { get; private set; } = AppContext.BaseDirectory;

    /// <summary>The version of the loaded libtorch; null where it does not say (before 2.10).</summary>
    public static Version? Version { get; private set; }

    /// <summary>What a libtorch of another minor version risks, in one line; null where there is nothing to say.</summary>
    public static string? Warning =>
        _problem is not null || (Version is { } version && version.Major == BuiltFor.Major && version.Minor == BuiltFor.Minor)
            ? null
            : $"libtorch {Version?.ToString(3) ?? "of an unknown version"} in {Folder}: TorchSharp was built for {BuiltFor}; an operation that is missing there fails when it is first used";

    /// <summary>Loads libtorch, once per process; <see cref="ErrorKind.Unavailable"/> with the reason where that fails.</summary>
    public static void Load()
    {
        Touch();
        if (_problem is not null)
            throw new FastDqnException(_problem.Kind, _problem.Message);
    }

    /// <summary>
    /// libtorch reads its settings when it loads, and TorchSharp loads it when its first type is used. So the settings are made when this
    /// assembly is first used, and libtorch is loaded when TorchSharp's assembly is, whoever needs it first.
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
        if (_loaded || assembly.GetName().Name != TorchSharpAssembly)
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

    /// <summary>The folder that holds the libraries: <paramref name="given"/>, or lib or torch/lib in it.</summary>
    internal static string Find(string given)
    {
        foreach (var folder in (string[])[given, Path.Combine(given, "lib"), Path.Combine(given, "torch", "lib")])
        {
            if (File.Exists(Path.Combine(folder, "libtorch_cpu.so")))
                return Path.GetFullPath(folder);
        }

        throw new FastDqnException(ErrorKind.Unavailable, $"no libtorch in {given}: name the folder that holds libtorch_cpu.so (pip's or conda's torch/lib)");
    }

    private static void LoadLibraries()
    {
        var given = Environment.GetEnvironmentVariable(FolderVariable);
        if (!string.IsNullOrEmpty(given))
            Folder = Find(given);
        else if (!File.Exists(Path.Combine(Folder, "libtorch_cpu.so")))
            throw new FastDqnException(ErrorKind.Unavailable, $"this program came without libtorch: name one with --libtorch DIR or {FolderVariable} (pip's or conda's torch/lib)");
        foreach (var name in Order)
        {
            var file = Path.Combine(Folder, name);
            if (File.Exists(file))
                Open(file);
        }

        Version = VersionOf(Path.Combine(Folder, "libtorch_cpu.so"));
        Open(Path.Combine(AppContext.BaseDirectory, TorchSharpLibrary));
    }

    private static nint Open(string file)
    {
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            // The loader's reason comes after the file's name: "libstdc++.so.6: version `GLIBCXX_3.4.33' not found (required by ...)".
            var reason = e.Message.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Contains("version `", StringComparison.Ordinal))
                ?? e.Message.Split('\n')[0];
            throw new FastDqnException(ErrorKind.Unavailable, $"{Path.GetFileName(file)} does not load: {reason}", e);
        }
    }

    /// <summary>By the ABI number that libtorch exports since 2.10: a byte each for major, minor and patch from the top.</summary>
    private static unsafe Version? VersionOf(string file)
    {
        if (!NativeLibrary.TryGetExport(NativeLibrary.Load(file), "aoti_torch_abi_version", out var export))
            return null;
        var number = ((delegate* unmanaged[Cdecl]<ulong>)export)();
        return new Version((int)(number >> 56), (int)(number >> 48) & 0xff, (int)(number >> 40) & 0xff);
    }
}
