using FastDqn.Core;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Tests;

/// <summary>
/// Observations that a learner's device makes of frames it holds: on the CPU as on a GPU, over plain memory and a
/// stand-in for the library.
/// </summary>
public sealed class DeviceFramesTests
{
    private const int Lanes = 2;
    private const int Slots = 9;
    private const int BatchSize = 6;
    private static readonly NetworkInput Input = new(ObservationKind.UInt8, [4, 3, 3]);

    // 9-byte frames: no whole words.
    private static readonly FrameRing Ring = new(Slots, Lanes, 9, 4, RepeatFirst: true);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void UpdatesAndActingAreThoseOfCopiedObservations(bool gpu, bool graph)
    {
        var gather = new PlainGather();
        using var copied = Learner(gpu ? new FakeCuda() : null, graph);
        using var copiedActor = copied.CreateActor(3);
        using var placed = Learner(gpu ? new FakeCuda() : null, graph);
        using var placedActor = placed.CreateActor(3);
        using var frames = placed.CreateFrames(Ring, gather, placedActor);
        var memory = Fill(frames);
        for (var k = 0; k < 8; k++)
        {
            var batch = new PlacedBatch(memory, (ulong)k);
            placed.FollowFrames();
            Assert.Equal(copied.Update(batch.Copied.Batch), placed.Update(batch));
            Assert.Equal(batch.Copied.Errors, batch.ErrorSpan);
            copiedActor.Refresh();
            placedActor.Refresh();
            var (here, there) = (new float[BatchSize * TestSpecs.Actions], new float[BatchSize * TestSpecs.Actions]);
            copiedActor.QValues(batch.Copied.Batch.Observations, BatchSize - (k % 2), here);
            placedActor.QValuesOfStacks(batch.PlacesAddress, BatchSize - (k % 2), there);
            Assert.Equal(here, there);
        }

        Assert.Equal(copied.ExportWeights().Select(w => w.Values.ToArray()), placed.ExportWeights().Select(w => w.Values.ToArray()));
        Assert.NotEmpty(gather.Calls);
    }

    [Fact]
    public void WorkIsQueuedWhereItsReadersAre()
    {
        var (cuda, gather) = (new FakeCuda(), new PlainGather());
        using var learner = Learner(cuda, graph: true);
        using var actor = learner.CreateActor(3);
        using var frames = learner.CreateFrames(Ring, gather, actor);
        var batch = new PlacedBatch(Fill(frames), 1);
        learner.Update(batch);
        actor.QValuesOfStacks(batch.PlacesAddress, 5, new float[5 * TestSpecs.Actions]);
        // The learner's stream was made first, the actor's then; both observations of an update in one launch.
        Assert.Equal([(2 * BatchSize, 101), (5, 102)], gather.Calls);
        cuda.Log.Clear();
        learner.FollowFrames();
        Assert.Equal(["1 follows 2"], cuda.Log);
    }

    /// <summary>docs/gpu.md has the numbers.</summary>
    [Theory]
    [InlineData("dqn")]
    [InlineData("rainbow")]
    [InlineData("qr-dqn")]
    [InlineData("iqn")]
    [InlineData("munchausen-iqn")]
    public void AnUpdateAndAnActionAreOneCopyOneLaunchAndOneCopyBack(string name)
    {
        var cuda = new FakeCuda();
        var settings = new LearnerSettings { Graph = true, Calls = cuda };
        using var learner = new DqnLearner(TestSpecs.Small(name), Input, TestSpecs.Actions, seed: 1, settings: settings);
        using var actor = learner.CreateActor(3);
        using var frames = learner.CreateFrames(Ring, new PlainGather(), actor);
        var batch = new PlacedBatch(Fill(frames), 1);
        for (var k = 0; k < 6; k++)
            Once();
        cuda.Log.Clear();
        Once();
        string[] work = ["upload", "replay", "download", "record", "wait"];
        Assert.Equal([.. work, .. work], cuda.Log);

        void Once()
        {
            learner.Update(batch);
            actor.QValuesOfStacks(batch.PlacesAddress, 4, new float[4 * TestSpecs.Actions]);
        }
    }

    [Fact]
    public void WithoutAnActorNothingFollows()
    {
        var cuda = new FakeCuda();
        using var learner = Learner(cuda, graph: true);
        using var frames = learner.CreateFrames(Ring, new PlainGather(), actor: null);
        cuda.Log.Clear();
        learner.FollowFrames();
        Assert.Empty(cuda.Log);
    }

    [Fact]
    public void AStepsFramesWaitForTheirPlaceInTheHostsMemory()
    {
        var cuda = new FakeCuda();
        using var learner = Learner(cuda, graph: true);
        using var frames = learner.CreateFrames(Ring, new PlainGather(), actor: null);
        cuda.Log.Clear();
        var stages = new HashSet<nint>();
        for (var slot = 0; slot < 6; slot++)
        {
            stages.Add(frames.Begin());
            frames.Put(slot);
        }

        Assert.Equal(4, stages.Count);
        Assert.Equal(Enumerable.Repeat(new[] { "wait", "upload", "record" }, 6).SelectMany(calls => calls), cuda.Log);
    }

