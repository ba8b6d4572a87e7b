using FastDqn.Core;
using FastDqn.Environments.Atari;
using FastDqn.Tests;

namespace FastDqn.Environments.Tests.Atari;

public sealed class AtariVectorEnvironmentTests
{
    private static AtariVectorEnvironment Bricks(int count, AtariOptions? options = null)
    {
        using var cartridge = AtariCartridge.Bundled();
        return new AtariVectorEnvironment(cartridge, count, options);
    }

    private static ulong Play(AtariVectorEnvironment environment, FrameBuffers buffers, RandomStream random, int steps)
    {
        var actions = new int[environment.Count];
        var digest = 14695981039346656037UL;
        for (var step = 0; step < steps; step++)
        {
            for (var i = 0; i < actions.Length; i++)
                actions[i] = random.NextInt32(environment.ActionNames.Count);
            environment.Step(actions, buffers.Frames, buffers.Result);
            digest = Drive.Digest(digest, buffers);
        }
        return digest;
    }

    [Fact]
    public void TellsWhatAnAgentSeesAndDoes()
    {
        using var environment = Bricks(3);
        Assert.Equal("bricks", environment.Name);
        Assert.Null(environment.Rom.Note);
        Assert.Equal(["NOOP", "FIRE", "RIGHT", "LEFT"], environment.ActionNames);
        Assert.Equal([84, 84], environment.Observation.Shape);
        Assert.Equal(
            (4, StackPadding.Zero, 7056),
            (environment.Observation.StackDepth, environment.Observation.Padding, environment.Observation.FrameBytes));
        Assert.Equal(4, environment.FramesPerStep);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(1, buffers.Frames, buffers.Result);
        Assert.Equal([1, 1, 1], buffers.Result.EpisodeStart);
        Assert.Equal([5, 5, 5], buffers.Result.Lives);
        Assert.Contains(buffers.Bytes(0).ToArray(), pixel => pixel > 100);
    }

    [Fact]
    public void TheSameSeedGivesTheSameBytesOnAnyNumberOfThreads()
    {
        ulong Run(ulong seed, int threads)
        {
            using var environment = Bricks(5, new AtariOptions { Threads = threads, Sticky = 0.25, MaxFrames = 200 });
            using var buffers = new FrameBuffers(environment);
            environment.Reset(seed, buffers.Frames, buffers.Result);
            return Drive.Digest(Play(environment, buffers, new RandomStream(9), 80), buffers);
        }

        var expected = Run(7, 1);
        Assert.Equal(expected, Run(7, 2));
        Assert.Equal(expected, Run(7, 4));
        Assert.NotEqual(expected, Run(8, 2));
    }

    [Fact]
    public void SeedsOfEnvironmentsAndRunsAreDistinct()
    {
        var seeds = new HashSet<uint>();
        for (ulong run = 0; run < 40; run++)
            for (var index = 0; index < 40; index++)
                Assert.True(seeds.Add(AtariVector.SeedOf(run, index)));
        Assert.All(seeds, seed => Assert.True(seed <= int.MaxValue));
    }

    [Theory]
    [InlineData(AtariRules.Ale)]
    [InlineData(AtariRules.Wrappers)]
    public void ARestoredEnvironmentContinuesWithTheSameBytes(AtariRules rules)
    {
        var options = new AtariOptions { Sticky = 0.25, MaxFrames = 300, Rules = rules, LifeLoss = AtariLifeLoss.Continue };
        using var first = Bricks(3, options);
        using var second = Bricks(3, options with { Threads = 1 });
        using var buffers = new FrameBuffers(first);
        first.Reset(3, buffers.Frames, buffers.Result);
        Play(first, buffers, new RandomStream(1), 60);
        using var memory = new MemoryStream();
        first.Save(new StateWriter(memory));
        var expected = Play(first, buffers, new RandomStream(2), 60);
        memory.Position = 0;
        second.Load(new StateReader(memory));
        Assert.Equal(expected, Play(second, buffers, new RandomStream(2), 60));
    }

    [Fact]
    public void TornAndForeignStatesAreRefused()
    {
        using var environment = Bricks(2);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(3, buffers.Frames, buffers.Result);
        using var memory = new MemoryStream();
        environment.Save(new StateWriter(memory));
        var bytes = memory.ToArray();
        var torn = Assert.Throws<FastDqnException>(() => environment.Load(new StateReader(new MemoryStream(bytes[..^9]))));
        Assert.Equal(ErrorKind.BadData, torn.Kind);
        using var other = Bricks(2, new AtariOptions { FrameSkip = 3 });
        var foreign = Assert.Throws<FastDqnException>(() => other.Load(new StateReader(new MemoryStream(bytes))));
        Assert.Contains("settings", foreign.Message, StringComparison.Ordinal);
        environment.Load(new StateReader(new MemoryStream(bytes)));
    }

