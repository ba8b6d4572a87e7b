using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests.Engines;

public sealed class MetricsTailTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OnlyNewWholeRowsAreReadAndTornOnesWait()
    {
        var path = _folder.Write("m.jsonl", "");
        var tail = new MetricsTail(path, new MetricSpec("r", Goal.Maximize));
        Assert.Empty(tail.Read());
        File.AppendAllText(path, "{\"step\":1,\"metrics\":{\"r\":2}}\n{\"step\":2,\"metrics\":{\"other\":1}}\n{\"step\":3,\"met");
        Assert.Equal([(1L, 2.0)], tail.Read());
        File.AppendAllText(path, "rics\":{\"r\":null}}\nrubbish\n{\"step\":4,\"r\":7}\n");
        Assert.Equal([(3L, double.NaN), (4L, 7.0)], tail.Read());
        Assert.Empty(tail.Read());
        Assert.Equal(7, tail.Summary);
        Assert.Equal(["other", "r"], tail.Names.Order());
    }

    [Fact]
    public void AFileCutBackByAResumeIsReadAgain()
    {
        var path = _folder.Write("m.jsonl", "{\"step\":1,\"r\":1}\n{\"step\":2,\"r\":5}\n");
        var tail = new MetricsTail(path, new MetricSpec("r", Goal.Maximize, MetricSummary.Best));
        tail.Read();
        File.WriteAllText(path, "{\"step\":1,\"r\":1}\n");
        Assert.Equal([(1L, 1.0)], tail.Read());
        Assert.Equal(1, tail.Summary);
    }

    [Fact]
    public void AFileThatWasReplacedByALongerOneIsReadAgain()
    {
        var path = _folder.Write("m.jsonl", "{\"step\":1,\"r\":1}\n{\"step\":2,\"r\":5}\n");
        var tail = new MetricsTail(path, new MetricSpec("r", Goal.Maximize, MetricSummary.Best));
        tail.Read();
        File.WriteAllText(path, "{\"step\":1,\"r\":1}\n{\"step\":2,\"r\":3}\n{\"step\":3,\"r\":4}\n");
        Assert.Equal([(1L, 1.0), (2L, 3.0), (3L, 4.0)], tail.Read());
        Assert.Equal(4, tail.Summary);
        File.Delete(path);
        Assert.Empty(tail.Read());
        Assert.Equal(4, tail.Summary);
    }

    [Fact]
    public void ALastRowWithoutALineEndCountsOnceItsWriterHasEnded()
    {
        var path = _folder.Write("m.jsonl", "{\"step\":1,\"r\":1}\n{\"step\":2,\"r\":5}");
        var tail = new MetricsTail(path, new MetricSpec("r", Goal.Maximize));
        Assert.Equal([(1L, 1.0)], tail.Read());
        Assert.Equal([(2L, 5.0)], tail.Read(ended: true));
        Assert.Empty(tail.Read(ended: true));
    }

    [Fact]
    public void RubbishOfOtherProgramsIsPassedOver()
    {
        var path = _folder.File("m.jsonl");
        byte[] rubbish = [(byte)'"', 0xFF, 0xFE, (byte)'"', (byte)'\n', .. new byte[3 << 20], (byte)'\n'];
        File.WriteAllBytes(path, [.. "{\"step\":1,\"r\":1}\n"u8, .. rubbish, .. "{\"step\":2,\"r\":5}\n"u8]);
        Assert.Equal([(1L, 1.0), (2L, 5.0)], new MetricsTail(path, new MetricSpec("r", Goal.Maximize)).Read());
    }

    [Fact]
    public void RowsOfAnotherKindHaveTheirKindInTheName()
    {
        var path = _folder.Write(
            "m.jsonl",
            "{\"kind\":\"eval\",\"step\":5,\"metrics\":{\"mean_return\":9}}\n"
            + "{\"kind\":\"random\",\"step\":5,\"metrics\":{\"mean_return\":1}}\n");
        var tail = new MetricsTail(path, new MetricSpec("eval/mean_return", Goal.Maximize));
        Assert.Equal([(5L, 9.0)], tail.Read());
        Assert.Equal(["eval/mean_return", "random/mean_return"], tail.Names.Order());
    }

    [Fact]
    public void AnEvaluationsMetricHasAShortNameUnlessAnotherIsCalledSo()
    {
        var path = _folder.Write(
            "m.jsonl",
            "{\"kind\":\"eval\",\"step\":5,\"metrics\":{\"mean_return\":9}}\n"
            + "{\"kind\":\"random\",\"step\":5,\"metrics\":{\"mean_return\":1}}\n");
        var tail = new MetricsTail(path, new MetricSpec("mean_return", Goal.Maximize, MetricSummary.Best));
        Assert.Equal([(5L, 9.0)], tail.Read());
        File.AppendAllText(path, "{\"step\":6,\"mean_return\":2}\n{\"kind\":\"eval\",\"step\":7,\"metrics\":{\"mean_return\":8}}\n");
        Assert.Equal([(6L, 2.0)], tail.Read());
        Assert.Equal(2, tail.Summary);
    }

    [Theory]
    [InlineData("0.5 0.9 NaN NaN", MetricSummary.Last, double.NaN)]
    [InlineData("0.5 0.9 NaN NaN", MetricSummary.Best, double.NaN)]
    [InlineData("0.5 0.9 NaN NaN", MetricSummary.Mean, double.NaN)]
    [InlineData("0.5 0.9 null", MetricSummary.Best, double.NaN)]
    [InlineData("0.5 Infinity", MetricSummary.Best, double.NaN)]
    [InlineData("0.5 -Infinity", MetricSummary.Last, double.NaN)]
    [InlineData("0.5 1e999", MetricSummary.Last, double.NaN)]
    [InlineData("NaN 0.5 0.9", MetricSummary.Last, 0.9)]
    [InlineData("NaN 0.9 0.5", MetricSummary.Best, 0.9)]
    [InlineData("NaN 0.5", MetricSummary.Mean, double.NaN)]
    // Not known yet is neither NaN nor 0.
    [InlineData("null null 0.5 0.9", MetricSummary.Mean, 0.7)]
    [InlineData("null 0.5", MetricSummary.Best, 0.5)]
    [InlineData("null", MetricSummary.Last, null)]
    public void NotFiniteIsNotAbsentAndNotKnownYetIsNeither(string values, MetricSummary summary, double? expected)
    {
        var rows = values.Split(' ').Select((value, i) => $"{{\"step\": {i + 1}, \"note\": \"r: NaN, Infinity\", \"r\": {value}}}\n");
        var tail = new MetricsTail(_folder.Write("m.jsonl", string.Concat(rows)), new MetricSpec("r", Goal.Maximize, summary));
        Assert.Equal(values.Split(' ').SkipWhile(v => v == "null").Count(), tail.Read().Count);
        var summed = tail.Summary is { } number ? Math.Round(double.IsFinite(number) ? number : double.NaN, 9) : (double?)null;
        Assert.Equal(expected, summed);
    }

    [Theory]
    [InlineData("1.0", 1)]
    [InlineData("2e3", 2000)]
    [InlineData("2.5", 2)]
    [InlineData("\"1\"", null)]
    [InlineData("null", null)]
    public void AStepMayBeWrittenAsAFloat(string text, int? step)
    {
        var path = _folder.Write("m.jsonl", $"{{\"step\": {text}, \"r\": 3}}\n");
        var rows = new MetricsTail(path, new MetricSpec("r", Goal.Maximize)).Read();
        Assert.Equal(step is { } whole ? [whole] : [], rows.Select(row => row.Step));
    }

    [Theory]
    [InlineData(false, "1 2", 4)]
    [InlineData(false, "3 4", 4)]
    // It goes on: what it does not make again counts.
    [InlineData(true, "3 4", 9)]
    [InlineData(true, "1 2", 4)]
    // Nothing was left to do.
    [InlineData(false, "", 9)]
    public void RowsOfAFailedAttemptDoNotCount(bool continues, string steps, double best)
    {
        const string failed = "{\"step\":1,\"r\":3}\n{\"step\":2,\"r\":9}\n{\"step\":3,\"r";
        var path = _folder.Write("m.jsonl", failed);
        var tail = new MetricsTail(path, new MetricSpec("r", Goal.Maximize, MetricSummary.Best), failed.Length, continues);
        Assert.Empty(tail.Read());
        var made = steps.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        File.AppendAllText(path, string.Concat(made.Select(step => $"{{\"step\":{step},\"r\":4}}\n")));
        Assert.Equal(made.Length, tail.Read(ended: true).Count);
        Assert.Equal(best, tail.Summary);
    }

    [Theory]
    [InlineData(MetricSummary.Last, 1, 4)]
    [InlineData(MetricSummary.Best, 1, 9)]
    [InlineData(MetricSummary.Mean, 1, 5)]
    [InlineData(MetricSummary.Last, 2, 6.5)]
    public void SummariesAndWindows(MetricSummary summary, int window, double expected)
    {
        var path = _folder.Write("m.jsonl", "{\"step\":1,\"r\":2}\n{\"step\":2,\"r\":9}\n{\"step\":3,\"r\":4}\n");
        var tail = new MetricsTail(path, new MetricSpec("r", Goal.Maximize, summary, window));
        tail.Read();
        Assert.Equal(expected, tail.Summary);
    }
}
