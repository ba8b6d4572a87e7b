using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FastDqn.Sweeps.Engines;

/// <summary>A run in a process of its own.</summary>
internal sealed partial class LocalRun(Process process, Slot slot, string log) : ILocalRun
{
    private const int SigTerm = 15;

    public Slot Slot { get; } = slot;

    public int ProcessId { get; } = process.Id;

    public int? ExitCode => process.HasExited ? process.ExitCode : null;

    public bool HostDied => false;

    public void Stop()
    {
        if (!process.HasExited)
            _ = Kill(ProcessId, SigTerm);
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
    }

    /// <summary>The last line that it wrote, stack frames aside.</summary>
    public string LastLine() => LastLine(log);

    public void Dispose() => process.Dispose();

    internal static string LastLine(string log)
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

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
