using FastDqn.Core;
using FastDqn.Environments.GridWorld;

namespace FastDqn.Environments.Tests;

public sealed class GridWorldTests
{
    [Fact]
    public void EverythingLiesOnDistinctCellsWhateverHappens()
    {
        using var environment = new GridWorldEnvironment("gridworld", 8);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(1, buffers.Frames, buffers.Result);
        var random = new RandomStream(1);
        var actions = new int[8];
        for (var step = 0; step < 2000; step++)
        {
            for (var i = 0; i < 8; i++)
            {
                int[] cells = [environment.HeroOf(i), .. environment.GoalsOf(i), .. environment.FiresOf(i)];
                Assert.Equal(7, cells.Distinct().Count());
                Assert.All(cells, cell => Assert.InRange(cell, 0, 24));
                actions[i] = random.NextInt32(4);
            }

            environment.Step(actions, buffers.Frames, buffers.Result);
        }
    }

    [Fact]
    public void AStepMovesTheHeroCollectsWhatItMeetsAndLeavesTheRest()
    {
        using var environment = new GridWorldEnvironment("gridworld", 1);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(3, buffers.Frames, buffers.Result);
        var random = new RandomStream(2);
        var (met, blocked) = (0, 0);
        for (var step = 1; step <= 5000; step++)
        {
            var hero = environment.HeroOf(0);
            var goals = environment.GoalsOf(0).ToArray();
            var fires = environment.FiresOf(0).ToArray();
            var over = buffers.Result.Truncated[0] != 0;
            var action = random.NextInt32(4);
            environment.Step([action], buffers.Frames, buffers.Result);
            Assert.Equal(0, buffers.Result.Terminated[0]);
            if (over)
            {
                Assert.Equal((1, 0f), (buffers.Result.EpisodeStart[0], buffers.Result.Rewards[0]));
                continue;
            }

            var (row, column) = (hero / 5, hero % 5);
            var (newRow, newColumn) = action switch
            {
                0 => (row - 1, column),
                1 => (row + 1, column),
                2 => (row, column - 1),
                _ => (row, column + 1),
            };
            var expected = newRow is < 0 or > 4 || newColumn is < 0 or > 4 ? hero : (newRow * 5) + newColumn;
            blocked += expected == hero ? 1 : 0;
            Assert.Equal(expected, environment.HeroOf(0));
            Assert.Equal(goals.Contains(expected) ? 1 : fires.Contains(expected) ? -1 : 0, buffers.Result.Rewards[0]);
            for (var i = 0; i < 4; i++)
                Assert.Equal(goals[i] == expected, environment.GoalsOf(0)[i] != goals[i]);
            for (var i = 0; i < 2; i++)
                Assert.Equal(fires[i] == expected, environment.FiresOf(0)[i] != fires[i]);
            met += buffers.Result.Rewards[0] != 0 ? 1 : 0;
        }

        Assert.True(met > 500 && blocked > 500);
    }

