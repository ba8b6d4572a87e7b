using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;
using FastDqn.Pixels;
using FastDqn.Pixels.Cuda;
using TorchSharp;

namespace FastDqn.Training.Diagnostics.Gpu;

/// <summary>The checks of <c>doctor --gpu</c>, in the order in which they run.</summary>
public static partial class GpuChecks
{
    /// <summary>Decides whether there is a card at all: without it no other check makes sense.</summary>
    public const string First = "card";

    public static IReadOnlyList<GpuCheck> All { get; } =
    [
        new(First, "card, driver, libtorch", 40, Card),
        new("kernels", "pixel kernels against the reference", 40, Kernels),
        new("algorithms", "each algorithm's learner against the CPU", 120, LearnerComparison.Run),
        new("repetition", "each algorithm's updates again, and as graphs", 120, Repetition.Run),
        new("times", "updates and acting", 60, LearnerTimes.Run),
        new("transfers", "host to device", 30, Transfers.Run),
        Training("dqn", "DQN, frames on the host", "dqn-cleanrl", 0, FrameMemory.Host),
        Training("dqn-device", "DQN, frames on the card", "dqn-cleanrl", 0, FrameMemory.Device),
        Training("dqn-wide", "DQN, more environments, frames on the card", "dqn-cleanrl", 1, FrameMemory.Device),
        Training("pqn", "PQN, frames on the host", "pqn", 1, FrameMemory.Host),
        Training("pqn-device", "PQN, frames on the card", "pqn", 1, FrameMemory.Device),
        Training("pqn-wide", "PQN, many environments, frames on the host", "pqn", 2, FrameMemory.Host),
        Training("pqn-wide-device", "PQN, many environments, frames on the card", "pqn", 2, FrameMemory.Device),
        Training(
            "pqn-wide-pixels", "PQN, many environments, frames and pixels on the card", "pqn", 2, FrameMemory.Device, PixelPlace.Device),
        Training(
            "dqn-wide-pixels", "DQN, more environments, frames and pixels on the card", "dqn-cleanrl", 1, FrameMemory.Device,
            PixelPlace.Device),
        Training(
            "r2d2-pixels", "R2D2, short sequences, frames and pixels on the card", "r2d2", 0, FrameMemory.Device, PixelPlace.Device,
            ("replay.sequence", "20"), ("replay.overlap", "10"), ("replay.burn_in", "10"), ("schedule.steps_per_update", "64")),
    ];

    private static GpuCheck Training(
        string name, string title, string algorithm, int environments, FrameMemory memory, PixelPlace pixels = PixelPlace.Cpu,
        params (string Key, string Value)[] more) =>
        new(name, title, 40, (s, tell) => ShortTraining.Run(s, algorithm, s.Environments[environments], memory, pixels, tell, more));

    /// <summary>A check of every algorithm by name: where one fails, a figure says so, and the others go on.</summary>
    internal static void EachAlgorithm(Action<GpuFigure> tell, Action<string> check)
    {
        foreach (var name in AlgorithmPresets.Names)
        {
            try
            {
                check(name);
            }
            catch (Exception e) when (e is FastDqnException or ExternalException)
            {
                tell(new GpuFigure($"{name}: {e.Message.Split('\n')[0]}", null, Bound: 0));
            }
        }
    }

    /// <summary>Waits for what was asked of the device.</summary>
    internal static void Synchronize(GpuSettings settings)
    {
        if (!settings.Rehearsal)
            torch.cuda.synchronize();
    }

