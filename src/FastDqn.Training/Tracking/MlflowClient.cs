using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FastDqn.Training.Tracking;

/// <summary>A request to MLflow that failed.</summary>
internal sealed class MlflowException(string message, bool lasting, string code = "", Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Trying again is of no use.</summary>
    public bool Lasting => lasting;

    /// <summary>MLflow's word for it, such as RESOURCE_DOES_NOT_EXIST; "" where it gave none.</summary>
    public string Code => code;
}

/// <summary>A point of a curve.</summary>
internal readonly record struct MlflowMetric(string Key, double Value, long Step);

/// <summary>
/// The calls of MLflow's REST API (2.0) that a run needs. Who it is comes from the variables that MLflow's own client
/// reads: MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
/// </summary>
internal sealed class MlflowClient : IDisposable
{
    // The documented limits of a request and of its parts.
    public const int MostMetrics = 1000;
    public const int MostParameters = 100;
    private const int LongestKey = 250;
    private const int LongestParameter = 6000;
    private const int LongestTag = 5000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly HttpClient _http = new() { Timeout = Patience };
    private readonly string _server;

    public MlflowClient(string server)
    {
        _server = server;
        var (token, user, password) = (Variable("TOKEN"), Variable("USERNAME"), Variable("PASSWORD"));
        if (token.Length > 0)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        else if (user.Length > 0)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Base64($"{user}:{password}"));

