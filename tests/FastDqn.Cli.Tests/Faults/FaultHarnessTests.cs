using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Cli.Tests.Play;
using FastDqn.Core;
using FastDqn.Tests;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Tests.Faults;

/// <summary>
/// Does to real runs what happens to real runs: kills, signals, full and read-only disks, flipped bits. After each
/// fault the run is resumed to its end and compared with one that nothing happened to: "wrong" counts runs whose
/// metrics or weights differ, "lost" the agent steps that had to be made again. FASTDQN_FAULT_KILLS sets the number of
/// kills (10; CI's long job has 200), FASTDQN_FAULT_TABLE names a file that the table is appended to.
/// </summary>
[Collection("console")]
public sealed class FaultHarnessTests : IClassFixture<FaultHarnessTests.Reference>
{
    private static readonly string[] Train =
    [
        "train", "--env", "cartpole", "--envs", "2", "--steps", "24000", "--threads", "1", "--seed", "3",
        "--set", "body.kind=mlp", "--set", "body.widths=16", "--set", "schedule.warm_up=200", "--set", "schedule.batch_size=8",
        "--set", "replay.capacity=1500", "--set", "exploration.steps=15000", "--set", "target.period=20", "--set", "log.every=500",
        "--set", "checkpoint.every=2500", "--set", "eval.every=9000", "--set", "eval.video=false",
        "--eval-episodes", "2",
    ];

    private readonly Reference _reference;

    public FaultHarnessTests(Reference reference) => _reference = reference;

    [Fact]
    public void KilledAtAnyMoment()
    {
        var kills = int.Parse(Environment.GetEnvironmentVariable("FASTDQN_FAULT_KILLS") ?? "10", CultureInfo.InvariantCulture);
        var random = new RandomStream(11);
        var (done, lost, wrong) = (0, 0L, 0);
        while (done < kills)
        {
            using var folder = new TempFolder();
            var run = folder.File("run");
            while (done < kills)
            {
                using var process = Continue(run);
                // Every fourth at any moment of the start, the others at any moment of the run.
                if (random.NextInt32(4) != 0)
                    process.WaitFor("learner thread");
                Thread.Sleep(random.NextInt32(1200));
                if (process.HasExited)
                    break;
                process.Signal(CliProcess.SigKill);
                process.Wait();
                done++;
                lost += Lost(run);
            }

            Finish(run);
            wrong += _reference.Differs(run) ? 1 : 0;
        }

        Report("kill -9 at a random moment", done, lost, wrong);
        Assert.Equal(0, wrong);
    }

    /// <summary>
    /// SIGTERM and SIGHUP; in CI's long job (FASTDQN_LONG) SIGQUIT, SIGUSR2, SIGXCPU and a real-time signal too,
    /// which take the same way.
    /// </summary>
    public static TheoryData<int> EndingSignals { get; } =
        Environment.GetEnvironmentVariable("FASTDQN_LONG") is { Length: > 0 } ? [15, 1, 3, 12, 24, 50] : [15, 1];

    [Theory]
    [MemberData(nameof(EndingSignals))]
    public void EverySignalThatEndsAProcessCheckpointsFirst(int signal)
    {
        using var folder = new TempFolder();
        var run = folder.File("run");
        using (var process = Continue(run))
        {
            Assert.True(process.WaitFor("step 1"), process.Errors);
            var clock = Stopwatch.StartNew();
            process.Signal(signal);
            process.Wait();
            Assert.Equal(128 + signal, process.ExitCode);
            Assert.Contains("fastdqn resume", process.Errors, StringComparison.Ordinal);
            Assert.True(clock.Elapsed.TotalSeconds < 60);
        }

        Assert.Equal("interrupted", Status(run));
        var lost = Lost(run);
        Finish(run);
        var wrong = _reference.Differs(run) ? 1 : 0;
        Report($"signal {signal}", 1, lost, wrong);
        Assert.Equal((0L, 0), (lost, wrong));
    }

    [Fact]
    public void ATerminalThatGoesAwayTakesNoRunWithIt()
    {
        using var folder = new TempFolder();
        var run = folder.File("run");
        var endless = Train.Select(word => word == "24000" ? "1000000" : word);
        using (var terminal = new PseudoTerminal(100, 30, wholly: true, [.. endless, "--set", "log.every=20", "--run-dir", run]))
        {
            for (var i = 0; i < 6000 && !Reference.Rows(run).Any(); i++)
                Thread.Sleep(10);
            // The line drops while rows are being shown; the signal comes after some that nobody reads any more.
            terminal.HangUp();
            Assert.Equal(129, terminal.WaitForExit());
        }

        Assert.Equal("interrupted", Status(run));
        Assert.Equal(0, Lost(run));
    }

    [Fact]
    public void ARunWhoseProcessWasKilledIsShownAsGone()
    {
        using var folder = new TempFolder();
        var run = folder.File("run");
        using (var process = Continue(run))
        {
            Assert.True(process.WaitFor("step 1"), process.Errors);
            Assert.Equal(RunStatus.Running, RunInfo.Open(run).Status);
            process.Signal(CliProcess.SigKill);
            process.Wait();
        }

        Assert.Equal(RunStatus.Gone, RunInfo.Open(run).Status);
    }

