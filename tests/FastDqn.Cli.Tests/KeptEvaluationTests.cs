using System.Text.Json.Nodes;
using FastDqn.Tests;
using FastDqn.Training.Evaluation;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>An evaluation stays with its run, and a protocol's table is made of those.</summary>
[Collection("console")]
public sealed class KeptEvaluationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatEvalFindsIsKeptWithTheRunOncePerSetting()
    {
        var run = Train("run", "dqn-cleanrl", 1);
        var first = Eval(run, "--protocol", "nature", "--episodes", "2");
        Assert.Equal(first["kept"]!.ToString(), Eval(run, "--protocol", "nature", "--episodes", "2")["kept"]!.ToString());
        Eval(run, "--protocol", "nature", "--episodes", "3");
        Eval(run, "--protocol", "custom", "--episodes", "2", "--epsilon", "0.5");
        Assert.Equal(3, Directory.GetFiles(StoredEvaluation.FolderOf(run)).Length);
        var newest = StoredEvaluation.Newest(run, "nature")!;
        Assert.Equal((3, 3), (newest.Episodes, newest.Returns.Count));
        Assert.Equal(newest.Returns.Average(), newest.MeanReturn);
        Assert.Null(StoredEvaluation.Newest(run, "machado"));
    }

    [Fact]
    public void AnOptionThatCannotBeReadIsCalledByItsName()
    {
        var run = Train("run", "dqn-cleanrl", 1);
        foreach (var option in new[] { "--seed", "--episodes", "--epsilon", "--protocol" })
        {
            var (exit, _, errors) = Invoke(["eval", run, option, "x", "-q"]);
            Assert.Equal(2, exit);
            Assert.StartsWith($"fastdqn: {option}: ", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ACheckpointThatIsNotThereIsToldWithThoseThatAre()
    {
        var run = Train("run", "dqn-cleanrl", 1);
        var (none, _, why) = Invoke("eval", run, "--checkpoint", "7");
        Assert.Equal(2, none);
        Assert.Contains("the run's eval.episodes is 0: give --episodes", why, StringComparison.Ordinal);
        var (exit, _, errors) = Invoke("eval", run, "--checkpoint", "7", "--episodes", "1");
        Assert.Equal(3, exit);
        Assert.Contains("/checkpoints (there is step-000000000200)", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEvaluationIsToldThoughItsPicturesCannotBeWritten()
    {
        var run = Train("run", "dqn-cleanrl", 1);
        var films = _folder.File("films");
        foreach (var kind in new[] { "gif", "png" })
            Directory.CreateDirectory(Path.Combine(films, $"evaluation-step-000000200.{kind}"));
        var (exit, output, errors) = Invoke("eval", run, "--episodes", "1", "--no-random", "--video", films);
        Assert.True(exit == 0, errors);
        Assert.Contains("agent       return ", output, StringComparison.Ordinal);
        Assert.Contains("kept        ", output, StringComparison.Ordinal);
        Assert.Contains($"warning: no GIF: {films}/evaluation-step-000000200.gif: cannot be written: it is a folder", errors,
            StringComparison.Ordinal);
        Assert.Contains("warning: no PNG: ", errors, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\.(gif|png)", output);
        Assert.DoesNotContain(Directory.GetFiles(films), file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void AggregateMakesAProtocolsTableByAlgorithm()
    {
        string[] runs = [Train("a", "dqn-cleanrl", 1), Train("b", "dqn-cleanrl", 2), Train("c", "c51", 1)];
        var (exit, _, errors) = Invoke(["aggregate", .. runs, "--protocol", "nature", "--raw"]);
        Assert.Equal(3, exit);
        Assert.Contains($"fastdqn eval {runs[0]} --protocol nature makes one", errors, StringComparison.Ordinal);
        var means = runs.Select(run => (double)Eval(run, "--protocol", "nature", "--episodes", "2")["eval"]!["mean_return"]!).ToList();

        var table = JsonNode.Parse(Invoke(["aggregate", .. runs, "--protocol", "nature", "--raw", "--json"]).Output)!;
        Assert.Equal("nature", (string?)table["protocol"]);
        Assert.Equal(["c51", "dqn-cleanrl"], table["algorithms"]!.AsObject().Select(a => a.Key));
        Assert.Equal((1, 2), ((int)table["algorithms"]!["dqn-cleanrl"]!["games"]!, (int)table["algorithms"]!["dqn-cleanrl"]!["runs"]!));
        Assert.Equal(means[..2].Average(), (double)table["algorithms"]!["dqn-cleanrl"]!["mean"]!["value"]!, 9);
        Assert.Equal(means[2], (double)table["algorithms"]!["c51"]!["mean"]!["value"]!, 9);
        Assert.Matches("dqn-cleanrl  1 +2 ", Invoke(["aggregate", .. runs, "--protocol", "nature", "--raw"]).Output);
        Assert.Equal(2, Invoke(["aggregate", .. runs, "--protocol", "natrue", "--raw"]).Exit);
    }

    [Fact]
    public void TheEvaluationThatATrainingEndedWithCounts()
    {
        var run = Train("run", "dqn-cleanrl", 1, "--protocol", "machado", "--eval-episodes", "2");
        var result = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["result"]!["eval"]!;
        Assert.Equal((double)result["mean_return"]!, StoredEvaluation.Newest(run, "machado")!.MeanReturn);
        Assert.Equal(0, Invoke(["aggregate", run, "--protocol", "machado", "--raw"]).Exit);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"protocol\": \"nature\"}")]
    [InlineData("{\"protocol\": \"nature\", \"mean_return\": \"x\"}")]
    [InlineData("{\"protocol\": \"nature\", \"mean_return\": 1, \"returns\": [\"x\"]}")]
    [InlineData("{\"protocol\": \"other\", \"mean_return\": 1}")]
    public void AFileThatIsNoEvaluationIsCalledByItsName(string text)
    {
        var run = Train("run", "dqn-cleanrl", 1);
        Directory.CreateDirectory(StoredEvaluation.FolderOf(run));
        File.WriteAllText(Path.Combine(StoredEvaluation.FolderOf(run), "bad.json"), text);
        var (exit, _, errors) = Invoke(["aggregate", run, "--protocol", "nature", "--raw"]);
        Assert.Equal(3, exit);
        Assert.Contains("bad.json: not an evaluation", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunThatWasNeverEvaluatedIsToldFromOneThatIsNotOver()
    {
        var run = Train("run", "dqn-cleanrl", 1);
        Assert.Contains("finished without an evaluation", Invoke(["aggregate", run, "--raw"]).Errors, StringComparison.Ordinal);
        var info = Path.Combine(run, "run.json");
        File.WriteAllText(info, File.ReadAllText(info).Replace("\"finished\"", "\"interrupted\"", StringComparison.Ordinal));
        Assert.Contains("finish the run first", Invoke(["aggregate", run, "--raw"]).Errors, StringComparison.Ordinal);
    }

    private static JsonNode Eval(string run, params string[] more)
    {
        var (exit, output, errors) = Invoke(["eval", run, "--no-random", "--json", .. more]);
        Assert.True(exit == 0, errors);
        return JsonNode.Parse(output)!;
    }

    private string Train(string name, string algorithm, int seed, params string[] more)
    {
        var run = _folder.File(name);
        var (exit, _, errors) = Invoke(
        [
            "train", "--env", "cartpole", "--algorithm", algorithm, "--seed", $"{seed}", "--envs", "1", "--steps", "200",
            "--set", "body.widths=8", "--set", "schedule.warm_up=100", "--set", "replay.capacity=300", "--set", "log.films=false",
            "--set", "eval.video=false", "--run-dir", run, "-q", .. more.Length > 0 ? more : ["--eval-episodes", "0"],
        ]);
        Assert.True(exit == 0, errors);
        return run;
    }
}
