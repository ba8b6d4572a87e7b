using FastDqn.Core;

namespace FastDqn.Replay.Tests;

/// <summary>
/// Several trainings may share a process: what one was promised is no other's. Alone, as it counts the process's
/// memory.
/// </summary>
[Collection("memory")]
public sealed class MemoryPromiseTests
{
    [Fact]
    public void WhatARingWillTakeIsPromisedUntilItIsGone()
    {
        var capacity = SystemMemory.AvailableBytes / 10 * 6 / 70_000;
        var options = new ReplayRingOptions { Capacity = capacity, Lanes = 1, FrameBytes = 70_000, StackDepth = 1 };
        using (var first = new ReplayRing(options))
        {
            Assert.InRange(SystemMemory.PromisedBytes, (long)(first.Footprint.TotalBytes * 0.99), first.Footprint.TotalBytes);
            var error = Assert.Throws<FastDqnException>(() => new ReplayRing(options));
            Assert.Equal(ErrorKind.Usage, error.Kind);
            Assert.Contains("promised to others in this process", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, SystemMemory.PromisedBytes);
        new ReplayRing(options).Dispose();
    }

    [Fact]
    public void WhatIsFilledIsTakenAndPromisedNoMore()
    {
        var environments = new FakeEnvironments(3, 24, 1);
        var options = Rings.Options(capacity: 6000);
        using (var ring = Rings.Started(options, environments))
        {
            var whole = SystemMemory.PromisedBytes;
            Assert.InRange(whole, ring.Footprint.TotalBytes * 99 / 100, ring.Footprint.TotalBytes);
            Rings.Run(ring, environments, 1000);
            Assert.InRange(SystemMemory.PromisedBytes, whole / 3, whole * 2 / 3);
            Rings.Run(ring, environments, 2000);
            Assert.Equal(0, SystemMemory.PromisedBytes);
        }

        // A ring that cannot be made promises nothing.
        Assert.Throws<FastDqnException>(() => new ReplayRing(options with { MemoryFile = "/no/such/folder/ring" }));
        Assert.Equal(0, SystemMemory.PromisedBytes);
    }
}

[CollectionDefinition("memory", DisableParallelization = true)]
public sealed class MemoryCollection;
