using FastDqn.Core;
using FastDqn.Environments.Memory;

namespace FastDqn.Environments.Tests;

/// <summary>The tasks that only memory solves.</summary>
public sealed class MemoryEnvironmentTests
{
    private const int Up = 0, Down = 1, Left = 2, Right = 3;

    public static TheoryData<string> Names => ["t-maze", "repeat-previous"];

    [Fact]
    public void TheSignOfTheMazeSaysWhereTheGoalIs()
    {
        using var maze = new TMazeEnvironment("t-maze", 16, length: 3);
        using var buffers = new FrameBuffers(maze);
        maze.Reset(1, buffers.Frames, buffers.Result);
        var goals = Enumerable.Range(0, 16).Select(maze.GoalOf).ToArray();
        Assert.Equal([Up, Down], goals.Distinct().Order());
        for (var i = 0; i < 16; i++)
            Assert.Equal(goals[i] == Up ? [0, 1, 1] : new float[] { 1, 1, 0 }, buffers.Floats(i).ToArray());
        foreach (var seen in (float[][])[[1, 0, 1], [1, 0, 1], [0, 1, 0]])
        {
            Step(Right);
            Assert.All(Enumerable.Range(0, 16), i => Assert.Equal(seen, buffers.Floats(i).ToArray()));
            Assert.All(buffers.Result.Rewards, reward => Assert.Equal(0, reward));
        }

        // Half of them turn to the goal, the others away from it.
        maze.Step([.. goals.Select((goal, i) => i % 2 == 0 ? goal : 1 - goal)], buffers.Frames, buffers.Result);
        Assert.All(buffers.Result.Terminated, over => Assert.Equal(1, over));
        Assert.Equal(
            Enumerable.Range(0, 16).Select(i => i % 2 == 0 ? TMazeEnvironment.Goal : TMazeEnvironment.Miss), buffers.Result.Rewards);
        Step(Left);
        Assert.All(buffers.Result.EpisodeStart, start => Assert.Equal(1, start));
        Assert.All(buffers.Result.Frames, frames => Assert.Equal(0, frames));

        void Step(int action) => maze.Step([.. Enumerable.Repeat(action, 16)], buffers.Frames, buffers.Result);
    }

    [Fact]
    public void WallsOfTheMazeCostAndItsLimitCuts()
    {
        using var maze = new TMazeEnvironment("t-maze", 1, length: 2);
        using var buffers = new FrameBuffers(maze);
        maze.Reset(1, buffers.Frames, buffers.Result);
        var sign = buffers.Floats(0).ToArray();
        int[] actions = [Left, Up, Right, Down, Right, Right, Left, Left, Left, Right];
        float[] rewards = [-0.1f, -0.1f, 0, -0.1f, 0, -0.1f, 0, 0, -0.1f, 0];
        for (var k = 0; k < actions.Length; k++)
        {
            maze.Step([actions[k]], buffers.Frames, buffers.Result);
            Assert.Equal(rewards[k], buffers.Result.Rewards[0]);
            Assert.Equal(0, buffers.Result.Terminated[0]);
            Assert.Equal(k == 9 ? 1 : 0, buffers.Result.Truncated[0]);
            if (k is 0 or 1 or 7 or 8)
                Assert.Equal(sign, buffers.Floats(0).ToArray());
        }
    }

    [Fact]
    public void TheSymbolOfFourStepsAgoIsWanted()
    {
        using var environment = new RepeatPreviousEnvironment("repeat-previous", 2, back: 4);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(1, buffers.Frames, buffers.Result);
        for (var episode = 0; episode < 3; episode++)
        {
            var shown = new List<int> { Shown() };
            var sum = 0.0;
            for (var step = 0; step < RepeatPreviousEnvironment.EpisodeSteps; step++)
            {
                var wanted = step < 4 ? -1 : shown[^5];
                Assert.Equal(wanted, environment.WantedOf(0));
                // The second one is always wrong.
                environment.Step([Math.Max(0, wanted), (environment.WantedOf(1) + 1) % 4], buffers.Frames, buffers.Result);
                var whole = step < 4 ? 0 : 1 / 48f;
                Assert.Equal([whole, -whole], buffers.Result.Rewards);
                sum += buffers.Result.Rewards[0];
                shown.Add(Shown());
            }

            Assert.Equal(1, sum, 5);
            Assert.All(buffers.Result.Terminated, over => Assert.Equal(1, over));
            Assert.Equal(4, shown.Distinct().Count());
            environment.Step([0, 0], buffers.Frames, buffers.Result);
            Assert.Equal([1, 1], buffers.Result.EpisodeStart);
        }

        int Shown()
        {
            var seen = buffers.Floats(0).ToArray();
            Assert.Equal(1, seen.Sum());
            return Array.IndexOf(seen, 1f);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ASavedTaskGoesOnAndBadStatesAreRefused(string name)
    {
        using var environment = BuiltInEnvironments.Find(name)!.Create(3);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(7, buffers.Frames, buffers.Result);
        Drive.Random(environment, buffers, 1, 77);
        var state = Drive.Save(environment);
        var expected = Drive.Random(environment, buffers, 2, 200);
        using var other = BuiltInEnvironments.Find(name)!.Create(3);
        Drive.Load(other, state);
        Assert.Equal(expected, Drive.Random(other, buffers, 2, 200));
        Assert.NotEqual(expected, Drive.Random(other, buffers, 2, 200));
        // The first number of the state, after the section's name, version and the count.
        var refused = 0;
        for (var at = 0; at < state.Length - 4; at++)
        {
            var bad = (byte[])state.Clone();
            bad[at] = bad[at + 1] = bad[at + 2] = bad[at + 3] = 0xFF;
            try
            {
                Drive.Load(other, bad);
            }
            catch (FastDqnException e)
            {
                Assert.Equal(ErrorKind.BadData, e.Kind);
                refused++;
            }
        }

        Assert.True(refused > 20);
        Assert.Equal(
            ErrorKind.Usage, Assert.Throws<FastDqnException>(() => environment.Step([0, 4, 0], buffers.Frames, buffers.Result)).Kind);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ItsPictureShowsTheState(string name)
    {
        using var environment = BuiltInEnvironments.Find(name)!.Create(1);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(7, buffers.Frames, buffers.Result);
        var picture = (IRenderable)environment;
        var (width, height) = picture.RenderSize(0);
        var (before, after) = (new byte[3 * width * height], new byte[3 * width * height]);
        picture.RenderRgb(0, before);
        environment.Step([3], buffers.Frames, buffers.Result);
        picture.RenderRgb(0, after);
        Assert.NotEqual(before, after);
        Assert.True(before.Distinct().Count() > 2);
    }
}
