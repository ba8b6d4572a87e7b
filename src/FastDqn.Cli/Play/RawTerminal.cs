using System.Text;
using FastDqn.Core;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Play;

/// <summary>
/// The terminal in raw mode on its second screen, without a cursor; everything is put back on disposal, and when the
/// process ends by a signal that .NET handles.
/// </summary>
internal sealed class RawTerminal : IDisposable
{
    /// <summary>Below this there is no room for a picture and what stands under it.</summary>
    public const int FewestColumns = 30, FewestRows = 10;

    /// <summary>The exit code of a verb that Ctrl-C ended: in raw mode it is a key and no signal.</summary>
    public const int InterruptedCode = 130;

    private const int Input = 0, Output = 1, Errors = 2, Now = 0;
    private const nuint GetWindowSize = 0x5413;

    // The size of struct termios differs between libcs; this holds any of them.
    private const int TermiosBytes = 256;

    private readonly byte[] _before = new byte[TermiosBytes];
    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly EndingSignals _signals;
    private int _restored;

    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: no terminal, or one that is too
    /// small.</exception>
    public RawTerminal()
    {
        if (!IsTerminal)
            throw new FastDqnException(ErrorKind.Usage, "stdin and stdout must be a terminal here");
        if (Size() is var size && TooSmall(size))
            throw new FastDqnException(
                ErrorKind.Usage,
                $"the terminal has {size.Columns} columns and {size.Rows} rows; at least {FewestColumns} x {FewestRows} are needed: "
                + "enlarge it");
        var raw = new byte[TermiosBytes];
        if (Libc.tcgetattr(Input, _before) != 0 || Libc.tcgetattr(Input, raw) != 0)
            throw new FastDqnException(ErrorKind.Failure, "the terminal does not tell its settings");
        Libc.cfmakeraw(raw);
        _ = Libc.tcsetattr(Input, Now, raw);
        _signals = EndingSignals.Catch(_ =>
        {
            Restore();
            return false;
        });
        Write("\e[?1049h\e[?25l\e[2J" + KeyParser.Enable);
    }

    /// <summary>Are both ends a terminal?</summary>
    public static bool IsTerminal => Libc.isatty(Input) == 1 && Libc.isatty(Output) == 1;

    /// <summary>24-bit colours, as far as the environment tells.</summary>
    public static bool TrueColour =>
        Environment.GetEnvironmentVariable("COLORTERM") is "truecolor" or "24bit"
        || (Environment.GetEnvironmentVariable("TERM") ?? "").Contains("direct", StringComparison.Ordinal);

    /// <summary>Columns and rows as they are now; 80 x 24 where no terminal tells.</summary>
    public static (int Columns, int Rows) Size()
    {
        // Asked for each picture: .NET's own answer changes with SIGWINCH only, which only the controlling terminal
        // sends.
        foreach (var file in (ReadOnlySpan<int>)[Output, Errors, Input])
        {
            if (Libc.ioctl(file, GetWindowSize, out var size) == 0 && size is { Columns: > 0, Rows: > 0 })
                return (size.Columns, size.Rows);
        }

        return (80, 24);
    }

    public static bool TooSmall((int Columns, int Rows) size) => size.Columns < FewestColumns || size.Rows < FewestRows;

    /// <summary>Sends text in one write, so that the terminal shows it at once.</summary>
    public void Write(string text)
    {
        _output.Write(Encoding.UTF8.GetBytes(text));
        _output.Flush();
    }

    /// <summary>Reads what the terminal has sent; blocks until there is something; 0 at its end.</summary>
    public static unsafe int Read(Span<byte> buffer)
    {
        fixed (byte* first = buffer)
            return (int)Libc.read(Input, first, (nuint)buffer.Length);
    }

    public void Dispose()
    {
        _signals.Dispose();
        Restore();
    }

    private void Restore()
    {
        if (Interlocked.Exchange(ref _restored, 1) != 0)
            return;
        try
        {
            Write(KeyParser.Disable + "\e[0m\e[?25h\e[?1049l");
        }
        catch (IOException)
        {
            // The terminal is gone.
        }

        _ = Libc.tcsetattr(Input, Now, _before);
    }
}
