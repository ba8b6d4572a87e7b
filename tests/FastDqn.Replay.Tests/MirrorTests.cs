using FastDqn.Core;
using FastDqn.Tests;

namespace FastDqn.Replay.Tests;

/// <summary>A ring's frames in a second place, and minibatches that are made there.</summary>
public sealed class MirrorTests
{
    [Theory]
    [InlineData(FramePadding.Zero)]
    [InlineData(FramePadding.RepeatFirst)]
    public void StacksOfTheMirrorAreTheRings(FramePadding padding)
    {
        var options = Rings.Options(capacity: 30) with { Padding = padding };
        var environments = new FakeEnvironments(3, 24, 4);
        using var ring = new ReplayRing(options);
        using var mirror = new PlainMirror(ring);
        ring.MirrorTo(mirror);
        FakeEnvironments.Deliver(ring, environments.Reset());
        ring.CommitStart();
        using var batch = new ReplayBatch(16, options, onDevice: true);
        for (var round = 0; round < 100; round++)
        {
            Rings.Run(ring, environments, 1);
            Assert.Equal(ring.Steps, mirror.Puts);
            Assert.Equal(Newest(ring), mirror.Stacks(Places(ring)));
            if (!ring.CanSample)
                continue;
            ring.Sample(batch);
            Assert.Equal(batch.ObservationSpan.ToArray(), mirror.Stacks(batch.Places));
            Assert.Equal(batch.NextObservationSpan.ToArray(), mirror.Stacks(batch.NextPlaces));
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(100)]
    public void AfterALoadTheFramesHeldGoThereBeforeTheFirstUse(int steps)
    {
        var options = Rings.Options(capacity: 60);
        var environments = new FakeEnvironments(3, 24, 4);
        using var ring = Rings.Started(options, environments);
        Rings.Run(ring, environments, steps);
        var state = Rings.Saved(ring.Save);
        using var restored = new ReplayRing(options);
        using var mirror = new PlainMirror(restored);
        restored.MirrorTo(mirror);
        Rings.Load(restored, state);
        Assert.Equal(0, mirror.Puts);
        using var batch = new ReplayBatch(64, options, onDevice: true);
        restored.Sample(batch);
        Assert.Equal(ring.NewestTime - ring.OldestTime + 1, mirror.Puts);
        Assert.Equal(batch.ObservationSpan.ToArray(), mirror.Stacks(batch.Places));
        Assert.Equal(Newest(ring), mirror.Stacks(Places(restored)));
        // Once is enough.
        restored.Sample(batch);
        Assert.Equal(ring.NewestTime - ring.OldestTime + 1, mirror.Puts);
    }

    /// <summary>Frames that are made in the mirror go there after a load alone.</summary>
    [Fact]
    public void FramesThatAreMadeThereAreNotSentButThoseOfALoad()
    {
        var options = Rings.Options(capacity: 60);
        var environments = new FakeEnvironments(3, 24, 4);
        using var ring = new ReplayRing(options);
        using var mirror = new PlainMirror(ring);
        ring.MirrorTo(mirror, madeThere: true);
        Make(environments.Reset());
        ring.CommitStart();
        using var batch = new ReplayBatch(16, options, onDevice: true);
        Run(40);
        Assert.Equal(0, mirror.Puts);
        var state = Rings.Saved(ring.Save);
        Rings.Load(ring, state);
        mirror.Clear();
        // Taken before anybody asked for a stack.
        Run(1);
        Assert.Equal(ring.NewestTime - ring.OldestTime, mirror.Puts);
        Check();
        Run(30);
        Assert.Equal(Newest(ring), mirror.Stacks(Places(ring)));
        Rings.Load(ring, state);
        mirror.Clear();
        Check();

        void Run(int steps)
        {
            Rings.Run(ring, environments, steps, Make);
        }

        void Make(byte[][] frames)
        {
            FakeEnvironments.Deliver(ring, frames);
            for (var lane = 0; lane < frames.Length; lane++)
                frames[lane].CopyTo(mirror.Frame(ring.NextSlot, lane));
        }

        void Check()
        {
            ring.Sample(batch);
            Assert.Equal(batch.ObservationSpan.ToArray(), mirror.Stacks(batch.Places));
            Assert.Equal(batch.NextObservationSpan.ToArray(), mirror.Stacks(batch.NextPlaces));
            Assert.Equal(Newest(ring), mirror.Stacks(Places(ring)));
        }
    }

    /// <summary>A device writes the frames, and is as late as it may be.</summary>
    [Fact]
    public void WhoeverReadsFramesOfADeviceWaitsForThem()
    {
        var options = Rings.Options(capacity: 60);
        var (early, late) = (new FakeEnvironments(3, 24, 4), new FakeEnvironments(3, 24, 4));
        using var ring = Rings.Started(options, early);
        using var lateRing = new ReplayRing(options);
        var arrivals = new LateFrames();
        var registrar = new Counting();
        lateRing.ArriveBy(arrivals, registrar);
        Assert.Equal(1, registrar.Made);
        Send(late.Reset());
        lateRing.CommitStart();
        using var batch = new ReplayBatch(16, options);
        using var lateBatch = new ReplayBatch(16, options);
        Assert.Equal(3, arrivals.Waiting);
        using var folder = new TempFolder();
        using var log = new FrameLog(lateRing, folder.File("frames"));
        for (var round = 0; round < 100; round++)
        {
            Rings.Run(ring, early, 1);
            Rings.Run(lateRing, late, 1, Send);
            switch (round % 4)
            {
                case 0 when ring.CanSample:
                    ring.Sample(batch);
                    lateRing.Sample(lateBatch);
                    Assert.Equal(batch.ObservationSpan, lateBatch.ObservationSpan);
                    Assert.Equal(batch.NextObservationSpan, lateBatch.NextObservationSpan);
                    break;
                case 1:
                    Assert.Equal(Newest(ring), Newest(lateRing));
                    break;
                case 2:
                    Assert.Equal(Rings.Saved(ring.Save), Rings.Saved(lateRing.Save));
                    break;
            }
        }

        var segments = log.Cut();
        using var restored = new ReplayRing(options);
        Rings.LoadRecords(restored, Rings.Saved(lateRing.Records.Save));
        FrameLog.Restore(restored, folder.File("frames"), segments);
        Assert.Equal(Rings.Saved(ring.Save), Rings.Saved(restored.Save));

        void Send(byte[][] frames)
        {
            for (var lane = 0; lane < frames.Length; lane++)
                arrivals.Add(lateRing.FrameSlot(lane), frames[lane]);
        }
    }

    [Fact]
    public void AFilesMemoryIsNotPageLocked()
    {
        using var folder = new TempFolder();
        var registrar = new Counting();
        using var ring = new ReplayRing(Rings.Options() with { MemoryFile = folder.File("ring") });
        ring.ArriveBy(new LateFrames(), registrar);
        Assert.Equal(0, registrar.Made);
    }

    [Fact]
    public void TheRingWaitsUntilTheLearnerHasUsedWhatItOverwrites()
    {
        var options = Rings.Options(capacity: 12, lanes: 2) with { PrefetchSlack = 1, NStep = 1 };
        var environments = new FakeEnvironments(2, 24, 9);
        using var ring = Rings.Started(options, environments);
        using var mirror = new PlainMirror(ring);
        ring.MirrorTo(mirror);
        Rings.Run(ring, environments, 30);
        using var sampler = new ReplaySampler(ring, 64, depth: 1, onDevice: true);
        for (var round = 0; round < 20; round++)
        {
            sampler.Enqueue();
            var batch = sampler.Take();
            ring.Copy(batch);
            // As far as the ring goes without the learner: the step after the slack is begun.
            var most = ring.Steps + options.PrefetchSlack + 1;
            long reached = 0;
            byte[] stacks = [];
            var learner = new Thread(() =>
            {
                while (Interlocked.Read(ref reached) < most - 1)
                    Thread.Yield();
                for (var i = 0; i < 1000; i++)
                    Thread.Yield();
                (reached, stacks) = (ring.Steps, mirror.Stacks(batch.Places));
                sampler.Used();
            });
            learner.Start();
            for (var step = 0; step < 20; step++)
            {
                Rings.Run(ring, environments, 1);
                if (ring.Steps < most)
                    Interlocked.Exchange(ref reached, ring.Steps);
            }

            learner.Join();
            Assert.InRange(reached, most - 1, most);
            Assert.Equal(batch.ObservationSpan.ToArray(), stacks);
        }
    }

    [Fact]
    public void ALearnerThatFailsEndsTheWaitOfTheRing()
    {
        var environments = new FakeEnvironments(3, 24, 1);
        using var ring = Rings.Started(Rings.Options(), environments);
        Rings.Run(ring, environments, 20);
        using var sampler = new ReplaySampler(ring, 4, depth: 2, onDevice: true);
        sampler.Enqueue();
        _ = sampler.Take();
        sampler.Fail(new InvalidOperationException("diverged"));
        var error = Assert.Throws<InvalidOperationException>(() => Rings.Run(ring, environments, 1000));
        Assert.Equal("diverged", error.Message);
    }

    [Fact]
    public void WaitingBatchesAreSavedAsThoseOfTheHostAndUsedFromThere()
    {
        var options = Rings.Options();
        var environments = new FakeEnvironments(3, 24, 21);
        using var ring = Rings.Started(options, environments);
        Rings.Run(ring, environments, 50);
        using var sampler = new ReplaySampler(ring, 8, depth: 2, onDevice: true);
        sampler.Enqueue();
        var state = Rings.Saved(sampler.Save);
        using var loaded = new ReplaySampler(ring, 8, depth: 2, onDevice: true);
        Rings.Load(loaded, state);
        Assert.Equal(state, Rings.Saved(loaded.Save));
        using var onHost = new ReplaySampler(ring, 8, depth: 2);
        Rings.Load(onHost, state);
        var (drawn, there, here) = (sampler.Take(), loaded.Take(), onHost.Take());
        Assert.Equal(8, drawn.Places.Length);
        Assert.True(there.Places.IsEmpty && there.NextPlaces.IsEmpty);
        Assert.Equal(here.ObservationSpan, there.ObservationSpan);
        loaded.Used();
        loaded.Enqueue();
        Assert.Equal(8, loaded.Take().Places.Length);
    }

    [Fact]
    public void WhatNoDeviceReadsIsNotPageLocked()
    {
        var registrar = new Counting();
        using var ring = new ReplayRing(Rings.Options());
        using (new ReplaySampler(ring, 4, depth: 2, registrar: registrar, onDevice: true))
            Assert.Equal(0, registrar.Made);
        using (new ReplaySampler(ring, 4, depth: 2, registrar: registrar))
            Assert.Equal(3, registrar.Made);
    }

    private static unsafe byte[] Newest(ReplayRing ring)
    {
        var stacks = new byte[ring.Options.Lanes * ring.Options.StackDepth * ring.Options.FrameBytes];
        fixed (byte* to = stacks)
            ring.GatherStacks((nint)to);
        return stacks;
    }

    private static unsafe StackPlace[] Places(ReplayRing ring)
    {
        var places = new StackPlace[ring.Options.Lanes];
        fixed (StackPlace* to = places)
            ring.PlaceStacks([.. Enumerable.Range(0, places.Length)], (nint)to);
        return places;
    }

    private sealed class Counting : IPinnedMemoryRegistrar
    {
        public int Made { get; private set; }

        public IDisposable Register(nint address, long bytes)
        {
            Made++;
            return new Unfinished();
        }
    }

    /// <summary>Frames that come when somebody waits for them.</summary>
    private sealed unsafe class LateFrames : IFrameArrivals
    {
        private readonly Lock _gate = new();
        private readonly Queue<(nint To, byte[] Frame)> _waiting = [];

        public int Waiting
        {
            get
            {
                lock (_gate)
                    return _waiting.Count;
            }
        }

        public void Add(nint to, byte[] frame)
        {
            lock (_gate)
                _waiting.Enqueue((to, frame));
        }

        public void Wait()
        {
            lock (_gate)
            {
                while (_waiting.TryDequeue(out var next))
                    next.Frame.CopyTo(new Span<byte>((void*)next.To, next.Frame.Length));
            }
        }
    }

    /// <summary>Plain memory with the layout of a device's.</summary>
    private sealed unsafe class PlainMirror(ReplayRing ring) : IFrameMirror, IDisposable
    {
        private readonly FrameRing _shape = ring.Shape;
        private readonly NativeRegion _frames = new(ring.Shape.Bytes);
        private readonly NativeRegion _stage = new(ring.Shape.StepBytes);

        public long Puts { get; private set; }

        public nint Begin() => _stage.Address;

        public void Clear()
        {
            new Span<byte>(_frames.Pointer, (int)_shape.Bytes).Clear();
            Puts = 0;
        }

        public Span<byte> Frame(long slot, int lane) => Slot(slot).Slice(lane * _shape.FrameBytes, _shape.FrameBytes);

        public void Put(long slot)
        {
            new ReadOnlySpan<byte>(_stage.Pointer, (int)_shape.StepBytes).CopyTo(Slot(slot));
            Puts++;
        }

        public byte[] Stacks(ReadOnlySpan<StackPlace> places)
        {
            var stacks = new List<byte>();
            foreach (var place in places)
                for (var age = _shape.Depth - 1; age >= 0; age--)
                {
                    var slot = (place.Slot - Math.Min(age, place.Known - 1) + _shape.Slots) % _shape.Slots;
                    stacks.AddRange(age >= place.Known && !_shape.RepeatFirst
                        ? new byte[_shape.FrameBytes]
                        : Slot(slot).Slice((int)place.Lane * _shape.FrameBytes, _shape.FrameBytes).ToArray());
                }

            return [.. stacks];
        }

        public void Dispose()
        {
            _frames.Dispose();
            _stage.Dispose();
        }

        private Span<byte> Slot(long slot) => new(_frames.Pointer + (slot * _shape.StepBytes), (int)_shape.StepBytes);
    }
}
