using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FastDqn.Tests;

namespace FastDqn.Cli.Tests.Play;

/// <summary>One small agent, trained once for the tests that look at it.</summary>
public sealed class SmallAgent : IDisposable
{
    private readonly TempFolder _scratch = new();

    public SmallAgent() => Skipped = Train(Run, 1).Skipped;

    public string Run => File("run");

    /// <summary>Why nothing was trained, or null.</summary>
    public string? Skipped { get; }

    public string File(string name) => _scratch.File(name);

    public void Dispose() => _scratch.Dispose();

    /// <summary>Trains for 400 steps and gives what stderr said.</summary>
    internal static (string Errors, string? Skipped) Train(string run, int seed, params string[] more)
    {
        string[] arguments =
        [
            "train", "cartpole-exercises", "--steps", "400", "--seed", $"{seed}", "--run-dir", run, "--quiet", "--json",
            "--set", "schedule.warm_up=100", "--set", "eval.episodes=1", "--set", "eval.video=false",
            "--set", "log.every=100", "--set", "replay.capacity=1000", .. more,
        ];
        var (code, _, errors) = FastDqnProgram.Run(arguments);
        Assert.True(code is 0 or 4, errors);
        return (errors, code == 4 ? errors : null);
    }
}

/// <summary>Looks at a trained agent with every verb.</summary>
public sealed class WatchTests : IClassFixture<SmallAgent>
{
    private readonly SmallAgent _scratch;
    private readonly string _run;

