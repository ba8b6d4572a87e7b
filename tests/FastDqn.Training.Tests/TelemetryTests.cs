using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using FastDqn.Core;
using FastDqn.Tests;
using FastDqn.Training.Acting;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;
using FastDqn.Training.Telemetry;

namespace FastDqn.Training.Tests;

/// <summary>What the data centre reads of a training: metrics, Prometheus' text, traces.</summary>
public sealed partial class TelemetryTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SpansCostNothingWhereNobodyListens()
    {
        string[] names =
        [
            TrainingTraces.Run, TrainingTraces.Round, TrainingTraces.Update, TrainingTraces.Evaluation, TrainingTraces.Checkpoint,
        ];
        Spans();
        Assert.Equal(0, Allocations.Of(_ => Spans()));

        void Spans()
        {
            for (var i = 0; i < 1000; i++)
            {
                using var span = TrainingTraces.Start(names[i % names.Length]);
                span?.SetTag("step", (long)i);
            }
        }
    }

    [Theory]
    [InlineData("dqn", "true")]
    [InlineData("dqn", "false")]
    [InlineData("pqn", "true")]
    public void ARunsSpansNest(string kind, string overlap)
    {
        var ended = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TrainingTraces.Name,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                lock (ended)
                    ended.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var name = $"spans-{kind}-{overlap}";
        var (result, _) = SmallRuns.Run(
            SmallRuns.Config(kind, $"train.overlap={overlap}", "checkpoint.every=200", "eval.every=200"), _folder.File(name));
        // Other tests train beside this one.
        List<Activity> all;
        lock (ended)
            all = [.. ended];
        var run = Assert.Single(all, s => s.OperationName == TrainingTraces.Run && Equals(s.GetTagItem("run"), name));
        Assert.Equal(("cartpole", 1L), (run.GetTagItem("environment"), run.GetTagItem("seed")));
        var own = all.Where(s => s.TraceId == run.TraceId).ToList();
        var rounds = own.Where(s => s.OperationName == TrainingTraces.Round).ToDictionary(s => s.SpanId);
        Assert.True(rounds.Count > 10);
        Assert.All(rounds.Values, s => Assert.Equal(run.SpanId, s.ParentSpanId));
        var updates = own.Where(s => s.OperationName == TrainingTraces.Update).ToList();
        Assert.Equal(kind == "dqn" ? result.Updates : rounds.Count - (overlap == "true" ? 1 : 0), updates.Count);
        Assert.All(updates, s => Assert.Contains(s.ParentSpanId, rounds.Keys));
        Assert.All(updates, s => Assert.True(s.Duration <= rounds[s.ParentSpanId].Duration));
        var evaluations = own.Where(s => s.OperationName == TrainingTraces.Evaluation).Select(s => (string?)s.GetTagItem("of"));
        Assert.Equal(["agent", "agent", "random"], evaluations.Order(StringComparer.Ordinal));
        Assert.True(own.Count(s => s.OperationName == TrainingTraces.Checkpoint && s.ParentSpanId == run.SpanId) > 1);
    }

    [Fact]
    public void AFailedRunsSpanSaysWhy()
    {
        Activity? run = null;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TrainingTraces.Name,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => run = Equals(span.GetTagItem("run"), "failing") ? span : run,
        };
        ActivitySource.AddActivityListener(listener);
        Assert.Throws<FastDqnException>(() => SmallRuns.Run(SmallRuns.Config("dqn", "train.max_loss=0"), _folder.File("failing")));
        Assert.Equal(ActivityStatusCode.Error, run!.Status);
        Assert.Contains("the loss is", run.StatusDescription, StringComparison.Ordinal);
    }

    [Fact]
    public void PrometheusReadsWhatATrainingDoes()
    {
        const string name = "we\"ird\\na\nme";
        using var text = new PrometheusText();
        var read = new List<Dictionary<(string Name, string Labels), double>>();
        var observer = new Watching(_ => read.Add(Parse(text.Read())));
        var result = observer.Train(SmallRuns.Config("dqn", "run.seed=7"), _folder.File(name));
        const string labels = "run=\"we\\\"ird\\\\na\\nme\",environment=\"cartpole\",algorithm=\"dqn-nature\",seed=\"7\"";
        Assert.True(read.Count > 2);
        // Two environments: a row is of the first step at or beyond it.
        Assert.InRange(read[0][("fastdqn_steps_total", labels)], 50, 52);
        var last = read[^1];
        Assert.Equal(result.Steps, last[("fastdqn_steps_total", labels)]);
        Assert.Equal(result.Frames, last[("fastdqn_frames_total", labels)]);
        Assert.Equal(result.Updates, last[("fastdqn_updates_total", labels)]);
        Assert.Equal(result.Episodes, last[("fastdqn_episodes_total", labels)]);
        Assert.InRange(last[("fastdqn_replay_fill", labels)], 100, 500);
        Assert.True(last[("fastdqn_return", labels)] > 1);
        Assert.True(last[("fastdqn_loss", labels)] >= 0);
        Assert.True(last[("fastdqn_stage_time_seconds_total", labels + ",stage=\"update\"")] > 0);
        Assert.True(last[("fastdqn_stage_time_seconds_total", labels + ",stage=\"environment\"")] > 0);
        Assert.True(last[("fastdqn_memory_bytes", "")] > 1e6);
        // A training that is over is told of no more.
        Assert.DoesNotContain(Parse(text.Read()).Keys, k => k.Labels.Contains("we\\\"ird", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TheEndpointIsThereWhileATrainingIs()
    {
        var port = Port();
        using var client = new HttpClient();
        var address = new Uri($"http://127.0.0.1:{port}/metrics");
        var answers = new List<(string? Type, string Body)>();
        var config = SmallRuns.Config("dqn", $"log.metrics_endpoint=127.0.0.1:{port}");
        var observer = new Watching(_ =>
        {
            using var answer = client.Send(new HttpRequestMessage(HttpMethod.Get, address));
            answers.Add((answer.Content.Headers.ContentType?.ToString(), new StreamReader(answer.Content.ReadAsStream()).ReadToEnd()));
            // Another training of the process shares it.
            using var shared = MetricsEndpoint.Of($"127.0.0.1:{port}", _ => Assert.Fail("it is not shared"));
            Assert.NotNull(shared);
        });
        observer.Train(config, _folder.File("run"));
        Assert.True(answers.Count > 2);
        Assert.All(answers, a => Assert.Equal("text/plain; version=0.0.4; charset=utf-8", a.Type));
        Assert.Contains(Parse(answers[^1].Body).Keys, k => k.Labels.StartsWith("run=\"run\"", StringComparison.Ordinal));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(address, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void ATakenPortIsAWarning()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var (result, told) = SmallRuns.Run(SmallRuns.Config("dqn", $"log.metrics_endpoint=127.0.0.1:{port}"), _folder.File("run"));
        Assert.Equal(RunEnd.Finished, result.End);
        Assert.Contains($"cannot listen on 127.0.0.1:{port}", Assert.Single(told.Warnings), StringComparison.Ordinal);
    }

    /// <summary>Reads the text format, and refuses what Prometheus would.</summary>
    private static Dictionary<(string Name, string Labels), double> Parse(string text)
    {
        var samples = new Dictionary<(string, string), double>();
        var typed = new Dictionary<string, string>(StringComparer.Ordinal);
        var (helped, current) = ("", "");
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        foreach (var line in text.Split('\n')[..^1])
        {
            if (Help().Match(line) is { Success: true } help)
            {
                helped = help.Groups[1].Value;
            }
            else if (Type().Match(line) is { Success: true } type)
            {
                current = type.Groups[1].Value;
                Assert.Equal(helped, current);
                Assert.True(typed.TryAdd(current, type.Groups[2].Value), $"{current} has two types");
                Assert.Equal(type.Groups[2].Value == "counter", current.EndsWith("_total", StringComparison.Ordinal));
            }
            else
            {
                var sample = Sample().Match(line);
                Assert.True(sample.Success, line);
                // All lines of a metric follow its type.
                Assert.Equal(current, sample.Groups[1].Value);
                Assert.True(
                    samples.TryAdd((current, sample.Groups[2].Value), double.Parse(sample.Groups[3].Value, CultureInfo.InvariantCulture)),
                    $"twice: {line}");
            }
        }

        return samples;
    }

    [GeneratedRegex("^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \\S.*$")]
    private static partial Regex Help();

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge)$")]
    private static partial Regex Type();

    [GeneratedRegex("^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{((?:[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\",?)+)\\})? "
        + "(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)$")]
    private static partial Regex Sample();

    private static int Port()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

/// <summary>Trains, with something to do at every row.</summary>
internal sealed class Watching(Action<TrainProgress> row) : ITrainObserver
{
    public TrainResult Train(Configuration.TrainConfig config, string folder, StopSignals? signals = null)
    {
        using var own = new StopSignals();
        return TrainingRun.Start(config with { Run = config.Run with { Dir = folder } }, ["train"], this, signals ?? own);
    }

    public void Started(string runDirectory, long length, IReadOnlyList<string> facts) { }

    public void Progress(in TrainProgress progress) => row(progress);

    public void EpisodeEnded(in Episode episode, in TrainProgress progress) { }

    public void Evaluated(long step, EvalResult result, bool random) { }

    public void Message(string text) { }

    public void Warning(string text) { }
}
