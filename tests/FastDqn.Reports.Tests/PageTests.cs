using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FastDqn.Core;
using FastDqn.Sweeps;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Tests;

namespace FastDqn.Reports.Tests;

public sealed class PageTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ARunsPageHoldsWhatItsFilesSay()
    {
        var run = MadeRun.Write(_folder.File("run"), "target.gamma=0.9 env.name=gridworld");
        var path = Report.Make([run], null, null, _ => { });
        Assert.Equal(Path.Combine(run, "report.html"), path);
        var page = MadeRun.Data(File.ReadAllText(path));
        Assert.Equal(("run", "finished", "good"), ((string)page["title"]!, (string)page["status"]!, (string)page["state"]!));
        var facts = page.Section("")["rows"]!.AsArray().ToDictionary(r => (string)r![0]!, r => (string)r![1]!);
        Assert.Equal("7, protocol custom", facts["evaluation"]);
        Assert.StartsWith("2,400 of ", facts["agent steps"], StringComparison.Ordinal);
        Assert.Equal("1.2.3", facts["version"]);

        var returns = page.Section("Curves").Chart("Return of training");
        Assert.Equal(120, returns["curves"]![0]!["x"]!.AsArray().Count);
        Assert.Equal(120, returns["curves"]![1]!["y"]!.AsArray().Count);
        // All charts have the run's axis.
        Assert.All(page.Section("Curves")["charts"]!.AsArray(), c => Assert.Equal([0, 2400], c!["span"]!.AsArray().Select(s => (int)s!)));
        Assert.Equal(1.5, (double)returns["marks"]![0]![1]!);
        var evaluation = page.Section("Curves").Chart("Return of evaluation")["curves"]![0]!;
        // 1.96 standard deviations of a mean over four episodes.
        Assert.Equal(7 - 1.96, (double)evaluation["low"]![0]!, 1e-9);
        Assert.Equal(7 + 1.96, (double)evaluation["high"]![0]!, 1e-9);
        Assert.Equal(12, page.Section("Curves").Chart("Loss")["curves"]![0]!["x"]!.AsArray().Count);
        Assert.All(page.Section("Curves").Chart("Rate")["curves"]![0]!["y"]!.AsArray(), rate => Assert.Equal(200, (double)rate!));
        Assert.All(page.Section("Curves").Chart("Rate of updates")["curves"]![0]!["y"]!.AsArray(), r => Assert.Equal(50, (double)r!));
        var evaluations = page.Section("Evaluations");
        // The document has the mean only, the row the deviation; a column of nothing is left out.
        Assert.Equal(
            ["protocol", "agent steps", "episodes", "mean return", "95 % interval"],
            evaluations["columns"]!.AsArray().Select(c => (string)c!));
        Assert.Equal("5.04 .. 8.96", (string)evaluations["rows"]![0]![4]!);

        var bars = page.Section("Where the time went")["rows"]!.AsArray();
        Assert.Equal(["act", "the rest"], bars.Select(b => (string)b![0]!));
        Assert.Equal(0.25, (double)bars[0]![1]!);
        var options = page.Section("Options that differ from preset gridworld")["rows"]!.AsArray();
        Assert.Contains(options, o => (string)o![0]! == "target.gamma" && (string)o[1]! == "0.9" && (string)o[2]! == "0.97");
        Assert.Contains("--config", (string)page.Section("Again")["rows"]![0]!, StringComparison.Ordinal);
        Assert.Equal("fastdqn train gridworld --steps 2000", (string)page.Section("Again")["rows"]![1]!);
    }

    [Fact]
    public void HowARunEndedIsSaid()
    {
        Assert.Equal("diverged", Badge("d", info => (info["status"], info["reason"]) = ("failed", "diverged: loss is NaN")));
        Assert.Equal("failed", Badge("f", info => (info["status"], info["reason"]) = ("failed", "the disk is full")));
        Assert.Equal("interrupted", Badge("i", info => info["status"] = "interrupted"));
        // No process holds its lock.
        Assert.Equal("gone", Badge("g", info => info["status"] = "running"));

        string Badge(string name, Action<JsonObject> change)
        {
            var run = MadeRun.Write(_folder.File(name), change: change);
            return (string)MadeRun.Data(File.ReadAllText(Report.Make([run], null, null, _ => { })))["status"]!;
        }
    }

    /// <summary>Markup in every text that a run's files can hold, in texts of any length and script.</summary>
    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("</script><img src=x onerror=alert(1)>")]
    [InlineData("<!--<script>")]
    [InlineData("日本語 \u202e عربى 🎮 \0 \u2028 ]]> & ' \" `")]
    [InlineData("long")]
    public void NoTextIsEverMarkup(string text)
    {
        if (text == "long")
            text = string.Concat(Enumerable.Repeat("<b>long & wide</b>", 6000));
        var run = MadeRun.Write(_folder.File("run"), change: info =>
        {
            // A run's document holds a megabyte at most.
            var part = text[..Math.Min(text.Length, 5000)];
            (info["status"], info["reason"], info["version"], info["git"]) = ("failed", text, part, part);
            info["argv"] = new JsonArray("train", part);
            info["hardware"] = new JsonObject { ["cpu"] = part, ["cores"] = part };
        });
        File.AppendAllText(
            Path.Combine(run, "metrics.jsonl"),
            new JsonObject { ["kind"] = text, ["step"] = 9000, ["metrics"] = new JsonObject { [text] = 1 } }.ToJsonString() + "\n");
        Directory.CreateDirectory(Path.Combine(run, "videos"));
        File.WriteAllBytes(Path.Combine(run, "videos", "a<b> &\"'.gif"), "GIF89a"u8.ToArray());
        var html = File.ReadAllText(Report.Make([run], null, null, _ => { }));
        // The only elements are those of the frame.
        Assert.Equal(3, Regex.Count(html, "<script"));
        Assert.Equal(3, Regex.Count(html, "</script"));
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.Equal(1, Regex.Count(html, "<!DOCTYPE"));
        Assert.True(html.Length < 1_000_000);
        var page = MadeRun.Data(html);
        Assert.Equal("a<b> &\"'.gif", (string)page.Section("Films")["rows"]![0]![0]!);
        var facts = page.Section("")["rows"]!.AsArray().ToDictionary(r => (string)r![0]!, r => (string)r![1]!);
        Assert.StartsWith(text[..Math.Min(20, text.Length)], facts["how it ended"], StringComparison.Ordinal);
        Assert.InRange(facts["how it ended"].Length, 1, 2001);
    }

    /// <summary>Damaged files give a page or one line, never anything else.</summary>
    [Theory]
    [InlineData("run.json")]
    [InlineData("metrics.jsonl")]
    [InlineData("config.yaml")]
    public void DamagedFilesAreReported(string file)
    {
        var run = MadeRun.Write(_folder.File("run"), episodes: 20);
        var path = Path.Combine(run, file);
        var taken = Fuzz.Run(
            60, File.ReadAllBytes(path), bytes =>
            {
                File.WriteAllBytes(path, bytes);
                Report.Make([run], null, null, _ => { });
            },
            ErrorKind.BadData);
        Assert.InRange(taken, 1, Fuzz.Times(60));
    }

    /// <summary>A run of 10 million agent steps: the page stays small, the best and worst episodes are in it.</summary>
    [Fact]
    public void ALongRunsPageIsSmall()
    {
        var run = MadeRun.Write(_folder.File("run"), "log.films=false", episodes: 100_000);
        using (var rows = File.AppendText(Path.Combine(run, "metrics.jsonl")))
        {
            for (var i = 0; i < 20_000; i++)
            {
                var (step, value) = (2_000_000 + (400 * i), i == 777 ? 4321 : i == 888 ? -1234 : i % 31);
                rows.Write(FormattableString.Invariant($"{{\"kind\":\"episode\",\"step\":{step},\"metrics\":{{\"return\":{value}}}}}\n"));
            }
        }

        var html = File.ReadAllText(Report.Make([run], null, null, _ => { }));
        Assert.InRange(html.Length, 60_000, 1_000_000);
        var returns = MadeRun.Data(html).Section("Curves").Chart("Return of training")["curves"]![0]!;
        Assert.InRange(returns["x"]!.AsArray().Count, 1000, 2000);
        Assert.Equal((4321.0, -1234.0), (returns["y"]!.AsArray().Max(y => (double)y!), returns["y"]!.AsArray().Min(y => (double)y!)));
    }

    [Fact]
    public void ARunWithoutMetricsHasAPage()
    {
        var run = MadeRun.Write(_folder.File("run"));
        File.Delete(Path.Combine(run, "metrics.jsonl"));
        var page = MadeRun.Data(File.ReadAllText(Report.Make([run], null, null, _ => { })));
        Assert.DoesNotContain(page["sections"]!.AsArray(), s => (string)s!["kind"]! == "charts");
        // Half a row at the end is of a run that goes on; one in the middle is damage.
        File.WriteAllText(Path.Combine(run, "metrics.jsonl"), "{\"kind\":\"train\",\"st");
        Report.Make([run], null, null, _ => { });
        File.WriteAllText(Path.Combine(run, "metrics.jsonl"), "{\"kind\":\"train\",\"st\n");
        var error = Assert.Throws<FastDqnException>(() => Report.Make([run], null, null, _ => { }));
        Assert.Contains("metrics.jsonl:1: not a row", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RunsBesideEachOtherShowWhatDiffers()
    {
        string[] runs =
        [
            MadeRun.Write(_folder.File("all/a1"), "run.seed=1"), MadeRun.Write(_folder.File("all/a2"), "run.seed=2", episodes: 100),
            MadeRun.Write(_folder.File("all/b"), "target.gamma=0.5"),
        ];
        var path = _folder.File("compare.html");
        Assert.Equal(path, Report.Make(runs, path, null, _ => { }));
        var page = MadeRun.Data(File.ReadAllText(path));
        Assert.Equal("3 runs", (string)page["title"]!);
        var option = Assert.Single(page.Section("What differs")["rows"]!.AsArray())!;
        Assert.Equal("target.gamma", (string)option[0]!);
        Assert.Equal("0.5", (string)option[2]!);
        var curves = page.Section("Curves").Chart("Return of training, running mean of episodes")["curves"]!.AsArray();
        Assert.Equal(2, curves.Count);
        Assert.EndsWith("(2 seeds)", (string)curves[0]!["name"]!, StringComparison.Ordinal);
        Assert.Equal(curves[0]!["x"]!.AsArray().Count, curves[0]!["low"]!.AsArray().Count);
        Assert.Null(curves[1]!["low"]);
        var figures = page.Section("Returns")["rows"]!.AsArray();
        Assert.Equal([2, 1], figures.Select(f => (int)f![1]!));
        // Of one run there is no interval.
        Assert.Equal(["7 .. 7", ""], figures.Select(f => (string)f![3]!));
        Assert.All(figures, f => Assert.Equal(7.0, (double)f![2]!));
        Assert.Equal(3, page.Section("Runs")["rows"]!.AsArray().Count);
        // The folder that holds them stands for them.
        Assert.Equal("3 runs", (string)MadeRun.Data(File.ReadAllText(Report.Make([_folder.File("all")], path, null, _ => { })))["title"]!);
    }

    /// <summary>With several environments the seeds' last rows lie a few steps beside each other.</summary>
    [Fact]
    public void ABandHasAllSeedsUpToItsEnd()
    {
        string[] runs = [Run("a", 1, 8004), Run("b", 2, 8012), Run("c", 3, 8000)];
        var page = MadeRun.Data(File.ReadAllText(Report.Make(runs, _folder.File("all.html"), null, _ => { })));
        var curve = page.Section("Curves").Chart("Return of evaluation")["curves"]![0]!;
        Assert.Equal([4000, 8012], curve["x"]!.AsArray().Select(x => (int)x!));
        Assert.Equal([2, 2], curve["y"]!.AsArray().Select(y => (double)y!));
        Assert.Equal([1, 1], curve["low"]!.AsArray().Select(y => (double)y!));
        Assert.Equal([3, 3], curve["high"]!.AsArray().Select(y => (double)y!));

        string Run(string name, int seed, int last)
        {
            var run = MadeRun.Write(_folder.File(name), $"run.seed={seed}", episodes: 0);
            File.WriteAllLines(Path.Combine(run, "metrics.jsonl"), new[] { 4000, last }.Select(step =>
                FormattableString.Invariant($"{{\"kind\":\"eval\",\"step\":{step},\"metrics\":{{\"mean_return\":{seed}}}}}")));
            return run;
        }
    }

    /// <summary>A configuration has one colour in all charts, also after one that has no loss.</summary>
    [Fact]
    public void GamesHaveChartsOfTheirOwnAndCurvesTheirPlaces()
    {
        var first = MadeRun.Write(_folder.File("a"), "target.gamma=0.9");
        var metrics = Path.Combine(first, "metrics.jsonl");
        File.WriteAllLines(metrics, [.. File.ReadAllLines(metrics).Where(line => !line.Contains("td_loss", StringComparison.Ordinal))]);
        string[] runs =
            [first, MadeRun.Write(_folder.File("b"), "target.gamma=0.5"), MadeRun.Write(_folder.File("c"), "env.name=cartpole")];
        var page = MadeRun.Data(File.ReadAllText(Report.Make(runs, _folder.File("all.html"), null, _ => { })));
        Assert.Single(page.Section("Curves of cartpole").Chart("Loss")["curves"]!.AsArray());
        var grid = page.Section("Curves of gridworld");
        Assert.Equal(Names("Return of evaluation"), Names("Loss"));
        Assert.Equal([0, 12], grid.Chart("Loss")["curves"]!.AsArray().Select(c => c!["x"]!.AsArray().Count));
        Assert.Equal("random play", (string)grid.Chart("Return of evaluation")["marks"]![0]![0]!);
        Assert.Empty(grid.Chart("Loss")["marks"]!.AsArray());

        IEnumerable<string> Names(string chart) => grid.Chart(chart)["curves"]!.AsArray().Select(c => (string)c!["name"]!);
    }

    [Fact]
    public void AStudysPageHoldsItsTrials()
    {
        const string text = """
            name: looked-at
            method: random
            metric: {name: loss, goal: minimize}
            command: [true]
            run_cap: 20
            parameters:
              strong: {min: 0.0, max: 1.0}
              weak: {distribution: log_uniform, min: 0.001, max: 1.0}
              kind: {values: ["<i>a</i>", b]}
            """;
        var folder = _folder.File("study");
        using (var study = Study.Create(StudyFileReader.Read(text, "looked-at.yaml"), folder: folder))
            study.Optimize(t => Math.Pow(t["strong"] - 0.3, 2), 20);
        var html = File.ReadAllText(Report.Make([folder], null, null, _ => { }));
        Assert.DoesNotContain("<i>", html, StringComparison.Ordinal);
        var page = MadeRun.Data(html);
        Assert.Equal(("looked-at", "finished"), ((string)page["title"]!, (string)page["status"]!));
        var trials = page.Section("Trials")["rows"]!.AsArray();
        Assert.Equal(20, trials.Count);
        Assert.Equal(trials.Select(t => (double)t![2]!).Order(), trials.Select(t => (double)t![2]!));
        Assert.Equal("strong", (string)page.Section("Importance")["rows"]![0]![0]!);
        Assert.Equal(20, page.Section("Parameters of each trial")["rows"]!.AsArray().Count);
        Assert.Equal(3, page.Section("Slices")["charts"]!.AsArray().Count);
        Assert.True((bool)page.Section("Slices").Chart("weak")["logX"]!);
        Assert.Equal([0.001, 1], page.Section("Slices").Chart("weak")["span"]!.AsArray().Select(s => (double)s!));
        Assert.Equal("steps", (string)page.Section("History").Chart("Value by trial")["curves"]![2]!["style"]!);
        Assert.Equal("<i>a</i>", (string)page.Section("Slices").Chart("kind")["words"]![0]!);
    }

    [Fact]
    public void WhatIsNoRunIsSaid()
    {
        var run = MadeRun.Write(_folder.File("run"));
        Directory.CreateDirectory(_folder.File("empty"));
        Assert.Equal(ErrorKind.BadData, Error([_folder.File("nowhere")], "no such folder"));
        Assert.Equal(ErrorKind.BadData, Error([_folder.File("empty")], "holds neither a run"));
        Assert.Equal(ErrorKind.BadData, Error([Path.Combine(run, "run.json")], "is no folder of runs"));
        Assert.Equal(ErrorKind.Usage, Error([run, run + "/"], "given twice"));
        Directory.CreateDirectory(_folder.File("study"));
        File.WriteAllText(_folder.File("study/study.db"), "");
        Assert.Equal(ErrorKind.Usage, Error([run, _folder.File("study")], "give it alone"));

        static ErrorKind Error(string[] folders, string why)
        {
            var error = Assert.Throws<FastDqnException>(() => Report.Make(folders, null, null, _ => { }));
            Assert.Contains(why, error.Message, StringComparison.Ordinal);
            return error.Kind;
        }
    }

    [Fact]
    public void FilmsGoIntoThePageOrBesideIt()
    {
        var run = MadeRun.Write(_folder.File("run"));
        Directory.CreateDirectory(Path.Combine(run, "videos"));
        File.WriteAllBytes(Path.Combine(run, "videos", "small.gif"), new byte[100]);
        File.WriteAllBytes(Path.Combine(run, "videos", "large one.gif"), new byte[300_000]);
        var films = MadeRun.Data(File.ReadAllText(Report.Make([run], _folder.File("page.html"), null, _ => { }))).Section("Films")["rows"]!;
        var sources = films.AsArray().ToDictionary(f => (string)f![0]!, f => (string)f![1]!);
        Assert.StartsWith("data:image/gif;base64,AAAA", sources["small.gif"], StringComparison.Ordinal);
        Assert.Equal("./run/videos/large%20one.gif", sources["large one.gif"]);
    }

    [Fact]
    public void TheTableHoldsEveryRowOfEveryRun()
    {
        var (a, b) = (MadeRun.Write(_folder.File("a, \"b\"")), MadeRun.Write(_folder.File("c"), "run.seed=5", episodes: 20));
        var table = MetricsTable.Of([a, b], [], Assert.Fail);
        using var text = new StringWriter();
        Assert.Equal(120 + 12 + 1 + 20 + 2 + 1, table.WriteCsv(text, _ => { }));
        var lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        const string head = "run,environment,algorithm,name,seed,kind,step,frames,charts/epsilon,charts/updates,";
        Assert.StartsWith(head, lines[0], StringComparison.Ordinal);
        var quoted = a.Replace("\"", "\"\"", StringComparison.Ordinal);
        Assert.StartsWith($"\"{quoted}\",gridworld,dqn-nature,dqn-nature,1,episode,20,20,,,", lines[1], StringComparison.Ordinal);
        Assert.Equal(23, lines.Count(l => l.StartsWith($"{b},gridworld,dqn-nature,dqn-nature,5,", StringComparison.Ordinal)));

        using var chosen = new StringWriter();
        Assert.Equal(14, MetricsTable.Of([a, b], ["losses/td_loss"], Assert.Fail).WriteCsv(chosen, _ => { }));
        Assert.EndsWith(",losses/td_loss", chosen.ToString().Split("\r\n")[0], StringComparison.Ordinal);
        var error = Assert.Throws<FastDqnException>(() => MetricsTable.Of([a, b], ["losses/td_los"], Assert.Fail));
        Assert.Contains("losses/td_loss", error.Message, StringComparison.Ordinal);
    }
}
