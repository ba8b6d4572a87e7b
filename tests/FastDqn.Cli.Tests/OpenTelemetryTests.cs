using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FastDqn.Cli.Hosting;
using FastDqn.Tests;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>What an OpenTelemetry collector gets of a training.</summary>
[Collection("console")]
public sealed class OpenTelemetryTests : IDisposable
{
    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(OpenTelemetryExport.Variable, null);
        Environment.SetEnvironmentVariable(Protocol, null);
        _folder.Dispose();
    }

    [Theory]
    [InlineData("off")]
    [InlineData("on")]
    public async Task ACollectorGetsMetricsAndTraces(string overlap)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        probe.Stop();
        using var collector = new HttpListener();
        collector.Prefixes.Add(address + "/");
        collector.Start();
        var told = new ConcurrentQueue<(string Path, string Text)>();
        var serving = Task.Run(() => Serve(collector, told), TestContext.Current.CancellationToken);
        Environment.SetEnvironmentVariable(OpenTelemetryExport.Variable, address);
        Environment.SetEnvironmentVariable(Protocol, "http/protobuf");
        var (exit, _, errors) = Train("--set", $"train.overlap={overlap}");
        Assert.True(exit == 0, errors);
        var metrics = string.Concat(told.Where(t => t.Path == "/v1/metrics").Select(t => t.Text));
        // Those of the process: a training's end with it, and one this short ends before the first export.
        foreach (var text in new[] { "fastdqn.memory", "FastDqn", "service.name", "fastdqn" })
            Assert.Contains(text, metrics, StringComparison.Ordinal);
        var traces = string.Concat(told.Where(t => t.Path == "/v1/traces").Select(t => t.Text));
        foreach (var text in new[] { "run", "round", "update", "evaluation", "checkpoint", "environment", "gridworld", "otel-run" })
            Assert.Contains(text, traces, StringComparison.Ordinal);
        collector.Close();
        await serving.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void AnAddressThatIsNoneIsTold()
    {
        Environment.SetEnvironmentVariable(OpenTelemetryExport.Variable, "collector");
        var (exit, _, errors) = Train();
        Assert.Equal(2, exit);
        Assert.Contains("OTEL_EXPORTER_OTLP_ENDPOINT=collector: is not http://HOST:PORT", errors, StringComparison.Ordinal);
    }

    private (int Exit, string Output, string Errors) Train(params string[] more) => Invoke(
    [
        "train", "gridworld", "--steps", "300", "--set", "schedule.warm_up=100", "--set", "replay.capacity=300", "--set", "log.every=100",
        "--set", "log.films=false", "--set", "log.report=false", "--eval-episodes", "1", "--set", "eval.video=false", "-q", "--run-dir",
        _folder.File("otel-run"), .. more,
    ]);

    private static void Serve(HttpListener collector, ConcurrentQueue<(string Path, string Text)> told)
    {
        try
        {
            while (true)
            {
                var context = collector.GetContext();
                using var body = new MemoryStream();
                context.Request.InputStream.CopyTo(body);
                told.Enqueue((context.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(body.ToArray())));
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
