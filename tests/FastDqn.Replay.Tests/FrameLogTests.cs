using FastDqn.Core;
using FastDqn.Tests;

namespace FastDqn.Replay.Tests;

/// <summary>A checkpoint here is what a run keeps of a ring: the segments of a cut and the records.</summary>
public sealed class FrameLogTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EveryCutRestoresTheRingExactlyWhileTheLogGoesOn(bool prioritised)
    {
        var options = Rings.Options(capacity: 150, priority: prioritised ? new PriorityOptions() : null);
        var environments = new FakeEnvironments(3, 24, 31);
        using var ring = new ReplayRing(options);
        using var batch = new ReplayBatch(8, options);
        using var log = new FrameLog(ring, _folder.Path);
        Begin(ring, environments);
        var random = new RandomStream(3);
        var cuts = new List<Cut>();
        for (var i = 0; i < 40; i++)
        {
            Rings.Run(ring, environments, random.NextInt32(25));
            if (ring.CanSample)
            {
                ring.Sample(batch, 0.5);
                ring.UpdatePriorities(batch.IndexSpan, batch.ReturnSpan);
            }

            cuts.Add(Take(log, ring));
        }

        // Nothing was collected, so that every cut is still there: parts of files that have grown among them.
        foreach (var cut in cuts)
            Assert.Equal(cut.Whole, Restored(options, cut));
    }

    [Fact]
    public void CutsShareWhatWasWrittenBefore()
    {
        var options = Rings.Options(capacity: 30_000) with { FrameBytes = 500 };
        var environments = new FakeEnvironments(3, 500, 5);
        using var ring = new ReplayRing(options);
        using var log = new FrameLog(ring, _folder.Path);
        Begin(ring, environments);
        Rings.Run(ring, environments, 9000);
        var first = log.Cut();
        var written = log.RawBytes;
        Assert.Equal(9001L * 3 * 500, written);
        Rings.Run(ring, environments, 9);
        var second = log.Cut();
        Assert.Equal(9L * 3 * 500, log.RawBytes - written);
        Assert.Equal(first.SkipLast(1), second.Take(first.Count - 1));
        Assert.InRange(second.Count, first.Count, first.Count + 1);
        Assert.Equal(second, log.Cut());
    }

    [Fact]
    public void ARingThatGoesOnFromACheckpointSharesItsSegmentsAndLeavesLaterOnesWhole()
    {
        var options = Rings.Options(capacity: 600);
        var environments = new FakeEnvironments(3, 24, 6);
        var cuts = new List<Cut>();
        using (var ring = new ReplayRing(options))
        using (var log = new FrameLog(ring, _folder.Path))
        {
            Begin(ring, environments);
            for (var i = 0; i < 3; i++)
            {
                Rings.Run(ring, environments, 20);
                cuts.Add(Take(log, ring));
            }
        }

        using var resumed = Restore(options, cuts[0]);
        using (var log = new FrameLog(resumed, _folder.Path, cuts[0].Segments))
        {
            Begin(resumed, environments);
            Rings.Run(resumed, environments, 100);
            cuts.Add(Take(log, resumed));
            Assert.Contains(cuts[0].Segments[0].Name, cuts[3].Segments.Select(s => s.Name));
        }

        foreach (var cut in cuts)
            Assert.Equal(cut.Whole, Restored(options, cut));

        // What only the second and third needed goes; a file that the first needs the beginning of is cut to it.
        FrameLog.Collect(_folder.Path, cuts[0].Segments.Concat(cuts[3].Segments), trim: true);
        Assert.Equal(cuts[0].Whole, Restored(options, cuts[0]));
        Assert.Equal(cuts[3].Whole, Restored(options, cuts[3]));
        Assert.Throws<FastDqnException>(() => FrameLog.Verify(_folder.Path, cuts[2].Segments));
        var needed = cuts[0].Segments.Concat(cuts[3].Segments).GroupBy(s => s.Name).ToDictionary(g => g.Key, g => g.Max(s => s.Bytes));
        var written = Directory.GetFiles(_folder.Path).ToDictionary(f => Path.GetFileName(f)!, f => new FileInfo(f).Length);
        Assert.Equal(needed.OrderBy(n => n.Key), written.OrderBy(n => n.Key));
    }

    [Fact]
    public void WithoutCheckpointsTheFolderHoldsNoMoreThanTheRing()
    {
        var options = Rings.Options(capacity: 300);
        var environments = new FakeEnvironments(3, 24, 6);
        using var ring = new ReplayRing(options);
        using var log = new FrameLog(ring, _folder.Path);
        Begin(ring, environments);
        Rings.Run(ring, environments, 5000);
        var cut = Take(log, ring);
        Assert.Equal(cut.Whole, Restored(options, cut));
        var steps = cut.Segments[^1].Last - cut.Segments[0].First + 1;
        Assert.InRange(steps, 100, 2 * ring.Footprint.SlotsPerLane);
        // Files whose end fell out of the window while the cut was made are still there.
        Assert.InRange(Directory.GetFiles(_folder.Path).Length, cut.Segments.Count, 2 * cut.Segments.Count);
    }

    [Fact]
    public void CollectingWhileALogWritesSparesWhatLaterCheckpointsWillNeed()
    {
        var options = Rings.Options(capacity: 300);
        var environments = new FakeEnvironments(3, 24, 8);
        using var ring = new ReplayRing(options);
        using var log = new FrameLog(ring, _folder.Path);
        Begin(ring, environments);
        var kept = new Queue<Cut>();
        for (var i = 0; i < 60; i++)
        {
            Rings.Run(ring, environments, 17);
            kept.Enqueue(Take(log, ring));
            if (kept.Count > 2)
                kept.Dequeue();
            FrameLog.Collect(_folder.Path, kept.SelectMany(c => c.Segments), trim: false);
            foreach (var cut in kept)
                Assert.Equal(cut.Whole, Restored(options, cut));
        }

        Assert.InRange(Directory.GetFiles(_folder.Path).Length, 1, 60);
    }

    [Fact]
    public void ATornOrDamagedFileIsFoundAndOnlyByTheCutsThatNeedIt()
    {
        var options = Rings.Options(capacity: 300);
        var environments = new FakeEnvironments(3, 24, 7);
        using var ring = new ReplayRing(options);
        using var log = new FrameLog(ring, _folder.Path);
        Begin(ring, environments);
        Rings.Run(ring, environments, 60);
        var first = Take(log, ring);
        Rings.Run(ring, environments, 60);
        var second = Take(log, ring);
        var newest = second.Segments[^1];
        Assert.DoesNotContain(newest.Name, first.Segments.Select(s => s.Name));
        var path = _folder.File(newest.Name);
        var whole = File.ReadAllBytes(path);
        var random = new RandomStream(1);
        for (var i = 0; i < 200; i++)
        {
            var damaged = i % 2 == 0 ? whole[..random.NextInt32(whole.Length)] : (byte[])whole.Clone();
            if (i % 2 == 1)
                damaged[random.NextInt32(damaged.Length)] ^= (byte)(1 << random.NextInt32(8));
            File.WriteAllBytes(path, damaged);
            Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => FrameLog.Verify(_folder.Path, second.Segments)).Kind);
            FrameLog.Verify(_folder.Path, first.Segments);
        }

        // What comes after the part that counts is nobody's yet.
        File.WriteAllBytes(path, [.. whole, 1, 2, 3]);
        Assert.Equal(second.Whole, Restored(options, second));
        File.Delete(path);
        var missing = Assert.Throws<FastDqnException>(() => FrameLog.Verify(_folder.Path, second.Segments));
        Assert.Contains("cannot be read", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SegmentsThatDoNotFitTheRingAreRefused()
    {
        var options = Rings.Options();
        var environments = new FakeEnvironments(3, 24, 7);
        using var ring = new ReplayRing(options);
        using var log = new FrameLog(ring, _folder.Path);
        Begin(ring, environments);
        Rings.Run(ring, environments, 40);
        var cut = Take(log, ring);
        using var shape = new ReplayRing(options with { Capacity = 500 });
        Assert.Contains(
            "this ring has",
            Assert.Throws<FastDqnException>(() => FrameLog.Restore(shape, _folder.Path, cut.Segments)).Message,
            StringComparison.Ordinal);
        using var same = new ReplayRing(options);
        Rings.LoadRecords(same, cut.Records);
        foreach (var wrong in new[] { cut.Segments.Skip(1).ToList(), [.. cut.Segments.SkipLast(1)], [.. cut.Segments.Reverse()], [] })
            Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => FrameLog.Restore(same, _folder.Path, wrong)).Kind);
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsOneClearLine()
    {
        File.WriteAllText(_folder.File("file"), "");
        using var ring = new ReplayRing(Rings.Options());
        var error = Assert.Throws<FastDqnException>(() => new FrameLog(ring, Path.Combine(_folder.Path, "file", "in")));
        Assert.Equal(ErrorKind.Failure, error.Kind);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void AWriteThatFailsInTheBackgroundIsToldToTheRingSOwner()
    {
        var environments = new FakeEnvironments(3, 24, 7);
        using var ring = new ReplayRing(Rings.Options());
        using var log = new FrameLog(ring, _folder.Path);
        Directory.Delete(_folder.Path);
        var error = Assert.Throws<FastDqnException>(() =>
        {
            Begin(ring, environments);
            Rings.Run(ring, environments, 1000);
            log.Cut();
        });
        Assert.Equal(ErrorKind.Failure, error.Kind);
        Assert.IsAssignableFrom<IOException>(error.InnerException);
    }

    private static void Begin(ReplayRing ring, FakeEnvironments environments)
    {
        FakeEnvironments.Deliver(ring, environments.Reset());
        ring.CommitStart();
    }

    private static Cut Take(FrameLog log, ReplayRing ring) => new(log.Cut(), Rings.Saved(ring.Records.Save), Rings.Saved(ring.Save));

    private ReplayRing Restore(ReplayRingOptions options, Cut cut)
    {
        var ring = new ReplayRing(options);
        FrameLog.Verify(_folder.Path, cut.Segments);
        Rings.LoadRecords(ring, cut.Records);
        FrameLog.Restore(ring, _folder.Path, cut.Segments);
        return ring;
    }

    private byte[] Restored(ReplayRingOptions options, Cut cut)
    {
        using var ring = Restore(options, cut);
        return Rings.Saved(ring.Save);
    }

    private sealed record Cut(IReadOnlyList<FrameSegment> Segments, byte[] Records, byte[] Whole);
}
