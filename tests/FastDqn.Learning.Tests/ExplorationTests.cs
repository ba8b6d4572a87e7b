using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Exploration;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Tests;

public sealed class ExplorationTests
{
    [Fact]
    public void LinearFallsFromStartToEndAndStays()
    {
        var schedule = new ExplorationSchedule(new ExplorationSpec { End = 0.1, Steps = 100, Delay = 10 }, 1, 1000);
        Assert.Equal([1, 1, 0.55, 0.1, 0.1], new long[] { 0, 10, 60, 110, 5000 }.Select(t => Math.Round(schedule.Epsilon(t), 12)));
    }

    [Fact]
    public void BtrExploresByNoiseAloneFromTheMiddleOfItsRunOn()
    {
        var schedule = new ExplorationSchedule(AlgorithmPresets.Get("btr").Exploration, 64, 50_000_000);
        Assert.Equal(
            [1, 0.505, 0.01, 0.01, 0, 0],
            new long[] { 0, 1_000_000, 2_000_000, 25_000_000, 25_000_001, 50_000_000 }.Select(t => Math.Round(schedule.Epsilon(t), 12)));
    }

    [Fact]
    public void AFractionOfTheRunReplacesTheLength()
    {
        var schedule = new ExplorationSchedule(new ExplorationSpec { End = 0, Fraction = 0.1 }, 1, 1000);
        Assert.Equal(0.5, schedule.Epsilon(50), 12);
        Assert.Equal(0, schedule.Epsilon(100), 12);
    }

    [Fact]
    public void ALengthInEpisodesIsCountedInEpisodes()
    {
        var spec = new ExplorationSpec { Start = 0.6, End = 0.1, Episodes = 1000, DelayEpisodes = 101 };
        var schedule = new ExplorationSchedule(spec, 1, 1000);
        Assert.Equal(
            [0.6, 0.6, 0.5995, 0.35, 0.1, 0.1],
            new long[] { 0, 101, 102, 601, 1101, 9999 }.Select(e => Math.Round(schedule.Epsilon(123_456, 0, e), 12)));
        // A share of a run in episodes.
        schedule = new ExplorationSchedule(new ExplorationSpec { End = 0, Fraction = 0.1, DelayEpisodes = 5 }, 1, 1000, totalEpisodes: 200);
        Assert.Equal([1, 1, 0.5, 0], new long[] { 0, 5, 15, 25 }.Select(e => Math.Round(schedule.Epsilon(0, 0, e), 12)));
        Assert.Equal(1, schedule.Epsilon(999, 0, 0));
    }

    [Fact]
    public void AnActionThatIsHeldIsNeitherDrawnNorUndecided()
    {
        var (all, some) = (Explorer(), Explorer());
        var (free, kept) = (new int[3], new[] { 0, 3, 0 });
        for (var t = 0; t < 200; t++)
        {
            all.Begin(t, free);
            some.Begin(t, kept, held: [0, 1, 0]);
            Assert.Equal((free[0], 3, free[2]), (kept[0], kept[1], kept[2]));
        }

        all.Uniform(free);
        some.Uniform(kept, [0, 1, 0]);
        Assert.Equal((free[0], 3, free[2]), (kept[0], kept[1], kept[2]));

        static Explorer Explorer() => new(new ExplorationSpec { Start = 0.5, End = 0.5 }, 3, 4, seed: 1, totalSteps: 10);
    }

    [Fact]
    public void ExponentialFallsByEEveryLength()
    {
        var schedule = new ExplorationSchedule(
            new ExplorationSpec { Kind = ExplorationKind.Exponential, Start = 0.9, End = 0.05, Steps = 200 }, 1, 1000);
        Assert.Equal(0.9, schedule.Epsilon(0), 12);
        Assert.Equal(0.05 + (0.85 / Math.E), schedule.Epsilon(200), 12);
    }

    [Fact]
    public void PiecewiseGoesThroughItsPoints()
    {
        var schedule = new ExplorationSchedule(
            new ExplorationSpec { Kind = ExplorationKind.Piecewise, Points = [(0, 1), (100, 0.1), (1100, 0.01)] }, 1, 1000);
        Assert.Equal([1, 0.55, 0.1, 0.055, 0.01], new long[] { 0, 50, 100, 600, 9999 }.Select(t => Math.Round(schedule.Epsilon(t), 12)));
    }

    [Fact]
    public void TheApeXLadderHasItsPublishedEnds()
    {
        var schedule = new ExplorationSchedule(new ExplorationSpec { Kind = ExplorationKind.ApeX }, 256, 1000);
        Assert.Equal(0.4, schedule.Epsilon(0, 0), 12);
        Assert.Equal(Math.Pow(0.4, 8), schedule.Epsilon(12345, 255), 12);
        Assert.True(schedule.Epsilon(0, 10) > schedule.Epsilon(0, 11));
    }

    [Fact]
    public void EpsilonIsTheShareOfRandomActions()
    {
        var explorer = new Explorer(new ExplorationSpec { Start = 0.3, End = 0.3 }, 8, 4, seed: 1, totalSteps: 10);
        var actions = new int[8];
        var (random, counts) = (0, new int[4]);
        for (var t = 0; t < 5000; t++)
        {
            random += 8 - explorer.Begin(t, actions);
            foreach (var a in actions.Where(a => a != Explorer.Undecided))
                counts[a]++;
        }

        Assert.Equal(0.3, random / 40_000.0, 0.01);
        Assert.All(counts, c => Assert.Equal(0.25, c / (double)random, 0.02));
    }

    [Fact]
    public void UndecidedActionsBecomeTheBest()
    {
        var explorer = new Explorer(new ExplorationSpec { Kind = ExplorationKind.Greedy }, 2, 3, seed: 1, totalSteps: 10);
        var actions = new int[2];
        Assert.Equal(2, explorer.Begin(0, actions));
        explorer.Complete([1, 5, 2, 9, 9, 0], actions);
        Assert.Equal([1, 0], actions);
    }

    [Fact]
    public void SoftmaxDrawsInProportion()
    {
        var spec = new ExplorationSpec { Kind = ExplorationKind.Softmax, Temperature = 0.5 };
        var explorer = new Explorer(spec, 1, 2, seed: 1, totalSteps: 10);
        var actions = new int[1];
        var first = 0;
        for (var t = 0; t < 20_000; t++)
        {
            Assert.Equal(1, explorer.Begin(t, actions));
            explorer.Complete([0.5f, 0f], actions);
            first += actions[0] == 0 ? 1 : 0;
        }

        Assert.Equal(Math.E / (Math.E + 1), first / 20_000.0, 0.01);
    }

    [Fact]
    public void DrawsContinueAfterALoadAndDoNotDependOnOtherEnvironments()
    {
        var spec = new ExplorationSpec { Start = 0.5, End = 0.5 };
        var (one, many) = (new Explorer(spec, 1, 4, 7, 10), new Explorer(spec, 5, 4, 7, 10));
        var (a, b) = (new int[1], new int[5]);
        for (var t = 0; t < 50; t++)
        {
            one.Begin(t, a);
            many.Begin(t, b);
            Assert.Equal(a[0], b[0]);
        }

        using var stream = new MemoryStream();
        many.Save(new StateWriter(stream));
        var copy = new Explorer(spec, 5, 4, 8, 10);
        copy.Load(new StateReader(new MemoryStream(stream.ToArray())));
        var c = new int[5];
        for (var t = 50; t < 80; t++)
        {
            many.Begin(t, b);
            copy.Begin(t, c);
            Assert.Equal(b, c);
        }
    }
}
