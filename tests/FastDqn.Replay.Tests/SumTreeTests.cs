using FastDqn.Core;
using FsCheck;
using FsCheck.Fluent;

namespace FastDqn.Replay.Tests;

public sealed class SumTreeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(5000)]
    public void TheTotalIsTheSumAndEveryMassFindsItsLeaf(int leaves)
    {
        var random = new RandomStream(7);
        using var tree = new SumTree(leaves);
        var expected = new float[leaves];
        for (var i = 0; i < leaves * 3; i++)
        {
            var leaf = random.NextInt32(leaves);
            // Whole numbers: their sums are exact in any order, so that shares can be compared exactly.
            expected[leaf] = random.NextInt32(5);
            tree.Set(leaf, expected[leaf]);
        }

        Assert.Equal(expected.Sum(x => (double)x), tree.Total);
        var before = 0.0;
        for (var leaf = 0; leaf < leaves; leaf++)
        {
            Assert.Equal(expected[leaf], tree[leaf]);
            if (expected[leaf] > 0)
            {
                Assert.Equal(leaf, tree.Find(before));
                Assert.Equal(leaf, tree.Find(before + expected[leaf] - 0.5));
            }

            before += expected[leaf];
        }
    }

    [Fact]
    public void AMassAtOrPastTheTotalFindsTheLastPositiveLeaf()
    {
        using var tree = new SumTree(1000);
        tree.Set(3, 0.1f);
        tree.Set(700, 0.3f);
        Assert.Equal(700, tree.Find(tree.Total));
        Assert.Equal(700, tree.Find(tree.Total * 2));
    }

    [Fact]
    public void NoDrawEverFindsALeafOfZero()
    {
        Prop.ForAll(
            Gen.Choose(0, int.MaxValue).ToArbitrary(),
            seed =>
            {
                var random = new RandomStream((ulong)seed);
                var leaves = 1 + random.NextInt32(600);
                using var tree = new SumTree(leaves);
                for (var leaf = 0; leaf < leaves; leaf++)
                    tree.Set(leaf, random.NextInt32(3) == 0 ? (float)Math.Pow(random.NextDouble(), 20) : 0);
                if (tree.Total == 0)
                    return;
                for (var i = 0; i < 200; i++)
                    Assert.True(tree[tree.Find(random.NextDouble() * tree.Total)] > 0);
                Assert.True(tree[tree.Find(Math.BitDecrement(tree.Total))] > 0);
            }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void SumsDependOnTheLeavesAloneNotOnHowTheyCameAbout()
    {
        Prop.ForAll(
            Gen.Choose(0, int.MaxValue).ToArbitrary(),
            seed =>
            {
                var random = new RandomStream((ulong)seed);
                var leaves = 1 + random.NextInt32(3000);
                using var stepwise = new SumTree(leaves);
                using var batched = new SumTree(leaves);
                using var rebuilt = new SumTree(leaves);
                for (var round = 0; round < 20; round++)
                {
                    var where = new long[32];
                    var what = new float[32];
                    for (var i = 0; i < where.Length; i++)
                    {
                        where[i] = random.NextInt32(leaves);
                        what[i] = (float)random.NextDouble();
                        stepwise.Set(where[i], what[i]);
                    }

                    batched.Set(where, what);
                }

                stepwise.Leaves(0, leaves).CopyTo(rebuilt.LeavesToLoad(0, leaves));
                rebuilt.Rebuild();
                Assert.Equal(stepwise.Total, batched.Total);
                Assert.Equal(stepwise.Total, rebuilt.Total);
                for (var i = 0; i < 50; i++)
                {
                    var mass = random.NextDouble() * stepwise.Total;
                    Assert.Equal(stepwise.Find(mass), batched.Find(mass));
                    Assert.Equal(stepwise.Find(mass), rebuilt.Find(mass));
                }
            }).QuickCheckThrowOnFailure();
    }
}
