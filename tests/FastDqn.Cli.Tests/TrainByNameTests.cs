using System.Text.Json.Nodes;
using FastDqn.Tests;
using FastDqn.Training.Batch;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>Environments train by their names and by those that Gym has for them.</summary>
[Collection("console")]
public sealed class TrainByNameTests
{
    [Theory]
    [InlineData("cartpole", "cartpole", "mlp")]
    [InlineData("cartpole-v0", "cartpole-v0", "mlp")]
    [InlineData("CartPole-v0", "cartpole-v0", "mlp")]
    [InlineData("CartPole-v1", "cartpole", "mlp")]
    [InlineData("cartpole-pixels", "cartpole-pixels", "conv5x5")]
    [InlineData("gridworld", "gridworld", "nature")]
    [InlineData("gridworld-partial", "gridworld-partial", "nature")]
    [InlineData("bricks", "bricks", "dqn2013")]
    [InlineData("breakout", "breakout", "nature")]
    [InlineData("ALE/Breakout-v5", "breakout", "nature")]
    [InlineData("BreakoutNoFrameskip-v4", "breakout", "nature")]
    [InlineData("SpaceInvaders-v4", "space_invaders", "nature")]
    [InlineData("MsPacman", "ms_pacman", "nature")]
    public void ANameAloneIsATraining(string given, string name, string body)
    {
        foreach (var arguments in new[] { new[] { "train", given }, ["train", "--env", given] })
        {
            var (exit, output, errors) = Invoke([.. arguments, "--print-config", "--json"]);
            Assert.True(exit == 0, errors);
            var config = JsonNode.Parse(output)!;
            Assert.Equal((name, body), ((string)config["env"]!["name"]!, (string)config["body"]!["kind"]!));
        }
    }

    [Theory]
    [InlineData("unknown preset 'brekout'; did you mean 'breakout'?", "train", "brekout")]
    [InlineData("unknown preset 'cartpole-tutorail'; did you mean 'cartpole-tutorial'?", "train", "cartpole-tutorail")]
    [InlineData("environment 'Breakout-v3' is not here", "train", "Breakout-v3")]
    [InlineData("--env: environment 'ALE/Brekout-v5' is not here: did you mean 'ALE/Breakout-v5'?", "train", "--env", "ALE/Brekout-v5")]
    [InlineData("'pong' and --env both name the environment", "train", "pong", "--env", "breakout")]
    public void ANameThatMeansNothingIsToldWithWhatItMayHaveMeant(string says, params string[] arguments)
    {
        var (exit, output, errors) = Invoke(arguments);
        Assert.Equal((2, ""), (exit, output));
        Assert.Contains(says, Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    /// <summary>The preset holds over an algorithm chosen beside it, and that is said; none leaves it out.</summary>
    [Theory]
    [InlineData("train", "cartpole")]
    [InlineData("train", "--env", "cartpole")]
    public void WhatAPresetSaysOverTheAlgorithmIsSaid(params string[] arguments)
    {
        var (exit, output, errors) = Invoke([.. arguments, "--algorithm", "c51", "--set", "target.steps=2", "--print-config", "--json"]);
        Assert.Equal(0, exit);
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith(
            "fastdqn: preset cartpole sets in place of algorithm c51's own values: env.count, body.kind, target.double/tau/period, ", line,
            StringComparison.Ordinal);
        Assert.EndsWith(
            " (--print-config shows them); without the preset: train none --env cartpole --algorithm c51 --set body.kind=mlp", line,
            StringComparison.Ordinal);
        Assert.InRange(line.Length, 0, 450);
        // What the user sets, what has no effect with this algorithm, and what is the environment's.
        foreach (var other in new[] { "target.steps", "loss.kind", "train.reward" })
            Assert.DoesNotContain(other, line, StringComparison.Ordinal);
        Assert.True((bool)JsonNode.Parse(output)!["target"]!["double"]!);

        // The preset's own algorithm, and none but the preset's.
        Assert.Equal("", Invoke([.. arguments, "--algorithm", "dqn-cleanrl", "--print-config"]).Errors);
        Assert.Equal("", Invoke([.. arguments, "--print-config"]).Errors);
    }

    [Fact]
    public void WithoutAPresetAllValuesAreTheAlgorithms()
    {
        var (exit, output, errors) = Invoke("train", "none", "--env", "bricks", "--algorithm", "c51", "--print-config", "--json");
        Assert.Equal((0, ""), (exit, errors));
        var config = JsonNode.Parse(output)!;
        Assert.Equal(
            ("bricks", 1, 10_000, false),
            ((string)config["env"]!["name"]!, (int)config["env"]!["count"]!, (int)config["target"]!["period"]! * 4,
                (bool)config["target"]!["double"]!));
    }

    [Fact]
    public void BatchesTakeTheSameNames()
    {
        using var folder = new TempFolder();
        folder.Write("none.yaml", "envs: [gridworld]\npreset: none\n");
        Assert.Equal("none", Assert.Single(BatchPlan.Read(folder.File("none.yaml")).Items).Arguments[0]);
        folder.Write("b.yaml", "envs: [CartPole-v1, ALE/Breakout-v5]\n");
        Assert.Equal(["CartPole-v1__1", "ALE-Breakout-v5__1"], BatchPlan.Read(folder.File("b.yaml")).Items.Select(item => item.Name));
    }

    /// <summary>The line about the environment says what is drawn, not its mean.</summary>
    [Theory]
    [InlineData("2..4")]
    [InlineData("3")]
    public void ARunTellsItsFrameSkip(string skip)
    {
        using var folder = new TempFolder();
        var (exit, _, errors) = Invoke([
            "train", "bricks", "--steps", "3", "--run-dir", folder.File("run"),
            "--set", $"env.frame_skip={skip}", "--set", "eval.episodes=0", "--set", "log.report=false",
        ]);
        Assert.SkipWhen(exit == 4, errors);
        Assert.True(exit == 0, errors);
        Assert.Contains($", {skip} frames a step", errors, StringComparison.Ordinal);
    }

    /// <summary>The quickest of the presets that go by an environment's name, whole: solved is 195.</summary>
    [Fact]
    public void CartPoleByNameIsSolved()
    {
        using var folder = new TempFolder();
        string[] quietly = ["--json", "-q", "--set", "log.films=false", "--set", "eval.video=false"];
        var (exit, output, errors) = Invoke(["train", "cartpole-v0", .. quietly, "--run-dir", folder.File("run")]);
        Assert.True(exit == 0, errors);
        var result = JsonNode.Parse(output)!;
        Assert.Equal("goal_reached", (string?)result["end"]);
        Assert.True((double)result["eval"]!["mean_return"]! > 150, output);
    }
}
