using FastDqn.Core;

namespace FastDqn.Replay.Tests;

/// <summary>Sequences for recurrent networks: what is drawn, against a plain record of what was appended.</summary>
public sealed class SequenceTests
{
    private const int Lanes = 3;
    private const int StateSize = 2;

    private static ReplayRingOptions Options(bool prioritised = true, int stack = 2, int period = 4) => Rings.Options(
        capacity: 240, lanes: Lanes, prioritised ? new PriorityOptions { Alpha = 0.9 } : null) with
    {
        StackDepth = stack,
        Sequence = new SequenceOptions { BurnIn = 3, Length = 6, Period = period, StateSize = StateSize },
    };

    [Theory]
    [InlineData(true, 1, 4)]
    [InlineData(false, 2, 4)]
    [InlineData(true, 3, 6)]
    [InlineData(true, 2, 1)]
    [InlineData(false, 4, 5)]
    public void ASequenceIsARunOfALanesSteps(bool prioritised, int stack, int period)
    {
        var options = Options(prioritised, stack, period);
        var record = new Record(options);
        using var batch = new ReplayBatch(7, options);
        var (drawn, invalid, terminal) = (0, 0, 0);
        var found = new HashSet<long>();
        for (var step = 0; step < 400; step++)
        {
            record.Step();
            Assert.Equal(record.Held.Count > 0, record.Ring.CanSample);
            if (!record.Ring.CanSample || step % 7 != 0)
                continue;
            record.Ring.Sample(batch, 0.6);
            for (var i = 0; i < batch.Size; i++)
            {
                var (sequence, lane) = Math.DivRem(batch.IndexSpan[i], Lanes);
                Assert.Contains(sequence * period, record.Held);
                found.Add(batch.IndexSpan[i]);
                record.AssertHolds(batch, i, (int)lane, sequence * period);
            }

            drawn += batch.Size;
            invalid += batch.ValidSpan.ToArray().Count(valid => valid == 0);
            terminal += batch.DiscountSpan.ToArray().Count(discount => discount == 0);
        }

        // All kinds were among them.
        Assert.True(drawn > 200 && invalid > 10 && terminal > 2 * invalid && found.Count > 50);
        record.Ring.Dispose();
    }

    [Fact]
    public void PrioritiesDecideWhichSequenceIsDrawn()
    {
        var options = Options();
        var record = new Record(options);
        record.Run(100);
        using var ring = record.Ring;
        using var batch = new ReplayBatch(64, options);
        var counts = new Dictionary<long, int>();
        // Errors of 0 for all but two, of which one is three times the other's priority.
        var all = record.Held.SelectMany(time => Enumerable.Range(0, Lanes).Select(lane => (time / 4 * Lanes) + lane)).ToArray();
        var errors = new float[all.Length];
        (errors[1], errors[5]) = (1, (float)Math.Pow(3, 1 / 0.9));
        ring.UpdatePriorities(all, errors);
        for (var k = 0; k < 50; k++)
        {
            ring.Sample(batch, 0.5);
            for (var i = 0; i < batch.Size; i++)
            {
                counts[batch.IndexSpan[i]] = counts.GetValueOrDefault(batch.IndexSpan[i]) + 1;
                Assert.Equal(batch.IndexSpan[i] == all[1] ? 1 : Math.Pow(1 / 3.0, 0.5), batch.WeightSpan[i], 4);
            }
        }

        Assert.Equal([all[1], all[5]], counts.Keys.Order());
        Assert.InRange(counts[all[5]] / (double)counts[all[1]], 2.9, 3.1);
        // Those that are gone are passed over, and new ones come at the highest priority.
        record.Run(120);
        ring.UpdatePriorities(all, errors);
        ring.Sample(batch, 0.5);
        Assert.All(batch.IndexSpan.ToArray(), index => Assert.Contains(index / Lanes * 4, record.Held));
        Assert.All(batch.WeightSpan.ToArray(), weight => Assert.Equal(1, weight));
    }

