using FastDqn.Core;
using FastDqn.Tests;

namespace FastDqn.Media.Tests;

public sealed class GifFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFilmIsInItsPlaceOnceItIsWhole()
    {
        var path = _folder.Write("film.gif", "before");
        using (var film = new GifFile(path, 2, 2, 10))
        {
            film.Add(new byte[12]);
            Assert.Equal("before", File.ReadAllText(path));
            film.Finish();
        }

        Assert.Equal("GIF89a"u8.ToArray(), File.ReadAllBytes(path)[..6]);
        Assert.Equal(0x3B, File.ReadAllBytes(path)[^1]);
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void OneThatIsGivenUpLeavesWhatWasThere()
    {
        var path = _folder.Write("film.gif", "before");
        using (var film = new GifFile(path, 2, 2, 10))
            film.Add(new byte[12]);
        Assert.Equal("before", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void OneThatIsALinkStaysOne()
    {
        var path = _folder.File("link.gif");
        File.CreateSymbolicLink(path, _folder.Write("target.gif", "before"));
        using (var film = new GifFile(path, 2, 2, 10))
        {
            film.Add(new byte[12]);
            film.Finish();
        }

        Assert.NotNull(new FileInfo(path).LinkTarget);
        Assert.Equal("GIF89a"u8.ToArray(), File.ReadAllBytes(_folder.File("target.gif"))[..6]);
    }

    [Fact]
    public void AFolderThatIsNotThereIsTold()
    {
        var refused = Assert.Throws<FastDqnException>(() => new GifFile(_folder.File("absent/film.gif"), 2, 2, 10));
        Assert.Contains("film.gif: cannot be written: there is no folder", refused.Message, StringComparison.Ordinal);
    }
}