    [Fact]
    public void EpisodesAreTruncatedAtFiftySteps()
    {
        using var environment = new GridWorldEnvironment("gridworld", 1);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(1, buffers.Frames, buffers.Result);
        for (var episode = 0; episode < 3; episode++)
        {
            for (var step = 1; step <= 50; step++)
            {
                environment.Step([step % 4], buffers.Frames, buffers.Result);
                Assert.Equal(step == 50 ? 1 : 0, buffers.Result.Truncated[0]);
            }

            environment.Step([0], buffers.Frames, buffers.Result);
            Assert.Equal(1, buffers.Result.EpisodeStart[0]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PixelsShowTheWorldInItsBorder(bool partial)
    {
        using var environment = new GridWorldEnvironment("gridworld", 1, partial);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(11, buffers.Frames, buffers.Result);
        var random = new RandomStream(5);
        for (var step = 0; step < 60; step++)
        {
            environment.Step([random.NextInt32(4)], buffers.Frames, buffers.Result);
            var (heroRow, heroColumn) = (environment.HeroOf(0) / 5, environment.HeroOf(0) % 5);
            var (cells, top, left) = partial ? (3, heroRow, heroColumn) : (7, 0, 0);
            var picture = buffers.Bytes(0);
            for (var y = 0; y < 84; y++)
            {
                for (var x = 0; x < 84; x++)
                {
                    var (row, column) = (top + (y * cells / 84) - 1, left + (x * cells / 84) - 1);
                    var border = row is < 0 or > 4 || column is < 0 or > 4;
                    var cell = (row * 5) + column;
                    var red = border || environment.FiresOf(0).Contains(cell) ? 255 : 0;
                    var green = border || environment.GoalsOf(0).Contains(cell) ? 255 : 0;
                    var blue = border || environment.HeroOf(0) == cell ? 255 : 0;
                    var at = (y * 84) + x;
                    Assert.Equal((red, green, blue), (picture[at], picture[7056 + at], picture[14112 + at]));
                }
            }
        }
    }

    [Fact]
    public void RandomPlayEarnsWhatTheYardstickSays()
    {
        // 1.95 +- 2.6 an episode; the mean of 4000 episodes has a standard error of 0.04.
        Assert.InRange(MeanReturn(4000, (_, _, random) => random.NextInt32(4)), 1.75, 2.15);
    }

    [Fact]
    public void TheNearestGoalByTheShortestPathRoundTheFiresEarnsWhatTheYardstickSays() =>
        Assert.InRange(MeanReturn(1000, (environment, i, _) => ShortestPath(environment, i)), 25.7, 26.5);

    [Fact]
    public void TheSameWithOneRandomStepInTenEarnsWhatTheYardstickSays() =>
        Assert.InRange(
            MeanReturn(1000, (environment, i, random) => random.NextDouble() < 0.1 ? random.NextInt32(4) : ShortestPath(environment, i)),
            23.1,
            23.9);

    [Fact]
    public void ARestoredEnvironmentContinuesWithTheSameBytes()
    {
        using var environment = new GridWorldEnvironment("gridworld", 5);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(5, buffers.Frames, buffers.Result);
        Drive.Random(environment, buffers, 1, 77);
        var state = Drive.Save(environment);
        var expected = Drive.Random(environment, buffers, 2, 77);
        using var restored = new GridWorldEnvironment("gridworld", 5);
        using var others = new FrameBuffers(restored);
        Drive.Load(restored, state);
        Assert.Equal(expected, Drive.Random(restored, others, 2, 77));
    }

    [Fact]
    public void BadActionsAndForeignStateAreRefused()
    {
        using var environment = new GridWorldEnvironment("gridworld", 1);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(5, buffers.Frames, buffers.Result);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => environment.Step([4], buffers.Frames, buffers.Result)).Kind);
        using var larger = new GridWorldEnvironment("gridworld", 1, size: 7);
        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => Drive.Load(larger, Drive.Save(environment))).Kind);
    }

    [Fact]
    public void ASeedGivesEveryEnvironmentOfABatchAWorldOfItsOwn()
    {
        using var environment = new GridWorldEnvironment("gridworld", 2);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(1, buffers.Frames, buffers.Result);
        var first = buffers.Bytes(0).ToArray();
        Assert.False(first.AsSpan().SequenceEqual(buffers.Bytes(1)));
        environment.Reset(1, buffers.Frames, buffers.Result);
        Assert.Equal(first, buffers.Bytes(0).ToArray());
    }

    private static double MeanReturn(int episodes, Func<GridWorldEnvironment, int, RandomStream, int> choose)
    {
        const int count = 20;
        using var environment = new GridWorldEnvironment("gridworld", count);
        using var buffers = new FrameBuffers(environment);
        var random = new RandomStream(77);
        var actions = new int[count];
        var total = 0.0;
        environment.Reset(2, buffers.Frames, buffers.Result);
        for (var step = 0; step < episodes / count * (GridWorldEnvironment.EpisodeSteps + 1); step++)
        {
            for (var i = 0; i < count; i++)
                actions[i] = choose(environment, i, random);
            environment.Step(actions, buffers.Frames, buffers.Result);
            total += buffers.Result.Rewards.Sum();
        }

        return total / episodes;
    }

    /// <summary>The first move of a shortest path to the nearest goal that crosses no fire.</summary>
    private static int ShortestPath(GridWorldEnvironment environment, int index)
    {
        var hero = environment.HeroOf(index);
        var first = new int[25];
        Array.Fill(first, -1);
        var queue = new Queue<int>([hero]);
        while (queue.TryDequeue(out var cell))
        {
            for (var action = 0; action < 4; action++)
            {
                var (row, column) = (cell / 5, cell % 5);
                (row, column) = action switch
                {
                    0 => (row - 1, column),
                    1 => (row + 1, column),
                    2 => (row, column - 1),
                    _ => (row, column + 1),
                };
                if (row is < 0 or > 4 || column is < 0 or > 4)
                    continue;
                var next = (row * 5) + column;
                if (next == hero || first[next] >= 0 || environment.FiresOf(index).Contains(next))
                    continue;
                first[next] = cell == hero ? action : first[cell];
                if (environment.GoalsOf(index).Contains(next))
                    return first[next];
                queue.Enqueue(next);
            }
        }

        return 0;
    }
}
