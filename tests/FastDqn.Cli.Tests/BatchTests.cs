using System.Text.Json.Nodes;
using FastDqn.Tests;
using FastDqn.Training.Batch;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Tests;

/// <summary>
/// Two games and two seeds, for real: stopped in the middle, run again, and run once more when all is done.
/// </summary>
[Collection("console")]
public sealed class BatchTests
{
    private static readonly string[] Names = ["cartpole__1", "cartpole__2", "bricks__1", "bricks__2"];

    [Fact]
    public void WhatIsFinishedIsNotRepeatedAndWhatWasStoppedGoesOn()
    {
        using var folder = new TempFolder();
        var (file, runs) = (folder.File("batch.yaml"), folder.File("runs"));
        File.WriteAllText(file, $$"""
            root: {{runs}}
            envs: [cartpole, bricks]
            seeds: [1, 2]
            parallel: 2
            set:
              train.steps: 1200
              run.threads: 1
              body.kind: mlp
              body.widths: 16
              schedule.warm_up: 200
              schedule.batch_size: 8
              replay.capacity: 1500
              exploration.steps: 600
              checkpoint.every: 200
              log.every: 100
              log.films: false
              eval.episodes: 1
              eval.video: false
            """);
        using (var first = CliProcess.Start("batch", file))
        {
            // The first two are done, others are at work: a checkpoint on request, then the end.
            Assert.True(first.WaitFor("cartpole__2: exit code 0") && first.WaitFor("cartpole__1: exit code 0"), first.Errors);
            WaitForCheckpoint(Path.Combine(runs, "bricks__1"));
            first.Signal(CliProcess.SigUsr1);
            Thread.Sleep(500);
            Assert.False(first.HasExited);
            first.Signal(CliProcess.SigTerm);
            first.Wait();
            Assert.Equal(143, first.ExitCode);
        }

        Assert.Equal([RunStatus.Finished, RunStatus.Finished], Names[..2].Select(n => RunInfo.Open(Path.Combine(runs, n)).Status));
        var stopped = Names[2..]
            .Where(n => File.Exists(Path.Combine(runs, n, RunInfo.FileName))
                && RunInfo.Open(Path.Combine(runs, n)).Status == RunStatus.Interrupted)
            .ToList();
        Assert.NotEmpty(stopped);

        var second = Finish(file);
        Assert.Equal([true, true, false, false], second.Select(o => (bool)o!["skipped"]!));
        Assert.All(
            stopped, n => Assert.Contains("resumed at step", File.ReadAllText(Path.Combine(runs, n, "log.txt")), StringComparison.Ordinal));
        Assert.All(Names, n => Assert.Equal(RunStatus.Finished, RunInfo.Open(Path.Combine(runs, n)).Status));
        Assert.All(Names, n => Assert.InRange(Open(runs, n).Manifest.Step, 1200, 1299));

        Assert.All(Finish(file), o => Assert.True((bool)o!["skipped"]!));
    }

