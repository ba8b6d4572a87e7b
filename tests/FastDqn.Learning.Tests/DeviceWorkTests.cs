using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using static FastDqn.Learning.Tests.DeviceLearners;

namespace FastDqn.Learning.Tests;

/// <summary>
/// How learners work on a GPU, over tensors of the CPU and a stand-in for the library: what they compute, and
/// that nothing is read before it is there. That CUDA does the same is for a card to show (doctor --gpu).
/// </summary>
public sealed class DeviceWorkTests
{
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
}
