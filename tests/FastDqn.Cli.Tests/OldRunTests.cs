using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FastDqn.Tests;
using static FastDqn.Cli.Tests.InProcess;

namespace FastDqn.Cli.Tests;

/// <summary>Runs that another version made, and runs that are over.</summary>
[Collection("console")]
public sealed class OldRunTests
{
    [Fact]
    public void ARunOutlivesTheOptionsItWasMadeWith()
    {
        using var folder = new TempFolder();
        var run = Train(folder);
        File.AppendAllText(Path.Combine(run, "config.yaml"), "checkpoint.replay_every: 25000\nlog.level: info\n");
        foreach (var verb in new string[][]
        {
            ["resume", run, "--steps", "400", "--quiet"], ["eval", run], ["watch", run, "-o", folder.File("film.gif"), "--steps", "5"],
            ["team", run, "--answers", "left", "--steps", "5"], ["plot", run, "-o", folder.File("curves.svg")], ["aggregate", run, "--raw"],
        })
        {
            var (exit, output, errors) = Invoke(verb);
            Assert.True(exit == 0, $"{verb[0]}: {errors}");
            Assert.NotEmpty(output);
            var warning = Assert.Single(errors.Split('\n'), l => l.StartsWith("warning: ", StringComparison.Ordinal));
            Assert.Contains("config.yaml: option 'checkpoint.replay_every' was removed: ", warning, StringComparison.Ordinal);
            Assert.Contains("option 'log.level' was removed: ", warning, StringComparison.Ordinal);
        }

        // A new run of the same file is the user's own.
        var (refused, _, why) = Invoke("train", "--config", Path.Combine(run, "config.yaml"), "--run-dir", folder.File("new"));
        Assert.Equal(2, refused);
        Assert.Contains("option 'checkpoint.replay_every' was removed: ", why, StringComparison.Ordinal);
    }

    [Fact]
    public void AFinishedRunIsToldAndLeftAsItIs()
    {
        using var folder = new TempFolder();
        var run = Train(folder);
        var before = Contents(run);
        var trained = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["result"]!;

        var (exit, output, errors) = Invoke("resume", run);
        Assert.Equal(0, exit);
        Assert.Contains("nothing is left to train: 300 agent steps are done", errors, StringComparison.Ordinal);
        Assert.Contains("trained  300 agent steps, 300 frames, ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("frames/s", output, StringComparison.Ordinal);

        var (same, document, _) = Invoke("resume", run, "--steps", "300", "--json");
        Assert.Equal(0, same);
        var told = JsonNode.Parse(document)!;
        Assert.Equal("finished_before", (string?)told["end"]);
        Assert.Equal((double)trained["eval"]!["mean_return"]!, (double)told["eval"]!["mean_return"]!);

        var (refused, _, why) = Invoke("resume", run, "--steps", "299");
        Assert.Equal(2, refused);
        Assert.Contains("has done 300 agent steps already", why, StringComparison.Ordinal);
        Assert.Equal(before, Contents(run));

        Assert.Equal(310, (long)JsonNode.Parse(Invoke("resume", run, "--steps", "310", "--json").Output)!["agent_steps"]!);
    }

    [Fact]
    public void AFinishedRunWhoseLastCheckpointIsDamagedIsMadeWholeAgain()
    {
        using var folder = new TempFolder();
        var run = Train(folder);
        Assert.Equal(0, Invoke("resume", run, "--steps", "400").Exit);
        var weights = Path.Combine(run, "checkpoints", "step-000000000400", "model.safetensors");
        var sound = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, sound[..^1]);

        var (exit, _, errors) = Invoke("resume", run, "--steps", "400");
        Assert.Equal(0, exit);
        Assert.Contains("checkpoint refused", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing is left", errors, StringComparison.Ordinal);
        Assert.Equal(sound, File.ReadAllBytes(weights));
    }

    /// <summary>Every file of a folder, with its time and bytes.</summary>
    private static List<string> Contents(string folder) =>
    [
        .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => $"{f} {File.GetLastWriteTimeUtc(f):O} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}"),
    ];

    /// <summary>A small run of 300 agent steps.</summary>
    private static string Train(TempFolder folder)
    {
        var run = folder.File("run");
        var (exit, _, errors) = Invoke(
            "train", "cartpole", "--envs", "1", "--steps", "300", "--set", "body.kind=mlp", "--set", "body.widths=8", "--set", "schedule.warm_up=100",
            "--set", "replay.capacity=300", "--eval-episodes", "2", "--set", "log.every=100", "--run-dir", run, "--quiet");
        Assert.True(exit == 0, errors);
        return run;
    }
}
