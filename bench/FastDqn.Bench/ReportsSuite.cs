using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FastDqn.Core;
using FastDqn.Reports.Serving;
using FastDqn.Training;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Bench;

/// <summary>
/// What <c>fastdqn serve</c> takes: the first look at 1,000 runs, the next, and what a page that follows a training
/// costs it. The server is a process of its own, as it is beside a training.
/// </summary>
internal static class ReportsSuite
{
    /// <summary>The word that this program is started with as the server.</summary>
    public const string Worker = "report-server";

    private const int Runs = 1000;
    private const int Rounds = 5;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(2);

    public static IReadOnlyList<BenchRow> Run()
    {
        var folder = Directory.CreateTempSubdirectory("fastdqn-bench-reports-").FullName;
        try
        {
            return [.. Opening(folder), .. Following(folder)];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Serves a folder until its stdin ends.</summary>
    public static int Serve(string folder, int port)
    {
        using var server = new ReportServer([folder], IPAddress.Loopback, port, null);
        _ = server.RunAsync();
        Console.Out.WriteLine("ready");
        while (Console.In.ReadLine() is not null)
        {
        }

        return 0;
    }

    private static IEnumerable<BenchRow> Opening(string folder)
    {
        var (one, many) = (Path.Combine(folder, "one"), Path.Combine(folder, "many"));
        using (var signals = new StopSignals())
        {
            var config = new ConfigLayers().AddOption("env.name", "gridworld", "bench").AddOption("train.steps", "20000", "bench")
                .AddOption("schedule.warm_up", "20000", "bench").AddOption("replay.capacity", "20000", "bench")
                .AddOption("log.every", "100", "bench").AddOption("log.films", "off", "bench").AddOption("eval.episodes", "0", "bench")
                .AddOption("eval.random", "off", "bench").AddOption("run.dir", one, "bench").Resolve();
            Trainer.Create(config).Observe(new Rates()).Run(signals);
        }

        for (var i = 0; i < Runs; i++)
        {
            var copy = Directory.CreateDirectory(Path.Combine(many, $"run{i:D4}")).FullName;
            foreach (var name in new[] { RunInfo.FileName, RunDirectory.ConfigFile, Path.GetFileName(RunDirectory.MetricsOf(copy)) })
                File.Copy(Path.Combine(one, name), Path.Combine(copy, name));
        }

        using var server = new Server(many);
        var first = server.Get("/?data=1");
        yield return BenchRow.LessIsBetter($"list of {Runs} runs, the first time", first.TotalSeconds, "s", "what it may take", 1);
        yield return new BenchRow("processor time for it, the server's start included", server.Processor.TotalSeconds, "s");
        Thread.Sleep(TimeSpan.FromSeconds(11));
        yield return new BenchRow($"list of {Runs} runs, later", 1000 * server.Get("/?data=1").TotalSeconds, "ms");
    }

    private static IEnumerable<BenchRow> Following(string folder)
    {
        var runs = Path.Combine(folder, "followed");
        var config = new ConfigLayers()
            .AddOption("algorithm.name", "dqn-cleanrl", "bench").AddOption("env.name", "bricks", "bench")
            .AddOption("env.count", "8", "bench").AddOption("replay.capacity", "20000", "bench")
            .AddOption("schedule.warm_up", "1000", "bench").AddOption("log.every", "100", "bench").AddOption("log.films", "off", "bench")
            .AddOption("eval.every", "0", "bench").AddOption("eval.episodes", "0", "bench").AddOption("eval.random", "off", "bench")
            .AddOption("checkpoint.replay", "off", "bench").AddOption("run.dir", Path.Combine(runs, "run"), "bench").Resolve();
        using var signals = new StopSignals();
        var rates = new Rates();
        var training = Task.Factory.StartNew(
            () => Trainer.Create(config).Observe(rates).Run(signals), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        rates.WaitForUpdates(training);
        using var server = new Server(runs);
        // A page is followed for hours: what the runtime takes to compile the server's code, again as it warms up, is
        // no part.
        server.Follow(WarmUp);
        var (alone, followed, busy) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            alone.Add(rates.Over(() => Thread.Sleep(Window)));
            var before = server.Processor;
            followed.Add(rates.Over(() => server.Follow(Window)));
            busy.Add(100 * (server.Processor - before) / Window);
        }

        signals.Request(143);
        training.Wait();
        var (rate, whole) = (Median(followed), Median(alone));
        yield return new BenchRow("training that a page follows", rate, "agent steps/s", "that nobody looks at", whole, rate / whole);
        yield return new BenchRow("the server's processor time meanwhile", Median(busy), "% of a core");
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    /// <summary>The server, and a browser's requests to it.</summary>
    private sealed class Server : IDisposable
    {
        private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);
        private readonly HttpClient _client = new();
        private readonly Process _process;
        private readonly string _address;
        private DateTime _due;

        public Server(string folder)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            probe.Stop();
            _address = FormattableString.Invariant($"http://127.0.0.1:{port}");
            // Started as `dotnet FastDqn.Bench.dll`, the process is dotnet.
            var program = Environment.ProcessPath!;
            string[] first = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
            _process = Process.Start(new ProcessStartInfo(
                program, [.. first, Worker, folder, port.ToString(CultureInfo.InvariantCulture)])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
            if (_process.StandardOutput.ReadLine() != "ready")
                throw new FastDqnException("the server did not start");
        }

        public TimeSpan Processor
        {
            get
            {
                _process.Refresh();
                return _process.TotalProcessorTime;
            }
        }

        public TimeSpan Get(string path)
        {
            var start = Stopwatch.GetTimestamp();
            _client.GetByteArrayAsync(new Uri(_address + path)).Wait();
            return Stopwatch.GetElapsedTime(start);
        }

        public void Follow(TimeSpan time)
        {
            for (var end = DateTime.UtcNow + time; DateTime.UtcNow < end; Thread.Sleep(50))
            {
                if (DateTime.UtcNow < _due)
                    continue;
                Get("/run?id=0%2Frun&data=1");
                _due = DateTime.UtcNow + Every;
            }
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
            _client.Dispose();
        }
    }

    /// <summary>How fast a training goes.</summary>
    private sealed class Rates : ITrainObserver
    {
        private readonly Lock _lock = new();
        private (long Time, long Step, long Updates) _newest;

        public void WaitForUpdates(Task training)
        {
            while (Newest().Updates < 10)
            {
                if (training.IsFaulted)
                    training.Wait();
                Thread.Sleep(50);
            }
        }

        /// <summary>Agent steps a second while <paramref name="work"/> goes on, from row to row.</summary>
        public double Over(Action work)
        {
            var start = Newest();
            work();
            var end = Newest();
            return (end.Step - start.Step) / Stopwatch.GetElapsedTime(start.Time, end.Time).TotalSeconds;
        }

        public void Started(string runDirectory, long length, IReadOnlyList<string> facts) { }

        public void Progress(in TrainProgress progress)
        {
            lock (_lock)
                _newest = (Stopwatch.GetTimestamp(), progress.Step, progress.Updates);
        }

        public void EpisodeEnded(in Episode episode, in TrainProgress progress) { }

        public void Evaluated(long step, EvalResult result, bool random) { }

        public void Message(string text) { }

        public void Warning(string text) { }

        private (long Time, long Step, long Updates) Newest()
        {
            lock (_lock)
                return _newest;
        }
    }
}
