using System.Diagnostics;
using FastDqn.Core;

namespace FastDqn.Sweeps.Engines;

/// <summary>
/// A process that holds the trainings of several slots (<c>fastdqn sweep host</c>), seen from the coordinator. It
/// starts with the first training and stays for the next ones, so that they start in a warm program. When it dies, all
/// that it held ended with it; the next training starts a new one.
/// </summary>
internal sealed class HostProcess(ProcessLauncher launcher, IReadOnlyList<Slot> slots, string log) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<int, HostedRun> _runs = [];
    private Process? _process;
    private Thread? _reader;
    private int _lastId;

    /// <summary>Starts a training in the process, and the process itself where none is up.</summary>
    public HostedRun Start(IReadOnlyList<string> arguments, string runLog, Slot slot)
    {
        Process process;
        HostedRun run;
        lock (_lock)
        {
            process = _process ??= Launch();
            run = new HostedRun(this, ++_lastId, slot, runLog);
            _runs.Add(run.Id, run);
        }

        Send(process, new HostRequest(run.Id, arguments, runLog, Math.Max(slot.Cores.Count, 1)));
        return run;
    }

    public void Stop(HostedRun run)
    {
        Process? process;
        lock (_lock)
            process = _runs.ContainsKey(run.Id) ? _process : null;
        if (process is not null)
            Send(process, new HostRequest(run.Id));
    }

    /// <summary>Ends the process at once.</summary>
    public void Kill()
    {
        Process? process;
        lock (_lock)
            process = _process;
        try
        {
            process?.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended by itself.
        }
    }

    public void Dispose()
    {
        Process? process;
        Thread? reader;
        lock (_lock)
            (process, reader) = (_process, _reader);
        if (process is null)
            return;
        try
        {
            process.StandardInput.Close();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has ended, and the reader may have let go of it.
        }

        if (reader!.Join(Patience))
            return;
        Kill();
        reader.Join();
    }

    private Process Launch()
    {
        var process = launcher.Start(
            [.. RunPlan.Program(), "sweep", "host"],
            [.. slots.SelectMany(s => s.Cores).Distinct()],
            slots[0].TrainingEnvironment,
            log,
            talks: true);
        _reader = new Thread(() => Read(process)) { IsBackground = true, Name = "fastdqn host answers" };
        _reader.Start();
        return process;
    }

    private static void Send(Process process, HostRequest request)
    {
        try
        {
            process.StandardInput.WriteLine(request.ToLine());
            process.StandardInput.Flush();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has died: the reader ends its runs, and may have let go of it.
        }
    }

    private void Read(Process process)
    {
        try
        {
            using var lines = new LineReader(process.StandardOutput.BaseStream, "answers", lenient: true);
            while (lines.Read())
            {
                if (HostAnswer.TryParse(lines.Line.Span) is not { } answer)
                    continue;
                lock (_lock)
                {
                    if (_runs.Remove(answer.Id, out var run))
                        run.End(answer.ExitCode, answer.Error, hostDied: false);
                }
            }
        }
        catch (IOException)
        {
            // A pipe that breaks is a process that ends, or must.
            Kill();
        }

        process.WaitForExit();
        lock (_lock)
        {
            foreach (var run in _runs.Values)
                run.End(process.ExitCode, "", hostDied: true);
            _runs.Clear();
            _process = null;
        }

        process.Dispose();
    }
}

/// <summary>A training that shares its process with others.</summary>
internal sealed class HostedRun(HostProcess host, int id, Slot slot, string log) : ILocalRun
{
    private sealed record Ending(int ExitCode, string Error, bool HostDied);

    private Ending? _end;

    public int Id { get; } = id;

    public Slot Slot { get; } = slot;

    public int? ExitCode => Volatile.Read(ref _end)?.ExitCode;

    public bool HostDied => Volatile.Read(ref _end) is { HostDied: true };

    public void Stop() => host.Stop(this);

    public void Kill() => host.Kill();

    public string LastLine() => Volatile.Read(ref _end) is { Error.Length: > 0 } end ? end.Error : LocalRun.LastLine(log);

    public void End(int exitCode, string error, bool hostDied) => Volatile.Write(ref _end, new Ending(exitCode, error, hostDied));

    public void Dispose()
    {
        // The process goes on for the others.
    }
}
