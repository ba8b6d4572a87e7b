namespace FastDqn.Replay.Tests;

/// <summary>
/// What a minibatch shows of the steps after its transitions, against a plain record of what was appended.
/// </summary>
public sealed class FollowingTests
{
    private const int Lanes = 3;

    /// <summary>Fewer steps than those of a return, and more; rings that come round.</summary>
    [Theory]
    [InlineData(false, 5, 10)]
    [InlineData(true, 5, 3)]
    [InlineData(true, 2, 1)]
    [InlineData(false, 7, 3)]
    public void ItIsTheLanesNextObservationsUpToTheEndOfTheEpisode(bool prioritised, int ahead, int steps)
    {
        var options = Options(prioritised, ahead, steps);
        var environments = new FakeEnvironments(Lanes, options.FrameBytes, seed: 3);
        var record = new List<FakeStep?> { null };
        var frames = new List<byte[][]> { environments.Reset() };
        using var ring = new ReplayRing(options);
        using var batch = new ReplayBatch(9, options);
        FakeEnvironments.Deliver(ring, frames[0]);
        ring.CommitStart();
        var (valid, terminal, cut, unknown) = (0, 0, 0, 0);
        for (var step = 1; step < 300; step++)
        {
            var next = environments.Next();
            FakeEnvironments.Append(ring, next);
            record.Add(next);
            frames.Add(next.Frames);
            if (!ring.CanSample || step % 5 != 0)
                continue;
            ring.Sample(batch, 0.5);
            for (var i = 0; i < batch.Size; i++)
                Check(i);
        }

        // All kinds were among them; where returns are longer than what is shown all of it is known.
        Assert.True(valid > 400 && terminal > 20 && cut > 10, $"{valid} valid, {terminal} after ends, {cut} after cuts");
        Assert.Equal(ahead > steps, unknown > 0);

        void Check(int i)
        {
            var (time, lane) = ((int)(batch.IndexSpan[i] / Lanes), (int)(batch.IndexSpan[i] % Lanes));
            var goesOn = true;
            for (var k = 0; k < ahead; k++)
            {
                var row = (k * batch.Size) + i;
                // What came of the action at time + k; an episode's start came of none.
                var taken = time + k + 1 < record.Count ? record[time + k + 1] : null;
                if (goesOn && taken is null)
                    unknown += record[time + k] is { } newest && newest.Truncated[lane] != 0 ? 0 : 1;
                else if (goesOn && taken!.EpisodeStart[lane] != 0)
                    cut++;
                else if (goesOn && (taken!.Terminated[lane] | taken.Terminal[lane]) != 0)
                    terminal++;
                goesOn &= taken is not null && (taken.EpisodeStart[lane] | taken.Terminated[lane] | taken.Terminal[lane]) == 0;
                Assert.Equal(goesOn ? 1 : 0, batch.FollowingValidSpan[row]);
                if (!goesOn)
                    continue;
                valid++;
                Assert.Equal(taken!.Actions[lane], batch.FollowingActionSpan[row]);
                var bytes = (int)batch.ObservationBytes;
                Assert.Equal(Stack(time + k + 1, lane), batch.FollowingSpan.Slice(row * bytes, bytes));
            }
        }

        byte[] Stack(int time, int lane)
        {
            var stack = new List<byte>();
            for (var (age, at) = (0, time); age < options.StackDepth; age++)
            {
                stack.InsertRange(0, at < 0 ? new byte[options.FrameBytes] : frames[at][lane]);
                var starts = at <= 0 || record[at]!.EpisodeStart[lane] != 0;
                at = at < 0 || starts ? -1 : at - 1;
            }

            return [.. stack];
        }
    }

    [Fact]
    public void ADrawnBatchIsSavedWithWhatItShows()
    {
        var options = Options(prioritised: false, ahead: 4, steps: 3);
        var environments = new FakeEnvironments(Lanes, options.FrameBytes, seed: 3);
        using var ring = Rings.Started(options, environments);
        Rings.Run(ring, environments, 40);
        using var sampler = new ReplaySampler(ring, 6, depth: 2);
        using var plain = new ReplaySampler(ring, 6, depth: 2, background: false);
        sampler.Enqueue();
        var state = Rings.Saved(sampler.Save);
        var batch = sampler.Take();
        Rings.Load(plain, state);
        var loaded = plain.Take();
        Assert.Contains((byte)1, batch.FollowingValidSpan.ToArray().Select(valid => (byte)valid));
        Assert.Equal(batch.FollowingSpan, loaded.FollowingSpan);
        Assert.Equal(batch.FollowingActionSpan, loaded.FollowingActionSpan);
        Assert.Equal(batch.FollowingValidSpan, loaded.FollowingValidSpan);
    }

    private static ReplayRingOptions Options(bool prioritised, int ahead, int steps) =>
        Rings.Options(capacity: 150, lanes: Lanes, prioritised ? new PriorityOptions() : null) with { Ahead = ahead, NStep = steps };
}
