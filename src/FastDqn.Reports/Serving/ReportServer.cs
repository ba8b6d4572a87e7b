using System.Net;
using System.Security.Cryptography;
using System.Text;
using FastDqn.Core;
using FastDqn.Training.Reports;

namespace FastDqn.Reports.Serving;

/// <summary>Serves the pages of runs and studies as they stand, read-only.</summary>
public sealed class ReportServer : IDisposable
{
    private const string Cookie = "fastdqn-token";
    private readonly HttpEndpoint _endpoint;
    private readonly LivePages _pages;
    private readonly byte[]? _token;

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
        try
        {
            _endpoint = new HttpEndpoint(new IPEndPoint(address, port), Answer);
        }
        catch (FastDqnException e)
        {
            throw new FastDqnException(e.Kind, $"{e.Message} (--bind chooses another port)", e);
        }
    }

    public string Address => _endpoint.Address;

    /// <summary>Answers until it is disposed.</summary>
    public Task RunAsync()
    {
        // The first look reads every run's files: before anybody waits for it.
        _ = Task.Run(() => _pages.Of("/", []));
        return _endpoint.RunAsync();
    }

    public void Dispose() => _endpoint.Dispose();

    private HttpAnswer Answer(HttpListenerRequest request, HttpListenerResponse response)
    {
        var query = request.QueryString;
        if (!Admitted(request, response))
            return HttpAnswer.Line(401, "open the address with ?token=TOKEN");
        try
        {
            var path = request.Url?.AbsolutePath ?? "/";
            // Browsers ask for it; there is none.
            if (path == "/favicon.ico")
                return new HttpAnswer(204, "text/plain", []);
            if (path == "/film")
            {
                return _pages.Film(query["id"] ?? "", query["name"] ?? "") is { } film
                    ? new HttpAnswer(200, "image/gif", File.ReadAllBytes(film)) : HttpAnswer.Line(404, "no such film");
            }

            if (_pages.Of(path, query.GetValues("id") ?? []) is not var (page, data))
                return HttpAnswer.Line(404, "no such page");
            return query["data"] is not null
                ? new HttpAnswer(200, "application/json", data)
                : new HttpAnswer(200, "text/html; charset=utf-8", Encoding.UTF8.GetBytes(HtmlPage.Render(page, live: true)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return HttpAnswer.Line(404, "gone");
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
}
