using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using static FastDqn.Learning.Tests.DeviceLearners;

namespace FastDqn.Learning.Tests;

/// <summary>
/// How learners work on a GPU, over tensors of the CPU and a stand-in for the library: what is recorded, copied,
/// waited for and read when, and what fails how. That CUDA does the same is for a card to show (doctor --gpu).
/// </summary>
public sealed class DeviceCallsTests
{
    private static readonly string[] Recorded = ["capture", "replay"];

    [Fact]
    public void AProfileHasTheDevicesTimesCopiesAndLaunches()
    {
        using var learner = new DqnLearner(
            TestSpecs.Small("dqn"), TestSpecs.Vector, TestSpecs.Actions, seed: 1,
            settings: new LearnerSettings { Calls = new FakeCuda(), Profile = true });
        using var actor = learner.CreateActor(3);
        const int count = 40; // more than there are spans
        for (var k = 0; k < count; k++)
        {
            learner.Update(Batch(k).Batch);
            actor.Refresh();
            actor.QValues(Batch(100, 2).Batch.Observations, 2, new float[2 * TestSpecs.Actions]);
        }

        var times = learner.DeviceTimes!;
        // The stand-in's spans take two milliseconds each; an actor takes the parameters when it is made, too.
        Assert.Equal([("update", count), ("act", count), ("refresh", count + 1)], times.Stages.Select(s => (s.Stage, (int)s.Calls)));
        Assert.All(times.Stages, s => Assert.Equal(2e-3 * s.Calls, s.Seconds, 6));
        // Of an update: actions, returns, discounts, weights and the optimizer's four numbers; both observations.
        Assert.Equal((3 * count, (64 + 96 + 16 + 320 + 40) * count), ((int)times.Uploads, (int)times.UploadedBytes));
        // Four figures and eight priorities; six Q-values.
        Assert.Equal((2 * count, (48 + 24) * count), ((int)times.Downloads, (int)times.DownloadedBytes));
        Assert.Equal((70, 2), (times.UpdateKernels, times.UpdateCopies));
        var table = times.Table(elapsed: 1, updates: count);
        Assert.Equal(["update", "0.080", "8.0 %", "40", "2.000"], table[1]);
        Assert.Equal(["an update is", "70", "kernels", "2", "copies"], table[^1]);
    }

    [Fact]
    public void WithoutAProfileNothingIsTimed()
    {
        var cuda = new FakeCuda();
        using var learner = Learner("dqn", cuda);
        learner.Update(Batch(0).Batch);
        Assert.Null(learner.DeviceTimes);
        Assert.DoesNotContain("elapsed", cuda.Log);
    }

    [Fact]
    public void ATimeThatCannotBeToldIsOneLine()
    {
        var cuda = new FakeCuda();
        using var learner = new DqnLearner(
            TestSpecs.Small("dqn"), TestSpecs.Vector, TestSpecs.Actions, seed: 1,
            settings: new LearnerSettings { Calls = cuda, Profile = true });
        learner.Update(Batch(0).Batch);
        cuda.Fails = "elapsed";
        var error = Assert.Throws<FastDqnException>(() => learner.DeviceTimes);
        Assert.Equal("cuda: timing the device: injected", error.Message);
        cuda.Fails = null;
    }

    [Fact]
    public void AnUpdateIsRecordedOnceAfterItsWarmUpsAndEachShapeOnItsOwn()
    {
        var cuda = new FakeCuda();
        using var learner = Learner("dqn", cuda);
        var seen = new List<string>();
        for (var k = 0; k < 8; k++)
        {
            cuda.Log.Clear();
            learner.Update(Batch(k, size: k == 6 ? 3 : 8).Batch);
            seen.Add(string.Join(' ', cuda.Log.Where(call => Recorded.Contains(call))));
        }

        // Update 6 is the first of another size.
        Assert.Equal(["", "", "", "capture replay", "replay", "replay", "", "replay"], seen);
    }

    /// <summary>docs/gpu.md has the numbers.</summary>
    [Theory]
    [InlineData("dqn")]
    [InlineData("rainbow")]
    [InlineData("qr-dqn")]
    [InlineData("iqn")]
    [InlineData("munchausen-iqn")]
    public void AnUpdateIsOneCopyOfNumbersOneLaunchAndOneCopyBackBesideItsObservations(string name)
    {
        var cuda = new FakeCuda();
        using var learner = Learner(name, cuda);
        for (var k = 0; k < Updates; k++)
            learner.Update(Batch(k).Batch);
        cuda.Log.Clear();
        learner.Update(Batch(Updates).Batch);
        Assert.Equal(["upload", "upload", "replay", "download", "record", "wait"], cuda.Log);
    }

    [Fact]
    public void ARolloutIsOneCopyOfNumbersAndOneBackBesideItsObservations()
    {
        var cuda = new FakeCuda();
        using var learner = Pqn(cuda, graph: true);
        for (var k = 0; k < 2; k++)
            learner.Update(Rollout(k));
        cuda.Log.Clear();
        learner.Update(Rollout(2));
        Assert.Equal(["upload", "upload", .. Enumerable.Repeat("replay", 8), "download", "record", "wait"], cuda.Log);
    }

    [Fact]
    public void AViewThatCannotBeHadIsOneLine()
    {
        var cuda = new FakeCuda();
        using var learner = Learner("dqn", cuda);
        cuda.Fails = "view";
        var error = Assert.Throws<FastDqnException>(() => learner.Update(Batch(0).Batch));
        Assert.Equal("cuda: a view of a tensor: injected", error.Message);
        cuda.Fails = null;
    }

