using System.Text.Json;
using FastDqn.Cli.Play;
using FastDqn.Environments;
using FastDqn.Environments.Tests;
using FastDqn.Tests;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests.Play;

/// <summary><c>show</c>: pictures of environments and of what agents see.</summary>
[Collection("console")]
public sealed class ShowTests
{
    // Where pictures begin: below a caption, and after each other.
    private const int Top = 12, Gap = 3;

    [Fact]
    public void AListOfActionsIsPlayedAndTheObservationStandsBesideThePicture()
    {
        using var scratch = new TempFolder();
        var (code, output, _) = Invoke(
            "show", "gridworld", "--actions", "right,3,down,0", "--raw", "--last", "--seed", "5", "-o", scratch.File("grid.png"), "--json");
        Assert.Equal(0, code);
        var told = JsonDocument.Parse(output).RootElement;
        Assert.Equal((4, "list"), (told.GetProperty("agent_steps").GetInt32(), told.GetProperty("policy").GetString()));

        using var game = new SingleEnvironment(new SessionHeader(new EnvironmentOptions { Name = "gridworld" }, 5));
        game.Reset();
        Transition row = null!;
        var score = 0.0;
        foreach (var action in new[] { 3, 3, 1, 0 })
            score += (row = game.Step(action)).Reward;
        Assert.Equal(score, told.GetProperty("returns")[0].GetDouble());
        game.Draw();
        var (width, _, rgb) = PngFile.Read(scratch.File("grid.png"));
        var scale = game.Height / 84;
        for (var i = 0; i < 84 * 84; i++)
        {
            var (x, y) = (i % 84, i / 84);
            var at = 3 * (((Top + (scale * y)) * width) + game.Width + Gap + (scale * x));
            Assert.Equal([row.Frame[i], row.Frame[7056 + i], row.Frame[14112 + i]], rgb[at..(at + 3)]);
            var raw = 3 * (((Top + (scale * y)) * width) + (scale * x));
            var drawn = 3 * ((scale * y * game.Width) + (scale * x));
            Assert.Equal(game.Rgb[drawn..(drawn + 3)], rgb[raw..(raw + 3)]);
        }
    }

    [Fact]
    public void TheStackIsTheLastFramesAsThePresetMakesThemTheOldestFirst()
    {
        using var scratch = new TempFolder();
        var preset = "env.pixels=pillow-bicubic";
        string[] settings = ["--set", preset, "--set", "env.noop_max=0", "--set", "env.fire_reset=on"];
        Assert.Equal(
            0,
            Invoke(["show", "bricks", "--stack", "--last", "--actions", "1,2,2,3,3", "-o", scratch.File("stack.png"), .. settings]).Exit);
        var options = new EnvironmentOptions { Name = "bricks" };
        using var game = new SingleEnvironment(
            new SessionHeader(options with { Atari = options.Atari with { Pixels = "pillow-bicubic", NoopMax = 0 } }, 1));
        game.Reset();
        List<byte[]> frames = [.. new[] { 1, 2, 2, 3, 3 }.Select(action => game.Step(action).Frame)];
        var (width, _, rgb) = PngFile.Read(scratch.File("stack.png"));
        Assert.Equal((4 * 168) + (3 * Gap), width);
        for (var age = 0; age < 4; age++)
        {
            for (var i = 0; i < 84 * 84; i++)
            {
                var at = 3 * (((Top + (2 * (i / 84))) * width) + ((3 - age) * (168 + Gap)) + (2 * (i % 84)));
                Assert.Equal(frames[4 - age][i], rgb[at]);
            }
        }
    }

    [Theory]
    [InlineData("cartpole")]
    [InlineData("cartpole-pixels", "--raw")]
    [InlineData("cartpole-pixels-rgb", "--raw")]
    [InlineData("gridworld-partial", "--stack")]
    [InlineData("bricks", "--raw", "--stack")]
    [InlineData("breakout-tutorial", "--raw")]
    public void EveryKindOfEnvironmentIsFilmed(string name, params string[] more)
    {
        using var scratch = new TempFolder();
        var films = new[] { "one.gif", "two.gif" }.Select(scratch.File).ToArray();
        foreach (var film in films)
            Assert.Equal(0, Invoke(["show", name, "--steps", "6", "--roms", scratch.Path, "-o", film, .. more]).Exit);
        // The same seed, the same game.
        Assert.Equal(File.ReadAllBytes(films[0]), File.ReadAllBytes(films[1]));
    }

    [Fact]
    public void AnEpisodeThatEndsBeforeTheListDoesIsTold()
    {
        using var scratch = new TempFolder();
        var left = string.Join(',', Enumerable.Repeat("left", 30));
        var (code, output, errors) = Invoke("show", "cartpole", "--actions", left, "-o", scratch.File("left.gif"));
        Assert.Equal(0, code);
        Assert.Matches("cartpole: 30 actions from a list, seed 1: return [0-9]+ in [0-9]+ agent steps", output);
        Assert.Matches("the episode ended after [0-9]+ of 30 actions", errors);
    }
}