    [Fact]
    public void InterruptedOnceAndTwice()
    {
        using var folder = new TempFolder();
        var run = folder.File("run");
        using (var process = Continue(run))
        {
            Assert.True(process.WaitFor("step 1"), process.Errors);
            process.Signal(CliProcess.SigInt);
            process.Wait();
            Assert.Equal(130, process.ExitCode);
        }

        using (var process = Continue(run))
        {
            Assert.True(process.WaitFor("continuing from"), process.Errors);
            process.Signal(CliProcess.SigInt);
            process.Signal(CliProcess.SigInt);
            process.Wait();
            Assert.Equal(130, process.ExitCode);
        }

        var lost = Lost(run);
        Finish(run);
        var wrong = _reference.Differs(run) ? 1 : 0;
        Report("SIGINT, then twice", 2, lost, wrong);
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void UserSignalCheckpointsAndGoesOn()
    {
        using var folder = new TempFolder();
        var run = folder.File("run");
        using (var process = Continue(run))
        {
            Assert.True(process.WaitFor("step 1"), process.Errors);
            process.Signal(CliProcess.SigUsr1);
            Assert.True(process.WaitFor("checkpoint "), process.Errors);
            process.Wait();
            Assert.Equal(0, process.ExitCode);
        }

        var wrong = _reference.Differs(run) ? 1 : 0;
        Report("SIGUSR1", 1, 0, wrong);
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void FlippedAndTruncatedFilesOfTheNewestCheckpoint()
    {
        using var folder = new TempFolder();
        var run = folder.File("run");
        var random = new RandomStream(5);
        var (tries, lost) = (0, 0L);
        foreach (var damage in new[] { "flip", "truncate", "delete", "flip" })
        {
            using (var process = Continue(run))
            {
                Assert.True(process.WaitFor(tries == 0 ? "step 8" : "continuing from"), process.Errors);
                Thread.Sleep(300);
                process.Signal(CliProcess.SigTerm);
                process.Wait();
            }

            var files = Directory.GetFiles(new CheckpointStore(RunDirectory.CheckpointsOf(run)).List()[0]);
            Damage(files[random.NextInt32(files.Length)], damage, random);
            tries++;
            lost += Lost(run);
        }

        Finish(run);
        var wrong = _reference.Differs(run) ? 1 : 0;
        Report("bit flip, truncation, deletion in the newest checkpoint", tries, lost, wrong);
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void DamagedReplayFrames()
    {
        using var folder = new TempFolder();
        var run = folder.File("run");
        using (var process = Continue(run))
        {
            Assert.True(process.WaitFor("step 8"), process.Errors);
            process.Signal(CliProcess.SigTerm);
            process.Wait();
        }

        var segment = Directory.GetFiles(Path.Combine(run, "checkpoints", "replay")).Order(StringComparer.Ordinal).Last();
        Damage(segment, "flip", new RandomStream(6));
        var lost = Lost(run);
        Finish(run);
        var wrong = _reference.Differs(run) ? 1 : 0;
        Report("bit flip in the newest replay frames", 1, lost, wrong);
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void FullDisk()
    {
        using var disk = SmallDisk.Mount("200k");
        var run = Path.Combine(disk.Path, "run");
        using (var process = Continue(run))
        {
            process.Wait();
            Assert.Equal(1, process.ExitCode);
            Assert.Contains("the disk is full", process.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("Unhandled", process.Errors, StringComparison.Ordinal);
        }

        disk.Remount("size=100m");
        var lost = Lost(run);
        Finish(run);
        var wrong = _reference.Differs(run) ? 1 : 0;
        Report("full disk (tmpfs of 200 KiB, then enlarged)", 1, lost, wrong);
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void ReadOnlyDisk()
    {
        using var disk = SmallDisk.Mount("100m");
        var run = Path.Combine(disk.Path, "run");
        using (var process = Continue(run))
        {
            Assert.True(process.WaitFor("step 4"), process.Errors);
            process.Signal(CliProcess.SigTerm);
            process.Wait();
        }

        disk.Remount("ro");
        using (var process = Continue(run))
        {
            process.Wait();
            Assert.Equal(1, process.ExitCode);
            Assert.Single(process.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }

        disk.Remount("rw");
        Finish(run);
        var wrong = _reference.Differs(run) ? 1 : 0;
        Report("read-only file system", 1, 0, wrong);
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void ASecondProcessOnTheRun()
    {
        using var folder = new TempFolder();
        var run = folder.File("run");
        using var process = Continue(run);
        Assert.True(process.WaitFor("step 1"), process.Errors);
        process.Signal(CliProcess.SigStop);
        using (var second = CliProcess.Run("resume", run))
        {
            Assert.Equal(1, second.ExitCode);
            Assert.Contains("another process is working on this run", second.Errors, StringComparison.Ordinal);
        }

        process.Signal(CliProcess.SigCont);

        process.Wait();
        Assert.Equal(0, process.ExitCode);
        var wrong = _reference.Differs(run) ? 1 : 0;
        Report("a second process on the run", 1, 0, wrong);
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void AnExplodingLoss()
    {
        using var folder = new TempFolder();
        var run = folder.File("run");
        using var process = CliProcess.Run([.. Train, "--run-dir", run, "--set", "optimizer.learning_rate=1e30"]);
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("diverged", process.Errors, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(run, "bad-batch.json")));
        Assert.Equal("failed", Status(run));
        Report("loss that explodes (learning rate 1e30)", 1, 0, 0);
    }

    /// <summary>Starts or continues the run: what a user or a scheduler would do.</summary>
    private static CliProcess Continue(string run) => File.Exists(Path.Combine(run, "run.json"))
        ? CliProcess.Start("resume", run)
        : CliProcess.Start([.. Train, "--run-dir", run]);

    private static void Finish(string run)
    {
        using var process = Continue(run);
        process.Wait();
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}: {process.Errors}");
    }

    private static string? Status(string run) => (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["status"];

    /// <summary>Agent steps that the metrics tell of beyond the newest valid checkpoint.</summary>
    private static long Lost(string run)
    {
        var reached = Reference.Rows(run).Select(row => (long?)row["step"] ?? 0).DefaultIfEmpty(0).Max();
        try
        {
            var store = new CheckpointStore(RunDirectory.CheckpointsOf(run));
            return Math.Max(0, reached - store.OpenNewest(_ => { }, withReplay: true).Manifest.Step);
        }
        catch (FastDqnException)
        {
            return reached;
        }
    }

    private static void Damage(string path, string how, RandomStream random)
    {
        var bytes = File.ReadAllBytes(path);
        if (how == "delete")
        {
            File.Delete(path);
            return;
        }

        if (how == "truncate")
        {
            File.WriteAllBytes(path, bytes[..random.NextInt32(Math.Max(1, bytes.Length))]);
            return;
        }

        bytes[random.NextInt32(bytes.Length)] ^= (byte)(1 << random.NextInt32(8));
        File.WriteAllBytes(path, bytes);
    }

    private static void Report(string fault, int tries, long lost, int wrong)
    {
        var row = string.Create(CultureInfo.InvariantCulture, $"| {fault} | {tries} | {lost / (double)tries:0} | {wrong} |");
        TestContext.Current.TestOutputHelper?.WriteLine(row);
        if (Environment.GetEnvironmentVariable("FASTDQN_FAULT_TABLE") is { Length: > 0 } path)
            File.AppendAllText(path, row + "\n");
    }

    /// <summary>The run that nothing happens to.</summary>
    public sealed class Reference : IDisposable
    {
        private readonly TempFolder _folder = new();
        private readonly string _metrics;
        private readonly string _weights;

        public Reference()
        {
            var run = _folder.File("run");
            using var process = CliProcess.Run([.. Train, "--run-dir", run]);
            Assert.True(process.ExitCode == 0, process.Errors);
            (_metrics, _weights) = (Metrics(run), Weights(run));
        }

        public bool Differs(string run) => Metrics(run) != _metrics || Weights(run) != _weights;

        public void Dispose() => _folder.Dispose();

        internal static IEnumerable<JsonNode> Rows(string run)
        {
            var path = RunDirectory.MetricsOf(run);
            if (!File.Exists(path))
                yield break;
            foreach (var line in File.ReadAllLines(path))
            {
                JsonNode? row = null;
                try
                {
                    row = JsonNode.Parse(line);
                }
                catch (System.Text.Json.JsonException)
                {
                    // The last line of a killed process may be half a line.
                }

                if (row is not null)
                    yield return row;
            }
        }

        private static string Metrics(string run) => string.Join('\n', Rows(run).Select(row =>
        {
            row.AsObject().Remove("wall");
            return row.ToJsonString();
        }));

        private static string Weights(string run) =>
            new CheckpointStore(RunDirectory.CheckpointsOf(run))
                .OpenNewest(Assert.Fail, withReplay: true)
                .Manifest.Files.Single(f => f.Name == "model.safetensors").Sha256;
    }

    /// <summary>A tmpfs of its own size; needs root.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private readonly TempFolder _folder = new();

        public string Path => _folder.Path;

        public static SmallDisk Mount(string size)
        {
            var disk = new SmallDisk();
            if (Command("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", disk.Path))
                return disk;
            disk._folder.Dispose();
            Assert.Skip("mounting a tmpfs is not allowed here (needs root)");
            return disk;
        }

        public void Remount(string option) => Assert.True(Command("mount", "-o", $"remount,{option}", Path));

        public void Dispose()
        {
            Command("umount", Path);
            _folder.Dispose();
        }

        private static bool Command(string program, params ReadOnlySpan<string> arguments)
        {
            try
            {
                var start = new ProcessStartInfo(program) { RedirectStandardError = true };
                foreach (var argument in arguments)
                    start.ArgumentList.Add(argument);
                using var process = Process.Start(start)!;
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }
}
