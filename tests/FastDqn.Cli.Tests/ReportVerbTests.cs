using System.Text.Json.Nodes;
using FastDqn.Tests;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>
/// report, serve and export: what they write, where, and what they refuse; that a training writes its own page.
/// </summary>
[Collection("console")]
public sealed class ReportVerbTests : IDisposable
{
    private static readonly string[] Short =
    [
        "train", "gridworld", "--steps", "300", "--set", "schedule.warm_up=100", "--set", "replay.capacity=300", "--set", "log.every=100",
        "--set", "log.films=false", "--eval-episodes", "1", "--set", "eval.video=false", "-q",
    ];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ATrainingEndsWithAPage()
    {
        var run = _folder.File("run");
        Assert.Equal(0, Invoke([.. Short, "--run-dir", run]).Exit);
        var page = Path.Combine(run, "report.html");
        Assert.Contains("\"status\":\"finished\"", File.ReadAllText(page), StringComparison.Ordinal);

        File.Delete(page);
        var (exit, output, errors) = Invoke(["report", run]);
        Assert.Equal((0, page, ""), (exit, output.Trim(), errors));
        Assert.True(File.Exists(page));

        (exit, output, errors) = Invoke(["export", run, "-o", _folder.File("rows.csv")]);
        Assert.Equal((0, ""), (exit, errors));
        var rows = File.ReadAllLines(_folder.File("rows.csv"));
        Assert.StartsWith("run,environment,algorithm,name,seed,kind,step,frames,", rows[0], StringComparison.Ordinal);
        Assert.Equal(File.ReadLines(Path.Combine(run, "metrics.jsonl")).Count() + 1, rows.Length);
        Assert.StartsWith($"{_folder.File("rows.csv")}: {rows.Length - 1} rows", output, StringComparison.Ordinal);
        Assert.Equal(rows, Invoke(["export", run]).Output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries));

