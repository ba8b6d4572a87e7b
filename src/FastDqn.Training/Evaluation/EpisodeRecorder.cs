using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Media;

namespace FastDqn.Training.Evaluation;

/// <summary>
/// Pictures of one environment's first episode: a PNG, a GIF and, where ffmpeg is installed and can, an MP4. One that
/// cannot be written is left out with a warning: no evaluation fails for want of a picture.
/// </summary>
public sealed class EpisodeRecorder : IDisposable
{
    /// <summary>Two minutes of play at 15 pictures a second.</summary>
    private const int MaxPictures = 1800;

    private readonly IRenderable _source;
    private readonly int _width;
    private readonly int _height;
    private readonly byte[] _rgb;
    private readonly string _png;
    private readonly Action<string> _warn;
    private readonly byte[] _still;
    private GifFile? _gif;
    private Mp4Writer? _mp4;
    private int _pictures;
    private bool _done;

    /// <param name="source">Whose environment 0 is drawn.</param>
    /// <param name="pathWithoutExtension">Where the files go.</param>
    /// <param name="picturesPerSecond">Agent steps per second of play.</param>
    /// <param name="warn">Told why one of them is missing.</param>
    public EpisodeRecorder(IRenderable source, string pathWithoutExtension, double picturesPerSecond, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(source);
        (_source, _warn) = (source, warn);
        (_width, _height) = source.RenderSize(0);
        _rgb = new byte[_width * _height * 3];
        _still = new byte[_rgb.Length];
        _png = pathWithoutExtension + ".png";
        var (gif, mp4) = (pathWithoutExtension + ".gif", pathWithoutExtension + ".mp4");
        Files.AddRange([_png, gif]);
        Try(gif, () => _gif = new GifFile(gif, _width, _height, picturesPerSecond));
        if (!Mp4Writer.Available)
            return;
        Files.Add(mp4);
        Try(mp4, () => _mp4 = new Mp4Writer(mp4, _width, _height, picturesPerSecond));
    }

    /// <summary>The files written.</summary>
    public List<string> Files { get; } = [];

    /// <summary>
    /// Draws environment 0 as it is now; <paramref name="episodeEnded"/> makes this the last picture.
    /// </summary>
    public void Add(bool episodeEnded)
    {
        if (_done)
            return;
        _source.RenderRgb(0, _rgb);
        Film(gif => gif.Add(_rgb), mp4 => mp4.Add(_rgb));
        _pictures++;
        // The still shows play well under way: the newest picture at a power of two.
        if ((_pictures & (_pictures - 1)) == 0)
            _rgb.CopyTo(_still, 0);
        if (episodeEnded || _pictures == MaxPictures)
            Finish();
    }

    public void Dispose()
    {
        if (!_done)
            Finish();
        _gif?.Dispose();
        _mp4?.Dispose();
    }

    private void Finish()
    {
        _done = true;
        Film(gif => gif.Finish(), mp4 => mp4.Finish());
        Try(_png, () => OutputFile.WriteBytes(_png, PngEncoder.Encode(_still, _width, _height)));
    }

    private void Film(Action<GifFile> gif, Action<Mp4Writer> mp4)
    {
        if (_gif is { } first && !Try(Path.ChangeExtension(_png, ".gif"), () => gif(first)))
        {
            first.Dispose();
            _gif = null;
        }

        if (_mp4 is { } second && !Try(Path.ChangeExtension(_png, ".mp4"), () => mp4(second)))
        {
            second.Dispose();
            _mp4 = null;
        }
    }

    /// <summary>False, with a warning, where it failed.</summary>
    private bool Try(string path, Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (FastDqnException e)
        {
            Files.Remove(path);
            var kind = Path.GetExtension(path)[1..].ToUpperInvariant();
            _warn($"no {kind}{(kind == "MP4" && _gif is not null ? ", the GIF is there" : "")}: {e.Message}");
            return false;
        }
    }
}
