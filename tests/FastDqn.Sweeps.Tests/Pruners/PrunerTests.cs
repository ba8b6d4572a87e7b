using FastDqn.Sweeps.Pruners;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests.Pruners;

public sealed class PrunerTests
{
    private static RunCurve Curve(int trial, params double[] losses) =>
        new(trial, false, [.. losses.Select((l, i) => (i + 1L, l))]);

    /// <summary>
    /// Nine configurations with r = 1, R = 9, eta = 3, s = 0 as in figure 1 of Li et al. (2020), one after another:
    /// configuration i has the loss order[i] at every rung. Promotions worked out by hand: rung 0 keeps 1, 1, 1, 1, 1,
    /// 2, 2, 2, 3 of the values seen so far, rung 1 as many of those that reach it.
    /// </summary>
    [Fact]
    public void AshaPromotesAsInTheWorkedExample()
    {
        double[] losses = [5, 7, 3, 8, 2, 4, 9, 1, 6];
        // Configuration: 0 goes on (alone). 1: 7 > 5 stops. 2: best of three. 3: 8 stops. 4: 2 is the best. 5: keep 2
        // of 6 {2, 3}: 4 stops. 6: 9 stops. 7: 1 is the best. 8: keep 3 of 9 {1, 2, 3}: 6 stops.
        bool[] passesRung0 = [true, false, true, false, true, false, false, true, false];
        // Rung 1 (3 steps) sees 5, 3, 2, 1: 5 alone passes, then each is the best so far.
        var pruner = new AshaPruner(1, 3);
        var seen = new List<RunCurve>();
        for (var i = 0; i < losses.Length; i++)
        {
            var run = Curve(i, losses[i]);
            Assert.Equal(!passesRung0[i], pruner.ShouldStop(run, seen));
            if (passesRung0[i])
            {
                run = Curve(i, losses[i], losses[i]);
                Assert.False(pruner.ShouldStop(run, seen));
                run = Curve(i, losses[i], losses[i], losses[i]);
                Assert.False(pruner.ShouldStop(run, seen));
                Assert.True(pruner.Promoted(run, seen, 1));
            }

            seen.Add(run);
        }

        // A fifth at rung 1, worse than the best of five: 1 of 5 is kept.
        var late = new RunCurve(9, false, [(1, 0.5), (2, 0.5), (3, 4.0)]);
        Assert.True(pruner.ShouldStop(late, seen));
    }

    [Fact]
    public void AshaDecidesOnceAtARung()
    {
        var pruner = new AshaPruner(1, 2);
        var early = Curve(0, 5);
        Assert.False(pruner.ShouldStop(early, []));
        // Better runs arrive at rung 0 later: the early one, already beyond it,
        // is not called back before rung 1 (2 steps).
        List<RunCurve> better = [Curve(1, 1), Curve(2, 2), Curve(3, 3)];
        Assert.True(pruner.ShouldStop(Curve(4, 5), better));
        Assert.False(pruner.ShouldStop(Curve(0, 5, 5), better));
    }

    [Fact]
    public void AshasRateMovesTheFirstRungAndNanNeverPasses()
    {
        var pruner = new AshaPruner(2, 3, rate: 1);
        Assert.Equal(6, pruner.RungResource(0));
        List<RunCurve> others = [new(1, false, [(6, 1.0)])];
        Assert.False(pruner.ShouldStop(new RunCurve(0, false, [(5, 99)]), others));
        Assert.True(pruner.ShouldStop(new RunCurve(0, false, [(6, 99)]), others));
        Assert.True(pruner.ShouldStop(new RunCurve(0, false, [(7, double.NaN)]), others));
    }

    [Fact]
    public void TheMedianRuleComparesTheBestSoFarWithTheMedianAtTheStep()
    {
        var pruner = new MedianPruner(startup: 3, warmup: 2);
        List<RunCurve> complete = [.. new[] { 1.0, 2, 3 }.Select((l, i) => Curve(i, 9, l, l) with { Complete = true })];
        Assert.False(pruner.ShouldStop(Curve(9, 50), complete));
        Assert.True(pruner.ShouldStop(Curve(9, 50, 2.5), complete));
        Assert.False(pruner.ShouldStop(Curve(9, 50, 2), complete));
        // One good value earlier protects it.
        Assert.False(pruner.ShouldStop(Curve(9, 1.5, 8), complete));
        Assert.False(pruner.ShouldStop(Curve(9, 50, 2.5), [.. complete.Take(2)]));
        Assert.False(pruner.ShouldStop(Curve(9, 50, 2.5), [.. complete.Select(c => c with { Complete = false })]));
    }

    [Fact]
    public void HyperbandLaysOutThePapersBrackets()
    {
        // R = 81, eta = 3 is the paper's table 1: 81, 34, 15, 8, 5 configurations, from 1, 3, 9, 27, 81 units on.
        var pruner = new HyperbandPruner(1, 81, 3, "study");
        Assert.Equal([81L, 34L, 15L, 8L, 5L], pruner.BracketSizes);
        var counts = Enumerable.Range(0, 14_300).CountBy(pruner.BracketOf).ToDictionary();
        foreach (var (size, bracket) in pruner.BracketSizes.Select((s, b) => (s, b)))
            Assert.InRange(counts[bracket], size * 100 * 0.85, size * 100 * 1.15);
    }

    [Fact]
    public void HyperbandComparesWithinABracketOnly()
    {
        var pruner = new HyperbandPruner(1, 9, 3, "study");
        var first = Enumerable.Range(0, 100).First(t => pruner.BracketOf(t) == 0);
        var same = Enumerable.Range(first + 1, 100).First(t => pruner.BracketOf(t) == 0);
        var other = Enumerable.Range(0, 100).First(t => pruner.BracketOf(t) == 1);
        Assert.True(pruner.ShouldStop(Curve(first, 5), [Curve(same, 1)]));
        Assert.False(pruner.ShouldStop(Curve(first, 5), [Curve(other, 1)]));
    }

    [Fact]
    public void DecisionsSeeWhatWasReportedSinceTheLastOneInAnyOrder()
    {
        using var folder = new TempFolder();
        using var study = Study.Create(
            StudyFileReader.Read(
                FakeTrainer.StudyText("none", cap: 3, more: "early_terminate: {type: asha, min_iter: 1, eta: 2}"),
                folder.File("s.yaml")),
            folder: folder.File("study"));
        var (first, second) = (study.Ask()!, study.Ask()!);
        first.Report(2, 0.5);
        second.Report(1, 9);
        Assert.True(second.ShouldStop());
        // An outside program may tell the earlier step later: by that one the second run is the better.
        first.Report(1, 50);
        Assert.False(second.ShouldStop());
        first.Complete(0.5);
        second.Report(2, 0.7);
        Assert.True(second.ShouldStop());
        second.Prune();
        // Of ended runs everything is known.
        var third = study.Ask()!;
        third.Report(1, 10);
        Assert.True(third.ShouldStop());
    }
}
