using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Media;
using TorchSharp;

namespace FastDqn.Training.Diagnostics;

/// <summary>How a finding stands.</summary>
public enum FindingState
{
    Good,

    /// <summary>Absent, and nothing needs it.</summary>
    Optional,

    /// <summary>Absent, and trainings need it.</summary>
    Missing,
}

/// <summary>One thing that was looked for.</summary>
public sealed record Finding(string What, FindingState State, string Found, string Remedy = "");

/// <summary>Looks at what an installation has.</summary>
public static class Doctor
{
    private static readonly string[] ThreadVariables =
    [
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_WAIT_POLICY", "MALLOC_MMAP_THRESHOLD_",
    ];

    /// <summary>
    /// Everything found; with <paramref name="kernels"/> also the kernels' self-test, which takes some seconds.
    /// </summary>
    public static IReadOnlyList<Finding> Examine(bool kernels)
    {
        List<Finding> findings =
        [
            new(
                "program",
                FindingState.Good,
                $"fastdqn {Runs.RunInfo.ProgramVersion} on {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}"),
            new("processor", FindingState.Good, $"{Environment.ProcessorCount} cores, {Runs.RunInfo.CpuName()}"),
            Memory(),
            NativeParts(),
            OpenSsl(),
            Torch(),
            .. Cuda(),
            Threads(),
            BundledRom(),
            Roms(),
            Ale(),
            new(
                "ffmpeg",
                Mp4Writer.Available ? FindingState.Good : FindingState.Optional,
                Mp4Writer.Available ? "found: MP4 videos" : "not found: GIFs only",
                Mp4Writer.Available ? "" : "apt-get install ffmpeg"),
        ];
        if (kernels)
            findings.AddRange(KernelFindings.Examine());
        return findings;
    }

    private static Finding Memory()
    {
        var total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        const long atari = 1_000_000L * 7064;
        return new Finding(
            "memory", FindingState.Good, $"{total / (1 << 20)} MiB (1,000,000 Atari transitions take {atari / (1 << 20)} MiB)");
    }

    private static Finding NativeParts() => Native.LoadProblem is { } problem
        ? new Finding("libfastdqn", FindingState.Missing, problem, Installation.Remedy)
        : new Finding("libfastdqn", FindingState.Good, $"loaded, ABI {Native.AbiVersion}");

    /// <summary>Without it .NET ends the process at the first hash.</summary>
    private static Finding OpenSsl() =>
        ((string[])["libssl.so.3", "libssl.so.1.1", "libssl.so"]).FirstOrDefault(name => NativeLibrary.TryLoad(name, out _)) is { } found
            ? new Finding("OpenSSL", FindingState.Good, $"{found}, for the hashes of checkpoints")
            : new Finding(
                "OpenSSL",
                FindingState.Missing,
                "no libssl.so.3 or libssl.so.1.1: checkpoints cannot be hashed",
                "apt-get install libssl3");

    private static Finding Torch()
    {
        try
        {
            LibTorch.Load();
            using var probe = torch.ones(2, 2);
            var found = $"libtorch {LibTorch.Version?.ToString(3) ?? "of an unknown version"}, "
                + $"{(LibTorch.FromPackage ? "the program's own" : "yours")}, in {LibTorch.Folder}, "
                + $"TorchSharp {typeof(torch).Assembly.GetName().Version!.ToString(3)}";
            return LibTorch.Warning is { } warning
                ? new Finding("libtorch", FindingState.Optional, found, warning)
                : new Finding("libtorch", FindingState.Good, found);
        }
        catch (Exception e) when (e is FastDqnException or ExternalException or TypeInitializationException or EntryPointNotFoundException)
        {
            return new Finding(
                "libtorch", FindingState.Missing, e.GetBaseException().Message.Split('\n')[0],
                $"{Installation.Remedy}, or give --libtorch DIR");
        }
    }

    private static IEnumerable<Finding> Cuda()
    {
        try
        {
            if (!LearnerDevice.CudaAvailable)
            {
                return
                [
                    new(
                        "cuda", FindingState.Optional, "no NVIDIA GPU that libtorch can use",
                        "--libtorch DIR names a libtorch with CUDA where there is one"),
                ];
            }

            return
            [
                new("cuda", FindingState.Good, "libtorch sees an NVIDIA GPU"),
                LearnerDevice.GraphProblem is { } problem
                    ? new("graphs", FindingState.Optional, problem, "an update would take one launch in place of a hundred (docs/gpu.md)")
                    : new("graphs", FindingState.Good, "updates are recorded and replayed"),
            ];
        }
        catch (Exception e) when (e is FastDqnException or ExternalException or TypeInitializationException or EntryPointNotFoundException)
        {
            return [new("cuda", FindingState.Optional, "not examined: libtorch is missing")];
        }
    }

    private static Finding Threads()
    {
        var set = ThreadVariables.Select(v => (v, Environment.GetEnvironmentVariable(v)))
            .Where(p => p.Item2 is not null)
            .Select(p => $"{p.v}={p.Item2}")
            .ToList();
        return new Finding(
            "threads",
            FindingState.Good,
            $"{ThreadPlan.Of(new Configuration.TrainConfig())}; environment: {(set.Count > 0 ? string.Join(", ", set) : "nothing set")}");
    }

    private static Finding Roms()
    {
        if (Native.LoadProblem is not null)
            return new Finding("ROMs", FindingState.Optional, "not examined: libfastdqn is missing");
        var library = RomLibrary.Open();
        var found = AtariGames.All.Count - 1 - library.Missing().Count;
        return found > 0
            ? new Finding("ROMs", FindingState.Good, $"{found} of {AtariGames.All.Count - 1} games in {library.SearchedText}")
            : new Finding(
                "ROMs", FindingState.Optional, $"none; looked in {library.SearchedText}", "fastdqn roms DIR lists what a folder holds");
    }

    private static Finding Ale() => AtariBackends.AleVersion is { } version
        ? new Finding("ALE", FindingState.Good, $"{version}, for --set env.backend=ale")
        : new Finding("ALE", FindingState.Optional, AtariBackends.AleProblem ?? "not found");

    private static Finding BundledRom() =>
        new("bundled game", FindingState.Good, $"{BundledGame.Name}, {BundledGame.Image.Length} bytes");
}