    private static void Card(GpuSettings settings, Action<GpuFigure> tell)
    {
        if (settings.Rehearsal)
        {
            tell(Fact("card", $"rehearsal on the CPU: {Runs.RunInfo.CpuName()}"));
        }
        else
        {
            var driver = CudaDriver.Load();
            if (driver.DeviceCount == 0)
                throw new FastDqnException(ErrorKind.Unavailable, "NVIDIA's driver sees no card here");
            tell(Fact("driver", $"{KernelDriver() ?? "of an unknown version"}, CUDA up to {driver.Version}"));
            for (var i = 0; i < driver.DeviceCount; i++)
            {
                var device = driver.Describe(i);
                tell(Fact($"card {i}", string.Create(
                    CultureInfo.InvariantCulture,
                    $"{device.Name}, compute capability {device.Major}.{device.Minor}, {device.Multiprocessors} multiprocessors, ")
                    + SystemMemory.Format(device.MemoryBytes)));
            }
        }

        tell(Fact("processor", $"{Runs.RunInfo.CpuName()}, {Environment.ProcessorCount} cores"));
        LibTorch.Load();
        tell(Fact("libtorch", $"{LibTorch.Version?.ToString(3) ?? "of an unknown version"} in {LibTorch.Folder}"));
        if (LibTorch.Warning is { } warning)
            tell(Fact("warning", warning));
        tell(Fact("cuDNN", CudnnVersion() ?? "none"));
        if (!settings.Rehearsal && !LearnerDevice.CudaAvailable)
        {
            throw new FastDqnException(
                ErrorKind.Unavailable,
                $"libtorch in {LibTorch.Folder} cannot use the card: name one with CUDA by --libtorch DIR (pip's torch/lib)");
        }

        // The first tensor on the card: its context is made here.
        using var one = torch.ones(1, device: settings.Device);
        tell(new GpuFigure("1 + 1 on the device is off by", Math.Abs((one + 1).cpu().item<float>() - 2), "", Bound: 0));
    }

    private static void Kernels(GpuSettings settings, Action<GpuFigure> tell)
    {
        using var device = PixelDevice.Open(settings.Rehearsal ? PixelDeviceKind.Cpu : PixelDeviceKind.Cuda);
        tell(Fact("device", device.Name));
        foreach (var verdict in KernelVerification.Run(device, settings.KernelFrames))
        {
            if (verdict.Error is { } error)
                tell(new GpuFigure($"{verdict.Kernel}: {error.ReplaceLineEndings(" ")}", null, "", Bound: 0));
            else
                tell(new GpuFigure($"{verdict.Kernel} differs from the reference (0: byte-equal)", verdict.Equal ? 0 : 1, "", Bound: 0));
            if (double.IsFinite(verdict.Microseconds))
                tell(new GpuFigure($"{verdict.Kernel}, {settings.KernelFrames} frames", verdict.Microseconds, "us"));
        }
    }

    private static GpuFigure Fact(string what, string text) => new(what, null, Text: text);

    /// <summary>
    /// The version by which NVIDIA calls its driver; the driver's own interface tells only that of CUDA.
    /// </summary>
    private static string? KernelDriver()
    {
        foreach (var file in (string[])["/proc/driver/nvidia/version", "/sys/module/nvidia/version"])
        {
            try
            {
                if (VersionText().Match(File.ReadAllText(file)) is { Success: true } match)
                    return match.Value;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Containers may hide either.
            }
        }

        return null;
    }

    private static unsafe string? CudnnVersion()
    {
        foreach (var name in (string[])["libcudnn.so.9", "libcudnn.so.8"])
        {
            // libtorch has loaded it, so its name finds it.
            if (!NativeLibrary.TryLoad(name, out var library) || !NativeLibrary.TryGetExport(library, "cudnnGetVersion", out var export))
                continue;
            var number = (long)((delegate* unmanaged[Cdecl]<nuint>)export)();
            // 8907 is 8.9.7, 91002 is 9.10.2.
            return number >= 90_000
                ? string.Create(CultureInfo.InvariantCulture, $"{number / 10_000}.{number / 100 % 100}.{number % 100}")
                : string.Create(CultureInfo.InvariantCulture, $"{number / 1_000}.{number / 100 % 10}.{number % 100}");
        }

        return null;
    }

    [GeneratedRegex(@"\d+\.\d+(\.\d+)?")]
    private static partial Regex VersionText();
}
