using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace FastDqn.Cli.Tests.Play;

/// <summary><c>fastdqn</c> on a pseudo-terminal: what it draws can be read, keys can be pressed.</summary>
internal sealed partial class PseudoTerminal : IDisposable
{
    private const int ReadWrite = 2, NoControl = 0x100, CloseOnExec = 0x80000, SigHup = 1;
    private const nuint SetWindowSize = 0x5414;
    private readonly int _master;
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Thread _reader;
    private volatile bool _closing;
    private int _emptyReads;

    public PseudoTerminal(int columns, int rows, params string[] arguments)
        : this(columns, rows, wholly: false, arguments)
    {
    }

    /// <param name="columns">Width in characters.</param>
    /// <param name="rows">Height in lines.</param>
    /// <param name="wholly">stderr is the terminal too.</param>
    /// <param name="arguments">Of the program.</param>
    public PseudoTerminal(int columns, int rows, bool wholly, params string[] arguments)
    {
        _master = posix_openpt(ReadWrite | NoControl | CloseOnExec);
        if (_master < 0 || grantpt(_master) != 0 || unlockpt(_master) != 0)
            Assert.Skip("this machine gives no pseudo-terminals");
        var size = new WindowSize { Rows = (ushort)rows, Columns = (ushort)columns };
        _ = ioctl(_master, SetWindowSize, ref size);
        var name = Marshal.PtrToStringUTF8(ptsname(_master))!;
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"terminal=$1; shift; exec \"$@\" <\"$terminal\" >\"$terminal\"{(wholly ? " 2>&1" : "")}");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(name);
        foreach (var argument in FastDqnProgram.CommandLine(arguments))
            start.ArgumentList.Add(argument);
        start.Environment["COLORTERM"] = "truecolor";
        start.Environment["TERM"] = "xterm-256color";
        _process = Process.Start(start)!;
        _reader = new Thread(Read) { IsBackground = true };
        _reader.Start();
    }

    /// <summary>Everything drawn so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Waits until the terminal shows <paramref name="text"/>.</summary>
    public void Expect(string text)
    {
        var clock = Stopwatch.StartNew();
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            Assert.False(_process.HasExited && clock.ElapsedMilliseconds > 2000, $"ended without showing '{text}': {Output} {Errors()}");
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"never showed '{text}': {Output}");
            Thread.Sleep(10);
        }
    }

    /// <summary>The newest step shown.</summary>
    public int LastStep()
    {
        var output = Output;
        var at = output.LastIndexOf("  step ", StringComparison.Ordinal);
        Assert.True(at >= 0, $"no step is shown: {output}");
        var end = output.IndexOf(' ', at + 7);
        return int.Parse(
            end < 0 ? output.AsSpan(at + 7) : output.AsSpan(at + 7, end - at - 7),
            System.Globalization.CultureInfo.InvariantCulture);
    }

    public unsafe void Press(string keys)
    {
        var bytes = Encoding.UTF8.GetBytes(keys);
        fixed (byte* first = bytes)
            Assert.Equal(bytes.Length, (int)write(_master, first, (nuint)bytes.Length));
    }

    /// <summary>The terminal's window changes; the program finds the new size when it next looks.</summary>
    public void Resize(int columns, int rows)
    {
        var size = new WindowSize { Rows = (ushort)rows, Columns = (ushort)columns };
        Assert.Equal(0, ioctl(_master, SetWindowSize, ref size));
    }

    /// <summary>
    /// The window is closed, or the line to it drops: what is written then fails, and a moment later the signal comes.
    /// </summary>
    public void HangUp()
    {
        Close();
        Thread.Sleep(1500);
        _ = kill(_process.Id, SigHup);
    }

    /// <summary>Waits for the end of the program and of what it drew.</summary>
    public int WaitForExit()
    {
        Assert.True(_process.WaitForExit(60_000), $"did not end: {Output}");
        if (_closing)
            return _process.ExitCode;
        // The read under way may have looked before the end; the next one looks after it.
        var before = Volatile.Read(ref _emptyReads);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref _emptyReads) - before >= 2, 60_000), "the terminal is never empty");
        return _process.ExitCode;
    }

    /// <summary>What an ended program wrote to stderr.</summary>
    public string Errors() => _process.HasExited ? _process.StandardError.ReadToEnd() : "";

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        if (!_closing)
            Close();
    }

    private void Close()
    {
        _closing = true;
        _reader.Join();
        _ = close(_master);
    }

    private unsafe void Read()
    {
        var buffer = new byte[65536];
        var decoder = Encoding.UTF8.GetDecoder();
        var characters = new char[65536];
        while (!_closing)
        {
            // Never for long in a read: that would keep a terminal open that is to be closed.
            var look = new Poll { File = _master, Events = 1 };
            _ = poll(ref look, 1, 20);
            if (look.Found == 0)
            {
                Interlocked.Increment(ref _emptyReads);
                continue;
            }

            nint count;
            fixed (byte* first = buffer)
                count = read(_master, first, (nuint)buffer.Length);
            if (count <= 0)
            {
                // Before the program opens its end, and after it closes it, the master reads nothing.
                Interlocked.Increment(ref _emptyReads);
                Thread.Sleep(5);
                continue;
            }

            var decoded = decoder.GetChars(buffer, 0, (int)count, characters, 0);
            lock (_output)
                _output.Append(characters, 0, decoded);
        }
    }

    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }

    private struct Poll
    {
        public int File;
        public short Events;
        public short Found;
    }

    [LibraryImport("libc")]
    private static partial int poll(ref Poll files, nuint count, int milliseconds);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc")]
    private static partial int posix_openpt(int flags);

    [LibraryImport("libc")]
    private static partial int grantpt(int file);

    [LibraryImport("libc")]
    private static partial int unlockpt(int file);

    [LibraryImport("libc")]
    private static partial nint ptsname(int file);

    [LibraryImport("libc")]
    private static partial int ioctl(int file, nuint request, ref WindowSize size);

    [LibraryImport("libc")]
    private static unsafe partial nint read(int file, byte* buffer, nuint count);

    [LibraryImport("libc")]
    private static unsafe partial nint write(int file, byte* buffer, nuint count);

    [LibraryImport("libc")]
    private static partial int close(int file);
}
