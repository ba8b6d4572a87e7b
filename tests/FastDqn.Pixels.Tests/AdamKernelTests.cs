using FastDqn.Core;
using FastDqn.Pixels.Cuda;

namespace FastDqn.Pixels.Tests;

/// <summary>Steps of Adam by a kernel: on ILGPU's CPU accelerator and on a driver without a card.</summary>
public sealed unsafe class AdamKernelTests
{
    private const int Count = 300;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheCpuAcceleratorsStepsAreTheReferences(bool decoupled)
    {
        var (found, expected) = (Made(), Made());
        using var kernel = AdamKernel.Open(cuda: false);
        for (var step = 0; step < 3; step++)
        {
            fixed (float* values = found[0], gradient = found[1], mean = found[2], square = found[3], numbers = found[4])
                kernel.Queue(Step((nint)values, (nint)gradient, (nint)mean, (nint)square, (nint)numbers, decoupled), stream: 0);
            KernelVerification.Adam(expected, Step(0, 0, 0, 0, 0, decoupled));
        }

        Assert.Equal(expected, found);
        Assert.NotEqual(Made()[0], found[0]);
    }

    [Fact]
    public void OnACardTheyAreAsWell()
    {
        using var cuda = new FakeCuda();
        float[][] found = Made(), expected = Made();
        using (var context = new PrimaryContext(new CudaDriver(cuda)))
        using (var kernel = new AdamKernel(new CudaPixelDevice(context.Driver)))
        using (var stream = context.CreateStream())
        {
            CudaHandle[] memory = [.. found.Select(part => context.Allocate(part.Length * sizeof(float)))];
            for (var i = 0; i < memory.Length; i++)
                found[i].CopyTo(new Span<float>((void*)memory[i].Value, found[i].Length));
            kernel.Queue(
                Step(memory[0].Value, memory[1].Value, memory[2].Value, memory[3].Value, memory[4].Value, decoupled: true), stream.Value);
            context.Synchronize(stream.Value);
            for (var i = 0; i < memory.Length; i++)
            {
                new Span<float>((void*)memory[i].Value, found[i].Length).CopyTo(found[i]);
                memory[i].Dispose();
            }
        }

        KernelVerification.Adam(expected, Step(0, 0, 0, 0, 0, decoupled: true));
        Assert.Equal(expected, found);
        Assert.Contains("Launch Adam 300 in 2 x 256 on 1", cuda.Log);
        Assert.Empty(cuda.Live);
    }

    [Fact]
    public void ACardsPlaceOnTheBusIsNamedAsTheSystemDoes()
    {
        using var cuda = new FakeCuda();
        Assert.Equal("0001:17:00.0", new CudaDriver(cuda).PciAddress(0));
    }

    private static AdamStep Step(nint values, nint gradient, nint mean, nint square, nint numbers, bool decoupled) =>
        new(values, gradient, mean, square, numbers, Count, Beta2: 0.999, decoupled);

    private static float[][] Made()
    {
        var random = new RandomStream(5, "adam");
        float[][] parts = [.. Enumerable.Range(0, 4).Select(_ => new float[Count])];
        foreach (var part in parts)
        {
            foreach (ref var value in part.AsSpan())
                value = (float)random.NextGaussian();
        }

        foreach (ref var square in parts[3].AsSpan())
            square *= square;
        return [.. parts, [-3e-4f, 1e-8f, 0.9999f, 0.1f]];
    }
}
