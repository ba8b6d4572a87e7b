using System.Runtime.InteropServices;

namespace FastDqn.Training.Runs;

/// <summary>
/// What signals ask of a run. Those that end a process (<see cref="EndingSignals"/>: SIGTERM, SIGINT, SIGHUP, ...):
/// write a checkpoint and exit with 128 and the signal's number; a second SIGINT leaves at once, without. SIGUSR1:
/// write a checkpoint and go on.
/// </summary>
public sealed class StopSignals : IDisposable
{
    private EndingSignals? _ending;
    private PosixSignalRegistration? _checkpoint;
    private int _exitCode;
    private int _checkpoints;
    private int _taken;

    /// <summary>128 and the number of the signal that asked to stop; 0 before.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    public bool StopRequested => ExitCode != 0;

    /// <summary>Registers the handlers.</summary>
    public static StopSignals Install()
    {
        const int interrupted = 130;
        var signals = new StopSignals();
        signals._ending = EndingSignals.Catch(code =>
        {
            // The signal itself ends the process then. An exit would run libtorch's destructors on this thread, under
            // the threads that still compute.
            if (code == interrupted && signals.StopRequested)
                return false;
            signals.Request(code);
            return true;
        });
        signals._checkpoint = CheckpointSignal.Catch(signals.RequestCheckpoint);
        return signals;
    }

    /// <summary>Asks for an end with <paramref name="exitCode"/>; the first asker's code stays.</summary>
    public void Request(int exitCode) => Interlocked.CompareExchange(ref _exitCode, exitCode, 0);

    public void RequestCheckpoint() => Interlocked.Increment(ref _checkpoints);

    /// <summary>How often a checkpoint was asked for.</summary>
    public int CheckpointRequests => Volatile.Read(ref _checkpoints);

    /// <summary>True once after requests for a checkpoint; for one caller.</summary>
    public bool TakeCheckpointRequest()
    {
        var asked = CheckpointRequests;
        if (asked == _taken)
            return false;
        _taken = asked;
        return true;
    }

    public void Dispose()
    {
        _ending?.Dispose();
        _checkpoint?.Dispose();
    }
}
