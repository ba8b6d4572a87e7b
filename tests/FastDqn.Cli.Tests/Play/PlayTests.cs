using System.Text.Json;
using System.Xml.Linq;
using FastDqn.Cli.Play;
using FastDqn.Core;
using FastDqn.Tests;

namespace FastDqn.Cli.Tests.Play;

/// <summary>The terminal verbs as a person has them: through a pseudo-terminal.</summary>
public sealed class PlayTests
{
    [Fact]
    public void EveryKeyOfABurstIsAStepOfTheGridWorldAndTheSessionReplaysExactly()
    {
        using var scratch = new TempFolder();
        var session = scratch.File("grid.session");
        var expected = new List<int>();
        using (var terminal = new PseudoTerminal(100, 40, "play", "gridworld", "--transitions", session, "--seed", "7"))
        {
            terminal.Expect("q quit");
            terminal.Expect("wasd");
            var random = new RandomStream(1);
            for (var burst = 0; burst < 4; burst++)
            {
                var keys = "";
                for (var i = 0; i < 10; i++)
                {
                    var action = random.NextInt32(4);
                    expected.Add(action);
                    keys += "wsad"[action];
                }

                terminal.Press(keys);
            }

            terminal.Expect("step 40 ");
            terminal.Press("q");
            Assert.Equal(0, terminal.WaitForExit());
            Assert.Contains("▀", terminal.Output, StringComparison.Ordinal);
            Assert.Contains("\e[?1049l", terminal.Output, StringComparison.Ordinal);
        }

        using (var reader = new TransitionReader(session))
        {
            Assert.Equal(-1, reader.Next()!.Action);
            foreach (var action in expected)
                Assert.Equal(action, reader.Next()!.Action);
            Assert.Null(reader.Next());
        }

        var replay = FastDqnProgram.Run("play", "--replay", session, "--json");
        Assert.Equal((0, ""), (replay.Code, replay.Errors));
        var result = JsonDocument.Parse(replay.Output).RootElement;
        Assert.True(result.GetProperty("exact").GetBoolean());
        Assert.Equal(40, result.GetProperty("steps").GetInt32());
    }

