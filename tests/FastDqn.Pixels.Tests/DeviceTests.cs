using FastDqn.Core;
using FsCheck;
using FsCheck.Fluent;

namespace FastDqn.Pixels.Tests;

/// <summary>The kernels on ILGPU's CPU accelerator.</summary>
public sealed class DeviceTests(DeviceTests.Device fixture) : IClassFixture<DeviceTests.Device>
{
    private readonly PixelDevice _device = fixture.Opened;

    [Fact]
    public void TheKernelsGiveTheReferencesBytesOnRandomFrames()
    {
        Prop.ForAll(ConverterCases.Any(frames: 3), c =>
        {
            using var converter = new DeviceConverter(_device, c.Options, c.Palette, environments: 2);
            Assert.Equal(
                ConverterCases.Converted(new ReferenceConverter(c.Options, c.Palette), c), ConverterCases.Converted(converter, c));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    [Fact]
    public void TheSelfTestPassesForEveryPresetGrayAndColourAndForStacks()
    {
        var checks = KernelSelfTest.Run(_device);
        Assert.Equal((2 * PixelPreset.All.Count) + 1, checks.Count);
        Assert.All(checks, check => Assert.True(check.Passed, check.ToString()));
        Assert.All(checks, check => Assert.True(check.Observations >= 12));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void StacksAreKeptOnTheDeviceOverTwoSubmissionsUnderWay(bool repeatFirst)
    {
        const int Count = 3;
        const int Depth = 3;
        var random = new RandomStream(17);
        var options = new PixelOptions(PixelPreset.Crop160);
        var reference = new ReferenceConverter(options, Palette.Grays);
        using var converter = new DeviceConverter(_device, options, Palette.Grays, Count, Depth, repeatFirst);
        var histories = Enumerable.Range(0, Count).Select(_ => new List<byte[]>()).ToArray();
        var waiting = new Queue<byte[]>();
        for (var step = 0; step < 20; step++)
        {
            var frames = new byte[Count * reference.FrameBytes];
            foreach (ref var pixel in frames.AsSpan())
                pixel = (byte)random.NextUInt64();
            var observations = new byte[Count * reference.ObservationBytes];
            reference.Convert(frames, frames, observations);
            var starts = Enumerable.Range(0, Count).Select(_ => (byte)(random.NextInt32(4) == 0 ? 1 : 0)).ToArray();
            for (var i = 0; i < Count; i++)
            {
                if (starts[i] != 0)
                    histories[i].Clear();
                histories[i].Add(observations[(i * reference.ObservationBytes)..((i + 1) * reference.ObservationBytes)]);
            }

            waiting.Enqueue([.. histories.SelectMany(history => Stack(history, Depth, repeatFirst, reference.ObservationBytes))]);
            frames.CopyTo(converter.PreviousFrames);
            frames.CopyTo(converter.CurrentFrames);
            converter.Submit(starts);
            if (step % 5 == 0 || converter.Pending == 2)
                Assert.Equal(waiting.Dequeue(), converter.Collect());
        }
    }

    [Fact]
    public void AThirdSubmissionAndACollectionOfNothingAreRefused()
    {
        using var converter = new DeviceConverter(_device, new PixelOptions(PixelPreset.Ale), Palette.Grays);
        Assert.Throws<FastDqnException>(() => converter.Collect());
        converter.Submit();
        converter.Submit();
        Assert.Contains("two submissions", Assert.Throws<FastDqnException>(() => converter.Submit()).Message, StringComparison.Ordinal);
        Assert.Contains(
            "two submissions", Assert.Throws<FastDqnException>(() => converter.CurrentFrames.Clear()).Message, StringComparison.Ordinal);
        converter.Collect();
        converter.Submit();
    }

    private static IEnumerable<byte> Stack(List<byte[]> history, int depth, bool repeatFirst, int size) =>
        Enumerable.Range(history.Count - depth, depth)
            .SelectMany(i => i >= 0 ? history[i] : repeatFirst ? history[0] : new byte[size]);

    public sealed class Device : IDisposable
    {
        public PixelDevice Opened { get; } = PixelDevice.Open(PixelDeviceKind.Cpu);

        public void Dispose() => Opened.Dispose();
    }
}
