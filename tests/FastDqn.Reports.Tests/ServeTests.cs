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

        // A run that comes, one that goes.
        Directory.Delete(_folder.File("a"), recursive: true);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/run?id=0%2Fa"));
        MadeRun.Write(_folder.File("new"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/run?id=0%2Fnew"));
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
            title = (string?)await browser.EvaluateAsync("document.documentElement.dataset.ready === 'true' ? document.title : 'Runs'");
        while (title == "Runs");
        Assert.Equal("2 runs", title);
        Assert.Null(await browser.EvaluateAsync("document.documentElement.dataset.error"));
        Assert.Empty(browser.Complaints);
        var own = browser.Requests.Where(url => url != "about:blank").ToList();
        Assert.All(own, url => Assert.StartsWith(_server.Address, url, StringComparison.Ordinal));
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
