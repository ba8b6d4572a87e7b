using FastDqn.Environments;

namespace MyMaze.Tests;

public sealed class MyMazeTests
{
    [Fact]
    public void ItKeepsTheContract() => Assert.Empty(EnvironmentContract.Check(() => new MyMaze()));

    [Fact]
    public void AnEpisodeEndsAfterFortySteps()
    {
        var maze = new MyMaze();
        var observation = new ObservationSpan(new byte[maze.Observation.FrameBytes], maze.Observation.Type);
        maze.Reset(1, observation);
        for (var step = 1; step < 40; step++)
            Assert.Equal(default, maze.Step(0, observation) with { Reward = 0 });
        Assert.True(maze.Step(0, observation).Truncated);
    }
}
