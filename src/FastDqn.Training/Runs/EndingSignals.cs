using System.Globalization;
using System.Runtime.InteropServices;
using FastDqn.Learning.Interop;

namespace FastDqn.Training.Runs;

/// <summary>
/// The signals that end a process and can be caught (Linux): whoever sends one, a scheduler, a terminal that closes or
/// a person, means the same, an orderly end with exit code 128 and the signal's number. Faults of the program itself
/// (SIGSEGV, SIGABRT, ...) are none of them, nor are SIGPIPE, which .NET turns into an error of the write, and SIGUSR1,
/// which asks for a checkpoint.
/// </summary>
public sealed class EndingSignals : IDisposable
{
    // Above the ones that glibc and .NET keep for themselves.
    private const int FirstRealTime = 40;
    private const int LastRealTime = 64;

    // HUP, INT, QUIT, USR2, ALRM, TERM, STKFLT, XCPU (ulimit -t), XFSZ (ulimit -f: the write fails and says so),
    // VTALRM, PROF, IO, PWR.
    private static readonly int[] Numbers =
        [1, 2, 3, 12, 14, 15, 16, 24, 25, 26, 27, 29, 30, .. Enumerable.Range(FirstRealTime, LastRealTime - FirstRealTime + 1)];

    private readonly List<PosixSignalRegistration> _registrations = [];

    private EndingSignals()
    {
    }

    /// <summary>Catches all of them.</summary>
    /// <param name="asked">Told the exit code; true keeps the process alive, false lets the signal end it.</param>
    public static EndingSignals Catch(Func<int, bool> asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        var signals = new EndingSignals();
        var ignored = Ignored();
        foreach (var number in Numbers)
        {
            // Whoever started the process with one ignored (nohup does SIGHUP) wants it to go on.
            if ((ignored >> (number - 1) & 1) != 0)
                continue;
            var code = 128 + number;
            signals._registrations.Add(PosixSignalRegistration.Create((PosixSignal)number, context =>
            {
                // Others may have said their word already.
                if (asked(code))
                    context.Cancel = true;
            }));
        }

        return signals;
    }

    /// <summary>Whether a training that one of them stopped ends with this code.</summary>
    public static bool IsExitCode(int code) => Numbers.Contains(code - 128);

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    /// <summary>The signals that this process ignores, signal n as bit n - 1.</summary>
    private static ulong Ignored()
    {
        try
        {
            const string Key = "SigIgn:";
            var line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal));
            var mask = line.AsSpan()[Math.Min(Key.Length, line?.Length ?? 0)..].Trim();
            return ulong.TryParse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var ignored) ? ignored : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