    [Fact]
    public void FiguresAreReadWhenTheyAreCollectedAndNotBefore()
    {
        var cuda = new FakeCuda();
        using var learner = Learner("dqn", cuda);
        Assert.Equal(1, learner.Lag);
        var batches = Enumerable.Range(0, 3).Select(k => Batch(k)).ToList();
        learner.Submit(batches[0].Batch);
        learner.Submit(batches[1].Batch);
        Assert.DoesNotContain("wait", cuda.Log);
        Assert.All(batches, batch => Assert.All(batch.Errors.ToArray(), p => Assert.Equal(0, p)));
        Assert.Throws<InvalidOperationException>(() => learner.Submit(batches[2].Batch));
        var first = learner.Collect();
        Assert.Equal(1, cuda.Log.Count(call => call == "wait"));
        Assert.Contains(batches[0].Errors.ToArray(), p => p > 0);
        Assert.All(batches[1].Errors.ToArray(), p => Assert.Equal(0, p));
        learner.Submit(batches[2].Batch);
        var second = learner.Collect();
        var third = learner.Collect();
        Assert.Equal(0, learner.Pending);

        using var atOnce = Learner("dqn", new FakeCuda());
        Assert.Equal([first, second, third], batches.Select(batch => atOnce.Update(batch.Batch)));
    }

    [Fact]
    public void ActingIsRecordedForEachNumberOfLanesAndForEachNoise()
    {
        var cuda = new FakeCuda();
        using var learner = Learner("rainbow", cuda);
        using var actor = learner.CreateActor(7);
        Assert.Equal([], Captures(actor, cuda, 9, 9, 10));
        Assert.Equal([3], Captures(actor, cuda, 1, 1, 1, 9));
        Assert.Equal([0], Captures(actor, cuda, 1, 9, 10, 1));
        actor.UseNoise(false);
        Assert.Equal([3], Captures(actor, cuda, 10, 10, 10, 10));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 8)]
    [InlineData(9, 10)]
    [InlineData(16, 16)]
    [InlineData(17, 20)]
    [InlineData(513, 640)]
    [InlineData(1024, 1024)]
    public void LanesAreRoundedUpToAFewNumbers(int count, int lanes) => Assert.Equal(lanes, NetworkEvaluator.Lanes(count));

    [Fact]
    public void AnActorsQueueFollowsTheLearnersAtARefresh()
    {
        var cuda = new FakeCuda();
        using var learner = Learner("dqn", cuda);
        using var actor = learner.CreateActor(7);
        cuda.Log.Clear();
        actor.Refresh();
        Assert.Single(cuda.Log, call => call.Contains(" follows ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("enter")]
    [InlineData("capture")]
    [InlineData("replay")]
    [InlineData("count")]
    [InlineData("upload")]
    [InlineData("synchronize")]
    [InlineData("download")]
    [InlineData("record")]
    [InlineData("wait")]
    public void AFailingCallIsOneLine(string call)
    {
        var cuda = new FakeCuda();
        using var learner = Learner("dqn", cuda);
        for (var k = 0; k < PlannedWork.WarmUps; k++)
            learner.Update(Batch(k).Batch);
        cuda.Fails = call;
        // The first update of another size waits for what was queued before it.
        var error = Assert.Throws<FastDqnException>(() => learner.Update(Batch(3, call == "synchronize" ? 5 : 8).Batch));
        Assert.Equal(ErrorKind.Failure, error.Kind);
        Assert.StartsWith("cuda: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("injected", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(call == "capture", error.Message.EndsWith("learner.graph=off does without", StringComparison.Ordinal));
        cuda.Fails = null;
    }

    [Theory]
    [InlineData("create stream")]
    [InlineData("create event")]
    [InlineData("allocate")]
    public void WhatCannotBeMadeIsOneLine(string call)
    {
        var cuda = new FakeCuda { Fails = call };
        var error = Assert.Throws<FastDqnException>(() =>
        {
            using var learner = Learner("dqn", cuda);
            learner.Update(Batch(0).Batch);
        });
        Assert.StartsWith("cuda: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EverythingIsGivenBack()
    {
        var cuda = new FakeCuda();
        using (var learner = Learner("munchausen-iqn", cuda))
        {
            using var actor = learner.CreateActor(7);
            for (var k = 0; k < 5; k++)
            {
                learner.Update(Batch(k).Batch);
                _ = Q(learner, 2);
            }
        }

        Assert.Equal(0, cuda.Alive);
    }

    [Fact]
    public void ALibraryOfAnotherLibtorchIsRefused()
    {
        Assert.Null(CudaCalls.Mismatch(4, "2.11.0", new Version(2, 11, 0)));
        Assert.Contains("interface 1", CudaCalls.Mismatch(1, "2.11.0", new Version(2, 11, 0))!, StringComparison.Ordinal);
        foreach (var (made, found) in new[] { ("2.11.0", "2.10.0"), ("2.10.1", "2.10.0"), ("2.11.0", null), (null, "2.11.0") })
        {
            var problem = CudaCalls.Mismatch(4, made, found is null ? null : Version.Parse(found));
            Assert.Contains("build it again", problem!, StringComparison.Ordinal);
        }
    }

    private static List<int> Captures(Actor actor, FakeCuda cuda, params ReadOnlySpan<int> counts)
    {
        var captures = new List<int>();
        for (var i = 0; i < counts.Length; i++)
        {
            cuda.Log.Clear();
            actor.QValues(Batch(i, counts[i]).Batch.Observations, counts[i], new float[counts[i] * TestSpecs.Actions]);
            if (cuda.Log.Contains("capture"))
                captures.Add(i);
        }

        return captures;
    }
}
