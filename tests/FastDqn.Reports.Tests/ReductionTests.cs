using FastDqn.Core;
using FastDqn.Training.Curves;

namespace FastDqn.Reports.Tests;

public sealed class ReductionTests
{
    [Theory]
    [InlineData(100_000, 2000)]
    [InlineData(2001, 2000)]
    [InlineData(500, 4)]
    [InlineData(1000, 11)]
    public void ExtremesEndsAndOrderAreKept(int count, int most)
    {
        var random = new RandomStream((ulong)count);
        var points = new List<(double Step, double Value)>();
        var step = 0.0;
        for (var i = 0; i < count; i++)
            points.Add((step += random.NextInt32(5), random.NextDouble() - 0.5));
        points[count / 3] = (points[count / 3].Step, 100);
        points[count / 2] = (points[count / 2].Step, -100);
        var reduced = Reduction.Reduce(points, most);
        Assert.InRange(reduced.Count, 4, most);
        Assert.Equal(points[0], reduced[0]);
        Assert.Equal(points[^1], reduced[^1]);
        Assert.Contains(points[count / 3], reduced);
        Assert.Contains(points[count / 2], reduced);
        Assert.Equal(reduced.OrderBy(p => p.Step).Select(p => p.Step), reduced.Select(p => p.Step));
        Assert.Subset(points.ToHashSet(), reduced.ToHashSet());
    }

    /// <summary>A piece's own extremes, not only those of the whole.</summary>
    [Fact]
    public void EveryPieceKeepsItsLowestAndHighest()
    {
        var points = Enumerable.Range(0, 10_000).Select(i => ((double)i, Math.Sin(i * 0.7) * (1 + (i / 1000)))).ToList();
        var reduced = Reduction.Reduce(points, 202);
        for (var piece = 0; piece < 10; piece++)
        {
            var inside = points.Skip((piece * 1000) + 1).Take(998).ToList();
            Assert.Contains(inside.MaxBy(p => p.Item2), reduced);
            Assert.Contains(inside.MinBy(p => p.Item2), reduced);
        }
    }

    [Fact]
    public void FewPointsAreLeftAlone()
    {
        List<(double, double)> points = [(1, 2), (1, 3), (4, 1)];
        Assert.Same(points, Reduction.Reduce(points, 4));
        Assert.Empty(Reduction.Reduce([], 4));
    }

    [Fact]
    public void PointsOfOneStepAreOnePiece()
    {
        var points = Enumerable.Range(0, 100).Select(i => (5.0, (double)((i * 37) % 100))).ToList();
        var reduced = Reduction.Reduce(points, 10);
        Assert.Equal(4, reduced.Count);
        Assert.Contains((5.0, 99.0), reduced);
    }
}
