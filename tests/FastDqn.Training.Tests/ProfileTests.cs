using System.Globalization;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Tests;
using FastDqn.Training.Loops;

namespace FastDqn.Training.Tests;

/// <summary>The profile says where all of the time went, and films are shown at a person's pace.</summary>
public sealed class ProfileTests
{
    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public void NoStageIsLeftOut(string overlap)
    {
        // What else the machine does between two stages is in none of them, and another time elsewhere: a stage that is
        // left out is left out each time.
        var (covered, elapsed) = (0.0, 1.0);
        for (var attempt = 0; attempt < 10 && Math.Abs(covered - elapsed) > 0.02 * elapsed; attempt++)
            (covered, elapsed) = Profiled(overlap);
        Assert.InRange(covered, 0.98 * elapsed, 1.02 * elapsed);
    }

    private static (double Covered, double Elapsed) Profiled(string overlap)
    {
        using var folder = new TempFolder();
        var config = SmallRuns.Config("dqn", $"train.overlap={overlap}", "log.films=true", "eval.every=200");
        var (_, told) = SmallRuns.Run(config, folder.File("run"), new RunTools(Profile: true));
        var table = told.Messages.Select(m => m.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToDictionary(row => row[0], row => row);
        // An evaluation on the way, the last one, and random play.
        Assert.Equal("3", table["evaluate"][4]);
        Assert.Contains("films", table.Keys);
        Assert.Contains("environment", table.Keys);
        string[] beside = overlap == "true" ? ["update", "learner_wait"] : [];
        return (
            table.Keys.Where(stage => stage is not ("stage" or "elapsed" or "trace") && !beside.Contains(stage)).Sum(Seconds),
            Seconds("elapsed"));

        double Seconds(string stage) => double.Parse(table[stage][1], CultureInfo.InvariantCulture);
    }

    [Fact]
    public void APartOfAStageIsTakenFromIt()
    {
        var times = new StageTimes(trace: false);
        var start = StageTimes.Now - (10 * System.Diagnostics.Stopwatch.Frequency);
        times.AddSpan(Stage.Environment, start, start + (10 * System.Diagnostics.Stopwatch.Frequency));
        times.AddPart(Stage.Films, Stage.Environment, StageTimes.Now - (4 * System.Diagnostics.Stopwatch.Frequency));
        Assert.Equal(10, times.Seconds(Stage.Environment) + times.Seconds(Stage.Films), 6);
        Assert.InRange(times.Seconds(Stage.Films), 4, 5);
    }

    [Fact]
    public void FilmsRunAtTheGamesPaceAndSmallSystemsAtFifteenASecond()
    {
        foreach (var environment in BuiltInEnvironments.All)
        {
            using var made = environment.Create(1);
            Assert.Equal(15, made.StepsPerSecond);
        }

        using var cartridge = AtariCartridge.Bundled();
        using var game = new AtariVectorEnvironment(cartridge, 1, new AtariOptions { FrameSkip = 4 });
        Assert.Equal(15, game.StepsPerSecond);
        using var frames = new AtariVectorEnvironment(cartridge, 1, new AtariOptions { FrameSkip = 1 });
        Assert.Equal(60, frames.StepsPerSecond);

        using var folder = new TempFolder();
        _ = SmallRuns.Run(SmallRuns.Config("dqn", "log.films=true", "eval.episodes=0"), folder.File("run"));
        var film = File.ReadAllBytes(folder.File("run/videos/episode-000001.gif"));
        // The first graphic control extension: its delay in hundredths of a second.
        var control = film.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x21, 0xF9, 4]);
        Assert.Equal(7, film[control + 4] | (film[control + 5] << 8));
    }
}