    /// <summary>At a sequence's beginning, before its state is stored; in the middle of one; in a young ring.</summary>
    [Theory]
    [InlineData(20, true)]
    [InlineData(160, true)]
    [InlineData(161, false)]
    [InlineData(202, true)]
    public void ASavedRingGoesOnWithTheSameBytes(int steps, bool prioritised)
    {
        var options = Options(prioritised);
        var record = new Record(options);
        record.Run(steps);
        using var ring = record.Ring;
        using var batch = new ReplayBatch(16, options);
        using var other = new ReplayBatch(16, options);
        ring.Sample(batch, 0.5);
        for (var i = 0; i < batch.Size; i++)
            batch.ErrorSpan[i] = i;
        ring.UpdatePriorities(batch);
        using var restored = new ReplayRing(options);
        Rings.Load(restored, Rings.Saved(ring.Save));
        Assert.Equal(Rings.Saved(ring.Save), Rings.Saved(restored.Save));
        for (var k = 0; k < 60; k++)
        {
            record.Step(restored);
            ring.Sample(batch, 0.5);
            restored.Sample(other, 0.5);
            Assert.Equal(Rings.Bytes(batch), Rings.Bytes(other));
        }
    }

    [Fact]
    public void ADrawnSequenceComesBackFromAFile()
    {
        var options = Options();
        var record = new Record(options);
        record.Run(60);
        using var ring = record.Ring;
        using var sampler = new ReplaySampler(ring, 5, depth: 2);
        using var other = new ReplaySampler(ring, 5, depth: 2);
        sampler.Enqueue(0.5);
        var state = Rings.Saved(sampler.Save);
        Rings.Load(other, state);
        Assert.Equal(Rings.Bytes(sampler.Take()), Rings.Bytes(other.Take()));
        // A value that would lie outside.
        var batch = new ReplayBatch(5, options);
        ring.Sample(batch);
        batch.BootstrapSpan[3] = 5 * (6 + 3);
        var bad = Rings.Bytes(batch);
        batch.Dispose();
        using var fresh = new ReplayBatch(5, options);
        Assert.Equal(
            ErrorKind.BadData, Assert.Throws<FastDqnException>(() => fresh.Load(new StateReader(new MemoryStream(bad)))).Kind);
    }

