using FastDqn.Core;
using FastDqn.Pixels.Cuda;

namespace FastDqn.Pixels.Tests;

/// <summary>
/// Pairs of frames as emulators write them, on ILGPU's CPU accelerator and on a driver without a card.
/// </summary>
public sealed unsafe class PairConverterTests
{
    private const int Environments = 3;

    public static TheoryData<string> Presets => [.. PixelPreset.All.Select(preset => preset.Name)];

    [Theory]
    [MemberData(nameof(Presets))]
    public void EveryPresetIsTheReferencesBytes(string preset)
    {
        using var cpu = PixelDevice.Open(PixelDeviceKind.Cpu);
        Compare(cpu, preset);
        using var fake = new FakeCuda();
        using (var cuda = new CudaPixelDevice(new CudaDriver(fake)))
            Compare(cuda, preset);
        Assert.Empty(fake.Live);
    }

    [Fact]
    public void AStepIsOneCopyThereAndOneBack()
    {
        using var fake = new FakeCuda();
        using var cuda = new CudaPixelDevice(new CudaDriver(fake));
        using var converter = new PairConverter(cuda, new PixelOptions(PixelPreset.Sb3), Palette.Grays, Environments);
        Assert.Equal(2, fake.Log.Count(call => call.StartsWith("RegisterHost", StringComparison.Ordinal)));
        var observations = new byte[Environments * converter.ObservationBytes];
        fixed (byte* to = observations)
        {
            nint[] places = [(nint)to, (nint)to + converter.ObservationBytes, (nint)to + (2 * converter.ObservationBytes)];
            converter.Convert(places);
            fake.Log.Clear();
            converter.Convert(places);
        }

        Assert.Equal(
            [
                $"CopyToDevice {Environments * 2 * 210 * 160} on 1", "Launch LookUpPair 100800 in 394 x 256 on 1",
                "Launch Area 21168 in 83 x 256 on 1", $"CopyToHost {Environments * 84 * 84} on 1", "SynchronizeStream 1",
            ],
            fake.Log);
    }

    [Theory]
    [InlineData("Allocate", "cuMemAlloc")]
    [InlineData("RegisterHost", "cuMemHostRegister")]
    [InlineData("CreateStream", "cuStreamCreate")]
    [InlineData("CopyToDevice", "cuMemcpyHtoDAsync")]
    [InlineData("LoadModule", "cuModuleLoadDataEx")]
    [InlineData("Launch", "cuLaunchKernel")]
    [InlineData("CopyToHost", "cuMemcpyDtoHAsync")]
    [InlineData("SynchronizeStream", "cuStreamSynchronize")]
    public void AFailingCallIsNamedAndAllIsGivenBack(string call, string name)
    {
        using var fake = new FakeCuda { Fail = (call, 1, 700) };
        var error = Assert.Throws<FastDqnException>(() =>
        {
            using var cuda = new CudaPixelDevice(new CudaDriver(fake));
            Compare(cuda, "cleanrl");
        });
        Assert.StartsWith(name, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(fake.Live);
    }

    [Fact]
    public void AnotherNumberOfPlacesIsRefused()
    {
        using var cpu = PixelDevice.Open(PixelDeviceKind.Cpu);
        using var converter = new PairConverter(cpu, new PixelOptions(PixelPreset.Ale), Palette.Grays, Environments);
        Assert.Throws<ArgumentException>(() => converter.Convert([1, 2]));
    }

    private static void Compare(PixelDevice device, string preset)
    {
        var random = new RandomStream(2600, preset);
        var palette = KernelSelfTest.RandomPalette(random);
        var options = new PixelOptions(PixelPreset.Named(preset));
        var reference = new ReferenceConverter(options, palette);
        using var converter = new PairConverter(device, options, palette, Environments);
        Assert.Equal(reference.Shape, converter.Shape);
        Assert.Equal(reference.ObservationBytes, converter.ObservationBytes);
        for (var step = 0; step < 2; step++)
        {
            var previous = KernelSelfTest.Frames(random, reference.FrameBytes, Environments);
            var current = KernelSelfTest.Frames(random, reference.FrameBytes, Environments);
            var expected = new byte[Environments * reference.ObservationBytes];
            reference.Convert(previous, current, expected);
            var found = new byte[expected.Length];
            for (var i = 0; i < Environments; i++)
            {
                var pair = new Span<byte>((void*)converter.Pairs[i], 2 * converter.FrameBytes);
                previous.AsSpan(i * converter.FrameBytes, converter.FrameBytes).CopyTo(pair);
                current.AsSpan(i * converter.FrameBytes, converter.FrameBytes).CopyTo(pair[converter.FrameBytes..]);
            }

            fixed (byte* to = found)
            {
                var places = new nint[Environments];
                // In another order: places are anybody's.
                for (var i = 0; i < Environments; i++)
                    places[i] = (nint)to + ((Environments - 1 - i) * converter.ObservationBytes);
                converter.Convert(places);
            }

            for (var i = 0; i < Environments; i++)
            {
                Assert.Equal(
                    expected.AsSpan(i * converter.ObservationBytes, converter.ObservationBytes).ToArray(),
                    found.AsSpan((Environments - 1 - i) * converter.ObservationBytes, converter.ObservationBytes).ToArray());
            }
        }
    }
}
