using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Pixels.Cuda;

namespace FastDqn.Pixels.Tests;

/// <summary>Stacks out of a ring of frames, on ILGPU's CPU accelerator and on a driver without a card.</summary>
public sealed unsafe class StackGatherTests
{
    private const int Count = 40;

    public static TheoryData<int, int, bool> Rings()
    {
        var data = new TheoryData<int, int, bool>();
        foreach (var bytes in new[] { 1, 5, 16, 28 })
            foreach (var depth in new[] { 1, 4 })
                foreach (var repeat in new[] { false, true })
                    data.Add(bytes, depth, repeat);
        return data;
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void TheCpuAcceleratorsStacksAreTheReferences(int bytes, int depth, bool repeat)
    {
        var (ring, frames, places) = Made(bytes, depth, repeat);
        using var gather = StackGather.Open(cuda: false);
        var stacks = new byte[places.Length * depth * bytes];
        fixed (byte* from = frames, to = stacks)
        fixed (StackPlace* at = places)
        {
            gather.Queue(ring, (nint)from, (nint)at, places.Length, (nint)to, stream: 0);
            Assert.Equal(Expected(ring, frames, places), stacks);
            // Places of later: the work is prepared once and reads what is there then.
            Array.Reverse(places);
            gather.Queue(ring, (nint)from, (nint)at, places.Length, (nint)to, stream: 0);
        }

        Assert.Equal(Expected(ring, frames, places), stacks);
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void OnACardTheyAreAsWell(int bytes, int depth, bool repeat)
    {
        using var cuda = new FakeCuda();
        Assert.Equal(Expected(Made(bytes, depth, repeat)), OnCard(cuda, Made(bytes, depth, repeat)));
        var kernel = bytes % 4 == 0 ? nameof(StackKernels.GatherWords) : nameof(StackKernels.GatherBytes);
        var elements = Count * depth * bytes / (bytes % 4 == 0 ? 4 : 1);
        var own = cuda.Log.SkipWhile(call => !call.StartsWith("LoadModule", StringComparison.Ordinal)).TakeWhile(call => call != "Free");
        Assert.Equal(
            [
                $"LoadModule {kernel}", $"Function Kernel_{kernel}", $"Launch {kernel} {elements} in {(elements + 255) / 256} x 256 on 1",
                "SynchronizeStream 1", $"CopyToHost {Count * depth * bytes} on 1", "SynchronizeStream 1",
            ],
            own);
        Assert.Empty(cuda.Live);
    }

    [Theory]
    [InlineData("RetainPrimaryContext", "cuDevicePrimaryCtxRetain")]
    [InlineData("CurrentContext", "cuCtxGetCurrent")]
    [InlineData("SetCurrentContext", "cuCtxSetCurrent")]
    [InlineData("LoadModule", "cuModuleLoadDataEx of GatherWords: CUDA_ERROR_FAKE_700: ptxas fatal   : made up")]
    [InlineData("Function", "cuModuleGetFunction of Kernel_GatherWords")]
    [InlineData("Launch", "cuLaunchKernel of Kernel_GatherWords")]
    public void AFailingCallIsNamed(string call, string name)
    {
        using var cuda = new FakeCuda { Fail = (call, 1, 700) };
        var error = Assert.Throws<FastDqnException>(() => OnCard(cuda, Made(16, 4, repeat: false)));
        Assert.StartsWith(name.Split(" of ")[0], error.Message, StringComparison.Ordinal);
        Assert.Contains("CUDA_ERROR_FAKE_700", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void MoreThanALaunchCanCountIsRefused()
    {
        using var gather = StackGather.Open(cuda: false);
        var ring = new FrameRing(10, 1, 1 << 20, 64, RepeatFirst: false);
        var error = Assert.Throws<FastDqnException>(() => gather.Queue(ring, 4096, 4096, 1 << 10, 4096, stream: 0));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("too many for one launch", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MoreKindsOfWorkThanAreKeptAreDoneAllTheSame()
    {
        var (ring, frames, places) = Made(16, 4, repeat: true);
        using var gather = StackGather.Open(cuda: false);
        var stacks = new byte[places.Length * 4 * 16];
        fixed (byte* from = frames, to = stacks)
        fixed (StackPlace* at = places)
        {
            for (var round = 0; round < 2; round++)
                for (var first = 0; first < places.Length; first++)
                    for (var count = 1; count <= Math.Min(2, places.Length - first); count++)
                        gather.Queue(ring, (nint)from, (nint)(at + first), count, (nint)(to + (first * 4 * 16)), stream: 0);
        }

        Assert.Equal(Expected(ring, frames, places), stacks);
    }

    private static byte[] OnCard(FakeCuda cuda, (FrameRing Ring, byte[] Frames, StackPlace[] Places) made)
    {
        var (ring, frames, places) = made;
        using var context = new PrimaryContext(new CudaDriver(cuda));
        using var gather = new StackGather(new CudaPixelDevice(context.Driver));
        using var stream = context.CreateStream();
        using var from = context.Allocate(frames.Length);
        using var at = context.Allocate(places.Length * sizeof(StackPlace));
        var stacks = new byte[places.Length * ring.Depth * ring.FrameBytes];
        using var to = context.Allocate(stacks.Length);
        frames.CopyTo(new Span<byte>((void*)from.Value, frames.Length));
        MemoryMarshal.AsBytes(places.AsSpan()).CopyTo(new Span<byte>((void*)at.Value, places.Length * sizeof(StackPlace)));
        gather.Queue(ring, from.Value, at.Value, places.Length, to.Value, stream.Value);
        context.Synchronize(stream.Value);
        fixed (byte* host = stacks)
        {
            context.Download(to.Value, (nint)host, stacks.Length, stream.Value);
            context.Synchronize(stream.Value);
        }

        return stacks;
    }

    private static (FrameRing Ring, byte[] Frames, StackPlace[] Places) Made(int bytes, int depth, bool repeat)
    {
        var random = new RandomStream(17, "ring");
        var ring = new FrameRing(7, 3, bytes, depth, repeat);
        var frames = new byte[ring.Bytes];
        foreach (ref var value in frames.AsSpan())
            value = (byte)random.NextInt32(256);
        var places = new StackPlace[Count];
        foreach (ref var place in places.AsSpan())
            place = new StackPlace(random.NextInt32(3), random.NextInt32(7), 1 + random.NextInt32(depth));
        return (ring, frames, places);
    }

    private static byte[] Expected((FrameRing Ring, byte[] Frames, StackPlace[] Places) made) =>
        Expected(made.Ring, made.Frames, made.Places);

    private static byte[] Expected(FrameRing ring, byte[] frames, StackPlace[] places)
    {
        var stacks = new List<byte>();
        foreach (var place in places)
            for (var age = ring.Depth - 1; age >= 0; age--)
            {
                if (age >= place.Known && !ring.RepeatFirst)
                {
                    stacks.AddRange(new byte[ring.FrameBytes]);
                    continue;
                }

                var slot = (place.Slot - Math.Min(age, place.Known - 1) + ring.Slots) % ring.Slots;
                var at = (int)((slot * ring.Lanes) + place.Lane) * ring.FrameBytes;
                stacks.AddRange(frames.AsSpan(at, ring.FrameBytes).ToArray());
            }

        return [.. stacks];
    }
}
