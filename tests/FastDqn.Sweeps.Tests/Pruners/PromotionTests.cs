using FastDqn.Sweeps.Pruners;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;

namespace FastDqn.Sweeps.Tests.Pruners;

/// <summary>Which trial goes on, worked out by hand.</summary>
public sealed class PromotionTests
{
    private static readonly PrunerOptions Asha = new()
    {
        Kind = PrunerKind.Asha,
        Promote = true,
        MinResource = 1,
        MaxResource = 9,
        Eta = 3,
    };

    private static readonly PrunerOptions Halving = Asha with { Kind = PrunerKind.Halving };

    /// <summary>Trials paused at the first rung, with these losses.</summary>
    private static List<Standing> First(params double[] losses) =>
        [.. losses.Select((loss, i) => new Standing(i, TrialState.Paused, 1, [new Rung(1, loss)]))];

    private static Promotion.Step? Next(PrunerOptions options, IReadOnlyList<Standing> trials, bool allMade = false) =>
        new Promotion(options, "study").Next(trials, value => value, allMade);

    [Fact]
    public void AshaPromotesTheBestThirdOfThoseThatHaveCome()
    {
        Assert.Null(Next(Asha, First(5, 1)));
        Assert.Equal((1, 1L, 3L), (Next(Asha, First(5, 1, 7)) is { } s ? (s.Trial, s.From, s.To) : default));
        // With six, two go on: the first has, the second is next.
        var trials = First(5, 1, 7, 4, 9, 8);
        trials[1] = new Standing(1, TrialState.Running, 3, [new Rung(1, 1)]);
        Assert.Equal(3, Next(Asha, trials)!.Trial);
        trials[3] = trials[3] with { State = TrialState.Waiting, Budget = 3 };
        Assert.Null(Next(Asha, trials));
    }

    [Fact]
    public void TheHighestRungComesFirst()
    {
        var trials = First(5, 1, 7, 4, 2, 8, 10, 11, 12, 3, 13, 14);
        foreach (var (trial, loss) in new[] { (1, 30.0), (4, 20.0), (9, 10.0) })
            trials[trial] = new Standing(trial, TrialState.Paused, 3, [.. trials[trial].Rungs, new Rung(3, loss)]);
        var step = Next(Asha, trials)!;
        Assert.Equal((9, 3L, 9L), (step.Trial, step.From, step.To));
    }

    [Fact]
    public void HalvingWaitsUntilARungIsFull()
    {
        Assert.Null(Next(Halving, First(5, 1, 7, 4, 9, 8)));
        var trials = First(5, 1, 7, 4, 9, 8);
        trials[5] = trials[5] with { State = TrialState.Running, Rungs = [] };
        Assert.Null(Next(Halving, trials, allMade: true));
        trials[5] = First(5, 1, 7, 4, 9, 8)[5];
        Assert.Equal(1, Next(Halving, trials, allMade: true)!.Trial);
        // Trial 1 is through the second rung; trial 3 is still to come there.
        trials[1] = new Standing(1, TrialState.Paused, 3, [new Rung(1, 1), new Rung(3, 1)]);
        var step = Next(Halving, trials, allMade: true)!;
        Assert.Equal((3, 1L), (step.Trial, step.From));
        trials[3] = new Standing(3, TrialState.Paused, 3, [new Rung(1, 4), new Rung(3, 0.5)]);
        step = Next(Halving, trials, allMade: true)!;
        Assert.Equal((3, 3L, 9L), (step.Trial, step.From, step.To));
        trials[3] = new Standing(3, TrialState.Complete, 9, [.. trials[3].Rungs, new Rung(9, 0.1)]);
        Assert.Null(Next(Halving, trials, allMade: true));
    }

    [Theory]
    [InlineData(PrunerKind.Asha)]
    [InlineData(PrunerKind.Halving)]
    public void OfFewTrialsOneGoesToTheEnd(PrunerKind kind)
    {
        var trials = First(5, 1);
        for (var (guard, over) = (0, false); !over; guard++)
        {
            Assert.InRange(guard, 0, 4);
            if (Next(Asha with { Kind = kind }, trials, allMade: true) is not { } step)
                break;
            Assert.Equal(1, step.Trial);
            over = step.To == 9;
            var state = over ? TrialState.Complete : TrialState.Paused;
            trials[1] = new Standing(1, state, step.To, [.. trials[1].Rungs, new Rung(step.To, 1)]);
        }

        Assert.Equal(TrialState.Complete, trials[1].State);
        Assert.Null(Next(Asha with { Kind = kind }, trials, allMade: true));
    }

    [Theory]
    [InlineData(PrunerKind.Asha)]
    [InlineData(PrunerKind.Halving)]
    public void WhoFailsOnTheWayLeavesItsPlaceToTheNext(PrunerKind kind)
    {
        var trials = First(5, 1, 7);
        trials[1] = trials[1] with { State = TrialState.Failed, Budget = 3 };
        Assert.Equal(0, Next(Asha with { Kind = kind }, trials, allMade: true)!.Trial);
        trials[0] = trials[0] with { State = TrialState.Running, Budget = 3 };
        Assert.Null(Next(Asha with { Kind = kind }, trials, allMade: true));
    }

    [Fact]
    public void ATrialWithoutAValueIsTheWorst()
    {
        var trials = First(5, 6, 7);
        trials[0] = trials[0] with { Rungs = [new Rung(1, null)] };
        Assert.Equal(1, new Promotion(Asha, "study").Next(trials, v => double.IsNaN(v) ? double.PositiveInfinity : v, false)!.Trial);
    }

    [Fact]
    public void HyperbandPromotesWithinABracketThatBeginsAtItsOwnRung()
    {
        var options = Asha with { Kind = PrunerKind.Hyperband };
        var (promotion, brackets) = (new Promotion(options, "study"), new HyperbandPruner(1, 9, 3, "study"));
        int[] Of(int bracket, int count) => [.. Enumerable.Range(0, 200).Where(t => brackets.BracketOf(t) == bracket).Take(count)];
        Assert.Equal([1, 3, 9], promotion.BudgetsOf(Of(0, 1)[0]));
        Assert.Equal([3, 9], promotion.BudgetsOf(Of(1, 1)[0]));
        Assert.Equal([9], promotion.BudgetsOf(Of(2, 1)[0]));
        // Two and two are not three of one bracket.
        var mixed = Of(0, 2).Select(t => new Standing(t, TrialState.Paused, 1, [new Rung(1, t)]))
            .Concat(Of(1, 2).Select(t => new Standing(t, TrialState.Paused, 3, [new Rung(3, t)]))).ToList();
        Assert.Null(promotion.Next(mixed, v => v, allMade: false));
        var third = Of(1, 3)[2];
        var step = promotion.Next([.. mixed, new Standing(third, TrialState.Paused, 3, [new Rung(3, -1)])], v => v, allMade: false)!;
        Assert.Equal((third, 3L, 9L), (step.Trial, step.From, step.To));
    }

    [Fact]
    public void BudgetsEndAtTheWholeLengthWhateverTheFactor()
    {
        Assert.Equal([1, 3, 9, 10], new Promotion(Asha with { MaxResource = 10 }, "s").BudgetsOf(0));
        Assert.Equal([3, 9], new Promotion(Asha with { Rate = 1 }, "s").BudgetsOf(0));
    }
}
