using System.Text.Json.Nodes;
using FastDqn.Tests;
using FastDqn.Training.Batch;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary><c>fastdqn benchmark</c> writes a batch, and makes the table of what its trainings came to.</summary>
[Collection("console")]
public sealed class BenchmarkTests : IDisposable
{
    private static readonly string[] Games = ["battle_zone", "double_dunk", "name_this_game", "phoenix", "qbert"];

    private readonly TempFolder _folder = new();

    private string Root => _folder.File("bench");

    private string BatchFile => Path.Combine(Root, "batch.yaml");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheBatchHoldsEveryGameAndSeedOfEachAlgorithm()
    {
        var (exit, output, errors) = Benchmark("--algorithm", "rainbow", "--algorithm", "iqn", "--seeds", "2", "--frames", "40M", "--set",
            "replay.capacity=5000");
        Assert.True(exit == 0, errors);
        Assert.Contains("0 of 20 trainings are finished", output, StringComparison.Ordinal);
        Assert.Contains($"fastdqn batch {BatchFile}", output, StringComparison.Ordinal);
        var plan = BatchPlan.Read(BatchFile);
        Assert.Equal(
            new[] { "rainbow", "iqn" }.SelectMany(a => Games.SelectMany(g => new[] { $"{a}__{g}__1", $"{a}__{g}__2" })),
            plan.Items.Select(item => item.Name));
        Assert.All(plan.Items, item => Assert.Equal(Path.Combine(Root, item.Name), item.Directory));
        string[] settings =
        [
            "train.steps=10000000", "env.frame_skip=4", "eval.protocol=custom", "eval.episodes=100", "eval.every=0",
            "replay.capacity=5000", "algorithm.name=iqn",
        ];
        Assert.All(settings, setting => Assert.Contains(setting, plan.Items[^1].Arguments));
        // What the batch would run is what trainings take; at most the ROMs are not here.
        var dry = Invoke("batch", BatchFile, "--dry-run");
        if (dry.Exit == 0)
            Assert.Equal(20, dry.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        else
            Assert.Matches("battle_zone.*: no ROM", dry.Errors);
    }

    [Fact]
    public void TheTableIsMadeOfFinishedRunsAndTheEstimateOnceEveryGameHasOne()
    {
        Assert.Equal(0, Benchmark("--seeds", "2").Exit);
        // Each game's runs at 0.5 and 1.5 of human play, but the last game's second.
        Finish("battle_zone", 1, 2360 + (0.5 * 34827.5));
        Finish("battle_zone", 2, 2360 + (1.5 * 34827.5));
        var part = Benchmark("--seeds", "2");
        Assert.Contains("2 of 10 trainings are finished", part.Output, StringComparison.Ordinal);
        Assert.Matches("battle_zone +2 +37187.5 +19773.75 +54601.25 +1\n", part.Output);
        Assert.Matches("qbert +0 +- +- +- +-\n", part.Output);
        Assert.Contains("once each has a finished run", part.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("IQM", part.Output, StringComparison.Ordinal);

        Finish("double_dunk", 1, -18.6 + 2.2);
        Finish("name_this_game", 1, 8049);
        Finish("phoenix", 1, 7242.6);
        Finish("qbert", 1, 13455);
        var (exit, output, errors) = Benchmark("--seeds", "2", "--json");
        Assert.True(exit == 0, errors);
        var found = JsonNode.Parse(output)!;
        Assert.Equal((10, 6, false), ((int)found["runs"]!, (int)found["finished"]!, (bool)found["written"]!));
        var table = found["algorithms"]!["dqn-nature"]!;
        Assert.Equal([0.5, 1.5], table["by_game"]!["battle_zone"]!["human_normalized"]!.AsArray().Select(s => Math.Round((double)s!, 9)));
        Assert.Equal(1, (double)table["median"]!["value"]!, 9);
        Assert.Equal(1, (double)table["mean"]!["value"]!, 9);
        var estimate = table["median_of_57_estimate"]!;
        // Every game at human play: 101 to the power of the coefficients' sum.
        Assert.Equal((Math.Pow(101, 0.9653005981851935) - 1) / 100, (double)estimate["value"]!, 9);
        Assert.True((double)estimate["low"]! < (double)estimate["value"]! && (double)estimate["value"]! < (double)estimate["high"]!);
        var text = Benchmark("--seeds", "2").Output;
        Assert.Contains("6 runs of 5 games (4 missing), 200000000 frames", text, StringComparison.Ordinal);
        Assert.Contains("the estimate's own error is 10.4 % on average", text, StringComparison.Ordinal);
    }

    [Fact]
    public void ABenchmarkGrowsButIsNotReplacedByAnother()
    {
        Assert.Equal(0, Benchmark("--seeds", "1").Exit);
        var edited = File.ReadAllText(BatchFile).Replace("seeds:", "parallel: 3\ndevices: [0, 1]\nseeds:", StringComparison.Ordinal);
        File.WriteAllText(BatchFile, edited);
        Assert.Equal(0, Benchmark("--seeds", "1").Exit);
        Assert.Equal(edited, File.ReadAllText(BatchFile));
        string[] two = ["--algorithm", "dqn-nature", "--algorithm", "c51"];
        Assert.Equal(0, Benchmark(["--seeds", "2", .. two]).Exit);
        var grown = BatchPlan.Read(BatchFile);
        Assert.Equal((3, 20), (grown.Parallel, grown.Items.Count));
        Assert.Equal(["0", "1"], grown.Devices);
        var text = File.ReadAllText(BatchFile);
        foreach (var (says, arguments) in new (string, string[])[]
        {
            ("dqn-nature__battle_zone__2 is not among these", ["--seeds", "1", .. two]),
            ("dqn-nature__battle_zone__1 has other options there", ["--seeds", "2", "--episodes", "3", .. two]),
        })
        {
            var (exit, _, errors) = Benchmark(arguments);
            Assert.Equal(2, exit);
            Assert.Contains($"{BatchFile} holds another benchmark: {says}", errors, StringComparison.Ordinal);
            Assert.Equal([BatchFile], Directory.GetFiles(Root));
            Assert.Equal(text, File.ReadAllText(BatchFile));
        }

        // The folder may be moved: the file follows.
        var moved = _folder.File("moved");
        Directory.Move(Root, moved);
        var (code, _, wrong) = Invoke(["benchmark", "atari-5", "--root", moved, "--seeds", "2", .. two]);
        Assert.True(code == 0, wrong);
        var items = BatchPlan.Read(Path.Combine(moved, "batch.yaml")).Items;
        Assert.All(items, i => Assert.StartsWith(moved, i.Directory, StringComparison.Ordinal));
    }

    [Fact]
    public void ShortTrainingsHaveAnAlgorithmOfTheirOwnAndAnotherIsWarnedOf()
    {
        string[] short100k = ["benchmark", "atari-100k", "--seeds", "1", "--root"];
        var (exit, _, errors) = Invoke([.. short100k, _folder.File("own")]);
        Assert.Equal((0, ""), (exit, errors));
        var items = BatchPlan.Read(_folder.File("own/batch.yaml")).Items;
        Assert.Equal(26, items.Count);
        Assert.All(items, item => Assert.Contains("algorithm.name=der", item.Arguments));
        Assert.All(items, item => Assert.Contains("train.steps=100000", item.Arguments));

        string[] others = ["--algorithm", "dqn-cleanrl", "--algorithm", "drq-eps"];
        (exit, _, errors) = Invoke([.. short100k, _folder.File("others"), .. others]);
        Assert.Equal(0, exit);
        Assert.Equal(
            "warning: dqn-cleanrl fills its memory for 80000 of 100000 agent steps before it learns: --set schedule.warm_up=N, or "
            + "--algorithm der, drq-eps, spr, sr-spr\n",
            errors);
        (exit, _, errors) = Invoke([.. short100k, _folder.File("fewer"), .. others, "--set", "schedule.warm_up=1600"]);
        Assert.Equal((0, ""), (exit, errors));
        Assert.Equal((0, ""), (Benchmark("--algorithm", "dqn-cleanrl") is var whole ? (whole.Exit, whole.Errors) : default));
    }

    [Theory]
    [InlineData("suite 'atari-6' is unknown; did you mean 'atari-5'?", "atari-6")]
    [InlineData("algorithm 'rainbwo' is unknown", "atari-5", "--algorithm", "rainbwo")]
    [InlineData("--seeds: 1 to 1000", "atari-5", "--seeds", "0")]
    [InlineData("--frames: 10 is no multiple of 4", "atari-5", "--frames", "10")]
    [InlineData("--set train.steps: --frames gives it to every run", "atari-5", "--set", "train.steps=5")]
    [InlineData("--set run.seed: --seeds gives it to every run", "atari-5", "--set", "run.seed=5")]
    [InlineData("unknown option 'replay.capcity'", "atari-5", "--set", "replay.capcity=5")]
    [InlineData("replay.capacity: 'x' is not", "atari-5", "--set", "replay.capacity=x")]
    [InlineData("--set novalue: write --set key=value", "atari-5", "--set", "novalue")]
    public void BadInputGetsOneClearLineAndWritesNothing(string says, params string[] arguments)
    {
        var (exit, output, errors) = Invoke(["benchmark", .. arguments, "--root", Root]);
        Assert.Equal((2, ""), (exit, output));
        Assert.Contains(says, errors, StringComparison.Ordinal);
        Assert.False(File.Exists(BatchFile));
    }

    private (int Exit, string Output, string Errors) Benchmark(params string[] arguments) =>
        Invoke(["benchmark", "atari-5", "--root", Root, .. arguments]);

    private void Finish(string game, int seed, double meanReturn)
    {
        var run = Path.Combine(Root, $"dqn-nature__{game}__{seed}");
        Directory.CreateDirectory(run);
        var info = new JsonObject
        {
            ["status"] = "finished",
            ["result"] = new JsonObject { ["eval"] = new JsonObject { ["mean_return"] = meanReturn } },
        };
        File.WriteAllText(Path.Combine(run, "run.json"), info.ToJsonString());
    }
}