        static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        static string Variable(string name) => Environment.GetEnvironmentVariable($"MLFLOW_TRACKING_{name}") ?? "";
    }

    /// <summary>The id of an experiment, which is made where it is missing.</summary>
    public string Experiment(string name, CancellationToken stop)
    {
        var found = Find();
        if (found is not null)
            return found;
        try
        {
            return Id(Call(HttpMethod.Post, "experiments/create", new JsonObject { ["name"] = name }, stop)["experiment_id"]);
        }
        catch (MlflowException e) when (e.Code == "RESOURCE_ALREADY_EXISTS")
        {
            // Another run made it meanwhile.
            var deleted = $"the experiment '{name}' was deleted there: restore it or name another";
            return Find() ?? throw new MlflowException(deleted, lasting: true, e.Code, e);
        }

        string? Find()
        {
            try
            {
                var path = $"experiments/get-by-name?experiment_name={Uri.EscapeDataString(name)}";
                var experiment = Call(HttpMethod.Get, path, null, stop)["experiment"];
                return (string?)experiment?["lifecycle_stage"] == "deleted" ? null : Id(experiment?["experiment_id"]);
            }
            catch (MlflowException e) when (e.Code == "RESOURCE_DOES_NOT_EXIST")
            {
                return null;
            }
        }
    }

    /// <summary>Begins a run; returns its id.</summary>
    public string CreateRun(
        string experiment, string name, DateTimeOffset start, IEnumerable<(string Key, string Value)> tags, CancellationToken stop)
    {
        var answer = Call(HttpMethod.Post, "runs/create", new JsonObject
        {
            ["experiment_id"] = experiment,
            ["run_name"] = Cut(name, LongestTag),
            ["start_time"] = start.ToUnixTimeMilliseconds(),
            ["tags"] = Pairs(tags, LongestTag),
        }, stop);
        return Id(answer["run"]?["info"]?["run_id"]);
    }

    /// <summary>Where a run keeps its artifacts; null: there is no such run.</summary>
    public string? ArtifactsOf(string run, CancellationToken stop)
    {
        try
        {
            var info = Call(HttpMethod.Get, $"runs/get?run_id={Uri.EscapeDataString(run)}", null, stop)["run"]?["info"];
            return (string?)info?["lifecycle_stage"] == "deleted" ? null : (string?)info?["artifact_uri"] ?? "";
        }
        catch (MlflowException e) when (e.Code is "RESOURCE_DOES_NOT_EXIST" or "INVALID_PARAMETER_VALUE")
        {
            return null;
        }
    }

    /// <summary>Adds parameters, which a run may have once only; <see cref="MostParameters"/> at most.</summary>
    public void LogParameters(string run, IEnumerable<(string Key, string Value)> parameters, CancellationToken stop)
    {
        var request = new JsonObject { ["run_id"] = run, ["params"] = Pairs(parameters, LongestParameter) };
        Call(HttpMethod.Post, "runs/log-batch", request, stop);
    }

    /// <summary>Adds points; <see cref="MostMetrics"/> at most.</summary>
    public void LogMetrics(string run, IEnumerable<MlflowMetric> metrics, DateTimeOffset time, CancellationToken stop)
    {
        var timestamp = time.ToUnixTimeMilliseconds();
        var list = metrics.Select(m => (JsonNode)new JsonObject
        {
            ["key"] = Cut(m.Key, LongestKey),
            ["value"] = m.Value,
            ["timestamp"] = timestamp,
            ["step"] = m.Step,
        });
        Call(HttpMethod.Post, "runs/log-batch", new JsonObject { ["run_id"] = run, ["metrics"] = new JsonArray([.. list]) }, stop);
    }

    /// <param name="status">RUNNING, FINISHED, FAILED or KILLED.</param>
    public void Update(string run, string status, DateTimeOffset? end, CancellationToken stop)
    {
        var request = new JsonObject { ["run_id"] = run, ["status"] = status };
        if (end is { } time)
            request["end_time"] = time.ToUnixTimeMilliseconds();
        Call(HttpMethod.Post, "runs/update", request, stop);
    }

    /// <summary>Uploads a file through the server; one that keeps artifacts elsewhere takes none.</summary>
    public bool Upload(string artifacts, string file, CancellationToken stop)
    {
        if (!Uri.TryCreate(artifacts, UriKind.Absolute, out var place) || place.Scheme != "mlflow-artifacts")
            return false;
        var path = $"{place.AbsolutePath.Trim('/')}/{Uri.EscapeDataString(Path.GetFileName(file))}";
        using var content = new StreamContent(File.Open(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var address = $"{_server}/api/2.0/mlflow-artifacts/artifacts/{path}";
        using var request = new HttpRequestMessage(HttpMethod.Put, address) { Content = content };
        Send(request, stop);
        return true;
    }

    public void Dispose() => _http.Dispose();

    private static JsonArray Pairs(IEnumerable<(string Key, string Value)> pairs, int longest) =>
        new([.. pairs.Where(p => p.Value.Length > 0).Select(p => (JsonNode)new JsonObject
        {
            ["key"] = Cut(p.Key, LongestKey),
            ["value"] = Cut(p.Value, longest),
        })]);

    /// <summary>At most so many bytes, whole characters.</summary>
    private static string Cut(string text, int bytes)
    {
        var length = text.Length;
        while (Encoding.UTF8.GetByteCount(text.AsSpan(0, length)) > bytes)
            length = Math.Min(length - 1, bytes);
        if (length > 0 && length < text.Length && char.IsHighSurrogate(text[length - 1]))
            length--;
        return text[..length];
    }

    private static string Id(JsonNode? node) => (string?)node is { Length: > 0 } id ? id
        : throw new MlflowException("its answer is not MLflow's", lasting: true);

    private JsonObject Call(HttpMethod method, string path, JsonObject? body, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, $"{_server}/api/2.0/mlflow/{path}");
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        var answer = Send(request, stop);
        try
        {
            return answer.Length == 0 ? [] : JsonNode.Parse(answer) as JsonObject ?? [];
        }
        catch (JsonException e)
        {
            throw new MlflowException("its answer is not MLflow's", lasting: true, inner: e);
        }
    }

    private byte[] Send(HttpRequestMessage request, CancellationToken stop)
    {
        try
        {
            using var answer = _http.Send(request, stop);
            using var bytes = new MemoryStream();
            answer.Content.ReadAsStream(stop).CopyTo(bytes);
            return answer.IsSuccessStatusCode ? bytes.ToArray() : throw Refused(answer.StatusCode, bytes.ToArray());
        }
        catch (Exception e) when (e is HttpRequestException or IOException
            || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            var why = e is OperationCanceledException ? $"no answer within {Patience.TotalSeconds:0} s" : e.Message.ReplaceLineEndings(" ");
            throw new MlflowException(why, lasting: false, inner: e);
        }
    }

    private static MlflowException Refused(HttpStatusCode status, byte[] body)
    {
        var (code, message) = ("", "");
        try
        {
            var error = JsonNode.Parse(body) as JsonObject;
            (code, message) = ((string?)error?["error_code"] ?? "", (string?)error?["message"] ?? "");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A proxy's page.
        }

        var lasting = (int)status < 500 && status is not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests);
        var hint = status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
            ? " (MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, say who you are)" : "";
        var text = string.Join(' ', new[] { $"HTTP {(int)status}", code, message }.Where(t => t.Length > 0));
        return new MlflowException(text.ReplaceLineEndings(" ") + hint, lasting, code);
    }
}
