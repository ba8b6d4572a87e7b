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
    private int _checkpoint;

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

    public void RequestCheckpoint() => Volatile.Write(ref _checkpoint, 1);

    /// <summary>True once after each request for a checkpoint.</summary>
    public bool TakeCheckpointRequest() => Interlocked.Exchange(ref _checkpoint, 0) != 0;

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