    [Fact]
    public void SteppingAllocatesNothing()
    {
        using var environment = Bricks(4);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(3, buffers.Frames, buffers.Result);
        var actions = new int[4];
        for (var i = 0; i < 20; i++)
            environment.Step(actions, buffers.Frames, buffers.Result);
        Assert.Equal(0, Allocations.Of(_ =>
        {
            for (var i = 0; i < 50; i++)
                environment.Step(actions, buffers.Frames, buffers.Result);
        }));
    }

    [Fact]
    public void DrawsItselfInColour()
    {
        using var environment = Bricks(1);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(3, buffers.Frames, buffers.Result);
        var (width, height) = environment.RenderSize(0);
        Assert.Equal((160, 210), (width, height));
        var rgb = new byte[width * height * 3];
        environment.RenderRgb(0, rgb);
        Assert.True(rgb.Chunk(3).Select(pixel => (pixel[0], pixel[1], pixel[2])).Distinct().Count() > 4);
        Assert.Throws<ArgumentException>(() => environment.RenderRgb(0, new byte[10]));
    }

    [Fact]
    public void PairsOfFramesAreOfferedForPixelsMadeElsewhere()
    {
        using var environment = Bricks(1, new AtariOptions { Frames = AtariFrames.Pairs });
        Assert.Equal([2, 210, 160], environment.Observation.Shape);
    }

    [Theory]
    [InlineData("threads", ErrorKind.Usage)]
    [InlineData("frame skip", ErrorKind.Usage)]
    [InlineData("probability", ErrorKind.Usage)]
    [InlineData("mode", ErrorKind.Usage)]
    [InlineData("preset", ErrorKind.Usage)]
    [InlineData("stack", ErrorKind.Usage)]
    [InlineData("environment", ErrorKind.Usage)]
    public void BadOptionsAreRefusedWithAMessage(string what, ErrorKind kind)
    {
        var options = what switch
        {
            "threads" => new AtariOptions { Threads = -3 },
            "frame skip" => new AtariOptions { FrameSkip = 0 },
            "probability" => new AtariOptions { Sticky = 2 },
            "mode" => new AtariOptions { Mode = 5 },
            "preset" => new AtariOptions { Pixels = "nosuchpreset" },
            "stack" => new AtariOptions { Stack = 0 },
            _ => new AtariOptions(),
        };
        var error = Assert.Throws<FastDqnException>(() => Bricks(what == "environment" ? 0 : 1, options));
        Assert.Equal(kind, error.Kind);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WrongActionsAndBuffersAreRefused()
    {
        using var environment = Bricks(2);
        using var buffers = new FrameBuffers(environment);
        var early = Assert.Throws<FastDqnException>(() => environment.Step([0, 0], buffers.Frames, buffers.Result));
        Assert.Contains("reset", early.Message, StringComparison.Ordinal);
        environment.Reset(1, buffers.Frames, buffers.Result);
        var error = Assert.Throws<FastDqnException>(() => environment.Step([0, 4], buffers.Frames, buffers.Result));
        Assert.Contains("action 4 of environment 1", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => environment.Step([0], buffers.Frames, buffers.Result));
        Assert.Throws<ArgumentException>(() => environment.Step([0, 0], buffers.Frames, new StepResult(3)));
    }

    [Fact]
    public void TheAleBackendRunsOrSaysHowToGetIt()
    {
        using var cartridge = LocalData.Cartridge("tetris");
        try
        {
            using var environment = new AtariVectorEnvironment(cartridge, 1, new AtariOptions { Backend = AtariBackend.Ale });
            using var ours = new AtariVectorEnvironment(cartridge, 1);
            using var theirBuffers = new FrameBuffers(environment);
            using var ourBuffers = new FrameBuffers(ours);
            environment.Reset(5, theirBuffers.Frames, theirBuffers.Result);
            ours.Reset(5, ourBuffers.Frames, ourBuffers.Result);
            Assert.Equal(Play(ours, ourBuffers, new RandomStream(4), 40), Play(environment, theirBuffers, new RandomStream(4), 40));
        }
        catch (FastDqnException e) when (e.Kind == ErrorKind.Unavailable)
        {
            Assert.Contains("where CMake finds ALE", e.Message, StringComparison.Ordinal);
        }
    }
}