    [Fact]
    public void WhatGoesWrongWithOneIsItsOwnFailureAndAnEditedFileIsTold()
    {
        using var folder = new TempFolder();
        var (file, runs) = (folder.File("batch.yaml"), folder.File("runs"));
        Write(steps: 300);
        // Its result cannot be written: the folder is in the way.
        Directory.CreateDirectory(Path.Combine(runs, "cartpole__1", "result.json"));
        using (var first = CliProcess.Run("batch", file, "--json"))
        {
            Assert.Equal(1, first.ExitCode);
            Assert.Contains("result.json: cannot be written", first.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("Unhandled", first.Errors, StringComparison.Ordinal);
            Assert.Equal([1, 0], JsonNode.Parse(first.Output)!.AsArray().Select(o => (int)o!["exit_code"]!));
        }

        Assert.All(Names[..2], n => Assert.Equal(RunStatus.Finished, RunInfo.Open(Path.Combine(runs, n)).Status));
        Write(steps: 400);
        using var second = CliProcess.Run("batch", file, "--json");
        Assert.Equal(0, second.ExitCode);
        Assert.Contains("cartpole__2 is finished with options of its own", second.Errors, StringComparison.Ordinal);
        Assert.All(JsonNode.Parse(second.Output)!.AsArray(), o =>
        {
            Assert.True((bool)o!["skipped"]!);
            Assert.Equal("train.steps 400 (was 300)", (string?)Assert.Single(o["other_options"]!.AsArray()));
        });

        void Write(int steps) => File.WriteAllText(file, $$"""
            root: {{runs}}
            envs: cartpole
            seeds: [1, 2]
            parallel: 2
            set: { train.steps: {{steps}}, body.kind: mlp, body.widths: 8, schedule.warm_up: 100, replay.capacity: 300, eval.episodes: 0 }
            """);
    }

    [Theory]
    [InlineData("envs: [cartpole, cartpoel]", 2, "cartpoel__1: unknown environment 'cartpoel'")]
    [InlineData("envs: [cartpole, pitfall]\nset: { env.rom_dir: '{tmp}' }", 3, "pitfall__1: no ROM of pitfall")]
    [InlineData("envs: cartpole\nset: { replay.capacity: 1e13 }", 2, "cartpole__1: ")]
    [InlineData("envs: cartpole\nset:\n  env.sticky: 0.25", 2, "cartpole__1: line 4: env.sticky has no effect")]
    [InlineData(
        "envs: cartpole\nset:\n  train.steps: 9\n  train.episodes: 9", 2,
        "line 5: train.episodes takes the place of train.steps, which line 4")]
    [InlineData("envs: cartpole\nvariants:\n  a:\n    head.hidden: 9", 2, "a__cartpole__1: line 5: head.hidden has no effect")]
    public void EveryEntryIsCheckedBeforeTheFirstIsTrained(string content, int code, string says)
    {
        using var folder = new TempFolder();
        content = content.Replace("{tmp}", folder.Path, StringComparison.Ordinal);
        var file = folder.Write("b.yaml", $"root: {folder.File("runs")}\n{content}\n");
        foreach (var dry in new string[][] { [], ["--dry-run"], ["--dry-run", "--json"] })
        {
            var (exit, output, errors) = CommandRunner.Invoke(["batch", file, .. dry]);
            Assert.Equal((code, ""), (exit, output));
            Assert.Contains(says, errors, StringComparison.Ordinal);
            Assert.False(Directory.Exists(folder.File("runs")), errors);
        }
    }

    [Fact]
    public void AVariantLiesOverWhatAllHave()
    {
        using var folder = new TempFolder();
        var file = folder.Write("b.yaml", $$"""
            root: {{folder.File("runs")}}
            envs: cartpole
            set: { train.episodes: 30, target.period: 70, exploration.fraction: 0.5 }
            variants:
              steps: { train.steps: 500 }
              mixed: { target.tau: 0.01, run.name: "a share" }
              episodes: { exploration.episodes: 20 }
            """);
        var items = JsonNode.Parse(CommandRunner.Invoke("batch", file, "--dry-run", "--json").Output)!.AsArray();
        var configs = items.Select(item => JsonNode.Parse(CommandRunner.Invoke(
            ["train", .. item!["arguments"]!.AsArray().Select(a => (string)a!), "--print-config", "--json"]).Output)!).ToList();
        Assert.Equal(["steps__cartpole__1", "mixed__cartpole__1", "episodes__cartpole__1"], items.Select(i => (string)i!["name"]!));
        Assert.Equal(["steps", "a share", "episodes"], configs.Select(c => (string)c["run"]!["name"]!));
        Assert.Equal([500, null, null], configs.Select(c => (int?)c["train"]!["steps"]));
        Assert.Equal([0, 30, 30], configs.Select(c => (int?)c["train"]!["episodes"]));
        Assert.Equal([70, 1, 70], configs.Select(c => (int?)c["target"]!["period"]));
        Assert.Equal([0, 0, 20], configs.Select(c => (int?)c["exploration"]!["episodes"]));
        Assert.Equal([0.5, 0.5, 0], configs.Select(c => (double?)c["exploration"]!["fraction"]));
    }

    [Fact]
    public void WhatADryRunPrintsCanBePastedIntoAShell()
    {
        using var folder = new TempFolder();
        var root = folder.File("it's here");
        var file = folder.Write("b.yaml", $$"""
            root: "{{root}}"
            envs: bricks
            set: { body.convolutions: ["8 8x8/4", "16 4x4/2 activation=leaky_relu(0.01)"], replay.capacity: 1000 }
            """);
        var line = CommandRunner.Invoke("batch", file, "--dry-run").Output;
        var expected = BatchPlan.Read(file).Items.Single().Arguments;
        Assert.Contains(expected, word => word.Contains(' ', StringComparison.Ordinal));
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/sh")
        {
            ArgumentList = { "-c", $"fastdqn() {{ printf '%s\\n' \"$@\"; }}\n{line}" },
            RedirectStandardOutput = true,
        })!;
        Assert.Equal(["train", .. expected], shell.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        shell.WaitForExit();
    }

    [Fact]
    public void EachVariantIsTrainedWithEveryGameAndSeedUnderItsName()
    {
        var file = Path.Combine(SourceTree.Root, "docs/tutorials/gridworld-comparison.yaml");
        var (exit, output, errors) = CommandRunner.Invoke("batch", file, "--dry-run", "--json");
        Assert.True(exit == 0, errors);
        var items = JsonNode.Parse(output)!.AsArray();
        string[] variants = ["dqn", "double", "dueling", "double-dueling"];
        var names = variants.SelectMany(v => Enumerable.Range(1, 5).Select(seed => $"{v}__gridworld__{seed}"));
        Assert.Equal(names, items.Select(i => (string)i!["name"]!));
        // What tells them apart is what their names say, and nothing else.
        var settings = BatchPlan.Read(file).Items.Select(item => Config([.. item.Arguments])).ToList();
        Assert.Equal(
            variants.SelectMany(v => Enumerable.Repeat((v, Says(v, "double"), Says(v, "dueling")), 5)),
            settings.Select(c => ((string)c["run"]!["name"]!, (bool)c["target"]!["double"]!, (bool)c["head"]!["dueling"]!)));
        foreach (var (config, i) in settings.Select((config, i) => (config, i)))
        {
            Assert.Equal((i % 5) + 1, (int)config["run"]!["seed"]!);
            Assert.Equal(20, (int)config["schedule"]!["updates_per_round"]!);
        }

        static bool Says(string name, string word) => name.Contains(word, StringComparison.Ordinal);

        static JsonNode Config(string[] arguments) =>
            JsonNode.Parse(CommandRunner.Invoke(["train", .. arguments, "--print-config", "--json"]).Output)!;
    }

    /// <summary>The studies of bench/learning; a result in docs/results is that of one of their trainings.</summary>
    [Theory]
    [InlineData("bricks-dqn", "double-dqn", 1)]
    [InlineData("bricks-pqn", "pqn", 1)]
    [InlineData("dqn-cleanrl-pong", "dqn-cleanrl", 1)]
    [InlineData("pqn-atari", "pqn", 4)]
    public void TheStudiesOfLearningAreTrainings(string study, string name, int games)
    {
        var plan = BatchPlan.Read(Path.Combine(SourceTree.Root, "bench/learning", study + ".yaml"));
        Assert.Equal(3 * games, plan.Items.Count);
        foreach (var item in plan.Items)
        {
            var (exit, output, errors) = CommandRunner.Invoke(["train", .. item.Arguments, "--print-config", "--json"]);
            Assert.True(exit == 0, errors);
            Assert.Equal(name, (string?)JsonNode.Parse(output)!["run"]!["name"]);
        }

        var results = Path.Combine(SourceTree.Root, "docs/results", study + ".json");
        if (!File.Exists(results))
            return;
        var runs = JsonNode.Parse(File.ReadAllText(results))!["runs"]!.AsArray();
        Assert.Subset(plan.Items.Select(i => i.Name).ToHashSet(), runs.Select(r => (string)r!["name"]!).ToHashSet());
        Assert.All(runs, r => Assert.Equal(name, (string)r!["algorithm"]!));
    }

    [Theory]
    [InlineData("variants: { a: { target.duoble: true } }", "b.yaml:3:18: unknown option 'target.duoble'")]
    [InlineData("variants: { a: { target.gamma: 7 } }", "b.yaml:3:32: target.gamma: '7' is out of range")]
    [InlineData("variants: { a: 7 }", "variant 'a' must be a mapping")]
    [InlineData("variants: [a]", "'variants' must be a mapping")]
    [InlineData("variants: { a: { env.name: bricks } }", "b.yaml:3:18: env.name has no place in variant 'a': 'envs:' gives it to each run")]
    [InlineData("variants: { 'a b': {}, a-b: {} }", "two runs would have the folder 'a-b__cartpole__1'")]
    [InlineData("set: { run.name: x }\nvariants: { a: {} }", "b.yaml:3:6: run.name has no place in 'set' beside 'variants:'")]
    [InlineData("seeds: [1, 1]", "two runs would have the folder 'cartpole__1'")]
    [InlineData("set: { run.seed: 7 }", "b.yaml:3:8: run.seed has no place in 'set': 'seeds:' gives it to each run")]
    public void AWrongEntryIsToldWhereItStands(string line, string says)
    {
        using var folder = new TempFolder();
        var file = folder.Write("b.yaml", $"root: {folder.File("runs")}\nenvs: cartpole\n{line}\n");
        var (exit, _, errors) = CommandRunner.Invoke("batch", file);
        Assert.Equal(2, exit);
        Assert.Contains(says, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainingsSideBySideMustFitTogether()
    {
        using var folder = new TempFolder();
        var capacity = Core.SystemMemory.AvailableBytes / 10 * 6 / 7100;
        var file = folder.Write("b.yaml", $$"""
            root: {{folder.File("runs")}}
            envs: bricks
            seeds: [1, 2]
            parallel: 2
            set: { replay.capacity: {{capacity}} }
            """);
        var (exit, _, errors) = CommandRunner.Invoke("batch", file);
        Assert.Equal(2, exit);
        Assert.Contains("running 2 trainings side by side takes", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("runs")), errors);
    }

    private static Checkpoint Open(string runs, string name) =>
        new CheckpointStore(RunDirectory.CheckpointsOf(Path.Combine(runs, name))).OpenNewest(Assert.Fail, withReplay: true);

    private static JsonArray Finish(string file)
    {
        using var process = CliProcess.Run("batch", file, "--json");
        Assert.True(process.ExitCode == 0, process.Errors);
        var outcomes = JsonNode.Parse(process.Output)!.AsArray();
        Assert.Equal(Names, outcomes.Select(o => (string)o!["name"]!));
        return outcomes;
    }

    private static void WaitForCheckpoint(string run)
    {
        var store = new CheckpointStore(RunDirectory.CheckpointsOf(run));
        for (var i = 0; i < 3000 && store.List().Count == 0; i++)
            Thread.Sleep(20);
        Assert.NotEmpty(store.List());
    }
}
