using System.Runtime.InteropServices;
using FastDqn.Learning.Interop;

namespace FastDqn.Learning.Tests;

/// <summary>
/// Updates and acting leave TorchSharp no number to collect: such numbers cut up the native heap (Numbers).
/// </summary>
[Collection(nameof(ScalarTests))]
[CollectionDefinition(nameof(ScalarTests), DisableParallelization = true)]
public sealed partial class ScalarTests
{
    public ScalarTests() => LibTorch.Load();

    /// <summary>What code from outside leaves behind is its own.</summary>
    public static TheoryData<string> Small => [.. TestSpecs.Names.Where(name => TestSpecs.Small(name).HeadRule is null)];

    [Theory]
    [MemberData(nameof(Small))]
    public void AnUpdateLeavesNoneBehind(string name)
    {
        using var learner = new DqnLearner(TestSpecs.Small(name), TestSpecs.Vector, TestSpecs.Actions, seed: 1);
        var batch = TestBatch.Random(TestSpecs.Vector, 8, TestSpecs.Actions, seed: 2);
        var (actions, values) = (new int[8], new float[8]);
        Assert.Equal(0, LeftBehind(() =>
        {
            learner.Update(batch.Batch, wantNorm: true);
            learner.Act(batch.Batch.Observations, 8, actions, values);
        }));
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void NorDoesOneOnADevice(string name)
    {
        var settings = new LearnerSettings { Graph = false, Calls = new FakeCuda() };
        using var learner = new DqnLearner(TestSpecs.Small(name), TestSpecs.Vector, TestSpecs.Actions, seed: 1, settings: settings);
        var batch = TestBatch.Random(TestSpecs.Vector, 8, TestSpecs.Actions, seed: 2);
        var (actions, values) = (new int[8], new float[8]);
        Assert.Equal(0, LeftBehind(() =>
        {
            learner.Update(batch.Batch, wantNorm: true);
            learner.Act(batch.Batch.Observations, 8, actions, values);
        }));
    }

    [Fact]
    public void AScalarIsCounted() => Assert.Equal(20, LeftBehind(Convert));

    private static void Convert()
    {
        TorchSharp.Scalar one = 1;
        Assert.NotNull(one);
    }

    /// <summary>
    /// Scalars that the finalizer gives back for 20 calls of <paramref name="work"/>, after two that may make what is
    /// kept.
    /// </summary>
    private static long LeftBehind(Action work)
    {
        work();
        work();
        var before = Finalized();
        for (var i = 0; i < 20; i++)
            work();
        return Finalized() - before;
    }

    private static long Finalized()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return fdq_finalized_scalars();
    }

    [LibraryImport("libfastdqn_torchsharp.so")]
    private static partial long fdq_finalized_scalars();
}
