using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastDqn.Training.Configuration;
using FastDqn.Training.Reports;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tracking;

/// <summary>
/// Tells an MLflow server of a run, on a thread of its own. The run's own files are the queue: what the server has not
/// taken yet waits in <c>metrics.jsonl</c>, so the run is never held up and nothing is lost while a server is away.
/// <c>mlflow.json</c> in the run's folder holds the id there and how much was taken; a run that goes on continues both.
/// </summary>
internal sealed class MlflowTracker : IDisposable
{
    public const string FileName = "mlflow.json";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LastPatienceWithoutServer = TimeSpan.FromSeconds(2);
    private static readonly string[] Artifacts = [RunReport.FileName, RunDirectory.ConfigFile, RunInfo.FileName, "log.txt"];

    private readonly string _folder;
    private readonly MlflowTarget _target;
    private readonly MlflowClient _client;
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _started;
    private readonly List<(string Key, string Value)> _parameters;
    private readonly List<(string Key, string Value)> _tags;
    private readonly Thread _thread;
    private readonly AutoResetEvent _wake = new(false);
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeSpan _patience;
    private volatile string? _warning;
    private volatile string? _failure;
    private volatile string? _status;
    private volatile bool _away;
    private volatile bool _over;
    private bool _following;

    // Of the thread alone.
    private string? _run;
    private string _artifacts = "";
    private bool _parametersLogged;
    private bool _begun;
    private bool _told;
    private MetricsFeed? _feed;
    private IReadOnlyList<MlflowMetric> _points = [];

