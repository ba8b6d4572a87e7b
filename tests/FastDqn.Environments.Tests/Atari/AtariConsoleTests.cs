using FastDqn.Core;
using FastDqn.Environments.Atari;

namespace FastDqn.Environments.Tests.Atari;

public sealed class AtariConsoleTests
{
    [Fact]
    public void PlaysAGameToItsEndAndStartsAnother()
    {
        using var cartridge = AtariCartridge.Bundled();
        using var console = new AtariConsole(cartridge, 1, new AtariConsoleOptions { FrameSkip = 4 });
        Assert.Equal((160, 210, false, 5), (console.Width, console.Height, console.Pal, console.Lives));
        for (var step = 0; step < 20_000 && !console.GameOver; step++)
            console.Act(1);
        Assert.True(console.Terminal);
        Assert.False(console.Truncated);
        Assert.Equal(0, console.Lives);
        console.Reset();
        Assert.Equal((false, 5, 0), (console.GameOver, console.Lives, console.EpisodeFrameNumber));
        Assert.True(console.FrameNumber > 0);
    }

    [Fact]
    public void RamCanBeReadAndWritten()
    {
        using var cartridge = AtariCartridge.Bundled();
        using var console = new AtariConsole(cartridge);
        console.SetRam(2, 3); // lives
        var ram = new byte[128];
        console.CopyRam(ram);
        Assert.Equal(3, ram[2]);
        console.Act(0);
        Assert.Equal(3, console.Lives);
        Assert.Throws<FastDqnException>(() => console.SetRam(128, 0));
        Assert.Throws<ArgumentException>(() => console.CopyRam(new byte[10]));
        Assert.Throws<ArgumentException>(() => console.CopyScreen(new byte[10]));
        Assert.Throws<ArgumentException>(() => console.CopyScreenRgb(new byte[10]));
    }

    [Fact]
    public void ARestoredConsoleContinuesWithTheSameBytes()
    {
        using var cartridge = AtariCartridge.Bundled();
        using var console = new AtariConsole(cartridge, 4, new AtariConsoleOptions { RepeatActionProbability = 0.25f, FrameSkip = 4 });
        var random = new RandomStream(3);
        var screen = new byte[console.Width * console.Height];
        byte[] Play(RandomStream draws)
        {
            for (var i = 0; i < 30; i++)
                console.Act(draws.NextInt32(18));
            console.CopyScreen(screen);
            return [.. screen, .. console.SaveState()];
        }

        Play(random);
        using var memory = new MemoryStream();
        console.Save(new StateWriter(memory));
        var expected = Play(new RandomStream(8));
        memory.Position = 0;
        console.Load(new StateReader(memory));
        Assert.Equal(expected, Play(new RandomStream(8)));
        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => console.RestoreState(expected)).Kind);
    }

    [Fact]
    public void IllegalModesDifficultiesAndActionsSayWhatThereIs()
    {
        using var cartridge = AtariCartridge.Bundled();
        using var console = new AtariConsole(cartridge);
        Assert.Contains("use one of 0", Assert.Throws<FastDqnException>(() => console.SetMode(9)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "use one of 0, 1", Assert.Throws<FastDqnException>(() => console.SetDifficulty(3)).Message, StringComparison.Ordinal);
        Assert.Contains("17", Assert.Throws<FastDqnException>(() => console.Act(18)).Message, StringComparison.Ordinal);
    }
}
