using System.Text.Json;
using FastDqn.Tests;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>The list of metrics is what trainings write.</summary>
public sealed class TrainMetricsTests
{
    public static TheoryData<string, string[]> Trainings => new()
    {
        { "dqn", [] },
        { "dqn", ["loss.max_gradient_norm=1", "eval.random=false"] },
        { "dqn", ["eval.episodes=0"] },
        { "dqn", ["log.loss_every=20"] },
        { "pqn", [] },
        { "pqn", ["log.loss_every=1"] },
        { "pqn", ["loss.max_gradient_norm=0"] },
    };

    [Theory]
    [MemberData(nameof(Trainings))]
    public void EveryMetricOfARowIsListedAndEveryOneListedIsInARow(string kind, string[] more)
    {
        using var folder = new TempFolder();
        var config = SmallRuns.Config(kind, more);
        _ = SmallRuns.Run(config, folder.File("run"));
        var written = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(RunDirectory.MetricsOf(folder.File("run"))))
        {
            using var row = JsonDocument.Parse(line);
            var word = row.RootElement.GetProperty("kind").GetString();
            var values = row.RootElement.GetProperty("metrics").EnumerateObject().Where(v => v.Value.ValueKind == JsonValueKind.Number);
            written.UnionWith(values.Select(v => word == "train" ? v.Name : $"{word}/{v.Name}"));
        }

        Assert.Equal(TrainMetrics.Of(config), written);
    }

    [Theory]
    [InlineData("charts/mean_retrun", "did you mean 'charts/mean_return'?")]
    [InlineData("perf/SPS", "no row has it")]
    [InlineData("eval/mean_return", "it needs eval.episodes above 0")]
    [InlineData("mean_return", "it needs eval.episodes above 0")]
    [InlineData("random/mean_return", "it needs eval.episodes above 0")]
    [InlineData("losses/gradient_norm", "it needs loss.max_gradient_norm above 0")]
    public void AMetricThatNoRowCanHaveIsToldWithWhatItNeeds(string name, string says)
    {
        var config = SmallRuns.Config("dqn", "eval.episodes=0");
        Assert.Contains(says, TrainMetrics.WhyNever(config, name, _ => false), StringComparison.Ordinal);
        if (says.StartsWith("it needs", StringComparison.Ordinal))
            Assert.Null(TrainMetrics.WhyNever(config, name, option => says.Contains(option, StringComparison.Ordinal)));
    }
}
