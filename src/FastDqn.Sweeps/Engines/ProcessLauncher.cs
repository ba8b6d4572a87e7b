using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using FastDqn.Core;

namespace FastDqn.Sweeps.Engines;

/// <summary>
/// Starts processes that are pinned to cores, get SIGTERM from the kernel when this process dies (so that they
/// checkpoint and end; needs setpriv), and write into a log file.
/// </summary>
internal sealed class ProcessLauncher : IDisposable
{
    // The kernel ties the death signal to the thread that made the child, so one thread that lives as long as the
    // engine starts all of them.
    private readonly BlockingCollection<Action> _starts = [];
    private readonly Thread _starter;
    private readonly bool _pins = Exists("taskset");
    private readonly bool _binds = Exists("setpriv");
    private readonly bool _parts = Exists("setsid");

    public ProcessLauncher()
    {
        _starter = new Thread(() =>
        {
            foreach (var start in _starts.GetConsumingEnumerable())
                start();
        })
        { IsBackground = true, Name = "fastdqn run starter" };
        _starter.Start();
    }

    /// <summary>Starts a command.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="cores">The cores that it may use; empty: all of this process.</param>
    /// <param name="environment">Variables set for it.</param>
    /// <param name="log">Where it appends what it writes.</param>
    /// <param name="talks">Its stdin and stdout stay connected with this process.</param>
    /// <exception cref="FastDqnException">The program does not exist or cannot be started.</exception>
    public Process Start(
        IReadOnlyList<string> command, IReadOnlyList<int> cores, IReadOnlyDictionary<string, string> environment, string log, bool talks)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        var description = Describe(command, cores, environment, log, talks);
        using var done = new ManualResetEventSlim();
        Process? process = null;
        Exception? failure = null;
        _starts.Add(() =>
        {
            try
            {
                process = Process.Start(description);
                if (!talks)
                    process?.StandardInput.Close();
            }
            catch (Exception e)
            {
                // Whatever it is, whoever waits for the start hears of it, and the next start is tried.
                failure = e;
            }

            done.Set();
        });
        done.Wait();
        return process ?? throw new FastDqnException(ErrorKind.Unavailable, $"cannot start {command[0]}: {failure?.Message}", failure);
    }

    public void Dispose()
    {
        _starts.CompleteAdding();
        _starter.Join();
        _starts.Dispose();
    }

    /// <summary>Why a command cannot be started here, or null.</summary>
    public static string? Problem(IReadOnlyList<string> command)
    {
        var program = command[0];
        // What a trial puts in is known when it starts.
        if (program.Contains("${", StringComparison.Ordinal))
            return null;
        if (!program.Contains('/'))
        {
            var here = File.Exists(program) ? $"; the one in this folder is './{program}'" : "";
            return Exists(program) ? null : $"command: there is no program '{program}' on the PATH{here}";
        }

        if (!File.Exists(program))
            return $"command: {program} is not there (looked for from {Environment.CurrentDirectory})";
        const int execute = 1;
        return Libc.access(program, execute) == 0 ? null : $"command: {program} is not executable (chmod +x {program})";
    }

    private static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(d => File.Exists(Path.Combine(d, program)));

    private ProcessStartInfo Describe(
        IReadOnlyList<string> command, IReadOnlyList<int> cores, IReadOnlyDictionary<string, string> environment, string log, bool talks)
    {
        List<string> words = [];
        if (_binds)
            words.AddRange(["setpriv", "--pdeathsig", "TERM", "--"]);
        // Ctrl-C in the terminal is for the coordinator, which then asks each run to stop, once.
        if (_parts)
            words.Add("setsid");
        if (_pins && cores.Count > 0)
            words.AddRange(["taskset", "-c", string.Join(",", cores)]);
        var output = talks ? "2>>\"$log\"" : ">>\"$log\" 2>&1";
        // Should this process have died before the death signal was set, the shell has another parent by now.
        words.AddRange(
            ["/bin/sh", "-c", $"[ \"$PPID\" = \"$FASTDQN_PARENT\" ] || exit 143; log=$1; shift; exec \"$@\" {output}", "sh", log]);
        words.AddRange(command);
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = talks,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        start.Environment["FASTDQN_PARENT"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return start;
    }
}
