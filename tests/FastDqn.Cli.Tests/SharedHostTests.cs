using FastDqn.Cli.Hosting;

namespace FastDqn.Cli.Tests;

public sealed class SharedHostTests
{
    [Fact]
    public void RequestsThatBreakOffEndTheHostInGoodOrder()
    {
        using var answers = new StringWriter();
        using var host = new TrainingHost(new Broken(), answers);
        Assert.Equal(143, host.Serve());
    }

    private sealed class Broken : MemoryStream
    {
        public override int Read(Span<byte> buffer) => throw new IOException("the pipe broke");

        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("the pipe broke");

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException<int>(new IOException("the pipe broke"));
    }
}
