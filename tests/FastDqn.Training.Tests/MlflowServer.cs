using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace FastDqn.Training.Tests;

/// <summary>
/// The part of MLflow's REST API that a tracker needs, with the limits that its documentation names; what breaks one is
/// refused and noted.
/// </summary>
internal sealed partial class MlflowServer : IDisposable
{
    private const int LongestKey = 250;
    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, string> _experiments = new(StringComparer.Ordinal);
    private int _failures;

    public MlflowServer(int port = 0)
    {
        Address = $"http://127.0.0.1:{(port == 0 ? Port() : port)}";
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _ = Task.Run(Serve);
    }

    public string Address { get; }

    /// <summary>So many requests are answered by 503 first.</summary>
    public int Failures
    {
        set => _failures = value;
    }

    /// <summary>Requests to these paths wait until this is set: a server that is slow.</summary>
    public (string Path, ManualResetEventSlim Until)? Held { get; set; }

    /// <summary>All requests are answered by this.</summary>
    public (int Status, string Body)? Always { get; set; }

    public ConcurrentDictionary<string, Run> Runs { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Complaints { get; } = [];

    public ConcurrentQueue<string> Requests { get; } = [];

    public static int Port()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public void Dispose() => _listener.Close();

    private async Task Serve()
    {
        try
        {
            while (true)
                Answer(await _listener.GetContextAsync().ConfigureAwait(false));
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        using var body = new MemoryStream();
        request.InputStream.CopyTo(body);
        Requests.Enqueue($"{request.HttpMethod} {request.Url!.AbsolutePath}");
        if (Held is var (path, until) && request.Url.AbsolutePath.EndsWith(path, StringComparison.Ordinal))
            until.Wait();
        var (status, answer) = (200, (JsonNode)new JsonObject());
        try
        {
            if (Always is { } always)
                (status, answer) = (always.Status, JsonNode.Parse(always.Body)!);
            else if (Interlocked.Decrement(ref _failures) >= 0)
                (status, answer) = (503, new JsonObject());
            else
                answer = Of(request, body.ToArray());
        }
        catch (ApiException e)
        {
            (status, answer) = (e.Status, new JsonObject { ["error_code"] = e.Code, ["message"] = e.Message });
            if (e.Code == "INVALID_PARAMETER_VALUE")
                Complaints.Enqueue(e.Message);
        }
        catch (Exception e)
        {
            (status, answer) = (500, new JsonObject());
            Complaints.Enqueue(e.ToString());
        }

        response.StatusCode = status;
        response.ContentType = "application/json";
        response.Close(JsonSerializer.SerializeToUtf8Bytes(answer), willBlock: true);
    }

    private JsonObject Of(HttpListenerRequest request, byte[] body)
    {
        const string artifacts = "/api/2.0/mlflow-artifacts/artifacts/";
        var path = request.Url!.AbsolutePath;
        if (request.HttpMethod == "PUT" && path.StartsWith(artifacts, StringComparison.Ordinal))
        {
            var parts = path[artifacts.Length..].Split('/');
            Require(parts is [_, _, "artifacts", _], $"not a run's artifact: {path}");
            Find(parts[1]).Artifacts[parts[3]] = body;
            return [];
        }

        var call = $"{request.HttpMethod} {path.Replace("/api/2.0/mlflow/", "", StringComparison.Ordinal)}";
        if (request.HttpMethod == "POST")
        {
            Require(request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) == true, "not JSON");
            Require(body.Length <= 1 << 20, "a request of more than 1 MB");
        }

        var query = request.QueryString;
        var told = body.Length > 0 ? JsonNode.Parse(body)!.AsObject() : [];
        return call switch
        {
            "GET experiments/get-by-name" => Experiment(query["experiment_name"]!),
            "POST experiments/create" => Create((string)told["name"]!),
            "POST runs/create" => Begin(told),
            "GET runs/get" => new JsonObject { ["run"] = Find(query["run_id"]!).ToJson() },
            "POST runs/log-batch" => Log(told),
            "POST runs/update" => Update(told),
            _ => throw new ApiException(404, "ENDPOINT_NOT_FOUND", call),
        };
    }

    private JsonObject Experiment(string name) => _experiments.TryGetValue(name, out var id)
        ? new JsonObject { ["experiment"] = new JsonObject { ["experiment_id"] = id, ["name"] = name, ["lifecycle_stage"] = "active" } }
        : throw new ApiException(404, "RESOURCE_DOES_NOT_EXIST", name);

    private JsonObject Create(string name)
    {
        if (!_experiments.TryAdd(name, $"{_experiments.Count + 1}"))
            throw new ApiException(400, "RESOURCE_ALREADY_EXISTS", name);
        return new JsonObject { ["experiment_id"] = _experiments[name] };
    }

    private JsonObject Begin(JsonObject told)
    {
        var experiment = (string)told["experiment_id"]!;
        Require(_experiments.ContainsValue(experiment), "no such experiment");
        Require((long)told["start_time"]! > 1_600_000_000_000, "start_time is not in milliseconds");
        var run = new Run($"run{Runs.Count + 1}", experiment, (string)told["run_name"]!);
        foreach (var (key, value) in Pairs(told, "tags", 100, 5000))
            run.Tags[key] = value;
        Runs[run.Id] = run;
        return new JsonObject { ["run"] = run.ToJson() };
    }

    private JsonObject Log(JsonObject told)
    {
        var run = Find((string)told["run_id"]!);
        var metrics = told["metrics"]?.AsArray() ?? [];
        Require(metrics.Count <= 1000, "more than 1000 metrics");
        var parameters = Pairs(told, "params", 100, 6000).ToList();
        Require(metrics.Count + parameters.Count is > 0 and <= 1000, "an empty batch or one of more than 1000");
        foreach (var (key, value) in parameters)
            Require(run.Parameters.TryAdd(key, value) || run.Parameters[key] == value, $"parameter {key} was changed");
        foreach (var metric in metrics)
        {
            var key = (string)metric!["key"]!;
            Require(Name().IsMatch(key) && key.Length <= LongestKey, $"not a name: {key}");
            Require((long)metric["timestamp"]! > 1_600_000_000_000, "timestamp is not in milliseconds");
            Require(metric["value"]!.GetValueKind() == JsonValueKind.Number, $"{key} has no number");
            run.Points.Enqueue((key, (long)metric["step"]!, (double)metric["value"]!));
        }

        return [];
    }

    private JsonObject Update(JsonObject told)
    {
        var (run, status) = (Find((string)told["run_id"]!), (string)told["status"]!);
        Require(status is "RUNNING" or "SCHEDULED" or "FINISHED" or "FAILED" or "KILLED", $"not a status: {status}");
        run.Status = status;
        run.Ended = told["end_time"] is not null;
        return new JsonObject { ["run_info"] = run.ToJson()["info"]!.DeepClone() };
    }

    private static IEnumerable<(string Key, string Value)> Pairs(JsonObject told, string name, int most, int longest)
    {
        var list = told[name]?.AsArray() ?? [];
        Require(list.Count <= most, $"more than {most} {name}");
        foreach (var pair in list)
        {
            var (key, value) = ((string)pair!["key"]!, (string)pair["value"]!);
            Require(Name().IsMatch(key) && key.Length <= LongestKey, $"not a name: {key}");
            Require(value.Length > 0 && System.Text.Encoding.UTF8.GetByteCount(value) <= longest, $"{name} {key}: its length");
            yield return (key, value);
        }
    }

    private Run Find(string id) => Runs.TryGetValue(id, out var run) ? run : throw new ApiException(404, "RESOURCE_DOES_NOT_EXIST", id);

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new ApiException(400, "INVALID_PARAMETER_VALUE", what);
    }

    [GeneratedRegex("^[a-zA-Z0-9_\\-. /:]+$")]
    private static partial Regex Name();

    internal sealed record Run(string Id, string Experiment, string Name)
    {
        public string Status { get; set; } = "RUNNING";

        public bool Ended { get; set; }

        public Dictionary<string, string> Tags { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, string> Parameters { get; } = new(StringComparer.Ordinal);

        public ConcurrentQueue<(string Key, long Step, double Value)> Points { get; } = [];

        public Dictionary<string, byte[]> Artifacts { get; } = new(StringComparer.Ordinal);

        public JsonObject ToJson() => new()
        {
            ["info"] = new JsonObject
            {
                ["run_id"] = Id,
                ["experiment_id"] = Experiment,
                ["status"] = Status,
                ["lifecycle_stage"] = "active",
                ["artifact_uri"] = $"mlflow-artifacts:/{Experiment}/{Id}/artifacts",
            },
        };
    }

    private sealed class ApiException(int status, string code, string message) : Exception(message)
    {
        public int Status => status;

        public string Code => code;
    }
}
