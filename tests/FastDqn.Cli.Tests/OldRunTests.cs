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