    [Fact]
    public void AnotherRingsSequencesAreRefused()
    {
        var record = new Record(Options());
        record.Run(60);
        using var ring = record.Ring;
        var state = Rings.Saved(ring.Records.Save);
        using var other = new ReplayRing(Options(period: 5));
        var error = Assert.Throws<FastDqnException>(() => Rings.LoadRecords(other, state));
        Assert.Equal(ErrorKind.BadData, error.Kind);
        Assert.Contains("one every 4", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(38)]
    [InlineData(3)]
    public void ARingTooSmallForASequenceIsRefused(long capacity)
    {
        var error = Assert.Throws<FastDqnException>(() => ReplayFootprint.Of(Options() with { Capacity = capacity }));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("sequences need 13", error.Message, StringComparison.Ordinal);
        Assert.True(ReplayFootprint.Of(Options() with { Capacity = 39 }).TotalBytes > 0);
    }

    /// <summary>A ring of the least capacity always holds a sequence once one was complete.</summary>
    [Fact]
    public void TheSmallestRingHoldsASequence()
    {
        var options = Options() with { Capacity = 39 };
        var record = new Record(options);
        using var ring = record.Ring;
        using var batch = new ReplayBatch(4, options);
        for (var step = 0; step < 100; step++)
        {
            record.Step();
            Assert.Equal(step >= 10, ring.CanSample);
            if (!ring.CanSample)
                continue;
            ring.Sample(batch, 0.5);
            for (var i = 0; i < batch.Size; i++)
                record.AssertHolds(batch, i, (int)(batch.IndexSpan[i] % Lanes), batch.IndexSpan[i] / Lanes * 4);
        }
    }

    /// <summary>A ring, and everything that was put into it.</summary>
    private sealed class Record
    {
        private readonly ReplayRingOptions _options;
        private readonly FakeEnvironments _environments = new(Lanes, 24, 4);
        private readonly List<FakeStep> _steps = [];

        public Record(ReplayRingOptions options)
        {
            _options = options;
            Ring = new ReplayRing(options);
            var first = new FakeStep(Lanes);
            _environments.Reset().CopyTo(first.Frames, 0);
            Array.Fill(first.EpisodeStart, (byte)1);
            _steps.Add(first);
            FakeEnvironments.Deliver(Ring, first.Frames);
            Ring.CommitStart();
        }

        public ReplayRing Ring { get; }

        /// <summary>The beginnings of the sequences that the ring holds.</summary>
        public List<long> Held
        {
            get
            {
                var sequence = _options.Sequence!;
                var (newest, steps) = (_steps.Count - 1, sequence.BurnIn + sequence.Length + _options.NStep);
                var slots = Ring.Footprint.SlotsPerLane;
                var oldest = Math.Max(0, newest + 2 + _options.PrefetchSlack - slots);
                var first = oldest == 0 ? 0 : oldest + Math.Max(_options.StackDepth, 2) - 1;
                return [.. Enumerable.Range(0, newest + 1)
                    .Where(time => time % sequence.Period == 0 && time >= first && time + steps - 1 <= newest)
                    .Select(time => (long)time)];
            }
        }

        public void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
                Step();
        }

        public void Step(params ReplayRing[] others)
        {
            var states = Enumerable.Range(0, Lanes * StateSize).Select(k => State(_steps.Count - 1, k)).ToArray();
            var step = _environments.Next();
            _steps.Add(step);
            foreach (var ring in (ReplayRing[])[Ring, .. others])
            {
                ring.StoreStates(states);
                FakeEnvironments.Append(ring, step);
            }
        }

        public void AssertHolds(ReplayBatch batch, int i, int lane, long start)
        {
            var sequence = batch.Sequence!;
            Assert.Equal(
                Enumerable.Range(0, StateSize).Select(k => State(start, (lane * StateSize) + k)),
                batch.StateSpan.Slice(i * StateSize, StateSize).ToArray());
            var bytes = (int)batch.ObservationBytes;
            for (var step = 0; step < sequence.Steps; step++)
            {
                var (time, row) = ((int)start + step, (step * batch.Size) + i);
                var starts = _steps[time].EpisodeStart[lane] != 0;
                Assert.Equal(Stack(time, lane), batch.ObservationSpan.Slice(row * bytes, bytes).ToArray());
                Assert.Equal(starts ? 1 : 0, batch.StartSpan[row]);
                // A step's action and reward led to its frames.
                Assert.Equal(starts ? -1 : _steps[time].Actions[lane], batch.LastActionSpan[row]);
                Assert.Equal(starts ? 0 : _steps[time].Rewards[lane], batch.LastRewardSpan[row]);
            }

            for (var step = 0; step < sequence.Length; step++)
                AssertReturn(batch, (step * batch.Size) + i, lane, (int)start + sequence.BurnIn + step);
        }

        private void AssertReturn(ReplayBatch batch, int row, int lane, int time)
        {
            if (Over(time))
            {
                Assert.Equal((0f, 0f, 0f), (batch.ValidSpan[row], batch.DiscountSpan[row], batch.ReturnSpan[row]));
                return;
            }

            Assert.Equal(1, batch.ValidSpan[row]);
            Assert.Equal(_steps[time + 1].Actions[lane], batch.ActionSpan[row]);
            var (sum, steps, terminal) = (0.0, 0, false);
            while (steps < _options.NStep && !terminal && !Over(time + steps))
            {
                var next = _steps[time + steps + 1];
                sum += Math.Pow(_options.Gamma, steps++) * next.Rewards[lane];
                terminal = (next.Terminated[lane] | next.Terminal[lane]) != 0;
            }

            Assert.Equal(sum, batch.ReturnSpan[row], 4);
            Assert.Equal(terminal ? 0 : Math.Pow(_options.Gamma, steps), batch.DiscountSpan[row], 5);
            Assert.Equal(row + (steps * batch.Size), batch.BootstrapSpan[row]);

            bool Over(int at) => (_steps[at].Terminated[lane] | _steps[at].Truncated[lane]) != 0;
        }

        private byte[] Stack(int time, int lane)
        {
            var frames = new List<byte[]>();
            for (var at = time; frames.Count < _options.StackDepth; at--)
            {
                frames.Insert(0, _steps[at].Frames[lane]);
                if (_steps[at].EpisodeStart[lane] != 0)
                    break;
            }

            while (frames.Count < _options.StackDepth)
                frames.Insert(0, new byte[24]);
            return [.. frames.SelectMany(frame => frame)];
        }

        private static float State(long time, int k) => (100 * time) + k;
    }
}
