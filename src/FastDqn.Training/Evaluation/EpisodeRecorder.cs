using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Media;

namespace FastDqn.Training.Evaluation;

/// <summary>
/// Pictures of one environment's first episode: a PNG, a GIF and, where ffmpeg is installed and can, an MP4.
/// </summary>
public sealed class EpisodeRecorder : IDisposable
{
    /// <summary>Two minutes of play at 15 pictures a second.</summary>
    private const int MaxPictures = 1800;

    private readonly IRenderable _source;
    private readonly int _width;
    private readonly int _height;
    private readonly byte[] _rgb;
    private readonly GifEncoder _gif;
    private readonly string _pngPath;
    private readonly Action<string> _warn;
    private readonly byte[] _still;
    private Mp4Writer? _mp4;
    private int _pictures;
    private bool _done;

    /// <param name="source">Whose environment 0 is drawn.</param>
    /// <param name="pathWithoutExtension">Where the files go.</param>
    /// <param name="picturesPerSecond">Agent steps per second of play.</param>
    /// <param name="warn">Told why there is no MP4.</param>
    public EpisodeRecorder(IRenderable source, string pathWithoutExtension, double picturesPerSecond, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(source);
        (_source, _warn) = (source, warn);
        (_width, _height) = source.RenderSize(0);
        _rgb = new byte[_width * _height * 3];
        _still = new byte[_rgb.Length];
        _pngPath = pathWithoutExtension + ".png";
        Files.Add(_pngPath);
        Files.Add(pathWithoutExtension + ".gif");
        _gif = new GifEncoder(new FileStream(Files[1], FileMode.Create, FileAccess.Write), _width, _height, picturesPerSecond);
        if (Mp4Writer.Available)
        {
            Files.Add(pathWithoutExtension + ".mp4");
            _mp4 = new Mp4Writer(Files[2], _width, _height, picturesPerSecond);
        }
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
        _gif.Add(_rgb);
        Try(mp4 => mp4.Add(_rgb));
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
        _mp4?.Dispose();
    }

    private void Finish()
    {
        _done = true;
        _gif.Dispose();
        Try(mp4 => mp4.Finish());
        File.WriteAllBytes(_pngPath, PngEncoder.Encode(_still, _width, _height));
    }

    /// <summary>The GIF shows the same: no training fails for want of the MP4.</summary>
    private void Try(Action<Mp4Writer> work)
    {
        if (_mp4 is null)
            return;
        try
        {
            work(_mp4);
        }
        catch (FastDqnException e)
        {
            _mp4.Dispose();
            _mp4 = null;
            File.Delete(Files[2]);
            Files.RemoveAt(2);
            _warn($"no MP4, the GIF is there: {e.Message}");
        }
    }
}
