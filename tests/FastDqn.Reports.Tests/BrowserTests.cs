using System.Text.Json.Nodes;
using FastDqn.Sweeps;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Tests;

namespace FastDqn.Reports.Tests;

/// <summary>
/// The pages in a browser: they draw what their data holds, answer to hand and key, and ask nobody for anything.
/// </summary>
public sealed class BrowserTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1200, false)]
    [InlineData(360, true)]
    public async Task ARunsPageIsDrawn(int width, bool dark)
    {
        var run = MadeRun.Write(_folder.File("run"));
        Directory.CreateDirectory(Path.Combine(run, "videos"));
        File.Copy(Path.Combine(SourceTree.Root, "docs", "images", "bricks.gif"), Path.Combine(run, "videos", "episode.gif"));
        await using var browser = await Browser.StartAsync(width, 900, dark);
        var file = Report.Make([run], null, null, _ => { });
        await browser.OpenAsync(file);
        await CheckAsync(browser, file);
        Assert.Equal("run", (string?)await browser.EvaluateAsync("document.title"));
        Assert.Equal(dark, (bool?)await browser.EvaluateAsync("matchMedia('(prefers-color-scheme: dark)').matches"));
        var points = MadeRun.Data(File.ReadAllText(file)).Section("Curves")["charts"]!.AsArray()
            .Select(c => c!["curves"]!.AsArray().Sum(s => s!["x"]!.AsArray().Count));
        Assert.Equal(
            points, await NumbersAsync(browser, "[...document.querySelectorAll('figure[data-points]')].map(f => +f.dataset.points)"));
        // Something is drawn on every canvas, and nothing is wider than the window.
        Assert.True((bool?)await browser.EvaluateAsync(
            "[...document.querySelectorAll('canvas')].every(c => new Set(new Uint32Array("
            + "c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size > 8)"));
        Assert.True((bool?)await browser.EvaluateAsync("document.documentElement.scrollWidth <= innerWidth"));
        // Legends lie above their plots, never on them.
        Assert.True((bool?)await browser.EvaluateAsync(
            "[...document.querySelectorAll('figure[data-points]')].every(f => f.querySelector('.legend').getBoundingClientRect().bottom "
            + "<= f.querySelector('canvas').getBoundingClientRect().top)"));
        await browser.EvaluateAsync("document.querySelector('.films img').scrollIntoView()");
        Assert.True((bool?)await browser.EvaluateAsync("document.querySelector('.films img').decode().then(() => true)"));
        await CheckAsync(browser, file, Path.Combine(run, "videos", "episode.gif"));
    }

    [Fact]
    public async Task KeysMoveAlongAPlotAndHideACurve()
    {
        var file = Report.Make([MadeRun.Write(_folder.File("run"))], null, null, _ => { });
        await using var browser = await Browser.StartAsync(1200, 900);
        await browser.OpenAsync(file);
        const string legend = "document.querySelector('figure[data-points] .legend')";
        await browser.EvaluateAsync("document.querySelector('figure[data-points] .plot').focus()");
        await browser.PressAsync("End", 35);
        Assert.Contains("agent steps 2,400", (string?)await browser.EvaluateAsync($"{legend}.textContent"), StringComparison.Ordinal);
        await browser.PressAsync("Home", 36);
        await browser.PressAsync("ArrowRight", 39);
        Assert.Contains("agent steps 40", (string?)await browser.EvaluateAsync($"{legend}.textContent"), StringComparison.Ordinal);
        Assert.Equal("2", (string?)await browser.EvaluateAsync($"{legend}.querySelector('b').textContent"));
        await browser.EvaluateAsync($"{legend}.querySelector('button').click()");
        Assert.Equal("false", (string?)await browser.EvaluateAsync($"{legend}.querySelector('button').ariaPressed"));
        await CheckAsync(browser, file);
    }

    [Fact]
    public async Task TablesAreSortedAndFiltered()
    {
        const string text = """
            name: looked-at
            method: random
            metric: {name: loss, goal: minimize}
            command: [true]
            run_cap: 12
            parameters:
              strong: {min: 0.0, max: 1.0}
              kind: {values: [left, right]}
            """;
        using (var study = Study.Create(StudyFileReader.Read(text, "looked-at.yaml"), folder: _folder.File("study")))
            study.Optimize(t => t["strong"], 12);
        var file = Report.Make([_folder.File("study")], null, null, _ => { });
        var rights = MadeRun.Data(File.ReadAllText(file)).Section("Trials")["rows"]!.AsArray().Count(r => (string)r![6]! == "right");
        Assert.InRange(rights, 1, 11);
        await using var browser = await Browser.StartAsync(1000, 900);
        await browser.OpenAsync(file);
        await CheckAsync(browser, file);
        const string trials = "[...document.querySelectorAll('tbody tr')].filter(r => !r.hidden)";
        var first = await NumbersAsync(browser, $"{trials}.map(r => +r.cells[0].title)");
        Assert.Equal(12, first.Count);
        const string sort = "[...document.querySelectorAll('th button')].find(b => b.textContent === 'trial').click()";
        await browser.EvaluateAsync(sort);
        Assert.Equal(Enumerable.Range(0, 12), await NumbersAsync(browser, $"{trials}.map(r => +r.cells[0].title)"));
        await browser.EvaluateAsync(sort);
        Assert.Equal(Enumerable.Range(0, 12).Reverse(), await NumbersAsync(browser, $"{trials}.map(r => +r.cells[0].title)"));
        // The filter holds for the table and for the lines above it.
        await browser.EvaluateAsync(
            "(() => { const f = document.querySelector('input[type=search]'); f.value = 'RIGHT complete'; "
            + "f.dispatchEvent(new Event('input')); })()");
        Assert.Equal(rights, (int?)await browser.EvaluateAsync($"{trials}.length"));
        Assert.Equal(12 - rights, (int?)await browser.EvaluateAsync("document.querySelectorAll('polyline.out').length"));
        Assert.Equal($"{rights} of 12", (string?)await browser.EvaluateAsync("document.querySelector('.count').textContent"));
        await CheckAsync(browser, file);
    }

    [Fact]
    public async Task MarkupInARunsTextsDoesNothing()
    {
        const string evil = "</script><script>document.title='caught'</script>"
            + "<img src='http://example.org/x' onerror=\"document.title='caught'\">";
        var run = MadeRun.Write(_folder.File("run"), change: info =>
        {
            (info["status"], info["reason"], info["version"]) = ("failed", evil, evil + new string('x', 100_000));
            info["argv"] = new JsonArray("train", evil);
        });
        var file = Report.Make([run], null, null, _ => { });
        await using var browser = await Browser.StartAsync(800, 900);
        await browser.OpenAsync(file);
        await CheckAsync(browser, file);
        Assert.Equal("run", (string?)await browser.EvaluateAsync("document.title"));
        Assert.Contains(evil, (string?)await browser.EvaluateAsync("document.body.innerText"), StringComparison.Ordinal);
        Assert.Equal(0, (int?)await browser.EvaluateAsync("document.images.length"));
    }

    [Fact]
    public async Task RunsBesideEachOtherAreDrawn()
    {
        string[] runs =
        [
            MadeRun.Write(_folder.File("a1"), "run.seed=1"), MadeRun.Write(_folder.File("a2"), "run.seed=2"),
            MadeRun.Write(_folder.File("b"), "target.gamma=0.5"),
        ];
        var file = Report.Make(runs, _folder.File("compare.html"), null, _ => { });
        await using var browser = await Browser.StartAsync(1000, 900);
        await browser.OpenAsync(file);
        await CheckAsync(browser, file);
        const string names = "document.querySelector('figure[data-points] .legend').querySelectorAll('button').length";
        Assert.Equal(2, (int?)await browser.EvaluateAsync(names));
        // Numbers stand under their names.
        Assert.True((bool?)await browser.EvaluateAsync(
            "(() => { const t = document.querySelector('table.data'), right = e => { const r = document.createRange(); "
            + "r.selectNodeContents(e); return r.getBoundingClientRect().right; }; "
            + "return [...t.tHead.rows[0].cells].every((h, i) => !h.classList.contains('number') "
            + "|| Math.abs(right(h.querySelector('span')) - right(t.tBodies[0].rows[0].cells[i])) < 3); })()"));
    }

    /// <summary>It is drawn, without a complaint, and nothing but its own files was asked for.</summary>
    private static async Task CheckAsync(Browser browser, params string[] files)
    {
        Assert.Equal("true", (string?)await browser.EvaluateAsync("document.documentElement.dataset.ready"));
        Assert.Null(await browser.EvaluateAsync("document.documentElement.dataset.error"));
        Assert.Empty(browser.Complaints);
        var own = files.Select(f => new Uri(Path.GetFullPath(f)).AbsoluteUri).Append("about:blank").ToHashSet(StringComparer.Ordinal);
        Assert.All(browser.Requests, url => Assert.True(own.Contains(url) || url.StartsWith("data:", StringComparison.Ordinal), url));
    }

    private static async Task<List<int>> NumbersAsync(Browser browser, string expression) =>
        [.. (await browser.EvaluateAsync(expression))!.AsArray().Select(n => (int)n!)];
}
