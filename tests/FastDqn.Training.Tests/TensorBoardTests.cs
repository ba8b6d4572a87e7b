using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using FastDqn.Tests;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

public sealed class TensorBoardTests
{
    [Fact]
    public void EveryFinishedEpisodeIsAPointAndTheRunHasItsHyperParameters()
    {
        using var folder = new TempFolder();
        var run = folder.File("run");
        var config = SmallRuns.Config("dqn", "run.name=a name");
        var (result, _) = SmallRuns.Run(config, run);
        var episodes = File.ReadLines(RunDirectory.MetricsOf(run)).Select(line => JsonNode.Parse(line)!)
            .Where(row => (string?)row["kind"] == "episode").Select(row => (long)row["step"]!).ToList();
        Assert.Equal(result.Episodes, episodes.Count);
        foreach (var tag in new[] { "episode/return", "episode/length" })
            Assert.Equal(episodes, EventFile.Shown(run).Where(s => s.Tag == tag).Select(s => s.Step));

        var shown = EventFile.HyperParameters(run);
        Assert.Equal("cartpole", shown["env.name"]);
        Assert.Equal(config.Optimizer.LearningRate, shown["optimizer.learning_rate"]);
        Assert.Equal(8.0, shown["schedule.batch_size"]);
        Assert.Equal(false, shown["target.double"]);
        Assert.Equal("[8]", shown["body.widths"]);
        Assert.Equal("Infinity", shown["train.stop_return"]);
        Assert.Equal("mlp", shown["body.kind"]);
        // All that decides what is trained, and nothing of where and how.
        string[] others = ["run", "eval", "checkpoint", "log"];
        var wanted = ConfigSchema.Keys.Where(k => !others.Contains(k.Section)).Select(k => k.Name).Append("run.seed");
        Assert.Equal(wanted.Order(StringComparer.Ordinal), shown.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(1, EventFile.EndStatus(run));
    }

    [Fact]
    public void ARunThatDivergedHasFailed()
    {
        using var folder = new TempFolder();
        Assert.Throws<FastDqnException>(() => SmallRuns.Run(SmallRuns.Config("dqn", "train.max_loss=0"), folder.File("run")));
        Assert.Equal(2, EventFile.EndStatus(folder.File("run")));
    }

    [Fact]
    public void TheNetworksGraphIsWrittenOnce()
    {
        using var folder = new TempFolder();
        var run = folder.File("run");
        SmallRuns.Run(SmallRuns.Config("dqn", "head.dueling=true", "head.hidden=6"), run);
        string[] expected =
        [
            "input Placeholder() -1x4, 0", "network.0 linear(input) -1x8, 40", "network.1 relu(network.0) -1x8, 0",
            "value_head.0 linear(network.1) -1x6, 54", "value_head.1 relu(value_head.0) -1x6, 0",
            "value_head.2 linear(value_head.1) -1x1, 7", "advantage_head.0 linear(network.1) -1x6, 54",
            "advantage_head.1 relu(advantage_head.0) -1x6, 0", "advantage_head.2 linear(advantage_head.1) -1x2, 14",
            "dueling dueling_sum(value_head.2, advantage_head.2) -1x2, 0",
        ];
        Assert.Equal(expected, Text(Assert.Single(EventFile.Graphs(run))));
        // A run that goes on has it already.
        using (var writer = new TensorBoardWriter(run, purgeFrom: 100))
            Assert.False(writer.IsFirst);

        static IEnumerable<string> Text(List<GraphNode> nodes) => nodes.Select(node =>
            $"{node.Name} {node.Operation}({string.Join(", ", node.Inputs)}) {string.Join('x', node.Shape)}, {node.Parameters}");
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public void TheLossOfEveryNthUpdateIsARowAndAPoint(string overlap)
    {
        using var folder = new TempFolder();
        var config = SmallRuns.Config("dqn", "log.loss_every=7", $"train.overlap={overlap}", "schedule.steps_per_update=1");
        var (result, _) = SmallRuns.Run(config, folder.File("run"));
        var rows = File.ReadLines(RunDirectory.MetricsOf(folder.File("run"))).Select(line => JsonNode.Parse(line)!)
            .Where(row => (string?)row["kind"] == "update").ToList();
        Assert.True(rows.Count > 20);
        var numbers = rows.Select(row => (long)row["metrics"]!["number"]!);
        Assert.Equal(Enumerable.Range(1, (int)result.Updates / 7).Select(i => 7L * i), numbers);
        var shown = EventFile.Shown(folder.File("run")).ToList();
        Assert.Equal(rows.Select(row => (long)row["step"]!), shown.Where(s => s.Tag == "update/loss").Select(s => s.Step));
        Assert.DoesNotContain(shown, s => s.Tag == "update/number");
        Assert.All(rows, row => Assert.True((double)row["metrics"]!["loss"]! >= 0));
        Assert.True(rows.Select(row => (double)row["metrics"]!["loss"]!).Distinct().Count() > 10);
    }

    public static TheoryData<string> Algorithms => [.. AlgorithmPresets.Names];

    /// <summary>The names that graph.proto and node_def.proto allow.</summary>
    [Theory]
    [MemberData(nameof(Algorithms))]
    public void EveryNetworksGraphHasNamesThatTensorBoardTakes(string algorithm)
    {
        using var folder = new TempFolder();
        var table = NetworkTable.Of(AlgorithmPresets.Get(algorithm), new NetworkInput(ObservationKind.UInt8, [4, 84, 84]), 6);
        using (var writer = new TensorBoardWriter(folder.Path))
        {
            Assert.True(writer.IsFirst);
            writer.Graph(table.Rows);
        }

        var nodes = Assert.Single(EventFile.Graphs(folder.Path));
        Assert.Equal(table.Rows.Select(row => row.Name), nodes.Select(node => node.Name));
        Assert.Equal(table.Parameters, nodes.Sum(node => node.Parameters));
        Assert.All(nodes, node => Assert.Matches("^[A-Za-z0-9.][A-Za-z0-9_>./]*$", node.Name));
        Assert.All(nodes, node => Assert.Matches("^[A-Za-z][A-Za-z0-9_]*$", node.Operation));
        Assert.All(nodes, node => Assert.Equal(-1, node.Shape[0]));
    }
}
