using FastDqn.Training.Loops;

namespace FastDqn.Training.Tests;

public sealed class RoundOrderTests
{
    [Theory]
    [InlineData(10, 12)]
    [InlineData(12, 10)]
    public void TheFasterWayIsKeptAndTriedAgainNowAndThen(long atOnce, long inTurn)
    {
        var order = new RoundOrder();
        Run(order, RoundOrder.Blocks * RoundOrder.BlockRounds, atOnce, inTurn);
        Assert.Equal(Enumerable.Repeat(atOnce < inTurn, RoundOrder.HoldRounds), Run(order, RoundOrder.HoldRounds, atOnce, inTurn));

        // The machine changes: the next trial finds out.
        var trial = Run(order, RoundOrder.Blocks * RoundOrder.BlockRounds, inTurn, atOnce);
        Assert.Equal(trial.Count / 2, trial.Count(x => x));
        Assert.Equal(atOnce > inTurn, order.AtOnce);
    }

    [Fact]
    public void ABlockThatSomethingElseDisturbedDoesNotDecide()
    {
        var order = new RoundOrder();
        for (var i = 0; i < RoundOrder.Blocks * RoundOrder.BlockRounds; i++)
            order.Done(i == 3 ? 10_000 : order.AtOnce ? 10 : 11);
        Assert.True(order.AtOnce);
    }

    private static List<bool> Run(RoundOrder order, int rounds, long atOnce, long inTurn)
    {
        var taken = new List<bool>();
        for (var i = 0; i < rounds; i++)
        {
            taken.Add(order.AtOnce);
            order.Done(order.AtOnce ? atOnce : inTurn);
        }

        return taken;
    }
}