    private MlflowTracker(RunDirectory run, TrainConfig config, TimeProvider clock, TimeSpan patience)
    {
        (_folder, _target, _clock, _patience) = (run.Root, MlflowTarget.Parse(config.Log.Track), clock, patience);
        _client = new MlflowClient(_target.Server);
        _parameters = [.. HyperParameters.Of(config).Select(p => (p.Key, ConfigKey.Format(p.Value)))];
        var document = run.Info.Document;
        _started = DateTimeOffset.TryParse(
            (string?)document["started_utc"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time : clock.GetUtcNow();
        _tags =
        [
            ("mlflow.source.name", "fastdqn"), ("mlflow.source.type", "LOCAL"),
            ("mlflow.source.git.commit", (string?)document["git"] ?? ""), ("fastdqn.version", (string?)document["version"] ?? ""),
            ("fastdqn.folder", run.Root),
        ];
        _thread = new Thread(Work) { IsBackground = true, Name = "tracker" };
    }

    /// <summary>Who tells of a run, if it asks for that.</summary>
    /// <param name="run">Which.</param>
    /// <param name="config">Its options.</param>
    /// <param name="clock">Where dates come from.</param>
    /// <param name="patience">How long the end waits for a server that answers; null: 15 seconds.</param>
    public static MlflowTracker? Of(RunDirectory run, TrainConfig config, TimeProvider clock, TimeSpan? patience = null) =>
        config.Log.Track.Length > 0 ? new MlflowTracker(run, config, clock, patience ?? LastPatience) : null;

    /// <summary>Begins: the rows that the run goes on after are all that its file holds.</summary>
    public void Follow()
    {
        if (!_following)
            _thread.Start();
        _following = true;
    }

    /// <summary>What went wrong since the last call, once; null: nothing.</summary>
    public string? TakeWarning()
    {
        var warning = _warning;
        if (warning is not null)
            _warning = null;
        return warning;
    }

    /// <summary>
    /// The run is over: sends the rest, within seconds; a server that is away is not waited for.
    /// </summary>
    public void End(RunStatus status, Action<string> warn)
    {
        _status = status switch
        {
            RunStatus.Finished => "FINISHED",
            RunStatus.Interrupted => "KILLED",
            _ => "FAILED",
        };
        _wake.Set();
        Follow();
        if (!_thread.Join(_away && LastPatienceWithoutServer < _patience ? LastPatienceWithoutServer : _patience))
        {
            _stop.Cancel();
            _thread.Join();
        }

        var warning = TakeWarning();
        if (!_over)
            warn(Undelivered());
        else if (warning is not null)
            warn(warning);
    }

    public void Dispose()
    {
        _stop.Cancel();
        if (_following)
            _thread.Join();
        _client.Dispose();
        _wake.Dispose();
        _stop.Dispose();
    }

    /// <summary>What the server was not told in time, in a line. The thread has ended.</summary>
    private string Undelivered()
    {
        var left = _points.Count > 0 ? _points : _feed is null ? Feed(FeedCursor.Start).Next(1) : _feed.Next(1);
        var what = (left.Count > 0 ? FormattableString.Invariant($"its rows from step {left[0].Step} on, ") : "") + "its files and its end";
        var why = _failure is { } failure ? $": {failure}" : "";
        return $"MLflow at {_target.Server} was not told all of the run in time{why}; {what} are in {_folder} alone";
    }

    private void Work()
    {
        for (var pause = ShortestPause; !_stop.IsCancellationRequested;)
        {
            var status = _status;
            try
            {
                Send(status);
                if (status is not null)
                {
                    _over = true;
                    return;
                }

                (_away, _told, _failure, pause) = (false, false, null, Interval);
            }
            catch (MlflowException e) when (e.Lasting)
            {
                // Asked for the same again it would say the same again.
                _warning = $"MLflow at {_target.Server}: {e.Message}; the run goes on without";
                _over = true;
                return;
            }
            catch (MlflowException e)
            {
                _away = true;
                _failure = e.Message;
                if (!_told)
                    _warning = $"MLflow at {_target.Server}: {e.Message}; the run goes on, what it writes is sent when the server answers";
                _told = true;
                pause = status is not null || pause == Interval ? ShortestPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is: who tells of a run ends none.
                _warning = $"MLflow is told no more: {e.Message.ReplaceLineEndings(" ")}";
                _over = true;
                return;
            }

            _wake.WaitOne(pause);
        }
    }

    private void Send(string? status)
    {
        Begin();
        var run = _run!;
        while (true)
        {
            if (_points.Count == 0)
                _points = _feed!.Next(MlflowClient.MostMetrics);
            if (_points.Count == 0)
                break;
            _client.LogMetrics(run, _points, _clock.GetUtcNow(), _stop.Token);
            _points = [];
            Note();
        }

        if (status is null)
            return;
        foreach (var file in Artifacts.Select(name => Path.Combine(_folder, name)).Where(File.Exists))
        {
            if (!_client.Upload(_artifacts, file, _stop.Token))
                break;
        }

        _client.Update(run, status, _clock.GetUtcNow(), _stop.Token);
    }

    /// <summary>Finds the run there, or makes it.</summary>
    private void Begin()
    {
        if (_begun)
            return;
        Recall();
        if (_run is not null && _client.ArtifactsOf(_run, _stop.Token) is { } artifacts)
        {
            _artifacts = artifacts;
            _client.Update(_run, "RUNNING", null, _stop.Token);
        }
        else
        {
            var experiment = _client.Experiment(_target.Experiment, _stop.Token);
            _run = _client.CreateRun(experiment, Path.GetFileName(_folder), _started, _tags, _stop.Token);
            (_parametersLogged, _feed) = (false, Feed(FeedCursor.Start));
            Note();
            _artifacts = _client.ArtifactsOf(_run, _stop.Token) ?? "";
        }

        // Once: a parameter cannot be changed there, and those that a run may change are none of its figures.
        if (!_parametersLogged)
        {
            foreach (var some in _parameters.Chunk(MlflowClient.MostParameters))
                _client.LogParameters(_run, some, _stop.Token);
            _parametersLogged = true;
            Note();
        }

        _begun = true;
    }

    private void Recall()
    {
        if (_feed is not null)
            return;
        _feed = Feed(FeedCursor.Start);
        var path = Path.Combine(_folder, FileName);
        if (!File.Exists(path))
            return;
        try
        {
            var noted = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
            if ((string?)noted["server"] != _target.Server || (string?)noted["experiment"] != _target.Experiment)
                return;
            _run = (string?)noted["run_id"];
            _parametersLogged = (bool?)noted["parameters"] ?? false;
            _feed = Feed(new FeedCursor((long)noted["step"]!, (int)noted["rows"]!));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentNullException)
        {
            // As good as none: a run of its own is begun there.
            (_run, _parametersLogged) = (null, false);
        }
    }

    private MetricsFeed Feed(FeedCursor taken) => new(RunDirectory.MetricsOf(_folder), taken);

    private void Note() => AtomicFile.Write(Path.Combine(_folder, FileName), new JsonObject
    {
        ["server"] = _target.Server,
        ["experiment"] = _target.Experiment,
        ["run_id"] = _run,
        ["parameters"] = _parametersLogged,
        ["step"] = _feed!.Taken.Step,
        ["rows"] = _feed.Taken.Rows,
    }.ToJsonString() + "\n");
}