    public WatchTests(SmallAgent agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        if (agent.Skipped is { } reason)
            Assert.Skip(reason);
        (_scratch, _run) = (agent, agent.Run);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void AThresholdThatIsToldAsks(int repeat)
    {
        var run = _scratch.File($"repeats-{repeat}");
        SmallAgent.Train(run, 1, "--set", $"train.action_repeat={repeat}");
        for (var seed = 1; seed <= 4; seed++)
        {
            var told = FastDqnProgram.Run("team", run, "--threshold", "1000", "--seed", $"{seed}");
            var match = Regex.Match(told.Output, "max Q fell at most ([0-9.]+) under .*: a --threshold up to that would have asked");
            Assert.True(match.Success, told.Output);
            var asks = FastDqnProgram.Run("team", run, "--threshold", match.Groups[1].Value, "--seed", $"{seed}", "--json");
            Assert.NotEqual(0, JsonDocument.Parse(asks.Output).RootElement.GetProperty("asked").GetInt32());
        }
    }

    [Theory]
    [InlineData("q", 0)]
    [InlineData("\x03", 130)]
    [InlineData("x\e[113;1:1u", 0)] // q as a terminal with kitty's protocol sends it
    [InlineData("\e[99;5u", 130)] // control and c
    public void AKeyEndsWatching(string keys, int code)
    {
        using var terminal = new PseudoTerminal(80, 30, "watch", _run, "--episodes", "1000", "--steps", "1000000");
        terminal.Expect("(q quits)");
        terminal.Press(keys);
        Assert.Equal(code, terminal.WaitForExit());
        Assert.Contains("\e[?1049l", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("after 400 agent steps of training", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ATrainedAgentCanBeWatchedPlottedAndHelped()
    {
        var (code, output, errors) = FastDqnProgram.Run(
            "watch", _run, "-o", _scratch.File("film.gif"), "--q-plot", _scratch.File("q.svg"), "--json");
        Assert.Equal((0, ""), (code, errors));
        var watched = JsonDocument.Parse(output).RootElement;
        var steps = watched.GetProperty("agent_steps").GetInt32();
        Assert.Equal(steps, watched.GetProperty("returns")[0].GetDouble());
        Assert.StartsWith(
            "GIF89a",
            System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(_scratch.File("film.gif")), 0, 6),
            StringComparison.Ordinal);
        var texts = XDocument.Load(_scratch.File("q.svg")).Descendants()
            .Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToList();
        foreach (var word in new[] { "frame", "predicted Q(s,a)", "left", "right" })
            Assert.Contains(word, texts);
        var curves = Polylines(_scratch.File("q.svg"));
        Assert.Equal(2, curves.Count);
        Assert.All(curves, points => Assert.Equal(steps, points));

        Assert.Equal(0, FastDqnProgram.Run("watch", _run, "-o", _scratch.File("strip.png")).Code);
        Assert.Equal(0x89, File.ReadAllBytes(_scratch.File("strip.png"))[0]);

        // Asked at every step: the value never exceeds the first one's by a thousand.
        var team = FastDqnProgram.Run("team", _run, "--threshold", "-1000", "--answers", "left,1,r", "--json");
        Assert.Equal(0, team.Code);
        Assert.Contains("under the first state's", team.Errors, StringComparison.Ordinal);
        var helped = JsonDocument.Parse(team.Output).RootElement;
        Assert.Equal(3, helped.GetProperty("answered").GetInt32());
        Assert.Equal(helped.GetProperty("agent_steps").GetInt32(), helped.GetProperty("asked").GetInt32());

        // Never asked: the agent's own game, whatever the answers.
        var bogus = FastDqnProgram.Run("team", _run, "--answers", "left,bogus", "--json");
        Assert.Equal((2, ""), (bogus.Code, bogus.Output));
        Assert.Contains("--answers: 'bogus' is no action", bogus.Errors, StringComparison.Ordinal);

        // Max Q is told at every step.
        var alone = FastDqnProgram.Run("team", _run, "--threshold", "1000", "--json");
        var unasked = JsonDocument.Parse(alone.Output).RootElement;
        Assert.Equal(0, unasked.GetProperty("asked").GetInt32());
        Assert.Equal(
            unasked.GetProperty("agent_steps").GetInt32(),
            alone.Errors.Split('\n').Count(line => line.Contains(": max Q ", StringComparison.Ordinal)));

        // To the threshold itself is far enough: the first state is where its own value is.
        var equal = FastDqnProgram.Run("team", _run, "--threshold", "0", "--steps", "1", "--answers", "left", "--json");
        Assert.Equal(1, JsonDocument.Parse(equal.Output).RootElement.GetProperty("answered").GetInt32());
        Assert.Equal(2, FastDqnProgram.Run("team", _run, "--pause", "-1").Code);

        var second = _scratch.File("second");
        SmallAgent.Train(second, 2);
        var plot = FastDqnProgram.Run("plot", _run, second, "-o", _scratch.File("curves.svg"));
        Assert.Equal((0, ""), (plot.Code, plot.Errors));
        var svg = XDocument.Load(_scratch.File("curves.svg"));
        Assert.Contains(svg.Descendants(), e => e.Name.LocalName == "polygon");
        Assert.Contains(svg.Descendants(), e => e.Name.LocalName == "text" && e.Value.Contains("2 seeds", StringComparison.Ordinal));
        foreach (var name in new[] { "mean_return", "eval/mean_return" })
        {
            Assert.Equal(0, FastDqnProgram.Run("plot", _run, "-o", _scratch.File("eval.svg"), "--metric", name).Code);
            Assert.Contains("eval/mean_return", File.ReadAllText(_scratch.File("eval.svg")), StringComparison.Ordinal);
        }

        var wrong = FastDqnProgram.Run("plot", _run, "-o", _scratch.File("x.svg"), "--metric", "charts/epsilom");
        Assert.Equal(2, wrong.Code);
        Assert.Contains("charts/epsilon", wrong.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void WatchingAndBeingAskedWorkInATerminal()
    {
        using (var terminal = new PseudoTerminal(100, 30, "watch", _run, "--fps", "100"))
        {
            terminal.Expect("max q");
            Assert.Equal(0, terminal.WaitForExit());
            Assert.Contains("▀", terminal.Output, StringComparison.Ordinal);
            Assert.Contains("> ", terminal.Output, StringComparison.Ordinal);
        }

        using (var terminal = new PseudoTerminal(100, 30, "team", _run, "--threshold", "-1000"))
        {
            terminal.Press("left\nq\n");
            Assert.Equal(0, terminal.WaitForExit());
            terminal.Expect("answered 1");
        }
    }

    [Theory]
    [InlineData(2, "--answers: 'rihgt' is no action; did you mean 'right'?", "--ask", "--answers", "left,rihgt")]
    [InlineData(2, "answers.txt: 'lef t' is no action; did you mean 'left'?", "--ask", "--answers", "{answers}")]
    [InlineData(3, "no such file; it should be a list of answers", "--ask", "--answers", "absent.txt")]
    [InlineData(2, "give that too", "--answers", "left")]
    [InlineData(2, "needs a single environment", "--ask", "--envs", "2")]
    [InlineData(2, "learns from rollouts", "--ask", "--algorithm", "pqn")]
    public void WhatCannotBeAskedIsToldBeforeARunIsMade(int code, string expected, params string[] arguments)
    {
        using var folder = new TempFolder();
        var answers = folder.Write("answers.txt", "left\nlef t\n");
        var (exit, output, errors) = FastDqnProgram.Run(
            [
                "train", "cartpole-exercises", "--run-dir", folder.File("run"),
                .. arguments.Select(a => a.Replace("{answers}", answers, StringComparison.Ordinal)),
            ]);
        Assert.Equal((code, ""), (exit, output));
        Assert.Contains(expected, Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("run")));
    }

    [Fact]
    public void APersonCanBeAskedForTheExploringActionsOfATraining()
    {
        var errors = SmallAgent.Train(_scratch.File("asked"), 1, "--ask", "--answers", "left,right,0").Errors;
        Assert.Equal(4, errors.Split("exploring, question").Length - 1);

        // Told to push left again and again, the pole falls in ten steps or so; epsilon is still near 1.
        SmallAgent.Train(_scratch.File("left"), 1, "--ask", "--answers", string.Join(',', Enumerable.Repeat("left", 400)));
        var last = File.ReadLines(Path.Combine(_scratch.File("left"), "metrics.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement).Last(row => row.GetProperty("kind").GetString() == "episode");
        Assert.InRange(last.GetProperty("metrics").GetProperty("length").GetInt32(), 8, 13);
    }

    private static List<int> Polylines(string path) =>
        [.. XDocument.Load(path).Descendants()
            .Where(e => e.Name.LocalName == "polyline")
            .Select(e => e.Attribute("points")!.Value.Split(' ').Length)];
}
