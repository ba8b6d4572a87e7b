using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using FastDqn.Tests;

namespace FastDqn.Reports.Tests;

/// <summary>
/// Chromium without a window, led through its DevTools protocol: opens a page, runs expressions in it, presses keys,
/// and notes what the page asked of a network and what its console says.
/// </summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly TempFolder _profile;
    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));
    private readonly HashSet<string> _loaded = [];
    private string _session = "";
    private int _last;

    private Browser(Process process, TempFolder profile) => (_process, _profile) = (process, profile);

    /// <summary>What the page asked for.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Errors and warnings of its console, and exceptions that nothing caught.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Starts it with a window of a size; skips the test with the reason where it is not there.</summary>
    public static async Task<Browser> StartAsync(int width, int height, bool dark = false)
    {
        var program = new[] { "chromium", "chromium-browser", "google-chrome" }
            .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "no Chromium is installed: apt-get install chromium");
        var profile = new TempFolder();
        List<string> arguments =
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", $"--user-data-dir={profile.Path}",
            "--no-first-run", "--disable-background-networking", "about:blank",
        ];
        var start = new ProcessStartInfo(program!, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        // It leaves folders where a program that is killed does.
        start.Environment["TMPDIR"] = profile.Path;
        var process = Process.Start(start)!;
        var browser = new Browser(process, profile);
        try
        {
            const string mark = "DevTools listening on ";
            string? line;
            do
            {
                line = await process.StandardError.ReadLineAsync(browser._limit.Token);
                Assert.SkipWhen(line is null, "Chromium does not start here");
            }
            while (!line!.StartsWith(mark, StringComparison.Ordinal));
            _ = process.StandardError.ReadToEndAsync(browser._limit.Token);
            await browser._socket.ConnectAsync(new Uri(line[mark.Length..]), browser._limit.Token);
            var target = await browser.CallAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
            var attached = await browser.CallAsync(
                "Target.attachToTarget", new JsonObject { ["targetId"] = (string)target["targetId"]!, ["flatten"] = true });
            browser._session = (string)attached["sessionId"]!;
            foreach (var domain in new[] { "Page", "Runtime", "Log", "Network" })
                await browser.CallAsync($"{domain}.enable");
            // Unlike the page's plain load event they say which page it is.
            await browser.CallAsync("Page.setLifecycleEventsEnabled", new JsonObject { ["enabled"] = true });
            await browser.CallAsync("Emulation.setDeviceMetricsOverride", new JsonObject
            {
                ["width"] = width,
                ["height"] = height,
                ["deviceScaleFactor"] = 1,
                ["mobile"] = false,
            });
            var scheme = new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" };
            await browser.CallAsync("Emulation.setEmulatedMedia", new JsonObject { ["features"] = new JsonArray(scheme) });
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a file and waits until its script is done.</summary>
    public Task OpenAsync(string file) => OpenAsync(new Uri(Path.GetFullPath(file)));

    public async Task OpenAsync(Uri address)
    {
        var opened = await CallAsync("Page.navigate", new JsonObject { ["url"] = address.AbsoluteUri });
        var loader = (string)opened["loaderId"]!;
        while (!_loaded.Contains(loader))
            await ReadAsync();
    }

    /// <summary>What an expression comes to.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var answer = await CallAsync("Runtime.evaluate", new JsonObject
        {
            ["expression"] = expression,
            ["returnByValue"] = true,
            ["awaitPromise"] = true,
            ["userGesture"] = true,
        });
        Assert.True(answer["exceptionDetails"] is null, answer.ToJsonString());
        return answer["result"]!["value"];
    }

    public async Task PressAsync(string key, int code)
    {
        foreach (var type in new[] { "keyDown", "keyUp" })
        {
            await CallAsync("Input.dispatchKeyEvent", new JsonObject
            {
                ["type"] = type,
                ["key"] = key,
                ["code"] = key,
                ["windowsVirtualKeyCode"] = code,
                ["nativeVirtualKeyCode"] = code,
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _socket.Dispose();
        _limit.Dispose();
        _profile.Dispose();
    }

    private async Task<JsonObject> CallAsync(string method, JsonObject? parameters = null)
    {
        var id = ++_last;
        var call = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (_session.Length > 0)
            call["sessionId"] = _session;
        await _socket.SendAsync(Encoding.UTF8.GetBytes(call.ToJsonString()), WebSocketMessageType.Text, true, _limit.Token);
        while (true)
        {
            var message = await ReadAsync();
            if ((int?)message["id"] != id)
                continue;
            Assert.True(message["error"] is null, message.ToJsonString());
            return message["result"]!.AsObject();
        }
    }

    private async Task<JsonObject> ReadAsync()
    {
        using var text = new MemoryStream();
        var buffer = new byte[1 << 16];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer.AsMemory(), _limit.Token);
            text.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        var message = JsonNode.Parse(text.ToArray())!.AsObject();
        Note((string?)message["method"] ?? "", message["params"] as JsonObject ?? []);
        return message;
    }

    private void Note(string method, JsonObject told)
    {
        switch (method)
        {
            case "Network.requestWillBeSent":
                Requests.Add((string)told["request"]!["url"]!);
                break;
            case "Page.lifecycleEvent" when (string)told["name"]! == "load":
                _loaded.Add((string)told["loaderId"]!);
                break;
            case "Runtime.exceptionThrown":
                Complaints.Add(told.ToJsonString());
                break;
            case "Runtime.consoleAPICalled" when (string)told["type"]! is "error" or "warning":
                Complaints.Add(told.ToJsonString());
                break;
            case "Log.entryAdded" when (string)told["entry"]!["level"]! is "error" or "warning":
                Complaints.Add(told.ToJsonString());
                break;
        }
    }
}
