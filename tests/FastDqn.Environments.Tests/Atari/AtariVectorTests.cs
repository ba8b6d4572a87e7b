using FastDqn.Core;
using FastDqn.Environments.Atari;

namespace FastDqn.Environments.Tests.Atari;

public sealed class AtariVectorTests
{
    private static readonly AtariOptions Options = new() { Sticky = 0.25, MaxFrames = 200 };

    private static AtariVector Bricks(int count = 3)
    {
        using var cartridge = AtariCartridge.Bundled();
        return new AtariVector(cartridge, count, Options);
    }

    private static byte[] FramesOf(AtariVector games) => new byte[games.Count * games.FrameBytes];

    private static ulong Play(AtariVector games, RandomStream random, int steps)
    {
        var (digest, actions, frames) = (Drive.Start, new int[games.Count], FramesOf(games));
        for (var step = 0; step < steps; step++)
        {
            for (var i = 0; i < actions.Length; i++)
                actions[i] = random.NextInt32(games.Actions.Count);
            games.Step(actions, frames);
            digest = Drive.Fnv(digest, frames);
            foreach (var reward in games.Result.Rewards)
                digest = Drive.Fnv(digest, BitConverter.GetBytes(reward));
        }

        return digest;
    }

    [Fact]
    public void OneSpanHoldsTheFramesThatAddressesWouldTake()
    {
        using var games = Bricks();
        using var cartridge = AtariCartridge.Bundled();
        using var environment = new AtariVectorEnvironment(cartridge, 3, Options);
        using var buffers = new FrameBuffers(environment);
        var frames = FramesOf(games);
        var random = new RandomStream(5);
        games.Reset(4, frames);
        environment.Reset(4, buffers.Frames, buffers.Result);
        for (var step = 0; step < 60; step++)
        {
            for (var i = 0; i < games.Count; i++)
                Assert.Equal(buffers.Bytes(i), frames.AsSpan(i * games.FrameBytes, games.FrameBytes));
            Assert.Equal(buffers.Result.Rewards, games.Result.Rewards);
            Assert.Equal(buffers.Result.EpisodeStart, games.Result.EpisodeStart);
            int[] actions = [random.NextInt32(4), random.NextInt32(4), random.NextInt32(4)];
            games.Step(actions, frames);
            environment.Step(actions, buffers.Frames, buffers.Result);
        }
    }

    [Fact]
    public void ARestoredStateContinuesWithTheSameBytes()
    {
        using var games = Bricks();
        games.Reset(1, FramesOf(games));
        _ = Play(games, new RandomStream(2), 30);
        var state = games.SaveState();
        var expected = Play(games, new RandomStream(3), 40);
        using var other = Bricks();
        other.RestoreState(state);
        Assert.Equal(expected, Play(other, new RandomStream(3), 40));
        Assert.NotEqual(expected, Play(other, new RandomStream(3), 40));
    }

    [Fact]
    public void BuffersOfAnotherSizeAndStatesOfOthersAreRefused()
    {
        using var games = Bricks();
        var frames = FramesOf(games);
        Assert.Throws<ArgumentException>(() => games.Reset(1, frames.AsSpan(1)));
        games.Reset(1, frames);
        Assert.Throws<ArgumentException>(() => games.Step(new int[2], frames));
        Assert.Throws<ArgumentException>(() => games.Step(new int[3], new byte[frames.Length + 1]));
        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => games.RestoreState([])).Kind);
        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => games.RestoreState([1, 2, 3])).Kind);
        using var more = Bricks(4);
        more.Reset(1, FramesOf(more));
        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => games.RestoreState(more.SaveState())).Kind);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => Bricks(0)).Kind);
    }
}
