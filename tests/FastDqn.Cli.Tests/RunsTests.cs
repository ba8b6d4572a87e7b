using System.Text.Json.Nodes;
using FastDqn.Tests;
using FastDqn.Training.Runs;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary><c>fastdqn runs</c> tells every run under a folder, and of each what its files say.</summary>
[Collection("console")]
public sealed class RunsTests
{
    private static readonly string[] Small =
    [
        "--env", "cartpole", "--envs", "1", "--set", "body.widths=8", "--set", "schedule.warm_up=100", "--set", "replay.capacity=300",
        "--set", "log.every=100", "--set", "log.films=false", "--eval-episodes", "0", "-q",
    ];

    [Fact]
    public void EveryRunIsListedWithHowItStandsAndEnded()
    {
        using var folder = new TempFolder();
        Assert.Equal(0, Train("a/done", "--steps", "300"));
        Assert.Equal(0, Train("goal", "--steps", "3000", "--set", "train.stop_return=1", "--set", "train.stop_episodes=1"));
        Assert.Equal(1, Train("failed", "--steps", "300", "--set", "train.max_loss=0"));
        Directory.CreateDirectory(folder.File("a/b/broken"));
        folder.Write("a/b/broken/run.json", "{");
        folder.Write("a/notes.txt", "no run");

        var runs = List().ToDictionary(r => Path.GetFileName((string)r["run_dir"]!), r => r);
        Assert.Equal(["broken", "done", "failed", "goal"], runs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("finished", "all steps done"), Ended("done"));
        Assert.Equal(("finished", "goal reached"), Ended("goal"));
        Assert.Equal("failed", Ended("failed").Status);
        Assert.Contains("diverged", Ended("failed").How, StringComparison.Ordinal);
        Assert.Equal("unreadable", Ended("broken").Status);
        var done = runs["done"];
        Assert.Equal(("cartpole", "dqn-cleanrl", 1), ((string)done["env"]!, (string)done["algorithm"]!, (int)done["seed"]!));
        Assert.Equal((300, 300), ((int)done["step"]!, (int)done["steps"]!));
        Assert.True((double)done["mean_return"]! > 0 && (double)done["agent_steps_per_second"]! > 0);

        // Half a row at the end of a run that is being written, and one run given by itself.
        File.AppendAllText(folder.File("a/done/metrics.jsonl"), "{\"kind\":\"train\",\"st");
        var table = Invoke(["runs", folder.File("a/done")]).Output;
        Assert.Contains("300 of 300", table, StringComparison.Ordinal);
        Assert.Equal(2, table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(3, Invoke(["runs", folder.File("absent")]).Exit);
        Assert.Equal(3, Invoke(["runs", folder.File("a/notes.txt")]).Exit);

        // Episodes where they are the length.
        Assert.Equal(0, Train("episodes", "--set", "train.episodes=5"));
        var config = folder.File("episodes/config.yaml");
        File.WriteAllText(config, File.ReadAllText(config).Replace("episodes: 5\n", "episodes: 2500\n", StringComparison.Ordinal));
        var counted = List().Single(r => r["episodes"] is not null);
        Assert.Equal((5, 2500), ((int)counted["episodes_done"]!, (int)counted["episodes"]!));
        Assert.Contains($"{counted["step"]} (5 of 2500 episodes)", Invoke(["runs", folder.Path]).Output, StringComparison.Ordinal);
        var summary = RunSummary.Read(folder.File("episodes"));
        Assert.Equal(summary.Step / 5.0 * 2495, summary.StepsLeft, 1e-6);
        Assert.Equal(0, RunSummary.Read(folder.File("a/done")).StepsLeft);

        int Train(string run, params string[] more) => Invoke(["train", .. Small, .. more, "--run-dir", folder.File(run)]).Exit;
        List<JsonNode> List() => [.. JsonNode.Parse(Invoke(["runs", folder.Path, "--json"]).Output)!.AsArray().Select(r => r!)];
        (string Status, string How) Ended(string run) => ((string)runs[run]["status"]!, (string)runs[run]["ended"]!);
    }
}
