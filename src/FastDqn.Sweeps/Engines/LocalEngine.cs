using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using FastDqn.Core;

namespace FastDqn.Sweeps.Engines;

/// <summary>
/// Starts runs as processes of this machine, one to a slot. A run is pinned to its slot's cores, is told when this
/// process dies (it gets SIGTERM from the kernel, so that it checkpoints and ends), and writes into a log file.
/// </summary>
public sealed class LocalEngine : IDisposable
{
    // The kernel ties the death signal to the thread that made the child, so one thread that lives as long as the
    // engine starts all of them.
    private readonly BlockingCollection<Action> _starts = [];
    private readonly Thread _starter;
    private readonly Queue<Slot> _free;
    private readonly bool _pins = Exists("taskset");
    private readonly bool _binds = Exists("setpriv");
    private readonly bool _parts = Exists("setsid");

    public LocalEngine(IReadOnlyList<Slot> slots)
    {
        Slots = slots;
        _free = new Queue<Slot>(slots);
        _starter = new Thread(() =>
        {
            foreach (var start in _starts.GetConsumingEnumerable())
                start();
        })
        { IsBackground = true, Name = "fastdqn run starter" };
        _starter.Start();
    }

    public IReadOnlyList<Slot> Slots { get; }

    public int FreeSlots => _free.Count;

    /// <summary>Starts a command in a free slot.</summary>
    /// <exception cref="FastDqnException">The program does not exist or cannot be started.</exception>
    public LocalRun Start(RunPlan plan)
    {
        var slot = _free.Dequeue();
        try
        {
            var command = plan.Next();
            Directory.CreateDirectory(Path.GetDirectoryName(plan.Log)!);
            Directory.CreateDirectory(Path.GetDirectoryName(plan.RunDirectory)!);
            if (!plan.IsTraining)
                Directory.CreateDirectory(plan.RunDirectory);
            using var done = new ManualResetEventSlim();
            Process? process = null;
            Exception? failure = null;
            _starts.Add(() =>
            {
                try
                {
                    process = Process.Start(Describe(plan, command, slot));
                    process?.StandardInput.Close();
                }
                catch (Exception e) when (e is Win32Exception or InvalidOperationException or IOException)
                {
                    failure = e;
                }

                done.Set();
            });
            done.Wait();
            return process is null
                ? throw new FastDqnException(ErrorKind.Unavailable, $"cannot start {command[0]}: {failure?.Message}", failure)
                : new LocalRun(process, slot, plan.Log);
        }
        catch
        {
            _free.Enqueue(slot);
            throw;
        }
    }

    /// <summary>Takes a slot back after its run ended.</summary>
    public void Free(LocalRun run)
    {
        _free.Enqueue(run.Slot);
        run.Dispose();
    }

    public void Dispose()
    {
        _starts.CompleteAdding();
        _starter.Join();
        _starts.Dispose();
    }

    private static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(d => File.Exists(Path.Combine(d, program)));

    private ProcessStartInfo Describe(RunPlan plan, IReadOnlyList<string> command, Slot slot)
    {
        List<string> words = [];
        if (_binds)
            words.AddRange(["setpriv", "--pdeathsig", "TERM", "--"]);
        // Ctrl-C in the terminal is for the coordinator, which then asks each run to stop, once.
        if (_parts)
            words.Add("setsid");
        if (_pins && slot.Cores.Count > 0)
            words.AddRange(["taskset", "-c", string.Join(",", slot.Cores)]);
        // Should this process have died before the death signal was set, the shell has another parent by now.
        words.AddRange(["/bin/sh", "-c", "[ \"$PPID\" = \"$FASTDQN_PARENT\" ] || exit 143; exec \"$@\" >>\"$FASTDQN_LOG\" 2>&1", "sh"]);
        words.AddRange(command);
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { UseShellExecute = false, RedirectStandardInput = true };
        foreach (var (name, value) in slot.Environment)
            start.Environment[name] = value;
        start.Environment["FASTDQN_PARENT"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        start.Environment["FASTDQN_LOG"] = plan.Log;
        return start;
    }
}

/// <summary>A run's process.</summary>
public sealed partial class LocalRun(Process process, Slot slot, string log) : IDisposable
{
    private const int SigTerm = 15;

    public Slot Slot { get; } = slot;

    public int ProcessId { get; } = process.Id;

    /// <summary>The exit code, or null while it runs; 128 + the signal when one ended it.</summary>
    public int? ExitCode => process.HasExited ? process.ExitCode : null;

    /// <summary>Asks it to checkpoint and end (SIGTERM).</summary>
    public void Stop()
    {
        if (!process.HasExited)
            _ = Kill(ProcessId, SigTerm);
    }

    /// <summary>Ends it at once, with everything it started.</summary>
    public void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended by itself.
        }
    }

    /// <summary>The last line that it wrote, stack frames aside, for error messages.</summary>
    public string LastLine()
    {
        try
        {
            return File.ReadLines(log).LastOrDefault(l => l.Trim().Length > 0 && !l.StartsWith("   at ", StringComparison.Ordinal))?.Trim() ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    public void Dispose() => process.Dispose();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
