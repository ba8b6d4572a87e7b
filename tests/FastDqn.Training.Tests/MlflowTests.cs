using System.Text.Json;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Tests;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;
using FastDqn.Training.Tracking;

namespace FastDqn.Training.Tests;

/// <summary>What an MLflow server is told of a run, and what becomes of a run whose server is gone.</summary>
public sealed class MlflowTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ARunIsThereWithAllThatItWrote()
    {
        using var server = new MlflowServer();
        var config = Config(server, "run.seed=3", "target.gamma=0.9", "log.report=true");
        var (_, told) = SmallRuns.Run(config, _folder.File("a run"));
        Assert.Empty(told.Warnings);
        var run = Check(server);
        Assert.Equal(("a run", "FINISHED", true), (run.Name, run.Status, run.Ended));
        Assert.Equal("fastdqn", run.Tags["mlflow.source.name"]);
        Assert.Equal(("3", "0.9", "cartpole"), (run.Parameters["run.seed"], run.Parameters["target.gamma"], run.Parameters["env.name"]));
        Assert.DoesNotContain("log.every", run.Parameters.Keys);
        Assert.Equal(Expected(_folder.File("a run")), run.Points);
        Assert.Equal(File.ReadAllBytes(_folder.File("a run/report.html")), run.Artifacts["report.html"]);
        Assert.Equal("finished", (string?)JsonNode.Parse(run.Artifacts["run.json"])!["status"]);
        Assert.Contains("config.yaml", run.Artifacts.Keys);
        // Another run of the experiment.
        SmallRuns.Run(config, _folder.File("second"));
        Assert.Equal(["1", "1"], server.Runs.Values.Select(r => r.Experiment));
        Assert.Empty(server.Complaints);
    }

    [Fact]
    public void ARunThatGoesOnIsTheSameThere()
    {
        using var server = new MlflowServer();
        var (folder, config) = (_folder.File("run"), Config(server, "checkpoint.every=100"));
        var rows = 0;
        using var stopped = new StopSignals();
        var observer = new Watching(_ =>
        {
            if (++rows == 4)
                stopped.Request(143);
        });
        Assert.Equal(RunEnd.Stopped, observer.Train(config, folder, stopped).End);
        var run = Check(server);
        Assert.Equal("KILLED", run.Status);
        var before = run.Points.Count;
        Assert.True(before > 0);

        using var signals = new StopSignals();
        TrainingRun.Resume(folder, RunDirectory.ReadConfig(folder, _ => { }), new SmallRuns.Told(), signals);
        Assert.Equal("FINISHED", Check(server).Status);
        Assert.True(run.Points.Count > before);
        // Nothing twice and nothing left out: but for the clock's figures of rows that were written again.
        Assert.Equal(Told(Expected(folder)), Told(run.Points));

        static IEnumerable<(string, long)> Told(IEnumerable<(string Key, long Step, double)> points) => points.Select(p => (p.Key, p.Step));
    }

    [Fact]
    public void AServerThatComesBackGetsEverything()
    {
        using var server = new MlflowServer { Failures = 1 };
        var (result, told) = SmallRuns.Run(Config(server), _folder.File("run"));
        Assert.Equal(RunEnd.Finished, result.End);
        Assert.Equal(Expected(_folder.File("run")), Check(server).Points);
        Assert.True(told.Warnings.Count <= 1, string.Join('\n', told.Warnings));
    }

    [Fact]
    public void AServerThatIsGoneIsAWarning()
    {
        var config = SmallRuns.Config("dqn", $"log.track=mlflow:http://127.0.0.1:{MlflowServer.Port()}");
        var (result, told) = SmallRuns.Run(config, _folder.File("run"));
        Assert.Equal(RunEnd.Finished, result.End);
        Assert.InRange(told.Warnings.Count, 1, 2);
        Assert.All(told.Warnings, w => Assert.StartsWith("MLflow at http://127.0.0.1:", w, StringComparison.Ordinal));
        // It is the same run as one that nobody tracks.
        SmallRuns.Run(SmallRuns.Config("dqn"), _folder.File("alone"));
        Assert.Equal(Metrics(_folder.File("alone")), Metrics(_folder.File("run")));

        static IEnumerable<string> Metrics(string run) =>
            File.ReadLines(RunDirectory.MetricsOf(run)).Select(line => JsonNode.Parse(line)!["metrics"]!.ToJsonString());
    }

    [Theory]
    [InlineData("/runs/log-batch", "its rows from step 50 on, its files and its end")]
    [InlineData("/runs/update", "its files and its end")]
    public void WhatASlowServerWasNotToldIsSaidAtTheEnd(string slow, string what)
    {
        using var answer = new ManualResetEventSlim();
        using var server = new MlflowServer { Held = (slow, answer) };
        var config = Config(server, $"run.dir={_folder.File("run")}");
        using (var run = RunDirectory.Create(config, [], TimeProvider.System))
        {
            // Without parameters, which are told by the same call as rows are.
            using var tracker = MlflowTracker.Of(run, config, TimeProvider.System, TimeSpan.FromSeconds(2))!;
            File.WriteAllText(run.Metrics, "{\"kind\":\"train\",\"step\":50,\"frames\":50,\"metrics\":{\"a\":1}}\n");
            List<string> warnings = [];
            tracker.Follow();
            // What comes before the slow answer is not part of the end's patience, however busy this machine is.
            bool Asked() => server.Requests.Any(r => r.EndsWith("/runs/log-batch", StringComparison.Ordinal));
            Assert.True(SpinWait.SpinUntil(Asked, 60_000));
            tracker.End(RunStatus.Finished, warnings.Add);
            Assert.Equal(
                [$"MLflow at {server.Address} was not told all of the run in time; {what} are in {_folder.File("run")} alone"], warnings);
        }

        answer.Set();
    }

    [Fact]
    public void AServerThatRefusesIsAskedOnce()
    {
        using var server = new MlflowServer { Always = (401, "{\"error_code\":\"UNAUTHENTICATED\",\"message\":\"who?\"}") };
        var (result, told) = SmallRuns.Run(Config(server), _folder.File("run"));
        Assert.Equal(RunEnd.Finished, result.End);
        Assert.Contains("HTTP 401 UNAUTHENTICATED who? (MLFLOW_TRACKING_TOKEN", Assert.Single(told.Warnings), StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("[1]", "its answer is not MLflow's")]
    [InlineData("{\"experiment\":{\"experiment_id\":{},\"lifecycle_stage\":7}}", "told no more")]
    public void AnAnswerThatIsNotMlflowsIsAWarning(string body, string why)
    {
        using var server = new MlflowServer { Always = (200, body) };
        var (result, told) = SmallRuns.Run(Config(server), _folder.File("run"));
        Assert.Equal(RunEnd.Finished, result.End);
        Assert.Contains(why, Assert.Single(told.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void ARunThatWasDeletedThereIsBegunAnew()
    {
        using var server = new MlflowServer();
        var (folder, config) = (_folder.File("run"), Config(server));
        SmallRuns.Run(config, folder);
        var points = Check(server).Points.Count;
        server.Runs.Clear();
        using var signals = new StopSignals();
        TrainingRun.Resume(
            folder, RunChanges.Apply(RunDirectory.ReadConfig(folder, _ => { }), ["train.steps=500"]), new SmallRuns.Told(), signals);
        var run = Check(server);
        Assert.True(run.Points.Count > points);
        Assert.Equal(Expected(folder), run.Points);
    }

    [Fact]
    public void AFailedRunIsOneThereToo()
    {
        using var server = new MlflowServer();
        Assert.Throws<FastDqnException>(() => SmallRuns.Run(Config(server, "train.max_loss=0"), _folder.File("run")));
        Assert.Equal("FAILED", Check(server).Status);
    }

    [Fact]
    public void RowsAreTakenOnceWhenTheFileIsCutBack()
    {
        var path = _folder.File("metrics.jsonl");
        var feed = new MetricsFeed(path, FeedCursor.Start);
        Assert.Empty(feed.Next(10));
        File.WriteAllText(path, Row(1) + Row(2) + Row(2) + "{\"kind\":\"tr");
        Assert.Equal([1, 2, 2], Steps(feed.Next(10)));
        Assert.Equal(new FeedCursor(2, 2), feed.Taken);
        // Cut to the first row, then written again and on: as short as before, and longer.
        File.WriteAllText(path, Row(1));
        Assert.Empty(feed.Next(10));
        File.WriteAllText(path, Row(1) + Row(2) + Row(2) + Row(2) + Row(3));
        Assert.Equal([2, 3], Steps(feed.Next(10)));
        // One that goes on where another had stopped, a few at a time, over a row that is damaged.
        File.AppendAllText(path, "nonsense\n" + Row(4) + Row(5));
        var second = new MetricsFeed(path, new FeedCursor(2, 3));
        Assert.Equal([3, 4], Steps(second.Next(2)));
        Assert.Equal([5], Steps(second.Next(2)));
        Assert.Empty(second.Next(2));

        static string Row(int step) =>
            $"{{\"kind\":\"train\",\"step\":{step},\"frames\":{step},\"metrics\":{{\"a\":{step},\"b\":null}}}}\n";
        static IEnumerable<int> Steps(IEnumerable<MlflowMetric> points) => points.Select(p => (int)p.Step);
    }

    [Theory]
    [InlineData("wandb:https://wandb.ai", "is not mlflow:http://HOST:PORT")]
    [InlineData("mlflow:", "is not mlflow:http://HOST:PORT")]
    [InlineData("mlflow:file:///tmp/runs", "is not mlflow:http://HOST:PORT")]
    [InlineData("mlflow:http://me:secret@host:5000", "MLFLOW_TRACKING_USERNAME")]
    [InlineData("mlflow:http://host:5000?name=x", "'name' is not known")]
    public void ATrackerThatCannotBeIsRefused(string text, string why)
    {
        var error = Assert.Throws<FastDqnException>(() => SmallRuns.Config("dqn", $"log.track={text}"));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mlflow:http://host:5000", "http://host:5000", "FastDqn")]
    [InlineData("mlflow:https://host/at/?experiment=a%20b", "https://host/at", "a b")]
    public void ATargetIsAServerAndAnExperiment(string text, string server, string experiment) =>
        Assert.Equal(new MlflowTarget(server, experiment), MlflowTarget.Parse(text));

    private static TrainConfig Config(MlflowServer server, params IEnumerable<string> more) =>
        SmallRuns.Config("dqn", more.Append($"log.track=mlflow:{server.Address}"));

    /// <summary>The only run; nothing that it was told was refused.</summary>
    private static MlflowServer.Run Check(MlflowServer server)
    {
        Assert.Empty(server.Complaints);
        return Assert.Single(server.Runs.Values);
    }

    /// <summary>The points that the rows of a run's file are.</summary>
    private static List<(string Key, long Step, double Value)> Expected(string folder)
    {
        var points = new List<(string, long, double)>();
        foreach (var row in File.ReadLines(RunDirectory.MetricsOf(folder)).Select(line => JsonNode.Parse(line)!))
        {
            var kind = (string)row["kind"]!;
            foreach (var (name, value) in row["metrics"]!.AsObject().Concat(row["wall"]?.AsObject() ?? []))
            {
                if (value?.GetValueKind() == JsonValueKind.Number && (kind != "episode" || name is "return" or "length"))
                    points.Add((kind == "train" ? name : $"{kind}/{name}", (long)row["step"]!, (double)value));
            }
        }

        return points;
    }
}