        (exit, output, errors) = Invoke(["export", run, "-o", _folder.File("rows.parquet")]);
        Assert.Equal((0, ""), (exit, errors));
        Assert.StartsWith($"{_folder.File("rows.parquet")}: {rows.Length - 1} rows", output, StringComparison.Ordinal);
        Assert.Equal("PAR1"u8, File.ReadAllBytes(_folder.File("rows.parquet")).AsSpan(0, 4));
    }

    [Fact]
    public void APageThatCannotBeWrittenIsAWarning()
    {
        var run = _folder.File("run");
        Directory.CreateDirectory(Path.Combine(run, "report.html"));
        var (exit, _, errors) = Invoke([.. Short, "--run-dir", run]);
        Assert.Equal(0, exit);
        Assert.Contains("there is no report of it", errors, StringComparison.Ordinal);
        Assert.Equal("finished", (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["status"]);
    }

    [Fact]
    public void ThePageCanBeLeftOut()
    {
        var run = _folder.File("run");
        Assert.Equal(0, Invoke([.. Short, "--set", "log.report=false", "--run-dir", run]).Exit);
        Assert.False(File.Exists(Path.Combine(run, "report.html")));
    }

    [Fact]
    public void ATableThatCannotBeMadeLeavesWhatWasThere()
    {
        var run = _folder.File("run");
        Assert.Equal(0, Invoke([.. Short, "--run-dir", run]).Exit);
        File.WriteAllText(Path.Combine(run, "config.yaml"), "{");
        var table = _folder.Write("kept.csv", "kept");
        Assert.Equal(3, Invoke(["export", run, "-o", table]).Exit);
        Assert.Equal("kept", File.ReadAllText(table));
        Assert.Equal([table, run], Directory.GetFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void OneDamagedRunOfSeveralIsLeftOutAndAloneItIsALine()
    {
        var runs = Directory.CreateDirectory(_folder.File("runs")).FullName;
        var (good, damaged) = (Path.Combine(runs, "good"), Path.Combine(runs, "unsound"));
        Assert.Equal(0, Invoke([.. Short, "--run-dir", good]).Exit);
        Copy(Path.Combine(runs, "other"));
        foreach (var (file, text, says) in new[]
        {
            ("config.yaml", "{", "config.yaml:"),
            ("config.yaml", null, "config.yaml: no such file"),
            ("metrics.jsonl", "{\"kind\":\"train\",\"st\n", "metrics.jsonl:1: not a row of metrics"),
            ("run.json", "{\n\"status\": \"finished\",\n,", "run.json:3: not a run's document: no JSON there"),
            ("run.json", "[]", "run.json: not a run's document: no JSON object"),
            ("run.json", "{\"status\":\"finished\",\"step\":\"x\"}", "run.json: not a run's document: a value of it is of the wrong"),
            ("run.json", "{\"status\":\"gone fishing\"}", "run.json: status is 'gone fishing'"),
            ("run.json", "{\"status\":\"finished\",\"status\":\"failed\"}", "run.json:1: not a run's document: no JSON there"),
        })
        {
            Copy(damaged);
            if (text is null)
                File.Delete(Path.Combine(damaged, file));
            else
                File.WriteAllText(Path.Combine(damaged, file), text);
            // Tables and curves are of configurations and metrics alone.
            foreach (var verb in file == "run.json" ? new[] { "report" } : ["report", "export", "plot"])
            {
                var output = _folder.File(verb switch { "report" => "page.html", "export" => "table.csv", _ => "curves.svg" });
                string[] several = verb == "plot" ? [good, damaged, Path.Combine(runs, "other")] : [runs];
                var (exit, _, errors) = Invoke([verb, .. several, "-o", output]);
                Assert.Equal(0, exit);
                var warning = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
                Assert.Contains($"{damaged}/{says}", warning, StringComparison.Ordinal);
                Assert.EndsWith("; the run is left out", warning, StringComparison.Ordinal);
                Assert.DoesNotContain("unsound", File.ReadAllText(output), StringComparison.Ordinal);
                if (verb != "plot")
                    Assert.Contains("other", File.ReadAllText(output), StringComparison.Ordinal);

                (exit, _, errors) = Invoke([verb, damaged, "-o", output]);
                Assert.Equal(3, exit);
                var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
                Assert.StartsWith("fastdqn: ", line, StringComparison.Ordinal);
                Assert.Contains(says, line, StringComparison.Ordinal);
            }
        }

        void Copy(string folder)
        {
            Directory.CreateDirectory(folder);
            foreach (var name in new[] { "config.yaml", "metrics.jsonl", "run.json" })
                File.Copy(Path.Combine(good, name), Path.Combine(folder, name), overwrite: true);
        }
    }

    [Theory]
    [InlineData(2, "must end in .html", "report", "x", "-o", "x.svg")]
    [InlineData(2, "must end in .csv or .parquet", "export", "x", "-o", "x.feather")]
    [InlineData(3, "no such folder", "report", "nowhere")]
    [InlineData(3, "no such folder", "export", "nowhere")]
    [InlineData(1, "there is no folder", "report", "x", "-o", "nowhere/at/all.html")]
    [InlineData(1, "there is no folder", "export", "x", "-o", "nowhere/at/all.csv")]
    [InlineData(2, "ADDRESS:PORT", "serve", "--bind", "here")]
    [InlineData(2, "ADDRESS:PORT", "serve", "--bind", "127.0.0.1")]
    [InlineData(2, "at least 16 characters", "serve", "--token", "short")]
    [InlineData(2, "give a --token", "serve", "--bind", "0.0.0.0:8265")]
    [InlineData(3, "no such folder", "serve", "nowhere")]
    [InlineData(2, "is not ADDRESS:PORT", "train", "gridworld", "--metrics-endpoint", "9464")]
    [InlineData(2, "is not mlflow:http://HOST:PORT", "train", "gridworld", "--track", "http://localhost:5000")]
    public void WrongUseIsALine(int exit, string why, params string[] arguments)
    {
        var (code, output, errors) = Invoke(arguments);
        Assert.Equal((exit, ""), (code, output));
        Assert.Contains(why, Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