    [Fact]
    public void AtSixtyStepsASecondNoTapIsLost()
    {
        using var scratch = new TempFolder();
        var session = scratch.File("bricks.session");
        using (var terminal = new PseudoTerminal(
            80, 30, "play", "bricks", "--transitions", session, "--hold", "1", "--record", scratch.File("bricks.gif")))
        {
            terminal.Expect("space fires");
            for (var i = 0; i < 30; i++)
            {
                terminal.Press("\e[C\e[D");
                Thread.Sleep(10);
            }

            // The pause is read after all taps, however long this machine takes; the sixty need sixty steps at most.
            terminal.Press("p");
            terminal.Expect("PAUSED");
            terminal.Press("p");
            terminal.Expect($"step {terminal.LastStep() + 60} ");
            terminal.Press("q");
            Assert.Equal(0, terminal.WaitForExit());
        }

        var taps = new List<int>();
        using (var reader = new TransitionReader(session))
        {
            while (reader.Next() is { } row)
            {
                if (row.Action is 2 or 3)
                    taps.Add(row.Action);
            }
        }

        Assert.Equal(Enumerable.Range(0, 60).Select(i => i % 2 == 0 ? 2 : 3), taps);
        Assert.Equal(0, FastDqnProgram.Run("play", "--replay", session).Code);
        Assert.StartsWith(
            "GIF89a",
            System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(scratch.File("bricks.gif")), 0, 6),
            StringComparison.Ordinal);
    }

    [Fact]
    public void OnesOwnKeysPlayAndRewardAndActionAreDrawn()
    {
        using var scratch = new TempFolder();
        var keys = scratch.Write("keys.yaml", "j: left\nk: right\n");
        var session = scratch.File("grid.session");
        using (var terminal = new PseudoTerminal(
            100, 40, "play", "gridworld", "--keys", keys, "--plot", scratch.File("play.svg"), "--transitions", session))
        {
            terminal.Expect("j left  k right");
            terminal.Press("jwkkj");
            terminal.Expect("step 4 ");
            terminal.Press("q");
            Assert.Equal(0, terminal.WaitForExit());
        }

        using var reader = new TransitionReader(session);
        Assert.Equal([-1, 2, 3, 3, 2], Enumerable.Range(0, 5).Select(_ => reader.Next()!.Action));
        var texts = XDocument.Load(scratch.File("play.svg")).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value);
        foreach (var what in new[] { "Immediate reward", "Action magnitude" })
            Assert.Contains($"{what} over the last 4 steps of gridworld", texts);
        var (code, _, errors) = FastDqnProgram.Run("play", "gridworld", "--keys", scratch.Write("bad.yaml", "j: lfet"));
        Assert.Equal(3, code);
        Assert.Contains("bad.yaml:1:4: 'lfet' is no action; did you mean 'left'?", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void PausingStopsTheGameAndSingleStepsGoOn()
    {
        using var terminal = new PseudoTerminal(100, 30, "play", "cartpole", "--fps", "50");
        terminal.Expect("step 3 ");
        terminal.Press("p");
        terminal.Expect("PAUSED");
        terminal.Press("n");
        terminal.Press("\x03");
        Assert.Equal(130, terminal.WaitForExit());
        Assert.Contains("cartpole: ", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ATerminalThatIsTooSmallIsRefusedAndOneThatBecomesSoAsksForRoom()
    {
        using (var small = new PseudoTerminal(20, 6, "play", "gridworld"))
        {
            Assert.Equal(2, small.WaitForExit());
            Assert.Contains(
                "the terminal has 20 columns and 6 rows; at least 30 x 10 are needed",
                small.Errors(), StringComparison.Ordinal);
        }

        using var terminal = new PseudoTerminal(40, 14, "play", "gridworld");
        // The mapping and the commands take a line each where one is too narrow.
        terminal.Expect("wasd move\e[14;1H\e[2Kp pause, n one step, l redraw, q quit");
        terminal.Resize(24, 8);
        terminal.Press("w");
        terminal.Expect("enlarge this to 30 x 10");
        terminal.Resize(60, 20);
        terminal.Press("s");
        terminal.Expect("\e[20;1H\e[2Karrows or wasd move; p pause");
        terminal.Press("q");
        Assert.Equal(0, terminal.WaitForExit());
    }

    [Fact]
    public void AChangedSessionIsReportedWithItsFirstDifference()
    {
        using var scratch = new TempFolder();
        var (good, bad) = (scratch.File("good"), scratch.File("bad"));
        using (var game = new SingleEnvironment(new SessionHeader(new() { Name = "gridworld" }, 3)))
        using (var right = new TransitionWriter(good, game.Header, game.Environment.Observation))
        using (var wrong = new TransitionWriter(bad, game.Header, game.Environment.Observation))
        {
            for (var step = 0; step < 60; step++)
            {
                var row = step == 0 ? game.Reset() : game.Step(step % 4);
                right.Add(row);
                wrong.Add(step == 33 ? row with { Reward = row.Reward + 1 } : row);
            }
        }

        Assert.Equal(0, FastDqnProgram.Run("play", "--replay", good).Code);
        var (code, output, _) = FastDqnProgram.Run("play", "--replay", bad);
        Assert.Equal(1, code);
        Assert.StartsWith("differs at step 33: reward", output, StringComparison.Ordinal);
        File.WriteAllBytes(bad, File.ReadAllBytes(good)[..500]);
        Assert.Equal(3, FastDqnProgram.Run("play", "--replay", bad).Code);
        File.WriteAllText(bad, "not a session at all");
        Assert.Equal(3, FastDqnProgram.Run("play", "--replay", bad).Code);
    }

    [Theory]
    [InlineData(2, "needs a terminal", "play", "bricks")]
    [InlineData(2, "unknown environment", "play", "brick")]
    [InlineData(2, "must end in", "play", "bricks", "--record", "film.avi")]
    [InlineData(3, "no such file", "play", "--replay", "/nowhere")]
    [InlineData(3, "not found", "watch", "/nowhere", "-o", "x.gif")]
    [InlineData(3, "not found", "watch", "/nowhere")]
    [InlineData(3, "not found", "team", "/nowhere")]
    [InlineData(3, "not found", "plot", "/nowhere", "-o", "x.svg")]
    [InlineData(2, "unknown policy", "mdp", "--policy", "bold")]
    [InlineData(2, "gamma", "mdp", "--gamma", "1")]
    [InlineData(3, "no such file", "mdp", "/nowhere.yaml")]
    public void BadInputGetsOneLineAndItsCode(int code, string expected, params string[] arguments)
    {
        var result = FastDqnProgram.Run(arguments);
        Assert.Equal(code, result.Code);
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", result.Output);
    }
}
