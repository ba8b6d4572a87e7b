using System.Diagnostics;
using System.Globalization;
using FastDqn.Learning;

namespace FastDqn.Bench;

/// <summary>
/// The DQN update (Nature network, batch 32, 6 actions) and acting, against the same as plain TorchSharp modules on the
/// same libtorch, and against CleanRL's code in python3-torch where that is installed: processes take turns in short
/// bursts, medians of all repetitions.
/// </summary>
public static class LearnerSuite
{
    private const int Rounds = 11;
    private const string PythonProgram = "/usr/bin/python3";
    private static readonly int[] ActingBatches = [1, 8, 32];
    private static readonly Dictionary<string, string> Inherited = [];

    internal static IReadOnlyList<BenchRow> Run()
    {
        var rows = new List<BenchRow>();
        foreach (var threads in new[] { 1, 2 }.Where(t => t <= Environment.ProcessorCount))
            Compare(rows, threads);
        return rows;
    }

    private static void Compare(List<BenchRow> rows, int threads)
    {
        var suffix = threads == 1 ? "1 thread" : $"{threads} threads";
        using var ours = Child.Start(Path.Combine(AppContext.BaseDirectory, "FastDqn.Bench"), ["learner-worker", $"{threads}"], Inherited);
        using var plain = Child.Start(
            Path.Combine(AppContext.BaseDirectory, "FastDqn.Bench"), ["plain-learner", $"{threads}"], Threads(threads));
        using var python = Python(threads);
        var update = Turns("update 4", ours, plain, python);
        Add(rows, $"update, batch 32, Nature, {suffix}", update);
        foreach (var batch in ActingBatches)
            Add(rows, $"acting, batch {batch}, {suffix}", Turns($"act {batch} 10", ours, plain, python));

        var parts = ours.Ask("parts 21");
        var names = new[]
        {
            "input conversion (one of two)", "forward without gradient", "forward and backward", "optimizer", "one empty operation",
        };
        for (var i = 0; i < names.Length; i++)
            rows.Add(new BenchRow($"part: {names[i]}, {suffix}", parts[i], "us"));
        // Two forward passes and a backward one: 2.18 GFLOP.
        rows.Add(new BenchRow($"update: rate, {suffix}", 2.18e6 / update[0], "GFLOP/s"));
        if (threads > 1)
            return;
        rows.Add(new BenchRow("update: managed allocation", ours.Ask("allocated 50")[0], "B/update"));
        var memory = ours.Ask("memory 100000");
        rows.Add(new BenchRow("resident memory after 10,000 updates (MLP)", memory[0], "MiB"));
        rows.Add(new BenchRow("resident memory after 100,000 updates (MLP)", memory[9], "MiB"));
    }

    private static Dictionary<string, string> Threads(int threads) =>
        new() { ["OPENBLAS_NUM_THREADS"] = $"{threads}", ["OMP_NUM_THREADS"] = $"{threads}" };

    private static Child? Python(int threads)
    {
        if (!File.Exists(PythonProgram))
            return null;
        var child = Child.Start(PythonProgram, [Path.Combine(AppContext.BaseDirectory, "peer_learner.py"), $"{threads}"], Threads(threads));
        if (child.TryAsk("act 1 1") is not null)
            return child;
        child.Dispose();
        return null;
    }

    /// <summary>Medians of ours and of the peers; NaN where a peer is missing.</summary>
    private static double[] Turns(string request, params Child?[] children)
    {
        var times = children.Select(_ => new List<double>()).ToArray();
        for (var round = -1; round < Rounds; round++)
        {
            for (var i = 0; i < children.Length; i++)
            {
                // The peers' workers spin a while after their work; what was idle first fetches its memory again.
                Thread.Sleep(50);
                children[i]?.Ask("update 12");
                if (children[i]?.Ask(request) is { } answer && round >= 0)
                    times[i].AddRange(answer);
            }
        }

        return [.. times.Select(Median)];
    }

    private static double Median(List<double> values)
    {
        if (values.Count == 0)
            return double.NaN;
        values.Sort();
        return values[values.Count / 2];
    }

    private static void Add(List<BenchRow> rows, string name, double[] medians)
    {
        rows.Add(BenchRow.LessIsBetter(name, medians[0] / 1e3, "ms", "plain TorchSharp modules", medians[1] / 1e3));
        if (!double.IsNaN(medians[2]))
        {
            rows.Add(BenchRow.LessIsBetter(
                $"{name}, beside Python", medians[0] / 1e3, "ms", "python3-torch, CleanRL's code", medians[2] / 1e3));
        }
    }

    /// <summary>A process that answers lines of numbers.</summary>
    private sealed class Child : IDisposable
    {
        private readonly Process _process;

        private Child(Process process) => _process = process;

        public static Child Start(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
        {
            var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true };
            foreach (var argument in arguments)
                start.ArgumentList.Add(argument);
            foreach (var (name, value) in environment)
            {
                if (value.Length > 0)
                    start.Environment[name] = value;
            }

            return new Child(Process.Start(start)!);
        }

        public double[] Ask(string request) => TryAsk(request) ?? throw new InvalidOperationException($"no answer to '{request}'");

        public double[]? TryAsk(string request)
        {
            try
            {
                _process.StandardInput.WriteLine(request);
                _process.StandardInput.Flush();
            }
            catch (IOException)
            {
                // It has ended: PyTorch is not installed.
                return null;
            }

            return _process.StandardOutput.ReadLine()?.Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray();
        }

        public void Dispose()
        {
            try
            {
                _process.StandardInput.Close();
            }
            catch (IOException)
            {
                // Its end of the pipe is gone already.
            }

            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
