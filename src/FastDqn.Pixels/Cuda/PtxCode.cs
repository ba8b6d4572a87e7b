using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using FastDqn.Core;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace FastDqn.Pixels.Cuda;

/// <summary>A parameter of a compiled kernel, in bytes.</summary>
internal sealed record PtxParameter(string Name, int Bytes, int Alignment);

/// <summary>A kernel as ILGPU compiled it.</summary>
/// <param name="Entry">Its name in the code.</param>
/// <param name="Parameters">What a launch must pass; the index's extent comes first.</param>
internal sealed partial record PtxCode(string Entry, string Text, IReadOnlyList<PtxParameter> Parameters)
{
    public static PtxCode Of(string entry, string text)
    {
        var head = EntryHead().Matches(text).SingleOrDefault(match => match.Groups["name"].Value == entry)
            ?? throw new InvalidOperationException($"the compiled code has no entry {entry}");
        return new PtxCode(entry, text, [.. Parameter().Matches(head.Groups["parameters"].Value).Select(Read)]);
    }

    private static PtxParameter Read(Match match)
    {
        var size = int.Parse(match.Groups["bits"].Value, CultureInfo.InvariantCulture) / 8;
        var align = match.Groups["align"] is { Success: true } given ? int.Parse(given.Value, CultureInfo.InvariantCulture) : size;
        var count = match.Groups["count"] is { Success: true } array ? int.Parse(array.Value, CultureInfo.InvariantCulture) : 1;
        return new PtxParameter(match.Groups["name"].Value, size * count, align);
    }

    [GeneratedRegex(@"\.visible\s+\.entry\s+(?<name>\w+)\s*\((?<parameters>[^)]*)\)")]
    private static partial Regex EntryHead();

    [GeneratedRegex(@"\.param\s+(\.align\s+(?<align>\d+)\s+)?\.[busf](?<bits>\d+)\s+(?<name>\w+)(\[(?<count>\d+)\])?")]
    private static partial Regex Parameter();
}

/// <summary>
/// All kernels compiled to PTX for one architecture, once and for all processes. Needs no device and no driver; the
/// driver's own compiler turns PTX of an older architecture into code of any newer one.
/// </summary>
internal sealed class PtxLibrary
{
    // A device between two of them runs the lower one's code. ILGPU names no newer target than sm_80 in its code.
    private static readonly (int Major, int Minor)[] Architectures = [(5, 0), (6, 0), (7, 0), (7, 5), (8, 0), (9, 0)];

    private static readonly ConcurrentDictionary<(int Major, int Minor), Lazy<PtxLibrary>> Compiled = new();

    private readonly Dictionary<string, PtxCode> _code;

    /// <param name="architecture">What to compile for.</param>
    /// <param name="cache">Folder of code that was compiled before; null: none.</param>
    internal PtxLibrary((int Major, int Minor) architecture, string? cache)
    {
        Architecture = architecture;
        var file = cache is null ? null : Path.Combine(cache, PtxCache.NameOf(architecture));
        if (file is not null && PtxCache.Read(file) is { } kept)
        {
            _code = kept;
            return;
        }

        _code = Compile(new CudaArchitecture(architecture.Major, architecture.Minor));
        if (file is not null)
            PtxCache.Write(file, _code);
    }

    /// <summary>The architecture that the code is for.</summary>
    public (int Major, int Minor) Architecture { get; }

    /// <summary>The code of the kernel called <paramref name="kernel"/>.</summary>
    public PtxCode this[string kernel] => _code[kernel];

    /// <summary>The kernels for a device of this compute capability.</summary>
    /// <exception cref="FastDqnException">Unavailable: the device is too old.</exception>
    public static PtxLibrary For(int major, int minor)
    {
        var fitting = Architectures.Where(known => known.CompareTo((major, minor)) <= 0).ToList();
        if (fitting.Count == 0)
            throw new FastDqnException(
                ErrorKind.Unavailable,
                $"a CUDA device of compute capability {major}.{minor} is too old for the pixel kernels; "
                + $"{Architectures[0].Major}.{Architectures[0].Minor} is the least");
        return Compiled.GetOrAdd(fitting[^1], static key => new Lazy<PtxLibrary>(() => new PtxLibrary(key, PtxCache.Folder))).Value;
    }

    private static Dictionary<string, PtxCode> Compile(CudaArchitecture target)
    {
        using var context = IlgpuContext.Create(builder => builder.CPU().Optimize(OptimizationLevel.O2));
        using var backend = new PTXBackend(context, target, OldestInstructionSet(target), null!);
        return PixelKernels.Every.ToDictionary(
            method => method.Name,
            method =>
            {
                var kernel = (PTXCompiledKernel)backend.Compile(EntryPointDescription.FromImplicitlyGroupedKernel(method), default);
                return PtxCode.Of(kernel.Name, kernel.PTXAssembly);
            });
    }

    // Any driver that knows the device reads it.
    private static CudaInstructionSet OldestInstructionSet(CudaArchitecture architecture)
    {
        var driver = CudaDriverVersionUtils.GetMinimumDriverVersion(architecture);
        return PTXCodeGenerator.SupportedInstructionSets.Last(version => CudaDriverVersionUtils.GetMinimumDriverVersion(version) >= driver);
    }
}