    [Theory]
    [InlineData("wait")]
    [InlineData("upload")]
    [InlineData("record")]
    [InlineData("enter")]
    public void AFailingCallIsOneLine(string call)
    {
        var cuda = new FakeCuda();
        using var learner = Learner(cuda, graph: true);
        using var frames = learner.CreateFrames(Ring, new PlainGather(), actor: null);
        cuda.Fails = call;
        var error = Assert.Throws<FastDqnException>(() => Fill(frames));
        Assert.StartsWith("cuda: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        cuda.Fails = null;
    }

    [Theory]
    [InlineData("allocate")]
    [InlineData("create event")]
    public void WhatCannotBeMadeIsOneLineAndKeepsNothing(string call)
    {
        var cuda = new FakeCuda();
        using (var learner = Learner(cuda, graph: true))
        {
            var before = cuda.Alive;
            cuda.Fails = call;
            var error = Assert.Throws<FastDqnException>(() => learner.CreateFrames(Ring, new PlainGather(), actor: null));
            Assert.StartsWith("cuda: ", error.Message, StringComparison.Ordinal);
            // The one that failed counts as made.
            Assert.Equal(before + 1, cuda.Alive);
            cuda.Fails = null;
        }
    }

    [Fact]
    public void EverythingIsGivenBack()
    {
        var cuda = new FakeCuda();
        using (var learner = Learner(cuda, graph: true))
        using (var actor = learner.CreateActor(3))
        using (var frames = learner.CreateFrames(Ring, new PlainGather(), actor))
        {
            var batch = new PlacedBatch(Fill(frames), 1);
            for (var k = 0; k < 5; k++)
                learner.Update(batch);
        }

        Assert.Equal(0, cuda.Alive);
    }

    [Fact]
    public void PlacesWithoutFramesAreRefused()
    {
        using var learner = Learner(null, graph: false);
        var batch = new PlacedBatch(new byte[Ring.Bytes], 1);
        var error = Assert.Throws<InvalidOperationException>(() => learner.Update(batch));
        Assert.Contains("does not hold", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => learner.QValuesOfStacks(batch.PlacesAddress, 1, new float[TestSpecs.Actions]));
    }

    private static DqnLearner Learner(FakeCuda? cuda, bool graph) => new(
        TestSpecs.Small("dqn") with { Target = new TargetSpec { Period = 3, Double = true } }, Input, TestSpecs.Actions, seed: 1,
        settings: new LearnerSettings { Graph = graph, Calls = cuda });

    private static unsafe byte[] Fill(DeviceFrames frames)
    {
        var random = new RandomStream(11, "frames");
        var memory = new byte[Ring.Bytes];
        for (var slot = 0; slot < Slots; slot++)
        {
            var step = memory.AsSpan(slot * (int)Ring.StepBytes, (int)Ring.StepBytes);
            TestBatch.Fill(step, ObservationKind.UInt8, random);
            step.CopyTo(new Span<byte>((void*)frames.Begin(), step.Length));
            frames.Put(slot);
        }

        return memory;
    }

    /// <summary>Plain memory in place of a device's; notes stacks and stream.</summary>
    private sealed unsafe class PlainGather : IStackGather
    {
        public List<(int Count, nint Stream)> Calls { get; } = [];

        public void Queue(in FrameRing ring, nint frames, nint places, int count, nint stacks, nint stream)
        {
            Calls.Add((count, stream));
            var memory = new ReadOnlySpan<byte>((void*)frames, (int)ring.Bytes);
            // Lanes that nobody asked for have places of zeros.
            foreach (ref readonly var place in new ReadOnlySpan<StackPlace>((void*)places, count))
            {
                Stack(ring, memory, place with { Known = Math.Max(1, place.Known) }).CopyTo(new Span<byte>((void*)stacks, 36));
                stacks += 36;
            }
        }

        public void Dispose() { }

        public static byte[] Stack(in FrameRing ring, ReadOnlySpan<byte> memory, StackPlace place)
        {
            var stack = new List<byte>();
            for (var age = ring.Depth - 1; age >= 0; age--)
            {
                var slot = (place.Slot - Math.Min(age, place.Known - 1) + ring.Slots) % ring.Slots;
                stack.AddRange(memory.Slice((int)((slot * ring.StepBytes) + (place.Lane * ring.FrameBytes)), ring.FrameBytes));
            }

            return [.. stack];
        }
    }

    /// <summary>A minibatch of places, and the same with its observations.</summary>
    private sealed class PlacedBatch : Minibatch
    {
        private readonly StackPlace[] _places = TestBatch.Pinned<StackPlace>(BatchSize);
        private readonly StackPlace[] _next = new StackPlace[BatchSize];

        public PlacedBatch(byte[] memory, ulong seed)
            : base(BatchSize, Input.Bytes, prioritized: true)
        {
            Copied = TestBatch.Random(Input, BatchSize, TestSpecs.Actions, seed);
            Copied.Actions.CopyTo(ActionSpan);
            Copied.Returns.CopyTo(ReturnSpan);
            Copied.Discounts.CopyTo(DiscountSpan);
            Copied.Weights.CopyTo(WeightSpan);
            var random = new RandomStream(seed, "places");
            for (var i = 0; i < BatchSize; i++)
            {
                _places[i] = new StackPlace(random.NextInt32(Lanes), random.NextInt32(Slots), 1 + random.NextInt32(4));
                _next[i] = new StackPlace(random.NextInt32(Lanes), random.NextInt32(Slots), 1 + random.NextInt32(4));
                PlainGather.Stack(Ring, memory, _places[i]).CopyTo(Copied.Observations[(i * 36)..]);
                PlainGather.Stack(Ring, memory, _next[i]).CopyTo(Copied.Next[(i * 36)..]);
            }
        }

        public TestBatch Copied { get; }

        public nint PlacesAddress => TestBatch.Address(_places);

        public override ReadOnlySpan<StackPlace> Places => _places;

        public override ReadOnlySpan<StackPlace> NextPlaces => _next;
    }
}
