using FastDqn.Core;

namespace FastDqn.Replay.Tests;

public sealed class SamplerTests
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 3)]
    [InlineData(true, 3)]
    public void BatchesAreTheSameWithAndWithoutTheThread(bool prioritised, int depth)
    {
        var options = Rings.Options(priority: prioritised ? new PriorityOptions() : null) with { PrefetchSlack = 2 };
        var inline = Batches(options, depth, background: false, pause: false);
        Assert.Equal(inline, Batches(options, depth, background: true, pause: false));
        Assert.Equal(inline, Batches(options, depth, background: true, pause: true));
    }

    [Fact]
    public void ABatchHoldsWhatWasInTheRingWhenItWasDrawn()
    {
        var options = Rings.Options(capacity: 12, lanes: 2) with { PrefetchSlack = 1, NStep = 1 };
        var (a, b) = (new FakeEnvironments(2, 24, 9), new FakeEnvironments(2, 24, 9));
        using var direct = Rings.Started(options, a);
        using var prefetched = Rings.Started(options, b);
        using var batch = new ReplayBatch(64, options);
        using var sampler = new ReplaySampler(prefetched, 64, depth: 1);
        Rings.Run(direct, a, 30);
        Rings.Run(prefetched, b, 30);
        for (var round = 0; round < 50; round++)
        {
            direct.Sample(batch);
            sampler.Enqueue();
            // Far more steps than the ring holds: they wait for the copy where they would overwrite it.
            Rings.Run(direct, a, 20);
            Rings.Run(prefetched, b, 20);
            Assert.Equal(Rings.Bytes(batch), Rings.Bytes(sampler.Take()));
        }
    }

    [Fact]
    public void DrawingMoreThanTheDepthAndTakingFromNothingAreRefused()
    {
        var environments = new FakeEnvironments(3, 24, 1);
        using var ring = Rings.Started(Rings.Options(), environments);
        Rings.Run(ring, environments, 20);
        using var sampler = new ReplaySampler(ring, 4, depth: 2);
        Assert.Contains("no batch is drawn", Assert.Throws<FastDqnException>(sampler.Take).Message, StringComparison.Ordinal);
        sampler.Enqueue();
        sampler.Enqueue();
        Assert.Equal(2, sampler.Pending);
        Assert.Contains("take one first", Assert.Throws<FastDqnException>(() => sampler.Enqueue()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatEndsTheCopyingThreadIsToldToWhoeverWaitsForIt()
    {
        var environments = new FakeEnvironments(3, 24, 1);
        using var ring = Rings.Started(Rings.Options(), environments);
        Rings.Run(ring, environments, 20);
        var copies = 0;
        using var sampler = new ReplaySampler(ring, 4, depth: 3, background: true, registrar: null, batch =>
        {
            if (++copies == 2)
                throw new InvalidOperationException("the copy failed");
            ring.Copy(batch);
        });
        sampler.Enqueue();
        sampler.Enqueue();
        Assert.Equal(4, sampler.Take().Size);
        Assert.Equal("the copy failed", Assert.Throws<InvalidOperationException>(sampler.Take).Message);
        // Nor does the ring wait for ever for the copy of what it overwrites.
        Assert.Throws<InvalidOperationException>(() => Rings.Run(ring, environments, 1000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ASamplerThatCannotBeMadeKeepsNothing(int possible)
    {
        var registrar = new FewRegistrations(possible);
        using var ring = new ReplayRing(Rings.Options());
        Assert.Throws<FastDqnException>(() => new ReplaySampler(ring, 4, depth: 3, registrar: registrar));
        Assert.Equal((possible, 0), (registrar.Made, registrar.Live));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ARestoredRingAndSamplerGoOnWithTheSameBytes(bool prioritised)
    {
        var options = Rings.Options(priority: prioritised ? new PriorityOptions() : null);
        var environments = new FakeEnvironments(3, 24, 21);
        using var ring = Rings.Started(options, environments);
        using var sampler = new ReplaySampler(ring, 8, depth: 2);
        Rings.Run(ring, environments, 150);
        sampler.Enqueue(0.5);
        ring.UpdatePriorities(sampler.Take().IndexSpan, [0.1f, 2f, 0f, -3f, 0.5f, 1f, 1.5f, 9f]);
        sampler.Enqueue(0.5);
        Rings.Run(ring, environments, 40); // the waiting batch is older than the slack
        sampler.Enqueue(0.5);

        var state = Rings.Saved(ring.Save);
        var waiting = Rings.Saved(sampler.Save);
        using var restoredRing = new ReplayRing(options);
        using var restoredSampler = new ReplaySampler(restoredRing, 8, depth: 2);
        Rings.Load(restoredRing, state);
        Rings.Load(restoredSampler, waiting);
        Assert.Equal(state, Rings.Saved(restoredRing.Save));
        Assert.Equal(ring.Transitions, restoredRing.Transitions);

        for (var round = 0; round < 60; round++)
        {
            var step = environments.Next();
            FakeEnvironments.Append(ring, step);
            FakeEnvironments.Append(restoredRing, step);
            var (one, other) = (sampler.Take(), restoredSampler.Take());
            Assert.Equal(Rings.Bytes(one), Rings.Bytes(other));
            var errors = one.IndexSpan.ToArray().Select(i => (float)(i % 13)).ToArray();
            ring.UpdatePriorities(one.IndexSpan, errors);
            restoredRing.UpdatePriorities(other.IndexSpan, errors);
            sampler.Enqueue(0.7);
            restoredSampler.Enqueue(0.7);
        }
    }

    [Fact]
    public void AStateOfAnotherShapeOrATornOneIsRefused()
    {
        var environments = new FakeEnvironments(3, 24, 2);
        using var ring = Rings.Started(Rings.Options(), environments);
        Rings.Run(ring, environments, 30);
        var state = Rings.Saved(ring.Save);
        using var other = new ReplayRing(Rings.Options(capacity: 300));
        var shape = Assert.Throws<FastDqnException>(() => Rings.Load(other, state));
        Assert.Equal(ErrorKind.BadData, shape.Kind);
        Assert.Contains("slots a lane", shape.Message, StringComparison.Ordinal);
        using var same = new ReplayRing(Rings.Options());
        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => Rings.Load(same, state[..^10])).Kind);
    }

    private static List<byte[]> Batches(ReplayRingOptions options, int depth, bool background, bool pause)
    {
        var environments = new FakeEnvironments(options.Lanes, options.FrameBytes, 3);
        using var ring = Rings.Started(options, environments);
        using var sampler = new ReplaySampler(ring, 16, depth, background);
        var batches = new List<byte[]>();
        Rings.Run(ring, environments, 40);
        for (var round = 0; round < 120; round++)
        {
            while (sampler.Pending < sampler.Depth)
                sampler.Enqueue(0.4);
            Rings.Run(ring, environments, 3);
            if (pause && round % 10 == 0)
                Thread.Sleep(1);
            var batch = sampler.Take();
            batches.Add(Rings.Bytes(batch));
            ring.UpdatePriorities(batch.IndexSpan, batch.ReturnSpan);
        }

        return batches;
    }

    /// <summary>A driver that page-locks so much and no more.</summary>
    private sealed class FewRegistrations(int possible) : IPinnedMemoryRegistrar
    {
        public int Made { get; private set; }

        public int Live { get; private set; }

        public IDisposable Register(nint address, long bytes)
        {
            if (Made == possible)
                throw new FastDqnException(ErrorKind.Unavailable, "no more page-locked memory");
            Made++;
            Live++;
            return new Registration(this);
        }

        private sealed class Registration(FewRegistrations of) : IDisposable
        {
            public void Dispose() => of.Live--;
        }
    }
}
