using System.Globalization;
using FastDqn.Tests;

namespace FastDqn.Media.Tests;

public sealed class Mp4Tests
{
    /// <summary>A signal that a terminal sends to all programs of a session leaves the film's alone.</summary>
    [Fact]
    public void TheEncoderIsOfASessionOfItsOwn()
    {
        Assert.SkipUnless(Mp4Writer.Available, "ffmpeg is not installed");
        using var folder = new TempFolder();
        using (var film = new Mp4Writer(folder.File("film.mp4"), 4, 4, 10))
        {
            film.Add(new byte[48]);
            // setsid becomes ffmpeg.
            while (!File.ReadAllText($"/proc/{film.ProcessId}/cmdline").Split('\0')[0].EndsWith("ffmpeg", StringComparison.Ordinal))
                Thread.Yield();
            Assert.Equal(film.ProcessId, Session(film.ProcessId));
            Assert.NotEqual(Session(Environment.ProcessId), Session(film.ProcessId));
            film.Finish();
        }

        Assert.True(new FileInfo(folder.File("film.mp4")).Length > 0);
    }

    [Fact]
    public void AFilmThatIsGivenUpLeavesWhatWasThere()
    {
        Assert.SkipUnless(Mp4Writer.Available, "ffmpeg is not installed");
        using var folder = new TempFolder();
        var path = folder.Write("film.mp4", "before");
        using (var film = new Mp4Writer(path, 4, 4, 10))
            film.Add(new byte[48]);
        Assert.Equal("before", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    private static int Session(int process)
    {
        // After the name in brackets: state, parent, group, session.
        var fields = File.ReadAllText($"/proc/{process}/stat");
        return int.Parse(fields[(fields.LastIndexOf(')') + 2)..].Split(' ')[3], CultureInfo.InvariantCulture);
    }
}
