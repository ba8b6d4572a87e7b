using System.Text.Json;
using System.Xml.Linq;

namespace FastDqn.Cli.Tests.Play;

/// <summary>Trains one small agent and looks at it with every verb.</summary>
public sealed class WatchTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly string _run;

    public WatchTests()
    {
        _run = _scratch["run"];
        Train(_run, 1);
    }

    [Fact]
    public void A_trained_agent_can_be_watched_plotted_and_helped()
    {
        var (code, output, errors) = FastDqnProgram.Run("watch", _run, "-o", _scratch["film.gif"], "--q-plot", _scratch["q.svg"], "--json");
        Assert.Equal((0, ""), (code, errors));
        var watched = JsonDocument.Parse(output).RootElement;
        var steps = watched.GetProperty("agent_steps").GetInt32();
        Assert.Equal(steps, watched.GetProperty("returns")[0].GetDouble());
        Assert.StartsWith("GIF89a", System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(_scratch["film.gif"]), 0, 6), StringComparison.Ordinal);
        var curves = Polylines(_scratch["q.svg"]);
        Assert.Equal(2, curves.Count);
        Assert.All(curves, points => Assert.Equal(steps, points));

        Assert.Equal(0, FastDqnProgram.Run("watch", _run, "-o", _scratch["strip.png"]).Code);
        Assert.Equal(0x89, File.ReadAllBytes(_scratch["strip.png"])[0]);

        // Asked at every step: the value never exceeds the first one's by a thousand.
        var team = FastDqnProgram.Run("team", _run, "--threshold", "-1000", "--answers", "left,1,r", "--json");
        Assert.Equal(0, team.Code);
        Assert.Contains("under the first state's", team.Errors, StringComparison.Ordinal);
        var helped = JsonDocument.Parse(team.Output).RootElement;
        Assert.Equal(3, helped.GetProperty("answered").GetInt32());
        Assert.Equal(helped.GetProperty("agent_steps").GetInt32(), helped.GetProperty("asked").GetInt32());

        // Never asked: the agent's own game, whatever the answers.
        var alone = FastDqnProgram.Run("team", _run, "--threshold", "1000", "--json");
        Assert.Equal(0, JsonDocument.Parse(alone.Output).RootElement.GetProperty("asked").GetInt32());

        var second = _scratch["second"];
        Train(second, 2);
        var plot = FastDqnProgram.Run("plot", _run, second, "-o", _scratch["curves.svg"]);
        Assert.Equal((0, ""), (plot.Code, plot.Errors));
        var svg = XDocument.Load(_scratch["curves.svg"]);
        Assert.Contains(svg.Descendants(), e => e.Name.LocalName == "polygon");
        Assert.Contains(svg.Descendants(), e => e.Name.LocalName == "text" && e.Value.Contains("2 seeds", StringComparison.Ordinal));
        var wrong = FastDqnProgram.Run("plot", _run, "-o", _scratch["x.svg"], "--metric", "charts/epsilom");
        Assert.Equal(2, wrong.Code);
        Assert.Contains("charts/epsilon", wrong.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Watching_and_being_asked_work_in_a_terminal()
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

    public void Dispose() => _scratch.Dispose();

    private static void Train(string run, int seed)
    {
        var (code, _, errors) = FastDqnProgram.Run(
            "train", "cartpole-tutorial", "--steps", "400", "--seed", $"{seed}", "--run-dir", run, "--quiet", "--json",
            "--set", "schedule.warm_up=100", "--set", "eval.episodes=1", "--set", "eval.video=false", "--set", "log.every=100", "--set", "replay.capacity=1000");
        if (code == 4)
            Assert.Skip(errors);
        Assert.True(code == 0, errors);
    }

    private static List<int> Polylines(string path) =>
        [.. XDocument.Load(path).Descendants().Where(e => e.Name.LocalName == "polyline").Select(e => e.Attribute("points")!.Value.Split(' ').Length)];
}
