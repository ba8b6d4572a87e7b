using FastDqn.Core;
using FastDqn.Tests;

namespace FastDqn.Replay.Tests;

public sealed class RingTests
{
    [Fact]
    public void AMillionTransitionsOf84x84GrayTakeAtMost72Gigabytes()
    {
        var options = new ReplayRingOptions { Capacity = 1_000_000, Lanes = 128, FrameBytes = 84 * 84, Priority = new PriorityOptions() };
        Assert.InRange(ReplayFootprint.Of(options).TotalBytes, 7_056_000_000, 7_200_000_000);
        Assert.Contains(" GB", ReplayFootprint.Of(options).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000_000_000_000)]
    [InlineData(1_000_000_000_000_000_000)]
    public void AnImpossibleCapacityIsRefusedBeforeAnythingIsAllocated(long capacity)
    {
        var error = Assert.Throws<FastDqnException>(
            () => new ReplayRing(new ReplayRingOptions { Capacity = capacity, Lanes = 8, FrameBytes = 7056 }));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("memory", error.Message, StringComparison.Ordinal);
        if (capacity < 1_000_000_000_000_000)
            Assert.Contains("TB of memory and", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OptionsThatMakeNoSenseAreRefusedWithTheValue()
    {
        AssertRefused(Rings.Options(capacity: 2, lanes: 3), "a capacity of 2 transitions for 3 environments");
        AssertRefused(Rings.Options() with { Lanes = 0 }, "0 environments");
        AssertRefused(Rings.Options() with { Gamma = 1.5 }, "a discount of 1.5");
        AssertRefused(Rings.Options() with { NStep = 0 }, "0-step returns");
        AssertRefused(Rings.Options() with { StackDepth = 0 }, "a stack of 0 frames");
        AssertRefused(Rings.Options() with { FrameBytes = 0 }, "frames of 0 bytes");
        AssertRefused(Rings.Options() with { RewardClip = 0 }, "rewards clipped to +-0");
        AssertRefused(Rings.Options(priority: new PriorityOptions { Alpha = 2 }), "alpha of 2");
    }

    [Fact]
    public void AMemoryFileHoldsTheFramesAndLeavesNothingBehind()
    {
        using var folder = new TempFolder();
        var file = folder.File("frames");
        var (a, b) = (new FakeEnvironments(3, 24, 8), new FakeEnvironments(3, 24, 8));
        using (var inFile = Rings.Started(Rings.Options() with { MemoryFile = file }, a))
        using (var inMemory = Rings.Started(Rings.Options(), b))
        {
            Rings.Run(inFile, a, 120);
            Rings.Run(inMemory, b, 120);
            Assert.Equal(Rings.Saved(inMemory.Save), Rings.Saved(inFile.Save));
        }

        Assert.False(File.Exists(file));
    }

    [Fact]
    public void AMemoryFileNeverOverwritesOneThatIsThere()
    {
        using var folder = new TempFolder();
        var file = folder.Write("frames", "");
        var error = Assert.Throws<FastDqnException>(() => new ReplayRing(Rings.Options() with { MemoryFile = file }));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SamplingBeforeThereIsATransitionSaysSo()
    {
        using var ring = new ReplayRing(Rings.Options());
        using var batch = new ReplayBatch(4, ring.Options);
        Assert.False(ring.CanSample);
        Assert.Contains(
            "no transition to sample", Assert.Throws<FastDqnException>(() => ring.Sample(batch)).Message, StringComparison.Ordinal);
        FakeEnvironments.Deliver(ring, new FakeEnvironments(3, 24, 1).Reset());
        ring.CommitStart();
        Assert.Throws<FastDqnException>(() => ring.Sample(batch));
    }

    [Fact]
    public void AStepThatGoesOnAfterAnEpisodesEndIsRefused()
    {
        using var ring = Rings.Started(Rings.Options(lanes: 1), new FakeEnvironments(1, 24, 1));
        ring.Append([0], [0f], [1], [0], [0], [0]);
        var error = Assert.Throws<FastDqnException>(() => ring.Append([0], [0f], [0], [0], [0], [0]));
        Assert.Contains("lane 0", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 0, 0, 0f)]
    [InlineData(0, 1, 0, 0.5f)]
    [InlineData(1, 1, 0, 0f)]
    [InlineData(0, 1, 1, 0f)]
    [InlineData(0, 0, 1, 0f)]
    public void TruncationIsBootstrappedFromAndTerminationIsNot(byte terminated, byte truncated, byte lifeLost, float discount)
    {
        var options = Rings.Options(lanes: 1) with { NStep = 1, Gamma = 0.5, StackDepth = 2, Padding = FramePadding.RepeatFirst };
        using var ring = new ReplayRing(options);
        Write(ring, 1);
        ring.CommitStart();
        Write(ring, 2);
        ring.Append([7], [3f], [terminated], [truncated], [lifeLost], [0]);
        using var batch = new ReplayBatch(1, options);
        ring.Sample(batch);
        Assert.Equal((7L, 3f, discount), (batch.ActionSpan[0], batch.ReturnSpan[0], batch.DiscountSpan[0]));
        Assert.Equal((1, 1), (batch.ObservationSpan[0], batch.ObservationSpan[24]));
        Assert.Equal((1, 2), (batch.NextObservationSpan[0], batch.NextObservationSpan[24]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AStepWithSamplingAndPrioritiesAllocatesNothing(bool prioritised)
    {
        var options = Rings.Options(priority: prioritised ? new PriorityOptions() : null);
        var environments = new FakeEnvironments(3, 24, 4);
        using var ring = Rings.Started(options, environments);
        using var sampler = new ReplaySampler(ring, 32);
        var steps = Enumerable.Range(0, 400).Select(_ => environments.Next()).ToArray();
        var stacks = GC.AllocateArray<byte>(3 * 4 * 24, pinned: true);
        var address = System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(stacks, 0);
        Go(0, 200);
        Assert.Equal(0, Allocations.Of(third => Go(200 + (60 * third), 260 + (60 * third))));

        void Go(int from, int to)
        {
            for (var i = from; i < to; i++)
            {
                ring.GatherStacks(address);
                FakeEnvironments.Append(ring, steps[i]);
                if (i < 20)
                    continue;
                sampler.Enqueue(0.5);
                var batch = sampler.Take();
                ring.UpdatePriorities(batch.IndexSpan, batch.ReturnSpan);
            }
        }
    }

    [Fact]
    public void BatchesAloneAreRegisteredWithTheDeviceAndGivenBackBeforeTheyAreFreed()
    {
        var registrar = new Registrar();
        using (var ring = new ReplayRing(Rings.Options()))
        using (var sampler = new ReplaySampler(ring, 4, depth: 2, registrar: registrar))
        {
            Assert.Equal(3, registrar.Live.Count);
            Assert.All(registrar.Live, r => Assert.Equal(0, r.Address % 4096));
        }

        Assert.Empty(registrar.Live);
    }

    private static void AssertRefused(ReplayRingOptions options, string words)
    {
        var error = Assert.Throws<FastDqnException>(() => new ReplayRing(options));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    private static unsafe void Write(ReplayRing ring, byte value) =>
        new Span<byte>((void*)ring.FrameSlot(0), ring.Options.FrameBytes).Fill(value);

    private sealed class Registrar : IPinnedMemoryRegistrar
    {
        public List<(nint Address, long Bytes)> Live { get; } = [];

        public IDisposable Register(nint address, long bytes)
        {
            Live.Add((address, bytes));
            return new Registration(() => Live.Remove((address, bytes)));
        }

        private sealed class Registration(Action undo) : IDisposable
        {
            public void Dispose() => undo();
        }
    }
}
