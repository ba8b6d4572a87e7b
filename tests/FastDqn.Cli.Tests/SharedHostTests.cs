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

    private sealed class Broken : TextReader
    {
        public override string? ReadLine() => throw new IOException("the pipe broke");
    }
}
