using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Reports.Pages;

namespace FastDqn.Reports.Serving;

/// <summary>
/// Serves the pages of runs and studies as they stand, read-only. .NET's own listener and no web framework: that would
/// be a quarter of the published archive, and every verb would need its runtime.
/// </summary>
public sealed class ReportServer : IDisposable
{
    private const string Cookie = "fastdqn-token";
    private readonly HttpListener _listener = new() { IgnoreWriteExceptions = true };
    private readonly LivePages _pages;
    private readonly byte[]? _token;
    private readonly HashSet<string> _hosts;

    /// <param name="folders">Whose runs and studies are shown.</param>
    /// <param name="address">Where it listens; beyond loopback with a token only.</param>
    /// <param name="port">Its port.</param>
    /// <param name="token">What a browser must know; null: nothing.</param>
    /// <exception cref="FastDqnException">The address needs a token, or cannot be had.</exception>
    public ReportServer(IReadOnlyList<string> folders, IPAddress address, int port, string? token)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!IPAddress.IsLoopback(address) && token is null)
            throw new FastDqnException(ErrorKind.Usage, $"--bind {address}: others can reach it there: give a --token that they must know");
        _pages = new LivePages([.. folders.Select(Path.GetFullPath)]);
        _token = token is null ? null : Digest(token);
        var host = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
        var all = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        // A page of another site that made its name lead here is turned away by the name.
        _hosts = IPAddress.IsLoopback(address) ? [$"{host}:{port}", $"localhost:{port}"] : [];
        Address = FormattableString.Invariant($"http://{(all ? Environment.MachineName : host)}:{port}/");
        _listener.Prefixes.Add(FormattableString.Invariant($"http://{(all ? "*" : host)}:{port}/"));
        if (address.Equals(IPAddress.Loopback))
            _listener.Prefixes.Add(FormattableString.Invariant($"http://localhost:{port}/"));
        try
        {
            _listener.Start();
        }
        catch (Exception e) when (e is HttpListenerException or System.Net.Sockets.SocketException)
        {
            throw new FastDqnException(
                ErrorKind.Failure, $"cannot listen on {address}:{port}: {e.Message} (--bind chooses another port)", e);
        }
    }

    public string Address { get; }

    /// <summary>Answers until it is disposed.</summary>
    public async Task RunAsync()
    {
        // The first look reads every run's files: before anybody waits for it.
        _ = Task.Run(() => _pages.Of("/", []));
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            _ = Task.Run(() => Answer(context));
        }
    }

    public void Dispose() => _listener.Close();

    private void Answer(HttpListenerContext context)
    {
        var response = context.Response;
        try
        {
            var (status, type, body) = Answer(context.Request, response);
            response.StatusCode = status;
            response.ContentType = type;
            response.Headers["X-Content-Type-Options"] = "nosniff";
            response.Headers["Referrer-Policy"] = "no-referrer";
            response.Headers["Cache-Control"] = "no-store";
            response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
            response.Headers["X-Frame-Options"] = "DENY";
            response.ContentLength64 = body.Length;
            if (context.Request.HttpMethod != "HEAD")
                response.OutputStream.Write(body);
            response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // Who asked is gone.
            response.Abort();
        }
    }

    private (int Status, string Type, byte[] Body) Answer(HttpListenerRequest request, HttpListenerResponse response)
    {
        if (request.HttpMethod is not ("GET" or "HEAD"))
            return Line(405, "only GET and HEAD");
        if (_hosts.Count > 0 && !_hosts.Contains(request.UserHostName))
            return Line(403, "not this host");
        var query = request.QueryString;
        if (!Admitted(request, response))
            return Line(401, "open the address with ?token=TOKEN");
        try
        {
            var path = request.Url?.AbsolutePath ?? "/";
            // Browsers ask for it; there is none.
            if (path == "/favicon.ico")
                return (204, "text/plain", []);
            if (path == "/film")
            {
                return _pages.Film(query["id"] ?? "", query["name"] ?? "") is { } film
                    ? (200, "image/gif", File.ReadAllBytes(film)) : Line(404, "no such film");
            }

            if (_pages.Of(path, query.GetValues("id") ?? []) is not { } page)
                return Line(404, "no such page");
            return query["data"] is not null
                ? (200, "application/json", Encoding.UTF8.GetBytes(((JsonNode)page.ToJson()).ToJsonString()))
                : (200, "text/html; charset=utf-8", Encoding.UTF8.GetBytes(HtmlPage.Render(page, live: true)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Line(404, "gone");
        }
    }

    /// <summary>Whether the request knows the token, by its address or by the cookie that this gave it.</summary>
    private bool Admitted(HttpListenerRequest request, HttpListenerResponse response)
    {
        if (_token is null)
            return true;
        if (request.QueryString["token"] is { } told && Same(told))
        {
            response.Headers["Set-Cookie"] = $"{Cookie}={Uri.EscapeDataString(told)}; HttpOnly; SameSite=Strict; Path=/";
            return true;
        }

        return request.Cookies[Cookie]?.Value is { } kept && Same(Uri.UnescapeDataString(kept));
    }

    private bool Same(string told) => CryptographicOperations.FixedTimeEquals(Digest(told), _token);

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static (int, string, byte[]) Line(int status, string text) =>
        (status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text + "\n"));
}
