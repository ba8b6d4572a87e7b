using FastDqn.Core;
using FastDqn.Pixels.Cuda;

namespace FastDqn.Pixels.Tests;

/// <summary>
/// Pairs of frames as emulators write them become frames of a ring, on ILGPU's CPU accelerator and on a driver without
/// a card.
/// </summary>
public sealed unsafe class PairKernelsTests
{
    private const int Environments = 3;
    private const int Slots = 4;
    private static readonly int[] Order = [2, 0, 3, 2];

    public static TheoryData<string> Presets => [.. PixelPreset.All.Select(preset => preset.Name)];

    [Theory]
    [MemberData(nameof(Presets))]
    public void EveryPresetsFramesAreTheReferencesInTheirSlots(string preset)
    {
        var (steps, expected) = Steps(preset);
        Assert.Equal(expected, OnCpu(preset, steps));
        using var fake = new FakeCuda();
        Assert.Equal(expected, OnCard(fake, preset, steps));
        Assert.Empty(fake.Live);
    }

    [Fact]
    public void AStepIsItsKernelsAndNothingElseOnTheStreamThatIsGiven()
    {
        using var fake = new FakeCuda();
        var second = new List<string>();
        _ = OnCard(fake, PixelPreset.Sb3.Name, Steps(PixelPreset.Sb3.Name).Steps, second);
        // The first stream is the caller's; tables go up on another, before the first step.
        Assert.Equal(["Launch LookUpPair 100800 in 394 x 256 on 1", "Launch Area 21168 in 83 x 256 on 1"], second);
    }

    [Theory]
    [InlineData("Allocate", 4, "cuMemAlloc")]
    [InlineData("CreateStream", 2, "cuStreamCreate")]
    [InlineData("CopyToDevice", 1, "cuMemcpyHtoDAsync")]
    [InlineData("LoadModule", 1, "cuModuleLoadDataEx")]
    [InlineData("Launch", 1, "cuLaunchKernel")]
    public void AFailingCallIsNamedAndAllIsGivenBack(string call, int number, string name)
    {
        using var fake = new FakeCuda { Fail = (call, number, 700) };
        var error = Assert.Throws<FastDqnException>(() => OnCard(fake, "cleanrl", Steps("cleanrl").Steps));
        Assert.StartsWith(name, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(fake.Live);
    }

    [Fact]
    public void PairsThatMoveAreRefused()
    {
        using var cpu = PixelDevice.Open(PixelDeviceKind.Cpu);
        using var kernels = new PairKernels(cpu, new PixelOptions(PixelPreset.Ale), Palette.Grays, Environments);
        using var pairs = new NativeRegion(2L * Environments * kernels.PairBytes);
        using var ring = new NativeRegion((long)Environments * kernels.ObservationBytes);
        kernels.Queue(pairs.Address, ring.Address, stream: 0);
        Assert.Throws<InvalidOperationException>(() => kernels.Queue(pairs.Address + kernels.PairBytes, ring.Address, stream: 0));
    }

    [Fact]
    public void MoreThanALaunchCanCountIsRefusedBeforeAnythingIsMade()
    {
        using var cpu = PixelDevice.Open(PixelDeviceKind.Cpu);
        var error = Assert.Throws<FastDqnException>(
            () => new PairKernels(cpu, new PixelOptions(PixelPreset.Ale), Palette.Grays, environments: 1 << 20));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("too many for one device batch", error.Message, StringComparison.Ordinal);
    }

    private static byte[] OnCpu(string preset, List<byte[]> steps)
    {
        using var cpu = PixelDevice.Open(PixelDeviceKind.Cpu);
        using var kernels = Kernels(cpu, preset);
        using var pairs = new NativeRegion((long)Environments * kernels.PairBytes);
        using var ring = new NativeRegion((long)Slots * Environments * kernels.ObservationBytes);
        for (var step = 0; step < steps.Count; step++)
        {
            steps[step].CopyTo(new Span<byte>(pairs.Pointer, steps[step].Length));
            kernels.Queue(pairs.Address, Slot(kernels, ring.Address, step), stream: 0);
        }

        return Ring(kernels, ring.Address);
    }

    private static byte[] OnCard(FakeCuda fake, string preset, List<byte[]> steps, List<string>? logs = null)
    {
        using var context = new PrimaryContext(new CudaDriver(fake));
        using var stream = context.CreateStream();
        using var device = new CudaPixelDevice(context.Driver);
        using var kernels = Kernels(device, preset);
        using var pairs = context.Allocate((long)Environments * kernels.PairBytes);
        using var ring = context.Allocate((long)Slots * Environments * kernels.ObservationBytes);
        new Span<byte>((void*)ring.Value, Slots * Environments * kernels.ObservationBytes).Clear();
        using var idle = new Idle(() => context.Drain(stream.Value));
        for (var step = 0; step < steps.Count; step++)
        {
            fixed (byte* host = steps[step])
            {
                context.Upload((nint)host, pairs.Value, steps[step].Length, stream.Value);
                context.Synchronize(stream.Value);
            }

            if (step == 1)
                fake.Log.Clear();
            // All that is queued runs later: the arguments have to be those of its step.
            kernels.Queue(pairs.Value, Slot(kernels, ring.Value, step), stream.Value);
            if (step == 1 && logs is not null)
                logs.AddRange(fake.Log);
        }

        context.Synchronize(stream.Value);
        return Ring(kernels, ring.Value);
    }

    private static PairKernels Kernels(PixelDevice device, string preset)
    {
        var random = new RandomStream(2600, preset);
        return new PairKernels(device, new PixelOptions(PixelPreset.Named(preset)), KernelSelfTest.RandomPalette(random), Environments);
    }

    private static nint Slot(PairKernels kernels, nint ring, int step) => ring + (Order[step] * Environments * kernels.ObservationBytes);

    // The fake's device memory is the host's.
    private static byte[] Ring(PairKernels kernels, nint ring) =>
        new Span<byte>((void*)ring, Slots * Environments * kernels.ObservationBytes).ToArray();

    private static (List<byte[]> Steps, byte[] Ring) Steps(string preset)
    {
        var random = new RandomStream(2600, preset);
        var reference = new ReferenceConverter(new PixelOptions(PixelPreset.Named(preset)), KernelSelfTest.RandomPalette(random));
        var (frame, observation) = (reference.FrameBytes, reference.ObservationBytes);
        var ring = new byte[Slots * Environments * observation];
        var steps = new List<byte[]>();
        foreach (var slot in Order)
        {
            var previous = KernelSelfTest.Frames(random, frame, Environments);
            var current = KernelSelfTest.Frames(random, frame, Environments);
            reference.Convert(previous, current, ring.AsSpan(slot * Environments * observation, Environments * observation));
            var pairs = new byte[2 * Environments * frame];
            for (var i = 0; i < Environments; i++)
            {
                previous.AsSpan(i * frame, frame).CopyTo(pairs.AsSpan(2 * i * frame));
                current.AsSpan(i * frame, frame).CopyTo(pairs.AsSpan(((2 * i) + 1) * frame));
            }

            steps.Add(pairs);
        }

        return (steps, ring);
    }

    // Nothing may be given back while the device still works on it.
    private sealed class Idle(Action drain) : IDisposable
    {
        public void Dispose() => drain();
    }
}
