using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Unicode;

namespace FastDqn.Core;

/// <summary>
/// Reads UTF-8 text line by line through a pipe; a line is handed out as bytes, without its LF or CRLF. What a line
/// may take is bounded. A line that cannot be had throws and is passed over: the caller may read on. For one thread.
/// </summary>
/// <param name="input">Read from where it stands. The caller disposes it, after this.</param>
/// <param name="source">Names the text in errors.</param>
/// <param name="maxBytes">The longest line.</param>
/// <param name="lenient">
/// For text of other programs: a longer line is handed out up to <paramref name="maxBytes"/>, what is not UTF-8 as it
/// is.
/// </param>
public sealed class LineReader(Stream input, string source, int maxBytes = 1 << 20, bool lenient = false) : IDisposable
{
    // Never pauses: the reader fills it itself, only when it has no whole line.
    private readonly Pipe _pipe = new(new PipeOptions(
        pauseWriterThreshold: 0, minimumSegmentSize: 1 << 16, useSynchronizationContext: false));
    private ReadOnlySequence<byte> _rest;
    private bool _filled;
    private bool _over;
    private bool _skipping;

    /// <summary>The line read last, until the next one is read.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    public string Text => Encoding.UTF8.GetString(Line.Span);

    /// <summary>The number of <see cref="Line"/>, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Bytes up to the end of <see cref="Line"/>, its line end included.</summary>
    public long Consumed { get; private set; }

    /// <summary>Whether nothing more can come of <see cref="Line"/>; false for a last one without a line end.</summary>
    public bool Ended { get; private set; }

    /// <summary>The last line that says something: no blank one, no stack frame; "" where there is none.</summary>
    public static async Task<string> LastAsync(Stream input, CancellationToken stop = default)
    {
        using var lines = new LineReader(input, "", lenient: true);
        var last = "";
        while (await lines.ReadAsync(stop).ConfigureAwait(false))
            if (!lines.Line.Span.StartsWith("   at "u8) && lines.Text.Trim() is { Length: > 0 } text)
                last = text;
        return last;
    }

    /// <summary>Goes to the next line; false where the text ends.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: too long or not UTF-8.</exception>
    public bool Read()
    {
        while (!Take())
        {
            if (_over)
                return false;
            Fill(input.Read(_pipe.Writer.GetSpan()));
        }

        return true;
    }

    /// <inheritdoc cref="Read"/>
    public async ValueTask<bool> ReadAsync(CancellationToken stop = default)
    {
        while (!Take())
        {
            if (_over)
                return false;
            Fill(await input.ReadAsync(_pipe.Writer.GetMemory(), stop).ConfigureAwait(false));
        }

        return true;
    }

    public void Dispose()
    {
        _pipe.Writer.Complete();
        _pipe.Reader.Complete();
    }

    private void Fill(int count)
    {
        if (count == 0)
        {
            _over = true;
            return;
        }

        _pipe.Writer.Advance(count);
        _pipe.Writer.FlushAsync().AsTask().GetAwaiter().GetResult();
        if (_filled)
            _pipe.Reader.AdvanceTo(_rest.Start, _rest.End);
        _filled = _pipe.Reader.TryRead(out var read);
        _rest = read.Buffer;
    }

    private bool Take()
    {
        var end = _rest.PositionOf((byte)'\n');
        if (_skipping)
        {
            Pass(end);
            if (_skipping)
                return false;
            end = _rest.PositionOf((byte)'\n');
        }

        if (end is null && _rest.Length <= maxBytes && (!_over || _rest.IsEmpty))
            return false;
        var line = end is { } at ? _rest.Slice(0, at) : _rest;
        Number++;
        var tooLong = line.Length > maxBytes;
        Ended = end is not null || tooLong;
        if (tooLong)
            line = line.Slice(0, maxBytes);
        // One that crosses the pipe's pieces is put together.
        Line = line.IsSingleSegment ? line.First : line.ToArray();
        _skipping = true;
        Pass(end);
        if (Number == 1 && Line.Span.StartsWith("\uFEFF"u8))
            Line = Line[3..];
        if (Line.Span.EndsWith("\r"u8))
            Line = Line[..^1];
        if (tooLong && !lenient)
            throw Bad($"longer than {maxBytes} bytes");
        if (!lenient && !Utf8.IsValid(Line.Span))
            throw Bad("not UTF-8");
        return true;
    }

    // Over a line's end, or over all that there is of a line without one.
    private void Pass(SequencePosition? end)
    {
        var next = end is { } at ? _rest.GetPosition(1, at) : _rest.End;
        Consumed += _rest.Slice(0, next).Length;
        _rest = _rest.Slice(next);
        _skipping = end is null && !_over;
    }

    private FastDqnException Bad(string what) => new(ErrorKind.BadData, $"{source}, line {Number}: {what}");
}
