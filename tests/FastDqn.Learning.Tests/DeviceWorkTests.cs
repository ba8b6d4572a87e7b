using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Tests;

/// <summary>
/// How learners work on a GPU, over tensors of the CPU and a stand-in for the library: what is recorded when, what is
/// filled before it is replayed, what is read when. That CUDA does the same is for a card to show (doctor --gpu).
/// </summary>
public sealed class DeviceWorkTests
{
    private const int Updates = 9;

    private static readonly string[] Recorded = ["capture", "replay"];

    public static TheoryData<string> Names => [.. TestSpecs.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void GraphsGiveTheBytesOfEagerUpdates(string name) => Assert.Equal(Train(name, graph: false), Train(name, graph: true));

    /// <summary>
    /// Nothing is read before it is there, and no memory is written while it is read, whatever waits.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void WorkThatRunsLateGivesTheSameBytes(string name)
    {
        var late = new FakeCuda(late: true);
        Assert.Equal(LearnAndAct(name, new FakeCuda()), LearnAndAct(name, late));
        Assert.True(late.MostQueued > 5, $"{late.MostQueued} were queued");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void DeviceUpdatesAreThoseOfTheCpu(string name)
    {
        using var here = new DqnLearner(TestSpecs.Small(name), TestSpecs.Vector, TestSpecs.Actions, seed: 1);
        using var there = Learner(name, new FakeCuda());
        for (var k = 0; k < Updates; k++)
        {
            var (a, b) = (Batch(k), Batch(k));
            Close(here.Update(a.Batch, wantNorm: true), there.Update(b.Batch, wantNorm: true));
            Close(a.Errors.ToArray(), b.Errors.ToArray());
        }

        foreach (var (a, b) in here.ExportWeights().Zip(there.ExportWeights()))
            Close(a.Values.Span, b.Values.Span);
        Close(Q(here, 13), Q(there, 13));
    }

    public static TheoryData<BodySpec> ImageBodies =>
    [
        new BodySpec { Kind = BodyKind.GridWorld },
        new BodySpec { Kind = BodyKind.GridWorld, Norm = NormKind.Layer },
        new BodySpec { Kind = BodyKind.Impala, SpectralNorm = true, MaxPoolSide = 2, Hidden = 32 },
        new BodySpec
        {
            Kind = BodyKind.Composed,
            Convolutions = [ConvolutionSpec.Parse("4 5x4/3"), ConvolutionSpec.Parse("5 3x3/2 padding=2 norm=layer activation=elu")],
            Widths = [8],
            Padding = Padding.Same,
            Activation = ActivationKind.LeakyRelu,
            Input = InputRange.Signed,
        },
    ];

    public static TheoryData<BodySpec, bool> Layouts =>
        new([.. from body in ImageBodies.Select(row => row.Data) from last in (bool[])[false, true] select (body, last)]);

    /// <summary>Images and their parameters lie otherwise on a device, and in one way in states.</summary>
    [Theory]
    [MemberData(nameof(Layouts))]
    public void ImagesGiveTheSameAsOnTheCpuAndSoDoStates(BodySpec body, bool channelsLast)
    {
        var input = new NetworkInput(ObservationKind.UInt8, [2, 16, 16]);
        var spec = TestSpecs.Small("dqn") with { Body = body };
        var settings = new LearnerSettings { Graph = true, Calls = new FakeCuda(), ChannelsLast = channelsLast };
        using var here = new DqnLearner(spec, input, TestSpecs.Actions, seed: 1);
        using var there = new DqnLearner(spec, input, TestSpecs.Actions, seed: 1, settings: settings);
        Updates(here, there, 0);
        using var state = new MemoryStream();
        there.Save(new StateWriter(state));
        using var loaded = new DqnLearner(spec, input, TestSpecs.Actions, seed: 7);
        using var back = new DqnLearner(spec, input, TestSpecs.Actions, seed: 8, settings: settings);
        loaded.Load(new StateReader(new MemoryStream(state.ToArray())));
        Assert.Equal(there.ExportWeights().Select(w => w.Values.ToArray()), loaded.ExportWeights().Select(w => w.Values.ToArray()));
        using var again = new MemoryStream();
        loaded.Save(new StateWriter(again));
        Assert.Equal(state.ToArray(), again.ToArray());
        back.Load(new StateReader(new MemoryStream(again.ToArray())));
        Updates(loaded, back, 5);

        void Updates(DqnLearner first, DqnLearner second, int from)
        {
            for (var k = from; k < from + 5; k++)
            {
                var batch = TestBatch.Random(input, 4, TestSpecs.Actions, (ulong)k);
                Close(first.Update(batch.Batch), second.Update(batch.Batch));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void RoundedImagesGiveNearlyThoseOfFloats(BodySpec body, bool channelsLast)
    {
        var input = new NetworkInput(ObservationKind.UInt8, [2, 16, 16]);
        var spec = TestSpecs.Small("dqn") with { Body = body };
        var settings = new LearnerSettings { Precision = LearnerPrecision.Bf16, Calls = new FakeCuda(), ChannelsLast = channelsLast };
        using var floats = new DqnLearner(spec, input, TestSpecs.Actions, seed: 1);
        using var rounded = new DqnLearner(spec, input, TestSpecs.Actions, seed: 1, settings: settings);
        var batch = TestBatch.Random(input, 8, TestSpecs.Actions, 3);
        NearlySame(floats, rounded, batch);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RoundedLearnersGiveNearlyThoseOfFloats(string name)
    {
        using var floats = new DqnLearner(TestSpecs.Small(name), TestSpecs.Vector, TestSpecs.Actions, seed: 1);
        using var rounded = Rounded(name, new FakeCuda());
        NearlySame(floats, rounded, Batch(0));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RoundedGraphsGiveTheBytesOfEagerUpdatesWithAndWithoutALibrary(string name)
    {
        var eager = Train(Rounded(name, new FakeCuda(), graph: false));
        Assert.Equal(eager, Train(Rounded(name, new FakeCuda())));
        Assert.Equal(eager, Train(Rounded(name, cuda: null)));
    }

    /// <summary>What is learned is float32: steps smaller than bfloat16 can tell add up.</summary>
    [Fact]
    public void ARoundedLearnerKeepsFloatsAndGoesOnFromThem()
    {
        using var whole = Rounded("dqn", cuda: null);
        for (var k = 0; k < 5; k++)
            whole.Update(Batch(k).Batch);
        var weights = whole.ExportWeights().SelectMany(w => w.Values.ToArray()).ToList();
        Assert.True(weights.Count(w => (BitConverter.SingleToInt32Bits(w) & 0xffff) != 0) > weights.Count / 2);
        using var stream = new MemoryStream();
        whole.Save(new StateWriter(stream));
        using var resumed = Rounded("dqn", cuda: null);
        resumed.Load(new StateReader(new MemoryStream(stream.ToArray())));
        Assert.Equal(Q(whole, 4), Q(resumed, 4));
        for (var k = 5; k < 12; k++)
            Assert.Equal(whole.Update(Batch(k).Batch), resumed.Update(Batch(k).Batch));
    }

    [Theory]
    [InlineData("dqn")]
    [InlineData("double-dueling")]
    [InlineData("adamw")]
    public void AKernelTakesTheStepsOfAdamInOneLaunch(string name)
    {
        var (plain, kernel) = (new FakeCuda(), new PlainAdam());
        using var byOperations = Learner(name, plain);
        using var byKernel = new DqnLearner(
            TestSpecs.Small(name), TestSpecs.Vector, TestSpecs.Actions, seed: 1,
            settings: new LearnerSettings { Calls = new FakeCuda(), Adam = kernel });
        for (var k = 0; k < Updates; k++)
            Close(byOperations.Update(Batch(k).Batch), byKernel.Update(Batch(k).Batch));
        foreach (var (a, b) in byOperations.ExportWeights().Zip(byKernel.ExportWeights()))
            Close(a.Values.Span, b.Values.Span);
        // On the learner's stream, the first that was made.
        Assert.Equal(Enumerable.Repeat<nint>(101, Updates), kernel.Streams);
    }

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
        // Of an update: actions; returns, discounts and weights; the optimizer's four numbers; both observations.
        Assert.Equal((6 * count, (64 + 96 + 16 + 320 + 40) * count), ((int)times.Uploads, (int)times.UploadedBytes));
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
    public void StateIsNotSavedWhileFiguresAreOut()
    {
        using var learner = Learner("dqn", new FakeCuda());
        learner.Submit(Batch(0).Batch);
        Assert.Throws<InvalidOperationException>(() => learner.Save(new StateWriter(new MemoryStream())));
        learner.Collect();
        learner.Save(new StateWriter(new MemoryStream()));
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
    public void ALossThatIsNoNumberIsCaughtOneUpdateLate()
    {
        using var learner = Learner("dqn", new FakeCuda());
        var bad = Batch(0);
        bad.Returns[0] = float.NaN;
        learner.Submit(bad.Batch);
        learner.Submit(Batch(1).Batch);
        Assert.False(learner.Collect().Finite);
    }

    [Fact]
    public void ANormIsToldWhereItIsAskedFor()
    {
        using var learner = Learner("dqn", new FakeCuda());
        Assert.True(float.IsNaN(learner.Update(Batch(0).Batch).GradientNorm));
        var stats = learner.Update(Batch(1).Batch, wantNorm: true);
        Assert.True(stats is { GradientNorm: > 0, Finite: true });
    }

    [Fact]
    public void TheRateOfAReplayedUpdateIsTheOneThatIsSet()
    {
        var spec = TestSpecs.Small("dqn") with { Optimizer = new OptimizerSpec { LearningRate = 1e-3, AnnealLearningRate = true } };
        using var learner = new DqnLearner(
            spec, TestSpecs.Vector, TestSpecs.Actions, seed: 1, settings: new LearnerSettings { Graph = true, Calls = new FakeCuda() });
        for (var k = 0; k < 6; k++)
            learner.Update(Batch(k).Batch);
        var before = learner.ExportWeights();
        learner.SetProgress(1);
        learner.Update(Batch(6).Batch);
        Assert.Equal(before.Select(w => w.Values.ToArray()), learner.ExportWeights().Select(w => w.Values.ToArray()));
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
    public void NoiseAndParametersOfActingAreTheNewest()
    {
        float[] Run(bool graph)
        {
            using var learner = Learner("rainbow", new FakeCuda(), graph);
            using var actor = learner.CreateActor(7);
            var all = new List<float>();
            for (var k = 0; k < 8; k++)
            {
                learner.Update(Batch(k).Batch);
                actor.Refresh();
                actor.ResampleNoise();
                var q = new float[4 * TestSpecs.Actions];
                actor.QValues(Batch(k).Batch.Observations, 4, q);
                all.AddRange(q);
            }

            return [.. all];
        }

        Assert.Equal(Run(graph: false), Run(graph: true));
    }

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

    [Theory]
    [InlineData("rainbow")]
    [InlineData("munchausen-iqn")]
    [InlineData("rmsprop")]
    public void ASavedLearnerGoesOnBitForBitAndOnTheCpu(string name)
    {
        using var whole = Learner(name, new FakeCuda());
        for (var k = 0; k < 7; k++)
            whole.Update(Batch(k).Batch);
        using var stream = new MemoryStream();
        whole.Save(new StateWriter(stream));
        using var resumed = Learner(name, new FakeCuda());
        using var onCpu = new DqnLearner(TestSpecs.Small(name), TestSpecs.Vector, TestSpecs.Actions, seed: 5);
        resumed.Load(new StateReader(new MemoryStream(stream.ToArray())));
        onCpu.Load(new StateReader(new MemoryStream(stream.ToArray())));
        for (var k = 7; k < 14; k++)
        {
            var stats = whole.Update(Batch(k).Batch);
            Assert.Equal(stats, resumed.Update(Batch(k).Batch));
            Close(stats, onCpu.Update(Batch(k).Batch));
        }
    }

    [Fact]
    public void RolloutsGiveTheBytesOfEagerUpdatesAndTheFiguresOfTheCpu()
    {
        using var here = Pqn(null, graph: false);
        using var eager = Pqn(new FakeCuda(), graph: false);
        var cuda = new FakeCuda();
        using var graph = Pqn(cuda, graph: true);
        for (var k = 0; k < 3; k++)
        {
            var rollout = Rollout(k);
            var expected = eager.Update(rollout);
            Assert.Equal(expected, graph.Update(rollout));
            Close(expected, here.Update(rollout));
            here.SetProgress(0.2 * k);
            eager.SetProgress(0.2 * k);
            graph.SetProgress(0.2 * k);
        }

        Assert.Equal(eager.ExportWeights().Select(w => w.Values.ToArray()), graph.ExportWeights().Select(w => w.Values.ToArray()));
        Assert.Equal(eager.ParametersVersion, graph.ParametersVersion);
        Assert.Equal(1, cuda.Log.Count(call => call == "capture"));
        // Three rollouts of eight steps, less the warm-ups; one wait for each rollout.
        Assert.Equal((3 * 8) - PlannedWork.WarmUps, cuda.Log.Count(call => call == "replay"));
        Assert.Equal(3, cuda.Log.Count(call => call == "wait"));
    }

    [Fact]
    public void ABadMinibatchOfARolloutIsFound()
    {
        using var learner = Pqn(new FakeCuda(), graph: true);
        var rollout = Rollout(0, bad: true);
        Assert.False(learner.Update(rollout).Finite);
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

    private static byte[] Train(string name, bool graph) => Train(Learner(name, new FakeCuda(), graph));

    private static byte[] Train(DqnLearner made)
    {
        using var learner = made;
        for (var k = 0; k < Updates; k++)
        {
            learner.Update(Batch(k).Batch);
            _ = Q(learner, 2 + (k % 2));
        }

        using var stream = new MemoryStream();
        learner.Save(new StateWriter(stream));
        return stream.ToArray();
    }

    private static DqnLearner Learner(string name, FakeCuda cuda, bool graph = true) => new(
        TestSpecs.Small(name), TestSpecs.Vector, TestSpecs.Actions, seed: 1, settings: new LearnerSettings { Graph = graph, Calls = cuda });

    private static DqnLearner Rounded(string name, FakeCuda? cuda, bool graph = true) => new(
        TestSpecs.Small(name), TestSpecs.Vector, TestSpecs.Actions, seed: 1,
        settings: new LearnerSettings { Graph = graph, Precision = LearnerPrecision.Bf16, Calls = cuda });

    // Loss and Q-values of the same weights, to what eight significant bits allow; the same they would not be.
    private static void NearlySame(DqnLearner floats, DqnLearner rounded, TestBatch batch)
    {
        var (a, b) = (new float[batch.Size * TestSpecs.Actions], new float[batch.Size * TestSpecs.Actions]);
        floats.QValues(batch.Batch.Observations, batch.Size, a);
        rounded.QValues(batch.Batch.Observations, batch.Size, b);
        var scale = a.Max(Math.Abs);
        Assert.All(a.Zip(b), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 0.05 * scale, $"{pair.First} became {pair.Second}"));
        Assert.NotEqual(a, b);
        var (expected, found) = (floats.Update(batch.Batch), rounded.Update(batch.Batch));
        Assert.InRange(found.Loss, 0.9 * expected.Loss, 1.1 * expected.Loss);
        // A step of Adam is as long as its rate, whatever the gradient's size; most of them point the same way.
        var (first, second) = (Weights(floats), Weights(rounded));
        Assert.InRange(first.Zip(second).Average(pair => Math.Abs(pair.First - pair.Second)), 0, 1e-3);

        static float[] Weights(DqnLearner learner) => [.. learner.ExportWeights().SelectMany(w => w.Values.ToArray())];
    }

    // Updates in a row with an actor beside them; batches change as soon as they may.
    private static byte[] LearnAndAct(string name, FakeCuda cuda)
    {
        using var learner = Learner(name, cuda);
        using var actor = learner.CreateActor(7);
        using var stream = new MemoryStream();
        var waiting = new Queue<TestBatch>();
        for (var k = 0; k < 14; k++)
        {
            var batch = Batch(k);
            learner.Submit(batch.Batch);
            // Copied by now.
            batch.Actions.Clear();
            batch.Returns.Fill(float.NaN);
            waiting.Enqueue(batch);
            while (learner.Pending > learner.Lag)
                Collect();
            if (k % 2 == 1)
                actor.Refresh();
            actor.ResampleNoise();
            actor.ResampleNoise();
            var q = new float[3 * TestSpecs.Actions];
            actor.QValues(Batch(50 + k, 3).Batch.Observations, 2 + (k % 2), q);
            stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(q.AsSpan()));
        }

        while (learner.Pending > 0)
            Collect();
        learner.SyncTarget();
        learner.Save(new StateWriter(stream));
        actor.Save(new StateWriter(stream));
        return stream.ToArray();

        void Collect()
        {
            var (stats, batch) = (learner.Collect(), waiting.Dequeue());
            stream.Write(BitConverter.GetBytes(stats.Loss));
            stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(batch.Errors));
            batch.Observations.Fill(255);
            batch.Next.Fill(255);
        }
    }

    private static TestBatch Batch(int k, int size = 8) => TestBatch.Random(TestSpecs.Vector, size, TestSpecs.Actions, (ulong)k);

    private static float[] Q(DqnLearner learner, int count)
    {
        var q = new float[count * TestSpecs.Actions];
        learner.QValues(Batch(100, count).Batch.Observations, count, q);
        return q;
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

    private static PqnLearner Pqn(FakeCuda? cuda, bool graph)
    {
        var spec = TestSpecs.Small("dqn") with
        {
            Rollout = new RolloutSpec { Steps = 4, Epochs = 2, Minibatches = 4 },
            Replay = new ReplaySpec { Kind = ReplayKind.None },
            Environments = 6,
            Optimizer = new OptimizerSpec { Kind = OptimizerKind.RAdam, LearningRate = 1e-3, AnnealLearningRate = true },
            Loss = new LossSpec { Kind = LossKind.MeanSquared, MaxGradientNorm = 1 },
        };
        var settings = new LearnerSettings { Graph = graph, Calls = cuda };
        return new PqnLearner(spec, TestSpecs.Vector, TestSpecs.Actions, seed: 1, settings: settings);
    }

    private static RolloutBatch Rollout(int k, bool bad = false)
    {
        var batch = Batch(k, 24);
        var (terminated, zeros, values) = (TestBatch.Pinned<byte>(24), TestBatch.Pinned<byte>(24), TestBatch.Pinned<float>(30));
        terminated[5] = terminated[11] = 1;
        if (bad)
        {
            // Its return alone is no number: the ends before it keep it from the others.
            terminated.AsSpan().Fill(1);
            batch.Returns[3] = float.NaN;
        }

        for (var i = 0; i < values.Length; i++)
            values[i] = 0.1f * i;
        return new RolloutBatch
        {
            Steps = 4,
            Environments = 6,
            Observations = batch.Batch.Observations,
            Actions = batch.Batch.Actions,
            Rewards = batch.Batch.Returns,
            Terminated = TestBatch.Address(terminated),
            Truncated = TestBatch.Address(zeros),
            Ignored = TestBatch.Address(zeros),
            Values = TestBatch.Address(values),
        };
    }

    private static void Close(UpdateStats expected, UpdateStats actual)
    {
        Close(
            [expected.Loss, expected.MeanQ, expected.GradientNorm, expected.TargetMean],
            [actual.Loss, actual.MeanQ, actual.GradientNorm, actual.TargetMean]);
        Assert.Equal(expected.Finite, actual.Finite);
    }

    private static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var (e, a) = (expected[i], actual[i]);
            var close = float.IsNaN(e) ? float.IsNaN(a) : Math.Abs(e - a) <= 2e-4 * Math.Max(1, Math.Abs(e));
            Assert.True(close, $"element {i}: {e} became {a}");
        }
    }

    /// <summary>Adam in plain floats on the host's memory; notes the streams.</summary>
    private sealed unsafe class PlainAdam : IAdamKernel
    {
        public List<nint> Streams { get; } = [];

        public void Queue(in AdamStep step, nint stream)
        {
            Streams.Add(stream);
            Span<float> values = At(step.Values, step.Count), mean = At(step.Mean, step.Count), square = At(step.Square, step.Count);
            Span<float> gradient = At(step.Gradient, step.Count), numbers = At(step.Numbers, 4);
            var beta2 = (float)step.Beta2;
            for (var i = 0; i < step.Count; i++)
            {
                if (step.Decoupled)
                    values[i] *= numbers[2];
                mean[i] += (gradient[i] - mean[i]) * numbers[3];
                square[i] = (square[i] * beta2) + (gradient[i] * gradient[i] * (1 - beta2));
                values[i] += mean[i] / (MathF.Sqrt(square[i]) + numbers[1]) * numbers[0];
            }
        }

        public void Dispose() { }

        private static Span<float> At(nint address, int count) => new((void*)address, count);
    }
}
