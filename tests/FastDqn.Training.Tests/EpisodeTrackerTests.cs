using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Training.Acting;

namespace FastDqn.Training.Tests;

/// <summary>Against the lives that the environment tells.</summary>
public sealed unsafe class EpisodeTrackerTests
{
    [Theory]
    [InlineData(AtariLifeLoss.Ignore)]
    [InlineData(AtariLifeLoss.Continue)]
    public void AGameHasAllItsLives(AtariLifeLoss lifeLoss)
    {
        using var environment = EnvironmentFactory.Create(new EnvironmentOptions
        {
            Count = 2,
            Atari = new AtariOptions { LifeLoss = lifeLoss, Threads = 1, MaxFrames = 0 },
        });
        var memory = System.Runtime.InteropServices.NativeMemory.Alloc((nuint)(2 * environment.Observation.FrameBytes));
        try
        {
            nint[] frames = [(nint)memory, (nint)memory + environment.Observation.FrameBytes];
            var (step, random, tracker) = (new StepResult(2), new Core.RandomStream(4), new EpisodeTracker(2));
            var lost = new int[2];
            var games = new List<int>();
            var actions = environment.ActionNames.Count;
            environment.Reset(1, frames, step);
            for (var i = 0; i < 4000; i++)
            {
                environment.Step([random.NextInt32(actions), random.NextInt32(actions)], frames, step);
                for (var e = 0; e < 2; e++)
                    lost[e] += step.LifeLost[e];
                tracker.Add(step, episode =>
                {
                    games.Add(lost[episode.Environment]);
                    lost[episode.Environment] = 0;
                });
            }

            Assert.True(games.Count > 10);
            // The fifth life's end is the game's.
            Assert.All(games, lives => Assert.Equal(4, lives));
        }
        finally
        {
            System.Runtime.InteropServices.NativeMemory.Free(memory);
        }
    }

    [Fact]
    public void AGameThatEndsBetweenTwoLivesIsCountedWhenTheNextOneBegins()
    {
        var (step, tracker, games) = (new StepResult(1), new EpisodeTracker(1), new List<Episode>());
        foreach (var (start, terminated) in new[] { (0, 0), (0, 1), (2, 0), (0, 1), (1, 0), (0, 0) })
        {
            (step.Rewards[0], step.EpisodeStart[0]) = (start == 0 ? 1 : 0, (byte)start);
            step.Terminated[0] = step.LifeLost[0] = (byte)terminated;
            tracker.Add(step, games.Add);
        }

        Assert.Equal((1, 3.0, 3L, false), (games.Count, games[0].Return, games[0].Length, games[0].Truncated));
    }
}
