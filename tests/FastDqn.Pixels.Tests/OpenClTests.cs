using System.Runtime.CompilerServices;
using FastDqn.Core;

namespace FastDqn.Pixels.Tests;

/// <summary>The kernels on an OpenCL device: pocl (Debian's pocl-opencl-icd) gives the CPU as one.</summary>
public sealed class OpenClTests
{
    private static string Library { get; } = Path.Combine(AppContext.BaseDirectory, "libgeneric_space.so");

    [Fact]
    public void EveryPresetAndStacksAreTheReferencesBytes()
    {
        using var device = Opened();
        var checks = KernelSelfTest.Run(device);
        Assert.Equal((2 * PixelPreset.All.Count) + 1, checks.Count);
        Assert.All(checks, check => Assert.True(check.Passed, $"{device.Name}: {check}"));
    }

    [Fact]
    public void EveryKernelAloneWritesTheReferencesBytes()
    {
        using var device = Opened();
        Assert.Equal(PixelDeviceKind.OpenCl, device.Kind);
        var verdicts = KernelVerification.Run(device, frames: 4, repeats: 2);
        Assert.Equal(13, verdicts.Count);
        Assert.All(verdicts, verdict => Assert.True(verdict is { Equal: true, Error: null }, verdict.ToString()));
    }

    // Before anything makes a context: ILGPU loads its OpenCL library once.
    [ModuleInitializer]
    internal static void UseTheLibraryInFront()
    {
        if (File.Exists(Library))
            IlgpuContext.OpenClLibrary = Library;
    }

    private static PixelDevice Opened()
    {
        if (!File.Exists(Library))
            Assert.Skip("libgeneric_space.so is not here: no libOpenCL.so.1 when the native tests were built, or they were not");
        try
        {
            return PixelDevice.Open(PixelDeviceKind.OpenCl);
        }
        catch (FastDqnException e) when (e.Kind == ErrorKind.Unavailable)
        {
            Assert.Skip($"{e.Message} (Debian's pocl-opencl-icd has one)");
            throw;
        }
    }
}
