using FastDqn.Core;
using FastDqn.Tests;
using FastDqn.Training.Loops;

namespace FastDqn.Training.Tests;

/// <summary>Where a run's threads go, on made-up machines.</summary>
public sealed class CardPlacementTests
{
    private const string Card = "0000:17:00.0";

    [Theory]
    [InlineData("0-1", "1", "8-15", 1, 8)]
    [InlineData("0,2", "2", "3,5,7-8", 2, 4)]
    public void TheCardsNodeHasTheseProcessors(string online, string node, string list, int expected, int count)
    {
        using var machine = Machine(online, node, list);
        var near = CardPlacement.Near(Card, machine.Path);
        Assert.Equal((expected, count), (near?.Node, near?.Processors.Count));
    }

    [Theory]
    [InlineData("0", "0", "0-7")] // one node: nothing to choose
    [InlineData("0-1", "-1", "0-7")] // the card is near none, as in many virtual machines
    [InlineData("0-1", "5", "0-7")]
    [InlineData("0-1", "", "0-7")]
    [InlineData("0-1", "1", "")]
    [InlineData("0-1", "1", "7-3")]
    [InlineData("nonsense", "1", "0-7")]
    public void WhereTheMachineDoesNotTellNothingIsKnown(string online, string node, string list)
    {
        using var machine = Machine(online, node, list);
        Assert.Null(CardPlacement.Near(Card, machine.Path));
    }

    [Fact]
    public void AnotherCardOrNoFilesTellNothing()
    {
        using var machine = Machine("0-1", "1", "0-7");
        Assert.Null(CardPlacement.Near("0000:65:00.0", machine.Path));
        Assert.Null(CardPlacement.Near(Card, machine.File("nothing")));
    }

    [Fact]
    public void ThreadsStayOnTheNodeUntilItIsOver()
    {
        if (Processors.Allowed is not { Count: > 1 } before)
        {
            Assert.Skip("one processor is all that this process may use");
            return;
        }

        using var machine = Machine("0-1", "1", $"{before[1]}");
        using (var placed = CardPlacement.Enter(Card, threads: 0, machine.Path))
        {
            Assert.NotNull(placed);
            Assert.Contains("1 processors of NUMA node 1", placed.Sentence, StringComparison.Ordinal);
            Assert.Equal([before[1]], Processors.Allowed);
            using var learner = new LearnerThread();
            IReadOnlyList<int> seen = [];
            learner.Run(() => seen = Processors.Allowed);
            Assert.Equal([before[1]], seen);
        }

        Assert.Equal(before, Processors.Allowed);
    }

    [Fact]
    public void MoreThreadsThanTheNodeHasProcessorsAreNotHeldThere()
    {
        if (Processors.Allowed is not { Count: > 1 } before)
        {
            Assert.Skip("one processor is all that this process may use");
            return;
        }

        using var machine = Machine("0-1", "1", $"{before[0]}");
        Assert.Null(CardPlacement.Enter(Card, threads: 2, machine.Path));
        Assert.Equal(before, Processors.Allowed);
    }

    [Fact]
    public void ProcessorsThatThisProcessMayNotUseAreLeftOut()
    {
        using var machine = Machine("0-1", "1", "8000-8001");
        Assert.Null(CardPlacement.Enter(Card, threads: 0, machine.Path));
        Assert.False(Processors.Allow([]));
        Assert.False(Processors.Allow([-1]));
    }

    private static TempFolder Machine(string online, string node, string list)
    {
        var machine = new TempFolder();
        Write("sys/devices/system/node/online", online);
        Write($"sys/devices/system/node/node{node}/cpulist", list);
        Write($"sys/bus/pci/devices/{Card}/numa_node", node);
        return machine;

        void Write(string file, string text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(machine.File(file))!);
            File.WriteAllText(machine.File(file), text + "\n");
        }
    }
}
