using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Reports.Serving;
using FastDqn.Tests;

namespace FastDqn.Reports.Tests;

public sealed class ServeTests : IDisposable
{
    private const string Token = "0123456789abcdef-token";
    private readonly TempFolder _folder = new();
    private readonly HttpClient _client = new(new HttpClientHandler { UseCookies = false });
    private ReportServer? _server;

    public void Dispose()
    {
        _server?.Dispose();
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task TheListHasEveryRunAndItsPagesAnswer()
    {
        MadeRun.Write(_folder.File("a"));
        MadeRun.Write(
            _folder.File("batch/b <i>"), "run.seed=2", change: info => (info["status"], info["reason"]) = ("failed", "diverged: <b>"));
        Directory.CreateDirectory(_folder.File("half"));
        File.WriteAllText(_folder.File("half/run.json"), "{\"status\":");
        Start();
        var rows = (await DataAsync("/?data=1"))["sections"]![0]!;
        Assert.Equal(3, rows["rows"]!.AsArray().Count);
        var status = rows["rows"]!.AsArray().ToDictionary(r => (string)r![0]!["text"]!, r => (string)r![1]!);
        Assert.Equal(("finished", "diverged", "unreadable"), (status["a"], status["batch/b <i>"], status["half"]));
        foreach (var row in rows["rows"]!.AsArray())
            Assert.NotNull(await DataAsync($"{row![0]!["href"]}&data=1"));
        var html = await _client.GetStringAsync(new Uri(_server!.Address), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("<i>", html, StringComparison.Ordinal);
        Assert.Contains("connect-src 'self'", html, StringComparison.Ordinal);
        var ids = rows["ids"]!.AsArray().Select(i => Uri.EscapeDataString((string)i!)).ToList();
        var sound = ids.Where(i => !i.Contains("half", StringComparison.Ordinal)).Select(i => $"id={i}");
        var compared = await DataAsync($"/compare?{string.Join('&', sound)}&data=1");
        Assert.Equal("2 runs", (string)compared["title"]!);
        // What cannot be read, or is not there, is left out and named.
        compared = await DataAsync($"/compare?{string.Join('&', ids.Select(i => $"id={i}"))}&id=0%2Fnever&data=1");
        Assert.Equal("2 runs", (string)compared["title"]!);
        Assert.Contains("1 run is not there any more; ", (string)compared["subtitle"]!, StringComparison.Ordinal);
        Assert.Contains("half", (string)compared["subtitle"]!, StringComparison.Ordinal);

        // A run that comes, one that goes.
        Directory.Delete(_folder.File("a"), recursive: true);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/run?id=0%2Fa"));
        MadeRun.Write(_folder.File("new"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/run?id=0%2Fnew"));
    }

    [Fact]
    public async Task APageDoesNotWaitForAnother()
    {
        MadeRun.Write(_folder.File("slow"));
        MadeRun.Write(_folder.File("quick"));
        // Reading this waits until somebody writes to it.
        var pipe = _folder.File("slow/evaluations/e.json");
        Directory.CreateDirectory(Path.GetDirectoryName(pipe)!);
        using (var made = Process.Start("mkfifo", [pipe]))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        Start();
        var slow = DataAsync("/run?id=0%2Fslow&data=1");
        // Opened once the server reads: the page is being made.
        var token = TestContext.Current.CancellationToken;
        await using (var writer = await Task.Run(() => new FileStream(pipe, FileMode.Open, FileAccess.Write), token))
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync("/run?id=0%2Fquick"));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync("/"));
            Assert.False(slow.IsCompleted);
        }

        Assert.Equal("cannot be read", (string?)(await slow)["title"]);
    }

    [Fact]
    public async Task AnErrorThatNobodyForesawIsAnAnswerToo()
    {
        MadeRun.Write(_folder.File("a"));
        // A pipe has no end to read a log from.
        var log = _folder.File("a/log.txt");
        File.Delete(log);
        using (var made = Process.Start("mkfifo", [log]))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        Start();
        var answer = StatusAsync("/run?id=0%2Fa");
        await Task.Run(() => new FileStream(log, FileMode.Open, FileAccess.Write).Dispose(), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.InternalServerError, await answer);
    }

    [Fact]
    public async Task OnlyWhatWasFoundCanBeHad()
    {
        MadeRun.Write(_folder.File("runs/a"));
        MadeRun.Write(_folder.File("elsewhere"));
        Directory.CreateDirectory(_folder.File("runs/a/videos"));
        File.WriteAllBytes(_folder.File("runs/a/videos/f.gif"), "GIF89a"u8.ToArray());
        File.WriteAllText(_folder.File("runs/a/secret.gif"), "no");
        Start("runs");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/film?id=0%2Fa&name=f.gif"));
        string[] refused =
        [
            "/film?id=0%2Fa&name=..%2Fsecret.gif", "/film?id=0%2Fa&name=", "/film?id=0%2F..%2Felsewhere&name=f.gif",
            "/film?id=0%2Fa%2F&name=f.gif", "/run?id=0%2F..%2Felsewhere", "/run?id=0%2F.%2Fa", "/run?id=1%2Fa", "/run", "/run?id=",
            "/run?id=0%2Fa&id=0%2Fa", "/study?id=0%2Fa", "/compare?id=0%2Fa", "/nothing", "/..%2f..%2fetc/passwd",
        ];
        foreach (var path in refused)
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(path));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await StatusAsync("/", HttpMethod.Post));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await StatusAsync("/run?id=0%2Fa", HttpMethod.Delete));
        Assert.NotEqual(HttpStatusCode.OK, await StatusAsync("/", host: "example.org"));
    }

    [Fact]
    public async Task WithATokenNobodyElseIsAdmitted()
    {
        MadeRun.Write(_folder.File("a"));
        Start(token: Token);
        foreach (var path in new[] { "/", "/?token=", $"/?token={Token}x", "/run?id=0%2Fa", "/film?id=0%2Fa&name=f.gif" })
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path));
        using var answer = await _client.GetAsync(new Uri($"{_server!.Address}?token={Token}"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("HttpOnly; SameSite=Strict", cookie, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/run?id=0%2Fa", cookie: cookie.Split(';')[0]));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/run?id=0%2Fa", cookie: "fastdqn-token=other"));
    }

    [Fact]
    public void BeyondThisMachineATokenIsNeeded()
    {
        var error = Assert.Throws<FastDqnException>(() => new ReportServer([_folder.Path], IPAddress.Any, Port(), null));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("--token", error.Message, StringComparison.Ordinal);
        var port = Port();
        using var first = new ReportServer([_folder.Path], IPAddress.Loopback, port, null);
        var taken = Assert.Throws<FastDqnException>(() => new ReportServer([_folder.Path], IPAddress.Loopback, port, null));
        Assert.Equal(ErrorKind.Failure, taken.Kind);
        Assert.Contains("--bind chooses another port", taken.Message, StringComparison.Ordinal);
    }

    /// <summary>A page moves when its run does, and keeps what a person did to it.</summary>
    [Fact]
    public async Task ALivePageFollowsItsRun()
    {
        var run = MadeRun.Write(_folder.File("a"));
        for (var i = 0; i < 8; i++)
            MadeRun.Write(_folder.File($"b{i}"), $"run.seed={i}", episodes: 10);
        Start();
        await using var browser = await Browser.StartAsync(1000, 900);
        await browser.OpenAsync(new Uri($"{_server!.Address}run?id=0%2Fa"));
        const string points = "document.querySelector('figure[data-points]').dataset.points";
        Assert.Equal("240", (string?)await browser.EvaluateAsync(points));
        File.AppendAllText(
            Path.Combine(run, "metrics.jsonl"), "{\"kind\":\"episode\",\"step\":2420,\"frames\":2420,\"metrics\":{\"return\":99}}\n");
        Assert.Equal("242", (string?)await browser.EvaluateAsync(
            $"new Promise(done => {{ const look = () => {points} !== '240' ? done({points}) : setTimeout(look, 50); look(); }})"));

        await browser.OpenAsync(new Uri(_server.Address));
        Assert.Equal(9, (int?)await browser.EvaluateAsync("document.querySelectorAll('tbody tr').length"));
        await browser.EvaluateAsync("[...document.querySelectorAll('input[type=checkbox]')].slice(0, 2).forEach(b => b.click())");
        await browser.EvaluateAsync("document.querySelector('.picks button').click()");
        // The page that it leads to, once it is drawn.
        string? title;
        do
            title = (string?)await browser.EvaluateAsync("document.documentElement?.dataset.ready === 'true' ? document.title : 'Runs'");
        while (title == "Runs");
        Assert.Equal("2 runs", title);
        Assert.Null(await browser.EvaluateAsync("document.documentElement.dataset.error"));
        Check(browser);
    }

    /// <summary>The list moves when a run does; a filter, an order and a tick that a person made stay.</summary>
    [Fact]
    public async Task TheLiveListKeepsWhatAPersonDid()
    {
        for (var i = 0; i < 9; i++)
        {
            MadeRun.Write(_folder.File($"run{i}"), $"run.seed={i}", episodes: 10, change: info =>
            {
                if (i >= 5)
                    (info["status"], info["reason"]) = ("failed", "out of memory");
            });
        }

        Start();
        await using var browser = await Browser.StartAsync(1000, 900);
        await browser.OpenAsync(new Uri(_server!.Address));
        const string shown = "[...document.querySelectorAll('tbody tr')].filter(r => !r.hidden)";
        const string names = $"{shown}.map(r => r.querySelector('a').textContent).join()";
        await browser.EvaluateAsync("[...document.querySelectorAll('th button')].find(b => b.textContent === 'seed').click()");
        await browser.EvaluateAsync("[...document.querySelectorAll('th button')].find(b => b.textContent === 'seed').click()");
        await browser.EvaluateAsync(
            "(() => { const f = document.querySelector('input[type=search]'); f.value = 'FAILED memory'; "
            + "f.dispatchEvent(new Event('input')); })()");
        Assert.Equal("run8,run7,run6,run5", (string?)await browser.EvaluateAsync(names));
        await browser.EvaluateAsync($"{shown}[0].querySelector('input').click()");
        MadeRun.Write(_folder.File("run9"), "run.seed=9", change: info => (info["status"], info["reason"]) = ("failed", "no memory"));
        MadeRun.Write(_folder.File("run6"), "run.seed=6");
        Assert.Equal("run9,run8,run7,run5", (string?)await browser.EvaluateAsync(
            $"new Promise(done => {{ const look = () => {names} !== 'run8,run7,run6,run5' ? done({names}) "
            + ": setTimeout(look, 50); look(); })"));
        Assert.Equal("4 of 10", (string?)await browser.EvaluateAsync("document.querySelector('.count').textContent"));
        Assert.Equal("run8", (string?)await browser.EvaluateAsync(
            $"{shown}.filter(r => r.querySelector('input').checked).map(r => r.querySelector('a').textContent).join()"));
        Check(browser);
    }

    /// <summary>Whatever runs are called and say, the pages show it as it is.</summary>
    [Fact]
    public async Task StrangeNamesAreShownAsTheyAre()
    {
        const string evil = "</script><script>document.title='caught'</script>"
            + "<img src='http://example.org/x' onerror=\"document.title='caught'\">";
        string[] letters =
        [
            "<", ">", "&", "\"", "'", "`", "\\", "%2F", "{{", "${", "\u202E", "e\u0301", "\U0001F47E",
            "\u4E2D", "\u0001", " ", "x", "\n", "//",
        ];
        var random = new RandomStream(18);
        var texts = Enumerable.Range(0, Fuzz.Times(12))
            .Select(_ => string.Concat(Enumerable.Range(0, 12).Select(_ => letters[random.NextInt32(letters.Length)])))
            .Append(evil).Append(string.Concat(Enumerable.Repeat("<b>\u4E2D&amp;", 10_000))).ToList();
        for (var i = 0; i < texts.Count; i++)
        {
            var text = texts[i];
            var folder = text.Replace("/", "", StringComparison.Ordinal);
            // What a file system takes.
            folder = $"{i}{folder[..Math.Min(60, folder.Length)]}";
            MadeRun.Write(_folder.File(folder), "", episodes: 10, change: info =>
            {
                (info["status"], info["reason"], info["version"], info["git"]) = ("failed", text, text, text);
                info["argv"] = new JsonArray("train", text);
            }, name: text);
        }

        Start();
        await using var browser = await Browser.StartAsync(900, 900);
        await browser.OpenAsync(new Uri(_server!.Address));
        Assert.Equal(texts.Count, (int?)await browser.EvaluateAsync("document.querySelectorAll('tbody tr').length"));
        Assert.Contains(evil, (string?)await browser.EvaluateAsync("document.body.textContent"), StringComparison.Ordinal);
        Check(browser);
        var ids = (await DataAsync("/?data=1"))["sections"]![0]!["ids"]!.AsArray().Select(i => Uri.EscapeDataString((string)i!)).ToList();
        foreach (var page in ids.Select(id => $"run?id={id}").Append($"compare?{string.Join('&', ids.Select(id => $"id={id}"))}"))
        {
            await browser.OpenAsync(new Uri(_server.Address + page));
            Assert.NotEqual("caught", (string?)await browser.EvaluateAsync("document.title"));
            Assert.Equal("true", (string?)await browser.EvaluateAsync("document.documentElement.dataset.ready"));
            Assert.Equal(0, (int?)await browser.EvaluateAsync("document.images.length"));
            Assert.True((bool?)await browser.EvaluateAsync("document.documentElement.scrollWidth <= innerWidth"), page);
            Check(browser);
        }
    }

    /// <summary>Nothing was complained of, and nobody but the server was asked for anything.</summary>
    private void Check(Browser browser)
    {
        Assert.Empty(browser.Complaints);
        Assert.All(
            browser.Requests.Where(url => url != "about:blank"),
            url => Assert.StartsWith(_server!.Address, url, StringComparison.Ordinal));
    }

    private static int Port()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private void Start(string folder = ".", string? token = null)
    {
        _server = new ReportServer([_folder.File(folder)], IPAddress.Loopback, Port(), token);
        _ = _server.RunAsync();
    }

    private async Task<JsonObject> DataAsync(string path) => JsonNode.Parse(
        await _client.GetStringAsync(new Uri(_server!.Address.TrimEnd('/') + path), TestContext.Current.CancellationToken))!.AsObject();

    private async Task<HttpStatusCode> StatusAsync(string path, HttpMethod? method = null, string? host = null, string? cookie = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(_server!.Address.TrimEnd('/') + path));
        if (host is not null)
            request.Headers.Host = host;
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        using var answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
