using FastDqn.Core;
using FsCheck;
using FsCheck.Fluent;

namespace FastDqn.Replay.Tests;

public sealed class SnapshotTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"fastdqn-snapshot-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_chain_of_increments_restores_every_snapshot_exactly(bool prioritised)
    {
        var options = Rings.Options(capacity: 150, priority: prioritised ? new PriorityOptions() : null);
        var environments = new FakeEnvironments(3, 24, 31);
        using var ring = Rings.Started(options, environments);
        using var batch = new ReplayBatch(8, options);
        var snapshots = new ReplaySnapshot(_folder);
        var states = new List<byte[]>();
        var infos = new List<SnapshotInfo>();
        for (var i = 0; i < 12; i++)
        {
            Rings.Run(ring, environments, 15);
            ring.Sample(batch, 0.5);
            ring.UpdatePriorities(batch.IndexSpan, batch.ReturnSpan);
            infos.Add(await snapshots.WriteAsync(ring, TestContext.Current.CancellationToken));
            states.Add(Rings.Saved(ring.Save));
        }

        Assert.True(infos[0].IsBase);
        Assert.Contains(infos.Skip(1), info => !info.IsBase);
        Assert.Contains(infos.Skip(1), info => info.IsBase); // 180 steps exceed the ring
        for (var i = 0; i < states.Count; i++)
        {
            using var restored = new ReplayRing(options);
            await new ReplaySnapshot(_folder).ReadAsync(restored, infos[i].Id, TestContext.Current.CancellationToken);
            Assert.Equal(states[i], Rings.Saved(restored.Save));
        }
    }

    [Fact]
    public async Task An_increment_holds_only_what_changed()
    {
        var options = Rings.Options(capacity: 3000) with { FrameBytes = 500 };
        var environments = new FakeEnvironments(3, 500, 5);
        using var ring = Rings.Started(options, environments);
        Rings.Run(ring, environments, 900);
        var snapshots = new ReplaySnapshot(_folder);
        var first = await snapshots.WriteAsync(ring, TestContext.Current.CancellationToken);
        Rings.Run(ring, environments, 9);
        var second = await snapshots.WriteAsync(ring, TestContext.Current.CancellationToken);
        Assert.False(second.IsBase);
        Assert.InRange(second.RawBytes - (900 * 3 * 7), 9 * 3 * 500, (9 * 3 * 500) + 2000);
        Assert.True(second.StoredBytes < first.StoredBytes / 15);
        var third = await snapshots.WriteAsync(ring, TestContext.Current.CancellationToken);
        Assert.True(third.StoredBytes < second.StoredBytes);
    }

    [Fact]
    public async Task Going_on_from_an_older_snapshot_leaves_the_later_ones_whole()
    {
        var options = Rings.Options(capacity: 600);
        var environments = new FakeEnvironments(3, 24, 6);
        using var ring = Rings.Started(options, environments);
        var snapshots = new ReplaySnapshot(_folder);
        var states = new List<byte[]>();
        for (var i = 0; i < 3; i++)
        {
            Rings.Run(ring, environments, 20);
            await snapshots.WriteAsync(ring, TestContext.Current.CancellationToken);
            states.Add(Rings.Saved(ring.Save));
        }

        using var resumed = new ReplayRing(options);
        var again = new ReplaySnapshot(_folder);
        await again.ReadAsync(resumed, 0, TestContext.Current.CancellationToken);
        FakeEnvironments.Deliver(resumed, environments.Reset());
        resumed.CommitStart();
        Rings.Run(resumed, environments, 7);
        var fork = await again.WriteAsync(resumed, TestContext.Current.CancellationToken);
        Assert.Equal((3L, false), (fork.Id, fork.IsBase));
        states.Add(Rings.Saved(resumed.Save));

        again.DeleteBefore(2); // 2 builds on 1 and 0, 3 on 0
        Assert.Equal([0, 1, 2, 3], again.Ids);
        foreach (var id in new[] { 3, 2, 1, 0 })
        {
            using var check = new ReplayRing(options);
            await new ReplaySnapshot(_folder).ReadAsync(check, id, TestContext.Current.CancellationToken);
            Assert.Equal(states[id], Rings.Saved(check.Save));
        }

        again.DeleteBefore(3);
        Assert.Equal([0, 3], again.Ids);
    }

    [Fact]
    public async Task An_increment_whose_base_was_replaced_is_refused()
    {
        var environments = new FakeEnvironments(3, 24, 6);
        using var ring = Rings.Started(Rings.Options(), environments);
        var snapshots = new ReplaySnapshot(_folder);
        await snapshots.WriteAsync(ring, TestContext.Current.CancellationToken);
        Rings.Run(ring, environments, 5);
        await snapshots.WriteAsync(ring, TestContext.Current.CancellationToken);
        var other = new ReplaySnapshot(_folder + "/other");
        await other.WriteAsync(ring, TestContext.Current.CancellationToken);
        File.Copy(Path.Combine(_folder, "other", "replay-00000000.fdqr"), Path.Combine(_folder, "replay-00000000.fdqr"), overwrite: true);
        var error = await Assert.ThrowsAsync<FastDqnException>(
            () => new ReplaySnapshot(_folder).ReadAsync(ring, 1, TestContext.Current.CancellationToken));
        Assert.Contains("goes on from another", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_torn_or_damaged_file_is_told_from_a_whole_one_and_leaves_the_ring_as_it_was()
    {
        var options = Rings.Options(capacity: 60);
        var environments = new FakeEnvironments(3, 24, 7);
        using var ring = Rings.Started(options, environments);
        Rings.Run(ring, environments, 15);
        var snapshots = new ReplaySnapshot(_folder);
        await snapshots.WriteAsync(ring, TestContext.Current.CancellationToken);
        Rings.Run(ring, environments, 5);
        await snapshots.WriteAsync(ring, TestContext.Current.CancellationToken);
        Assert.True(await snapshots.IsWholeAsync(1, TestContext.Current.CancellationToken));

        using var target = new ReplayRing(options);
        var untouched = Rings.Saved(target.Save);
        var path = Path.Combine(_folder, "replay-00000000.fdqr");
        var whole = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var random = new RandomStream(1);
        for (var i = 0; i < 200; i++)
        {
            var damaged = i % 2 == 0 ? whole[..random.NextInt32(whole.Length)] : (byte[])whole.Clone();
            if (i % 2 == 1)
                damaged[random.NextInt32(damaged.Length)] ^= (byte)(1 << random.NextInt32(8));
            await File.WriteAllBytesAsync(path, damaged, TestContext.Current.CancellationToken);
            var error = await Assert.ThrowsAsync<FastDqnException>(
                () => new ReplaySnapshot(_folder).ReadAsync(target, 1, TestContext.Current.CancellationToken));
            Assert.Equal(ErrorKind.BadData, error.Kind);
            Assert.False(await snapshots.IsWholeAsync(1, TestContext.Current.CancellationToken));
        }

        Assert.Equal(untouched, Rings.Saved(target.Save));
        await File.WriteAllBytesAsync(path, whole, TestContext.Current.CancellationToken);
        Assert.True(await snapshots.IsWholeAsync(1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_snapshot_of_another_shape_and_a_missing_one_are_refused()
    {
        var environments = new FakeEnvironments(3, 24, 7);
        using var ring = Rings.Started(Rings.Options(), environments);
        await new ReplaySnapshot(_folder).WriteAsync(ring, TestContext.Current.CancellationToken);
        using var other = new ReplayRing(Rings.Options(capacity: 500));
        var shape = await Assert.ThrowsAsync<FastDqnException>(
            () => new ReplaySnapshot(_folder).ReadAsync(other, 0, TestContext.Current.CancellationToken));
        Assert.Contains("this ring has", shape.Message, StringComparison.Ordinal);
        var missing = await Assert.ThrowsAsync<FastDqnException>(
            () => new ReplaySnapshot(_folder).ReadAsync(other, 5, TestContext.Current.CancellationToken));
        Assert.Contains("cannot be read", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_nothing_builds_on_are_deleted()
    {
        var options = Rings.Options(capacity: 30);
        var environments = new FakeEnvironments(3, 24, 7);
        using var ring = Rings.Started(options, environments);
        var snapshots = new ReplaySnapshot(_folder);
        var last = new SnapshotInfo(0, true, 0, 0);
        while (last.Id < 3 || !last.IsBase)
        {
            Rings.Run(ring, environments, 9);
            last = await snapshots.WriteAsync(ring, TestContext.Current.CancellationToken);
        }

        snapshots.DeleteBefore(last.Id - 1); // an increment: its base and all between stay
        Assert.True(await snapshots.IsWholeAsync(last.Id - 1, TestContext.Current.CancellationToken));
        snapshots.DeleteBefore(last.Id);
        Assert.Equal([last.Id], snapshots.Ids);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_one_clear_line()
    {
        await File.WriteAllTextAsync(_folder, "a file", TestContext.Current.CancellationToken);
        try
        {
            using var ring = Rings.Started(Rings.Options(), new FakeEnvironments(3, 24, 7));
            var error = await Assert.ThrowsAsync<FastDqnException>(
                () => new ReplaySnapshot(Path.Combine(_folder, "in")).WriteAsync(ring, TestContext.Current.CancellationToken));
            Assert.Equal(ErrorKind.Failure, error.Kind);
            Assert.DoesNotContain('\n', error.Message);
        }
        finally
        {
            File.Delete(_folder);
        }
    }

    [Fact]
    public void Coding_gives_every_frame_back_and_makes_repeats_small()
    {
        Prop.ForAll(
            Gen.Choose(0, int.MaxValue).ToArbitrary(),
            seed =>
            {
                var random = new RandomStream((ulong)seed);
                var (count, size) = (1 + random.NextInt32(6), 1 + random.NextInt32(9000));
                var frames = new byte[count * size];
                for (var changes = random.NextInt32(400); changes > 0; changes--)
                    frames[random.NextInt32(frames.Length)] = (byte)random.NextUInt64();
                var decoded = new byte[frames.Length];
                var encoded = new byte[(frames.Length * 2) + 64];
                var length = Code(frames, encoded, decoded, count, size);
                Assert.Equal(frames, decoded);
                Assert.InRange(length, 1, (frames.Length / 64) + (8 * 400 * 2) + (count * 8));
            }).QuickCheckThrowOnFailure();
    }

    private static unsafe int Code(byte[] frames, byte[] encoded, byte[] decoded, int count, int size)
    {
        fixed (byte* source = frames, middle = encoded, target = decoded)
        {
            var length = Native.fdq_replay_encode(source, null, count, size, middle, encoded.Length);
            Assert.Equal(0, Native.fdq_replay_decode(middle, length, null, count, size, target));
            Assert.Equal(-1, Native.fdq_replay_decode(middle, length - 1, null, count, size, target));
            Assert.Equal(0, Native.fdq_replay_decode(middle, length, null, count, size, target));
            return (int)length;
        }
    }
}
