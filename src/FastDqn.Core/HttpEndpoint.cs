using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FastDqn.Core;

/// <summary>What a server answers.</summary>
/// <param name="Status">HTTP's number.</param>
/// <param name="Type">Content type.</param>
/// <param name="Body">What is sent.</param>
public readonly record struct HttpAnswer(int Status, string Type, byte[] Body)
{
    /// <summary>A line of text.</summary>
    public static HttpAnswer Line(int status, string text) =>
        new(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text + "\n"));
}

/// <summary>
/// A read-only HTTP server at an address and port: .NET's own listener and no web framework, which would be a quarter
/// of the published archive.
/// </summary>
public sealed class HttpEndpoint : IDisposable
{
    private readonly HttpListener _listener = new() { IgnoreWriteExceptions = true };
    private readonly HashSet<string> _hosts;
    private readonly Func<HttpListenerRequest, HttpListenerResponse, HttpAnswer> _answer;

    /// <param name="at">Where it listens.</param>
    /// <param name="answer">Gives the answers to GET and HEAD, from any thread.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Failure"/>: the address cannot be had.</exception>
    public HttpEndpoint(IPEndPoint at, Func<HttpListenerRequest, HttpListenerResponse, HttpAnswer> answer)
    {
        ArgumentNullException.ThrowIfNull(at);
        ArgumentNullException.ThrowIfNull(answer);
        _answer = answer;
        var host = at.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{at.Address}]" : at.Address.ToString();
        var all = at.Address.Equals(IPAddress.Any) || at.Address.Equals(IPAddress.IPv6Any);
        // A page of another site that made its name lead here is turned away by the name.
        _hosts = IPAddress.IsLoopback(at.Address) ? [$"{host}:{at.Port}", $"localhost:{at.Port}"] : [];
        Address = FormattableString.Invariant($"http://{(all ? Environment.MachineName : host)}:{at.Port}/");
        _listener.Prefixes.Add(FormattableString.Invariant($"http://{(all ? "*" : host)}:{at.Port}/"));
        if (at.Address.Equals(IPAddress.Loopback))
            _listener.Prefixes.Add(FormattableString.Invariant($"http://localhost:{at.Port}/"));
        try
        {
            _listener.Start();
        }
        catch (Exception e) when (e is HttpListenerException or SocketException)
        {
            throw new FastDqnException(ErrorKind.Failure, $"cannot listen on {at}: {e.Message}", e);
        }
    }

    public string Address { get; }

    /// <summary>The address and port that a user names; null: it is none.</summary>
    public static IPEndPoint? Parse(string text) => IPEndPoint.TryParse(text, out var at) && at.Port != 0 ? at : null;

    /// <summary>Answers until it is disposed.</summary>
    public async Task RunAsync()
    {
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
            var (status, type, body) = Allowed(context.Request) ?? Answered(context.Request, response);
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

    /// <summary>An error that nobody foresaw is an answer too: who asked waits for one.</summary>
    private HttpAnswer Answered(HttpListenerRequest request, HttpListenerResponse response)
    {
        try
        {
            return _answer(request, response);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return HttpAnswer.Line(500, $"this cannot be shown: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private HttpAnswer? Allowed(HttpListenerRequest request)
    {
        if (request.HttpMethod is not ("GET" or "HEAD"))
            return HttpAnswer.Line(405, "only GET and HEAD");
        return _hosts.Count > 0 && !_hosts.Contains(request.UserHostName) ? HttpAnswer.Line(403, "not this host") : null;
    }
}
