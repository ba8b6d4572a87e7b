using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FastDqn.Tests;
using FastDqn.Training.Runs;
using static FastDqn.Cli.Tests.CommandRunner;

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
            ["eval", run], ["watch", run, "-o", folder.File("film.gif"), "--steps", "5"],
            ["team", run, "--answers", "left", "--steps", "5"], ["plot", run, "-o", folder.File("curves.svg")], ["aggregate", run, "--raw"],
            ["resume", run, "--steps", "400", "--quiet"],
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
        File.AppendAllText(Path.Combine(run, "config.yaml"), "checkpoint.replay_every: 25000\n");
        var (refused, _, why) = Invoke("train", "--config", Path.Combine(run, "config.yaml"), "--run-dir", folder.File("new"));
        Assert.Equal(2, refused);
        Assert.Contains("option 'checkpoint.replay_every' was removed: ", why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(0.9)]
    public void AConfigurationThatWasCutOffIsNoOtherTraining(double share)
    {
        using var folder = new TempFolder();
        var run = Train(folder);
        var file = Path.Combine(run, "config.yaml");
        var lines = File.ReadAllLines(file);
        File.WriteAllLines(file, lines[..(int)(lines.Length * share)]);
        foreach (var verb in new string[][] { ["eval", run], ["resume", run, "--steps", "400"] })
        {
            var (exit, _, errors) = Invoke(verb);
            Assert.Equal(3, exit);
            Assert.Contains("config.yaml: cut off or changed: it says nothing of ", errors, StringComparison.Ordinal);
        }
    }

    /// <summary>A run whose checkpoints are gone does not begin anew over what it has.</summary>
    [Fact]
    public void CheckpointsThatAreGoneCostTheRunNothingElse()
    {
        using var folder = new TempFolder();
        var run = Train(folder);
        Directory.Move(Path.Combine(run, "checkpoints"), folder.File("aside"));
        var metrics = File.ReadAllText(Path.Combine(run, "metrics.jsonl"));
        var (exit, _, errors) = Invoke("resume", run, "--steps", "400");
        Assert.Equal(3, exit);
        Assert.Contains(
            "step-000000000300, of which run.json tells, is gone: put it back, or train anew", errors, StringComparison.Ordinal);
        Assert.Equal(metrics, File.ReadAllText(Path.Combine(run, "metrics.jsonl")));
        if (Directory.Exists(Path.Combine(run, "checkpoints")))
            Directory.Delete(Path.Combine(run, "checkpoints"), recursive: true);
        Directory.Move(folder.File("aside"), Path.Combine(run, "checkpoints"));
        var (resumed, output, _) = Invoke("resume", run, "--steps", "400", "-q");
        Assert.Equal(0, resumed);
        // The seconds are those of this process.
        Assert.Matches("trained  400 agent steps, .* episodes; 100 of the steps now, in [0-9.]+ s\n", output);
    }

    [Fact]
    public void AnOptionOfAResumeThatCannotBeReadIsCalledByItsName()
    {
        using var folder = new TempFolder();
        var run = Train(folder);
        Assert.StartsWith("fastdqn: --steps: train.steps: 'x'", Invoke("resume", run, "--steps", "x").Errors, StringComparison.Ordinal);
        Assert.StartsWith(
            "fastdqn: --set: log.every: 'x'", Invoke("resume", run, "--set", "log.every=x").Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void MetricsThatAreGoneAreToldWithWhatIsLeftToDo()
    {
        using var folder = new TempFolder();
        var run = Train(folder);
        var metrics = Path.Combine(run, "metrics.jsonl");
        File.Delete(metrics);
        var (exit, _, errors) = Invoke("resume", run, "--steps", "400");
        Assert.Equal(3, exit);
        Assert.Contains($"{metrics}: has 0 bytes, fewer than its checkpoint says (", errors, StringComparison.Ordinal);
        Assert.Contains($"--init {run}", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(metrics));
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
        Assert.Contains("trained  300 agent steps, ", output, StringComparison.Ordinal);
        // A pole has no frames.
        Assert.DoesNotContain("frames", output, StringComparison.Ordinal);

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
    public void ALengthThatIsThereAlreadyChangesNothing()
    {
        using var folder = new TempFolder();
        // Four step together: it ends beyond its length.
        var run = Train(folder, "--envs", "4", "--steps", "30");
        Assert.Equal(32, RunInfo.Open(run).Step);
        var before = Contents(run);
        foreach (var steps in new[] { "30", "32" })
        {
            var (_, _, errors) = Invoke("resume", run, "--steps", steps);
            Assert.Contains("nothing is left to train: 32 agent steps", errors, StringComparison.Ordinal);
        }

        Assert.Equal(before, Contents(run));
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

    [Fact]
    public void ARunThatReachedItsGoalCanBeMadeLonger()
    {
        using var folder = new TempFolder();
        string[] goal = ["--steps", "2000", "--set", "train.stop_return=5", "--set", "train.stop_episodes=3"];
        var run = Train(folder, goal);
        var reached = RunInfo.Open(run).Step;
        Assert.InRange(reached, 20, 900);
        Assert.Contains("nothing is left to train", Invoke("resume", run).Errors, StringComparison.Ordinal);

        // A goal further away: until that or the end.
        Assert.Equal(0, Invoke("resume", run, "--set", "train.stop_return=400", "--steps", "1000", "--quiet").Exit);
        Assert.Equal(1000, RunInfo.Open(run).Step);
        // The goal again, then a length of one's own beyond it.
        Assert.Equal(0, Invoke("resume", run, "--set", "train.stop_return=5", "--set", "train.steps=1200", "--quiet").Exit);
        Assert.Equal(1000, RunInfo.Open(run).Step);
        var (exit, _, errors) = Invoke("resume", run, "--steps", "1500");
        Assert.Equal(0, exit);
        Assert.Contains("goes beyond it", errors, StringComparison.Ordinal);
        Assert.Equal(1500, RunInfo.Open(run).Step);
        // It stays so: what is asked once is the run's own from then on.
        Assert.Contains("steps: 1500", File.ReadAllText(Path.Combine(run, "config.yaml")), StringComparison.Ordinal);
        Assert.Contains("nothing is left to train: 1500", Invoke("resume", run).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunOfEpisodesIsMadeLongerInEitherUnit()
    {
        using var folder = new TempFolder();
        string[] goal = ["--set", "train.episodes=60", "--set", "train.stop_return=5", "--set", "train.stop_episodes=3"];
        var run = Train(folder, goal);
        Assert.Equal(3, Episodes());
        // Beyond the goal, as a length in steps is.
        var (exit, _, errors) = Invoke("resume", run, "--set", "train.episodes=8");
        Assert.Equal((0, 8), (exit, Episodes()));
        Assert.Contains("goes beyond it", errors, StringComparison.Ordinal);
        Assert.Contains("nothing is left to train", Invoke("resume", run).Errors, StringComparison.Ordinal);
        var contents = Contents(run);
        var (_, _, again) = Invoke("resume", run, "--set", "train.episodes=8");
        Assert.Contains("nothing is left to train: 8 episodes are done; ", again, StringComparison.Ordinal);
        Assert.Equal(contents, Contents(run));
        Assert.Contains("nothing is left to train: 8 episodes are done", Invoke("resume", run).Errors, StringComparison.Ordinal);
        // What is done cannot be taken back, in either unit, whether the run noted its episodes or, an older one, its
        // rows tell them.
        RefusesLess();
        var document = Path.Combine(run, "run.json");
        var noted = File.ReadAllText(document);
        File.WriteAllText(document, noted.Replace("\"episodes\": 8,", "", StringComparison.Ordinal));
        Assert.NotEqual(noted, File.ReadAllText(document));
        RefusesLess();
        var steps = RunInfo.Open(run).Step + 50;
        var (_, _, other) = Invoke("resume", run, "--steps", $"{steps}");
        Assert.Contains($"changed: train.steps {steps} (was train.episodes 8)\n", other, StringComparison.Ordinal);
        Assert.Equal(steps, RunInfo.Open(run).Step);
        var both = Invoke("resume", run, "--steps", $"{steps + 50}", "--set", "train.episodes=90");
        Assert.Equal(2, both.Exit);
        Assert.Contains("train.episodes takes the place of train.steps", both.Errors, StringComparison.Ordinal);

        void RefusesLess()
        {
            var before = Contents(run);
            foreach (var (length, says) in new[]
            {
                ("train.episodes=7", "train.episodes 7: ", "episodes"), ("train.steps=10", "train.steps 10: ", "agent steps"),
            }.Select(l => (l.Item1, $"{l.Item2}{run} has done {(l.Item3 == "episodes" ? 8 : RunInfo.Open(run).Step)} {l.Item3} already")))
            {
                var (code, _, why) = Invoke("resume", run, "--set", length);
                Assert.Equal(2, code);
                Assert.Contains(says, why, StringComparison.Ordinal);
            }

            Assert.Equal(before, Contents(run));
        }

        int Episodes() => File.ReadLines(Path.Combine(run, "metrics.jsonl"))
            .Count(line => line.Contains("\"kind\":\"episode\"", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatMayChangeIsChangedAndWhatDecidesResultsIsRefused()
    {
        using var folder = new TempFolder();
        var run = Train(folder);
        var before = Contents(run);
        foreach (var (setting, says) in new[]
        {
            ("optimizer.learning_rate=1", "optimizer.learning_rate: decides results"), ("run.seed=7", "run.seed: decides results"),
            ("env.count=2", "env.count: decides results"), ("train.stop_episodes=3", "train.stop_episodes: decides results"),
            ("run.dir=/elsewhere", "run.dir: is the folder"), ("eval.episode=3", "did you mean 'eval.episodes'?"),
        })
        {
            var (exit, _, errors) = Invoke("resume", run, "--set", setting);
            Assert.Equal(2, exit);
            Assert.Contains(says, errors, StringComparison.Ordinal);
        }

        Assert.Equal(2, Invoke("resume", run, "--steps", "400", "--set", "train.steps=500").Exit);
        Assert.Equal(before, Contents(run));

        Assert.Equal(0, Invoke("resume", run, "--set", "eval.episodes=3", "--set", "checkpoint.keep=1", "--quiet").Exit);
        Assert.Equal(3, (int)RunInfo.Open(run).Result!["eval"]!["episodes"]!);
        Assert.Contains("episodes: 3", File.ReadAllText(Path.Combine(run, "config.yaml")), StringComparison.Ordinal);
    }

    /// <summary>Every file of a folder, with its time and bytes.</summary>
    private static List<string> Contents(string folder) =>
    [
        .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => $"{f} {File.GetLastWriteTimeUtc(f):O} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}"),
    ];

    /// <summary>A small run of 300 agent steps.</summary>
    private static string Train(TempFolder folder, params string[] more)
    {
        var run = folder.File("run");
        string[] length = more.Any(word => word is "--steps" or "train.episodes=60") ? [] : ["--steps", "300"];
        var (exit, _, errors) = Invoke(
        [
            "train", "cartpole", .. more.Contains("--envs") ? Array.Empty<string>() : ["--envs", "1"], .. length,
            "--set", "body.kind=mlp", "--set", "body.widths=8",
            "--set", "schedule.warm_up=100", "--set", "replay.capacity=300", "--eval-episodes", "2", "--set", "log.every=100",
            "--run-dir", run, "--quiet", .. more,
        ]);
        Assert.True(exit == 0, errors);
        return run;
    }
}
