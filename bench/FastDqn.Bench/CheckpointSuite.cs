using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FastDqn.Core;

namespace FastDqn.Bench;

/// <summary>
/// A training with a full replay memory of a million transitions (7 GB) on the bundled game, as a process of its own:
/// how long SIGTERM takes to its end, what a checkpoint costs while training goes on, how long resuming takes.
/// FASTDQN_BENCH_REPLAY sets another number of transitions. Most of the suite's time goes into filling the memory.
/// </summary>
internal static partial class CheckpointSuite
{
    private const int SigTerm = 15;

    public static IReadOnlyList<BenchRow> Run()
    {
        var capacity = ReplaySuite.Capacity();
        var folder = Path.Combine(Path.GetTempPath(), $"fastdqn-bench-{Environment.ProcessId}");
        try
        {
            var run = Path.Combine(folder, "run");
            var rows = new List<BenchRow>();
            string[] train =
            [
                "train", "--env", "bricks", "--envs", "8", "--run-dir", run, "--steps", Text(100 * capacity),
                "--eval-episodes", "0", "--set", "log.films=false",
                "--set", $"replay.capacity={capacity}", "--set", $"schedule.warm_up={capacity}",
                "--set", $"checkpoint.every={capacity / 4}", "--set", $"log.every={capacity / 1000}",
            ];
            var size = $"{capacity / 1e6:0.##}M transitions";
            using (var first = new Training(train))
            {
                var seconds = first.WaitForStep(capacity + (capacity / 1000));
                rows.Add(new BenchRow($"filling {size}", capacity / seconds, "agent steps/s"));
                var (total, count) = first.CheckpointSeconds(run);
                rows.Add(new BenchRow("a checkpoint while training, mean", total / count, "s"));
                rows.Add(new BenchRow($"SIGTERM to exit, {size}", first.Terminate(), "s"));
            }

            rows.Add(BenchRow.LessIsBetter(
                "checkpoints on disk", Size(Path.Combine(run, "checkpoints")) / 1e6, "MB",
                "the memory's frames, raw", capacity * 7056 / 1e6));
            using (var again = new Training("resume", run))
            {
                rows.Add(new BenchRow($"start of the process to training on, {size}", again.WaitFor("continuing from"), "s"));
                again.WaitForStep(capacity + (capacity / 1000) + 1);
                rows.Add(new BenchRow($"SIGTERM to exit after resuming, {size}", again.Terminate(), "s"));
            }

            return rows;
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long Size(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    /// <summary>A training as users start it.</summary>
    private sealed partial class Training : IDisposable
    {
        private readonly Process _process;
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private readonly List<string> _lines = [];
        private long _step;

        public Training(params ReadOnlySpan<string> arguments)
        {
            var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "FastDqn.Cli", "release", "fastdqn.dll"));
            if (!File.Exists(program))
                throw new FastDqnException(ErrorKind.Unavailable, $"{program} is missing: run ./build.sh build");
            var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
            start.ArgumentList.Add(program);
            foreach (var argument in arguments)
                start.ArgumentList.Add(argument);
            _process = Process.Start(start)!;
            _process.ErrorDataReceived += (_, e) => Take(e.Data);
            _process.OutputDataReceived += static (_, _) => { };
            _process.BeginErrorReadLine();
            _process.BeginOutputReadLine();
        }

        /// <summary>Waits for a progress line at or beyond a step; the seconds since the start.</summary>
        public double WaitForStep(long step)
        {
            while (Volatile.Read(ref _step) < step)
            {
                if (_process.WaitForExit(20))
                    throw new FastDqnException($"the training ended early: {Last()}");
            }

            return _clock.Elapsed.TotalSeconds;
        }

        /// <summary>Waits for a line that begins so; the seconds since the start.</summary>
        public double WaitFor(string beginning)
        {
            while (true)
            {
                lock (_lines)
                    if (_lines.Any(line => line.StartsWith(beginning, StringComparison.Ordinal)))
                        return _clock.Elapsed.TotalSeconds;
                if (_process.WaitForExit(20))
                    throw new FastDqnException($"the training ended early: {Last()}");
            }
        }

        /// <summary>Seconds and number of checkpoints so far, from the metrics.</summary>
        public (double Seconds, int Count) CheckpointSeconds(string run)
        {
            var count = File.ReadLines(Path.Combine(run, "log.txt")).Count(line => line.Contains(" checkpoint ", StringComparison.Ordinal));
            var row = File.ReadLines(Path.Combine(run, "metrics.jsonl"))
                .Last(line => line.Contains("perf/checkpoint\"", StringComparison.Ordinal));
            return (double.Parse(Checkpoint().Match(row).Groups[1].Value, CultureInfo.InvariantCulture), count);
        }

        public double Terminate()
        {
            var clock = Stopwatch.StartNew();
            _ = kill(_process.Id, SigTerm);
            _process.WaitForExit();
            var seconds = clock.Elapsed.TotalSeconds;
            return _process.ExitCode == 143
                ? seconds
                : throw new FastDqnException($"exit code {_process.ExitCode} after SIGTERM: {Last()}");
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                _process.Kill();
            _process.Dispose();
        }

        private string Last()
        {
            lock (_lines)
                return string.Join(" | ", _lines.TakeLast(3));
        }

        private void Take(string? line)
        {
            if (line is null)
                return;
            lock (_lines)
                _lines.Add(line);
            if (StepLine().Match(line) is { Success: true } match)
                Volatile.Write(ref _step, long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        }

        [GeneratedRegex(@"^step (\d+)/")]
        private static partial Regex StepLine();

        [GeneratedRegex(@"""perf/checkpoint"":([0-9.eE+-]+)")]
        private static partial Regex Checkpoint();
    }
}
