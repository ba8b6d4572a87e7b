using FastDqn.Tests;

namespace FastDqn.Core.Tests;

/// <summary>Files that a user asks for are there whole, or what was there stays.</summary>
public sealed class OutputFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AWriteThatFailsLeavesWhatWasThere()
    {
        var path = _folder.Write("file", "before");
        var error = Assert.Throws<FastDqnException>(() => OutputFile.Write<int>(path, stream =>
        {
            stream.Write("half"u8);
            throw new IOException("No space left on device");
        }));
        Assert.Equal((ErrorKind.Failure, $"{path}: cannot be written: No space left on device"), (error.Kind, error.Message));
        Assert.Equal("before", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void ALinkStaysOneAndADeviceIsWrittenTo()
    {
        var target = _folder.Write("target", "before");
        foreach (var (name, to) in new[] { ("link", target), ("new", _folder.File("made")) })
        {
            File.CreateSymbolicLink(_folder.File(name), to);
            OutputFile.WriteText(_folder.File(name), "after");
            Assert.Equal(("after", to), (File.ReadAllText(to), new FileInfo(_folder.File(name)).LinkTarget));
        }

        OutputFile.WriteText("/dev/null", "nothing");
        Assert.Equal(FileKind.Special, FileKinds.Of("/dev/null"));
    }
}
