using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace FastDqn.Cli.Tests;

/// <summary>The program as users run it: a process of its own.</summary>
internal sealed partial class CliProcess : IDisposable
{
    public const int SigInt = 2, SigKill = 9, SigUsr1 = 10, SigTerm = 15, SigCont = 18, SigStop = 19;
    private static readonly Dictionary<string, string> Nothing = [];
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private readonly Thread[] _readers;

    private CliProcess(Process process)
    {
        _process = process;
        _readers = [Reader(process.StandardOutput, _output), Reader(process.StandardError, _errors)];
    }

    public int ExitCode => _process.ExitCode;

    public bool HasExited => _process.HasExited;

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    public static CliProcess Start(params ReadOnlySpan<string> arguments) => Start(Nothing, arguments);

    public static CliProcess Start(IReadOnlyDictionary<string, string> environment, params ReadOnlySpan<string> arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "fastdqn.dll");
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.ArgumentList.Add(program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("FASTDQN_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new CliProcess(Process.Start(start)!);
    }

    /// <summary>Runs to the end.</summary>
    public static CliProcess Run(params ReadOnlySpan<string> arguments) => Run(Nothing, arguments);

    public static CliProcess Run(IReadOnlyDictionary<string, string> environment, params ReadOnlySpan<string> arguments)
    {
        var cli = Start(environment, arguments);
        cli.Wait();
        return cli;
    }

    public void Wait(int seconds = 180)
    {
        if (!_process.WaitForExit(seconds * 1000))
        {
            _process.Kill();
            Assert.Fail($"the program did not end within {seconds} s; it said: {Errors}");
        }

        foreach (var reader in _readers)
            reader.Join();
    }

    public void Signal(int signal) => _ = kill(_process.Id, signal);

    /// <summary>Waits until stderr holds <paramref name="text"/> or the program ends.</summary>
    public bool WaitFor(string text, int seconds = 120)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            if (Errors.Contains(text, StringComparison.Ordinal))
                return true;
            if (_process.WaitForExit(20))
            {
                Wait();
                return Errors.Contains(text, StringComparison.Ordinal);
            }
        }

        return false;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    // Threads of their own: where many tests wait, the pool's are all busy and lines would be read too late.
    private static Thread Reader(StreamReader stream, StringBuilder text)
    {
        var thread = new Thread(() =>
        {
            while (stream.ReadLine() is { } line)
            {
                lock (text)
                    text.AppendLine(line);
            }
        })
        { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
