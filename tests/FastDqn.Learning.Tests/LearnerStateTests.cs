using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Tests;

/// <summary>
/// A learner that is saved, loaded elsewhere and continued gives the same bytes as one that never stopped.
/// </summary>
public sealed class LearnerStateTests
{
    public static TheoryData<string> Names => [.. TestSpecs.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void ContinuesBitForBit(string name)
    {
        var spec = TestSpecs.Small(name);
        using var whole = new DqnLearner(spec, TestSpecs.Vector, TestSpecs.Actions, seed: 1);
        Train(whole, 0, 7);
        var saved = Save(whole);
        using var resumed = new DqnLearner(spec, TestSpecs.Vector, TestSpecs.Actions, seed: 99);
        resumed.Load(new StateReader(new MemoryStream(saved)));
        Assert.Equal(saved, Save(resumed));
        Assert.Equal(Train(whole, 7, 14), Train(resumed, 7, 14));
        Assert.Equal(Act(whole), Act(resumed));
        Assert.Equal(Save(whole), Save(resumed));
        Assert.Equal(14, resumed.ParametersVersion);
    }

    [Fact]
    public void SameSeedSameBytesAndOtherSeedOtherBytes()
    {
        byte[] Run(ulong seed)
        {
            using var learner = new DqnLearner(TestSpecs.Small("rainbow"), TestSpecs.Vector, TestSpecs.Actions, seed);
            Train(learner, 0, 5);
            return Save(learner);
        }

        Assert.Equal(Run(4), Run(4));
        Assert.NotEqual(Run(4), Run(5));
    }

    [Fact]
    public void TornOrForeignStateIsRefused()
    {
        using var learner = new DqnLearner(TestSpecs.Small("c51"), TestSpecs.Vector, TestSpecs.Actions, seed: 1);
        var saved = Save(learner);
        using var other = new DqnLearner(TestSpecs.Small("dqn"), TestSpecs.Vector, TestSpecs.Actions, seed: 1);
        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => other.Load(new StateReader(new MemoryStream(saved)))).Kind);
        foreach (var length in new[] { 0, 5, 100, saved.Length - 1 })
        {
            var torn = new StateReader(new MemoryStream(saved, 0, length));
            Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => learner.Load(torn)).Kind);
        }
    }

    [Fact]
    public async Task AnActorKeepsItsVersionWhileTheLearnerUpdatesOnAnotherThread()
    {
        using var learner = new DqnLearner(TestSpecs.Small("dqn"), TestSpecs.Vector, TestSpecs.Actions, seed: 1);
        Train(learner, 0, 3);
        using var actor = learner.CreateActor(seed: 2);
        var before = Values(actor);
        Assert.Equal(Values(learner), before);
        var update = Task.Run(() => Train(learner, 3, 40), TestContext.Current.CancellationToken);
        while (!update.IsCompleted)
            Assert.Equal(before, Values(actor));
        await update;
        Assert.Equal(3, actor.ParametersVersion);
        Assert.NotEqual(Values(learner), before);
        actor.Refresh();
        Assert.Equal(40, actor.ParametersVersion);
        Assert.Equal(Values(learner), Values(actor));
    }

    [Fact]
    public void ANoisyActorsStateContinuesBitForBit()
    {
        using var learner = new DqnLearner(TestSpecs.Small("munchausen-iqn"), TestSpecs.Vector, TestSpecs.Actions, seed: 1);
        using var actor = learner.CreateActor(seed: 2);
        actor.ResampleNoise();
        using var stream = new MemoryStream();
        actor.Save(new StateWriter(stream));
        using var other = learner.CreateActor(seed: 3);
        Assert.NotEqual(Values(actor), Values(other));
        other.Load(new StateReader(new MemoryStream(stream.ToArray())));
        actor.Load(new StateReader(new MemoryStream(stream.ToArray())));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Values(actor), Values(other));
            actor.ResampleNoise();
            other.ResampleNoise();
        }
    }

    [Fact]
    public void TheTargetIsCopiedExactlyWhenDue()
    {
        // With a period of 3 the target of updates 1..3 is the initial network: an import of weights copies it too.
        using var learner = new DqnLearner(TestSpecs.Small("dqn"), TestSpecs.Vector, TestSpecs.Actions, seed: 1);
        using var late = new DqnLearner(
            TestSpecs.Small("dqn") with { Target = new TargetSpec { Period = 1000 } }, TestSpecs.Vector, TestSpecs.Actions, seed: 1);
        Assert.Equal(Train(learner, 0, 3), Train(late, 0, 3));
        Assert.NotEqual(Train(learner, 3, 5), Train(late, 3, 5));
    }

    private static UpdateStats[] Train(DqnLearner learner, int from, int to) =>
        [.. Enumerable.Range(from, to - from)
            .Select(k => learner.Update(TestBatch.Random(TestSpecs.Vector, 16, TestSpecs.Actions, (ulong)k).Batch, wantNorm: true))];

    private static byte[] Save(QLearner learner)
    {
        using var stream = new MemoryStream();
        learner.Save(new StateWriter(stream));
        return stream.ToArray();
    }

    private static float[] Act(QLearner learner)
    {
        var batch = TestBatch.Random(TestSpecs.Vector, 4, TestSpecs.Actions, 77);
        var (actions, values) = (new int[4], new float[4]);
        learner.Act(batch.Batch.Observations, 4, actions, values);
        return [.. values, .. actions.Select(a => (float)a)];
    }

    private static float[] Values(QLearner learner)
    {
        var values = new float[4 * TestSpecs.Actions];
        var batch = TestBatch.Random(TestSpecs.Vector, 4, TestSpecs.Actions, 77);
        learner.QValues(batch.Batch.Observations, 4, values);
        return values;
    }

    private static float[] Values(Actor actor)
    {
        var values = new float[4 * TestSpecs.Actions];
        var batch = TestBatch.Random(TestSpecs.Vector, 4, TestSpecs.Actions, 77);
        actor.QValues(batch.Batch.Observations, 4, values);
        return values;
    }
}
