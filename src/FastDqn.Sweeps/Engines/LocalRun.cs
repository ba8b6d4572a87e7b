using System.Diagnostics;
using FastDqn.Core;

namespace FastDqn.Sweeps.Engines;

/// <summary>A run in a process of its own.</summary>
/// <param name="process">It.</param>
/// <param name="slot">Its share of the machine.</param>
/// <param name="log">Where its output goes.</param>
/// <param name="directory">The run folder of somebody's own program; empty: a training, which has no children.</param>
internal sealed class LocalRun(Process process, Slot slot, string log, string directory = "") : ILocalRun
{
    private const int SigTerm = 15;
    private const int TailBytes = 1 << 18;

    // For what a program left running to end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Stopwatch _sinceEnd = new();

    public Slot Slot { get; } = slot;

    public int ProcessId { get; } = process.Id;

    public int? ExitCode => process.HasExited && !HasLeftSome() ? process.ExitCode : null;

    public bool HostDied => false;

    public void Stop()
    {
        if (!process.HasExited)
            _ = Libc.kill(ProcessId, SigTerm);
    }

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

        if (directory.Length > 0)
            RunProcesses.Kill(RunProcesses.Of(directory));
    }

    // A shell that was ended leaves what it started: that belongs to the run, and has the run's cores.
    private bool HasLeftSome()
    {
        // Nobody is left in its process group: most runs leave nothing, and need no look at all processes.
        if (directory.Length == 0 || Libc.kill(-ProcessId, 0) != 0 || RunProcesses.Of(directory) is not { Count: > 0 } left)
            return false;
        if (!_sinceEnd.IsRunning)
        {
            _sinceEnd.Start();
            RunProcesses.Ask(left);
        }
        else if (_sinceEnd.Elapsed > Patience)
        {
            RunProcesses.Kill(left);
            return false;
        }

        return true;
    }

    /// <summary>The last line that it wrote, stack frames aside.</summary>
    public string LastLine() => LastLine(log);

    public void Dispose() => process.Dispose();

    internal static string LastLine(string log)
    {
        try
        {
            using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            file.Position = Math.Max(0, file.Length - TailBytes);
            return LineReader.LastAsync(file).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
