using System.Security.Cryptography;
using FastDqn.Core;
using FastDqn.Tests;

namespace FastDqn.Replay.Tests;

/// <summary>A stranger's files: their hashes fit, what they hold need not make sense.</summary>
public sealed class FuzzTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void RecordsAreTakenOrRefusedAndTheRingWorksOn(bool prioritised, bool sequences)
    {
        var options = Rings.Options(capacity: 60, priority: prioritised ? new PriorityOptions() : null) with
        {
            Sequence = sequences ? new SequenceOptions { BurnIn = 2, Length = 4, Period = 3, StateSize = 5 } : null,
        };
        var environments = new FakeEnvironments(3, 24, 4);
        using var ring = Rings.Started(options, environments);
        Rings.Run(ring, environments, 10);
        var young = Rings.Saved(ring.Records.Save);
        Rings.Run(ring, environments, 90);
        using var target = new ReplayRing(options);
        using var batch = new ReplayBatch(16, options);
        using var stacks = new NativeRegion(3 * 4 * 24);
        foreach (var good in new[] { young, Rings.Saved(ring.Records.Save) })
        {
            var taken = Fuzz.Run(
                1500,
                good,
                bytes =>
                {
                    Rings.LoadRecords(target, bytes);
                    // Whatever was taken must be safe to work with.
                    target.GatherStacks(stacks.Address);
                    if (target.CanSample)
                    {
                        target.Sample(batch, 0.5);
                        target.UpdatePriorities(batch.IndexSpan, batch.WeightSpan);
                    }

                    target.CommitStart();
                    for (var i = 0; i < 30; i++)
                        target.Append(new int[3], new float[3], new byte[3], new byte[3], [], new byte[3]);
                    if (target.CanSample)
                        target.Sample(batch, 0.5);
                },
                ErrorKind.BadData, ErrorKind.Failure);
            Assert.True(taken > 0);
        }
    }

    [Fact]
    public void SegmentsAreTakenOrRefused()
    {
        var options = Rings.Options(capacity: 300);
        var environments = new FakeEnvironments(3, 24, 7);
        using var ring = new ReplayRing(options);
        using var log = new FrameLog(ring, _folder.Path);
        FakeEnvironments.Deliver(ring, environments.Reset());
        ring.CommitStart();
        Rings.Run(ring, environments, 10);
        var segment = Assert.Single(log.Cut());
        var path = _folder.File(segment.Name);
        using var target = new ReplayRing(options);
        Rings.LoadRecords(target, Rings.Saved(ring.Records.Save));
        Fuzz.Run(
            1500,
            File.ReadAllBytes(path),
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                FrameSegment[] claimed = [segment with { Bytes = bytes.Length, Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)) }];
                FrameLog.Verify(_folder.Path, claimed);
                FrameLog.Restore(target, _folder.Path, claimed);
            },
            ErrorKind.BadData);
    }
}
