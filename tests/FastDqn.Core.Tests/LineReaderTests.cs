using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using FastDqn.Tests;

namespace FastDqn.Core.Tests;

public sealed class LineReaderTests
{
    private const string Sample = "{\"a\":1}\r\n\nünï → 🦆\n  last";

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("one", new[] { "one" })]
    [InlineData("one\n", new[] { "one" })]
    [InlineData("\n\n", new[] { "", "" })]
    [InlineData("one\r\ntwo\rthree\r\n", new[] { "one", "two\rthree" })]
    [InlineData("\uFEFFone\n\uFEFFtwo\n", new[] { "one", "\uFEFFtwo" })]
    [InlineData(Sample, new[] { "{\"a\":1}", "", "ünï → 🦆", "  last" })]
    public async Task LinesAreTheSameWhereverTheBytesAreSplit(string text, string[] expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var first = 0; first <= bytes.Length; first++)
        {
            using var cut = new Pieces(bytes, first, bytes.Length);
            Assert.Equal(expected, All(cut));
        }

        using var single = new Pieces(bytes, Enumerable.Range(1, bytes.Length).ToArray());
        Assert.Equal(expected, All(single));
        using var again = new Pieces(bytes, Enumerable.Range(1, bytes.Length).ToArray());
        using var lines = new LineReader(again, "text");
        var found = new List<string>();
        while (await lines.ReadAsync(TestContext.Current.CancellationToken))
            found.Add(lines.Text);
        Assert.Equal(expected, found);
    }

    [Fact]
    public void NumbersPlacesAndEndsAreTold()
    {
        using var lines = new LineReader(new MemoryStream("ab\r\n\ncde"u8.ToArray()), "text");
        var told = new List<(long, long, bool)>();
        while (lines.Read())
            told.Add((lines.Number, lines.Consumed, lines.Ended));
        Assert.Equal([(1, 4, true), (2, 5, true), (3, 8, false)], told);
        Assert.False(lines.Read());
    }

    [Fact]
    public void LinesThatCrossThePiecesOfThePipeAreWhole()
    {
        var random = new RandomStream(7);
        List<string> expected = [.. Enumerable.Range(0, 400).Select(i => new string((char)('a' + (i % 26)), random.NextInt32(5000)))];
        using var lines = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', expected) + "\n"));
        Assert.Equal(expected, All(lines));
        using var large = new MemoryStream(Encoding.UTF8.GetBytes(new string('x', 1 << 20) + "\nnext\n"));
        Assert.Equal([1 << 20, 4], All(large).Select(l => l.Length));
    }

    [Theory]
    [InlineData("short\n12345678901\nnext\n")]
    [InlineData("short\n123456789012345678901234567890\nnext\n")]
    [InlineData("short\n12345678901\r\nnext")]
    public void AnOverlongLineIsRefusedByNumberAndPassedOver(string text)
    {
        foreach (var step in new[] { 1, 3, 1000 })
        {
            var ends = Enumerable.Range(1, text.Length).Where(i => i % step == 0 || i == text.Length).ToArray();
            using var input = new Pieces(Encoding.UTF8.GetBytes(text), ends);
            using var lines = new LineReader(input, "f.jsonl", maxBytes: 10);
            Assert.True(lines.Read());
            var error = Assert.Throws<FastDqnException>(() => lines.Read());
            Assert.Equal((ErrorKind.BadData, "f.jsonl, line 2: longer than 10 bytes"), (error.Kind, error.Message));
            Assert.True(lines.Read());
            Assert.Equal("next", lines.Text);
            Assert.Equal(3, lines.Number);
            Assert.False(lines.Read());
        }
    }

    [Fact]
    public void AnEndlessLineIsRefusedAfterItsBoundWithBoundedMemory()
    {
        using var endless = new FileStream("/dev/zero", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
        using var lines = new LineReader(endless, "zero", maxBytes: 1 << 20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("longer than 1048576 bytes", Assert.Throws<FastDqnException>(() => lines.Read()).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { (byte)'a', 0xC3 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    public void WhatIsNotUTF8IsRefusedAndPassedOver(byte[] bad)
    {
        byte[] text = [.. "one\n"u8, .. bad, .. "\ntwo\n"u8];
        using (var lines = new LineReader(new MemoryStream(text), "f"))
        {
            Assert.True(lines.Read());
            Assert.Equal("f, line 2: not UTF-8", Assert.Throws<FastDqnException>(() => lines.Read()).Message);
            Assert.True(lines.Read());
            Assert.Equal("two", lines.Text);
        }

        using var lenient = new LineReader(new MemoryStream(text), "f", lenient: true);
        Assert.True(lenient.Read());
        Assert.True(lenient.Read());
        Assert.Equal(bad, lenient.Line.ToArray());
    }

    [Fact]
    public void OtherProgramsLongLinesAreCut()
    {
        using var lines = new LineReader(new MemoryStream("1234567\nab\n1234567"u8.ToArray()), "f", maxBytes: 5, lenient: true);
        var told = new List<(string, bool)>();
        while (lines.Read())
            told.Add((lines.Text, lines.Ended));
        Assert.Equal([("12345", true), ("ab", true), ("12345", true)], told);
    }

    [Fact]
    public async Task AWriterThatDiesEndsTheTextWithWhatItWrote()
    {
        using var child = Shell("printf 'one\\ntw'; kill -9 $$");
        using var lines = new LineReader(child.StandardOutput.BaseStream, "child");
        Assert.True(await lines.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("one", true), (lines.Text, lines.Ended));
        Assert.True(await lines.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("tw", false), (lines.Text, lines.Ended));
        Assert.False(await lines.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task WaitingForALineCanBeCancelled()
    {
        await using var server = new AnonymousPipeServerStream(PipeDirection.In);
        await using var client = new AnonymousPipeClientStream(PipeDirection.Out, server.ClientSafePipeHandle);
        await client.WriteAsync("half a li"u8.ToArray(), TestContext.Current.CancellationToken);
        using var lines = new LineReader(server, "pipe");
        using var stop = new CancellationTokenSource();
        var reading = lines.ReadAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        // Nothing is lost.
        await client.WriteAsync("ne\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.True(await lines.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal("half a line", lines.Text);
    }

    [Fact]
    public void AReaderThatStopsEarlyHoldsUpNobody()
    {
        using var child = Shell("while echo line; do :; done");
        using (var lines = new LineReader(child.StandardOutput.BaseStream, "child"))
            Assert.True(lines.Read());
        child.StandardOutput.Close();
        child.WaitForExit();
        Assert.True(child.HasExited);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("one\ntwo", "two")]
    [InlineData("failed: x\n   at A.B()\n   at C.D()\n\n  \n", "failed: x")]
    public async Task TheLastLineThatSaysSomething(string text, string expected)
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(text));
        Assert.Equal(expected, await LineReader.LastAsync(input, TestContext.Current.CancellationToken));
    }

    private static Process Shell(string script) =>
        Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static List<string> All(Stream input)
    {
        using var lines = new LineReader(input, "text");
        var found = new List<string>();
        while (lines.Read())
            found.Add(lines.Text);
        return found;
    }

    /// <summary>Gives bytes up to one end after the other.</summary>
    private sealed class Pieces(byte[] bytes, params int[] ends) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, Left())]);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));

        private int Left() => ends.FirstOrDefault(end => end > Position) is > 0 and var end ? end - (int)Position : 0;
    }
}
