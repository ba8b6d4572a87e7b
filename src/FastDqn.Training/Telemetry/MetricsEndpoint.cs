using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using FastDqn.Core;

namespace FastDqn.Training.Telemetry;

/// <summary>
/// Serves the metrics of this process's trainings at <c>/metrics</c> while one of them asks for it: trainings that
/// share a process share the address.
/// </summary>
internal sealed class MetricsEndpoint : IDisposable
{
    private static readonly Lock Shared = new();
    private static readonly Dictionary<IPEndPoint, MetricsEndpoint> Open = [];
    private readonly IPEndPoint _at;
    private readonly PrometheusText _text = new();
    private readonly HttpEndpoint _server;
    private int _users;

    private MetricsEndpoint(IPEndPoint at)
    {
        _at = at;
        try
        {
            _server = new HttpEndpoint(at, Answer);
        }
        catch
        {
            _text.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Listens for a training, if it asks for that. An address that cannot be had is a warning: a run does not end for
    /// who watches it.
    /// </summary>
    public static IDisposable? Of(string address, Action<string> warn)
    {
        if (address.Length == 0 || HttpEndpoint.Parse(address) is not { } at)
            return null;
        RuntimeHelpers.RunClassConstructor(typeof(TrainingMeter).TypeHandle);
        try
        {
            lock (Shared)
            {
                if (!Open.TryGetValue(at, out var endpoint))
                {
                    Open.Add(at, endpoint = new MetricsEndpoint(at));
                    _ = endpoint._server.RunAsync();
                }

                endpoint._users++;
                return endpoint;
            }
        }
        catch (FastDqnException e)
        {
            warn($"log.metrics_endpoint: {e.Message}; the run goes on without");
            return null;
        }
    }

    public void Dispose()
    {
        lock (Shared)
        {
            if (--_users > 0)
                return;
            Open.Remove(_at);
            _server.Dispose();
            _text.Dispose();
        }
    }

    private HttpAnswer Answer(HttpListenerRequest request, HttpListenerResponse response) => request.Url?.AbsolutePath switch
    {
        "/metrics" => new HttpAnswer(200, PrometheusText.ContentType, Encoding.UTF8.GetBytes(_text.Read())),
        "/" => HttpAnswer.Line(200, "FastDqn's metrics for Prometheus are at /metrics"),
        _ => HttpAnswer.Line(404, "only /metrics"),
    };
}
