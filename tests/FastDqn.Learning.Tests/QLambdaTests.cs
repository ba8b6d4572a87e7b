using FastDqn.Learning;
using FastDqn.Learning.Targets;

namespace FastDqn.Learning.Tests;

public sealed class QLambdaTests
{
    private const double Gamma = 0.9;
    private const double Lambda = 0.5;

    [Fact]
    public void ThreeStepsAreWorkedBackwardsFromTheLastValue()
    {
        // G2 = 3 + 0.9 * 30 = 30; G1 = 2 + 0.9 (0.5 * 30 + 0.5 * 20) = 24.5;
        // G0 = 1 + 0.9 (0.5 * 24.5 + 0.5 * 10) = 16.525.
        var (returns, mask) = Compute([1, 2, 3], [0, 10, 20, 30]);
        Assert.Equal([16.525f, 24.5f, 30f], returns);
        Assert.Equal([1f, 1f, 1f], mask);
    }

    [Fact]
    public void NothingFollowsATerminalStep()
    {
        var (returns, _) = Compute([1, 2, 3], [0, 10, 20, 30], terminated: [0, 1, 0]);
        Assert.Equal([(float)(1 + (Gamma * ((Lambda * 2) + (0.5 * 10)))), 2f, 30f], returns);
    }

    [Fact]
    public void ATruncatedStepBootstrapsFromTheLastObservationAndTheIgnoredStepIsMasked()
    {
        // Step 1 is cut; step 2 only resets (its observation is the last one of the episode, worth 20).
        var (returns, mask) = Compute([1, 2, 0], [0, 10, 20, 30], truncated: [0, 1, 0], ignored: [0, 0, 1]);
        Assert.Equal(2 + (Gamma * 20), returns[1], 1e-5);
        Assert.Equal(1 + (Gamma * ((Lambda * 20) + (0.5 * 10))), returns[0], 1e-5);
        Assert.Equal([1f, 1f, 0f], mask);
    }

    [Fact]
    public void LambdaZeroIsOneStepAndLambdaOneIsMonteCarlo()
    {
        Assert.Equal(1 + (Gamma * 10), Compute([1, 2, 3], [0, 10, 20, 30], lambda: 0).Returns[0], 1e-5);
        Assert.Equal(1 + (0.9 * (2 + (0.9 * (3 + (0.9 * 30))))), Compute([1, 2, 3], [0, 10, 20, 30], lambda: 1).Returns[0], 1e-4);
    }

    [Fact]
    public void EnvironmentsDoNotMix()
    {
        var batch = Batch([1, 100, 2, 200], [0, 0, 10, 1000, 20, 2000], 2, [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], out var keep);
        var returns = new float[4];
        QLambda.Compute(batch, Gamma, Lambda, returns, new float[4]);
        Assert.Equal(2 + (Gamma * 20), returns[2], 1e-4);
        Assert.Equal(200 + (Gamma * 2000), returns[3], 1e-2);
        Assert.Equal(1 + (Gamma * ((0.5 * 20) + (0.5 * 10))), returns[0], 1e-4);
        GC.KeepAlive(keep);
    }

    private static (float[] Returns, float[] Mask) Compute(
        float[] rewards,
        float[] values,
        byte[]? terminated = null,
        byte[]? truncated = null,
        byte[]? ignored = null,
        double lambda = Lambda)
    {
        var none = new byte[rewards.Length];
        var batch = Batch(rewards, values, 1, terminated ?? none, truncated ?? none, ignored ?? none, out var keep);
        var (returns, mask) = (new float[rewards.Length], new float[rewards.Length]);
        QLambda.Compute(batch, Gamma, lambda, returns, mask);
        GC.KeepAlive(keep);
        return (returns, mask);
    }

    private static RolloutBatch Batch(
        float[] rewards, float[] values, int environments, byte[] terminated, byte[] truncated, byte[] ignored, out object keep)
    {
        var arrays = (Pin(rewards), Pin(values), Pin(terminated), Pin(truncated), Pin(ignored));
        keep = arrays;
        return new RolloutBatch
        {
            Steps = rewards.Length / environments,
            Environments = environments,
            Rewards = TestBatch.Address(arrays.Item1),
            Values = TestBatch.Address(arrays.Item2),
            Terminated = TestBatch.Address(arrays.Item3),
            Truncated = TestBatch.Address(arrays.Item4),
            Ignored = TestBatch.Address(arrays.Item5),
        };
    }

    private static T[] Pin<T>(T[] values) where T : unmanaged
    {
        var pinned = GC.AllocateArray<T>(values.Length, pinned: true);
        values.CopyTo(pinned, 0);
        return pinned;
    }
}
