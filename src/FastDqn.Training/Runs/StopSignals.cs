using System.Runtime.InteropServices;

namespace FastDqn.Training.Runs;

/// <summary>
/// What signals ask of a run. SIGTERM (Slurm, Kubernetes): write a checkpoint and exit 143. SIGINT: the same with 130; a second
/// one leaves at once, without. SIGUSR1: write a checkpoint and go on.
/// </summary>
public sealed class StopSignals : IDisposable
{
    private const int SigUsr1 = 10;
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _exitCode;
    private int _checkpoints;
    private int _taken;

    /// <summary>130 or 143 once asked to stop; 0 before.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    public bool StopRequested => ExitCode != 0;

    /// <summary>Registers the handlers.</summary>
    public static StopSignals Install()
    {
        var signals = new StopSignals();
        signals.Handle(PosixSignal.SIGTERM, () => signals.Request(143));
        signals.Handle(PosixSignal.SIGINT, () =>
        {
            if (signals.StopRequested)
                Environment.Exit(130);
            signals.Request(130);
        });
        if (!OperatingSystem.IsWindows())
            signals.Handle((PosixSignal)SigUsr1, signals.RequestCheckpoint);
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
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void Handle(PosixSignal signal, Action action) =>
        _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            action();
        }));
}
