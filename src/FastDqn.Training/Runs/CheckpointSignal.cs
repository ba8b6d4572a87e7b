using System.Runtime.InteropServices;

namespace FastDqn.Training.Runs;

/// <summary>SIGUSR1: asks a training for a checkpoint, after which it goes on.</summary>
public static class CheckpointSignal
{
    /// <summary>Its number, on Linux.</summary>
    public const int Number = 10;

    /// <summary>Calls <paramref name="asked"/> whenever it comes, until the result is disposed.</summary>
    public static PosixSignalRegistration Catch(Action asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        return PosixSignalRegistration.Create((PosixSignal)Number, context =>
        {
            context.Cancel = true;
            asked();
        });
    }
}
