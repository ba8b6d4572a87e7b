using System.Text.Json.Nodes;
using System.Xml.Linq;
using FastDqn.Tests;
using FastDqn.Training.Configuration;
using FastDqn.Training.Curves;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>
/// What plot and aggregate make of runs: one line or table for each configuration, with all points of all its runs.
/// </summary>
[Collection("console")]
public sealed class CurvesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void RunsOfOtherAlgorithmsAreOtherLinesAndTables()
    {
        string[] runs =
        [
            Run("a", "algorithm.name=rainbow", Row(100, 1)), Run("b", "algorithm.name=c51", Row(100, 5)),
            Run("c", "algorithm.name=c51 run.seed=2", Row(100, 7)),
        ];
        Assert.Equal(["gridworld rainbow", "gridworld c51 (2 seeds)"], Legends(runs));

        var (exit, output, errors) = Invoke(["aggregate", .. runs, "--raw", "--json"]);
        Assert.Equal((0, ""), (exit, errors));
        var groups = JsonNode.Parse(output)!["groups"]!.AsArray();
        Assert.Equal(
            [("rainbow", 1.0, 1), ("c51", 6.0, 2)],
            groups.Select(g => ((string)g!["name"]!, (double)g["mean"]!["value"]!, (int)g["runs"]!)));
        var table = Invoke(["aggregate", .. runs, "--raw"]).Output;
        Assert.Contains("1 runs of 1 games", table, StringComparison.Ordinal);
        Assert.Contains("2 runs of 1 games", table, StringComparison.Ordinal);
        Assert.Equal(6.0, (double)JsonNode.Parse(Invoke(["aggregate", runs[1], runs[2], "--raw", "--json"]).Output)!["mean"]!["value"]!);
    }

    [Fact]
    public void ALegendSaysWhatDiffers()
    {
        string[] runs = [Run("a", "target.gamma=0.9", Row(100, 1)), Run("b", "target.gamma=0.5", Row(100, 2))];
        Assert.Equal(["gridworld dqn-nature, target.gamma 0.9", "gridworld dqn-nature, target.gamma 0.5"], Legends(runs));
    }

    [Fact]
    public void CurvesKeepAllPointsOfAllRuns()
    {
        List<(double, double)> early = [(10, 1), (20, 3)], late = [(20, 5), (40, 9)];
        var band = SeedBand.Of("x", [early, late], 1);
        Assert.Equal([10, 20, 40], band.X);
        Assert.Equal([1, 4, 9], band.Y);
        Assert.Equal([1, 3, 9], band.Low!);
        Assert.Equal([1, 5, 9], band.High!);
        // Apart from each other: neither is lost.
        List<(double, double)> far = [(100, 7)];
        Assert.Equal([10, 20, 100], SeedBand.Of("x", [early, far], 1).X);
    }

    [Fact]
    public void ASinglePointIsDrawn()
    {
        var svg = Draw([Run("a", "run.seed=1", Row(100, 1)), Run("b", "run.seed=2", Row(100, 3))]);
        Assert.Single(svg.Descendants(), e => e.Name.LocalName == "circle");
        Assert.Contains(svg.Descendants(), e => e.Name.LocalName == "line" && (string?)e.Attribute("stroke-opacity") == "0.4");
    }

    [Fact]
    public void NothingToDrawIsSaid()
    {
        const string unknown = "{\"kind\":\"train\",\"step\":100,\"metrics\":{\"charts/mean_return\":null}}\n";
        var (empty, full) = (Run("a", "run.seed=1", unknown), Run("b", "run.seed=2", Row(100, 1)));
        var (exit, output, errors) = Invoke(["plot", empty, "-o", _folder.File("x.svg"), "--metric", "charts/mean_return"]);
        Assert.Equal((3, ""), (exit, output));
        Assert.Contains("'charts/mean_return' has had no value so far", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("x.svg")));
        // Beside others it is named.
        (exit, _, errors) = Invoke(["plot", empty, full, "-o", _folder.File("x.svg")]);
        Assert.Equal(0, exit);
        Assert.Contains($"{empty}: has no value of charts/mean_return so far and is not drawn", errors, StringComparison.Ordinal);
    }

    private static string Row(long step, double value) =>
        FormattableString.Invariant($"{{\"kind\":\"train\",\"step\":{step},\"metrics\":{{\"charts/mean_return\":{value}}}}}\n");

    private IEnumerable<string> Legends(string[] runs) => Draw(runs).Descendants()
        .Where(e => e.Name.LocalName == "text" && ((string?)e.Attribute("fill"))?.StartsWith('#') == true).Select(e => e.Value);

    private XDocument Draw(string[] runs)
    {
        var (exit, _, errors) = Invoke(["plot", .. runs, "-o", _folder.File("curves.svg")]);
        Assert.Equal((0, ""), (exit, errors));
        return XDocument.Load(_folder.File("curves.svg"));
    }

    /// <summary>The folder of a finished run whose evaluation gave what its last row has.</summary>
    private string Run(string name, string settings, string metrics)
    {
        var folder = Directory.CreateDirectory(_folder.File(name)).FullName;
        var grid = new ConfigLayers().AddSetting("env.name=gridworld");
        var config = settings.Split(' ').Aggregate(grid, (layers, setting) => layers.AddSetting(setting)).Resolve();
        File.WriteAllText(Path.Combine(folder, "config.yaml"), YamlConfig.Write(config));
        File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), metrics);
        var value = JsonNode.Parse(metrics)!["metrics"]!["charts/mean_return"]?.DeepClone();
        var result = new JsonObject { ["eval"] = new JsonObject { ["mean_return"] = value } };
        File.WriteAllText(
            Path.Combine(folder, "run.json"), new JsonObject { ["status"] = "finished", ["result"] = result }.ToJsonString());
        return folder;
    }
}
