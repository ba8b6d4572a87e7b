using System.Diagnostics;
using FastDqn.Core;

namespace FastDqn.Sweeps.Engines;

/// <summary>A run in a process of its own.</summary>
internal sealed class LocalRun(Process process, Slot slot, string log) : ILocalRun
{
    private const int SigTerm = 15;
    private const int TailBytes = 1 << 18;

    public Slot Slot { get; } = slot;

    public int ProcessId { get; } = process.Id;

    public int? ExitCode => process.HasExited ? process.ExitCode : null;

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
