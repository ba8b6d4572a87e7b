using FastDqn.Core;
using FastDqn.Media;

namespace FastDqn.Cli.Play;

/// <summary>
/// Pictures into a file whose ending says what it becomes: .gif, .mp4 (through ffmpeg) or .png (a strip of stills).
/// </summary>
internal sealed class FilmWriter : IDisposable
{
    private const int MostStills = 8;
    private readonly string _path;
    private readonly int _width;
    private readonly int _height;
    private readonly GifFile? _gif;
    private readonly Mp4Writer? _mp4;
    private readonly List<byte[]>? _stills;
    private int _stride = 1;
    private int _count;

    public FilmWriter(string path, int width, int height, double framesPerSecond)
    {
        (_path, _width, _height) = (path, width, height);
        CheckName(path);
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".gif": _gif = new GifFile(path, width, height, framesPerSecond); break;
            case ".mp4": _mp4 = new Mp4Writer(path, width, height, framesPerSecond); break;
            default: _stills = []; break;
        }
    }

    /// <summary>Refuses a file name whose ending is none of ours, and what is no place for a file.</summary>
    public static void CheckName(string path)
    {
        if (Path.GetExtension(path).ToLowerInvariant() is not (".gif" or ".mp4" or ".png"))
            throw new FastDqnException(ErrorKind.Usage, $"{path}: the file name must end in .gif, .mp4 or .png");
        OutputFile.Check(path);
    }

    public void Add(ReadOnlySpan<byte> rgb)
    {
        _gif?.Add(rgb);
        _mp4?.Add(rgb);
        if (_stills is null || _count++ % _stride != 0)
            return;
        // Too many: every other one goes, and from now on half as many come.
        if (_stills.Count == 2 * MostStills)
        {
            for (var i = MostStills - 1; i >= 0; i--)
                _stills.RemoveAt((2 * i) + 1);
            _stride *= 2;
        }

        _stills.Add(rgb.ToArray());
    }

    public void Dispose()
    {
        using (_gif)
        using (_mp4)
        {
            _gif?.Finish();
            _mp4?.Finish();
        }

        if (_stills is { Count: > 0 })
            OutputFile.WriteBytes(_path, Strip());
    }

    private byte[] Strip()
    {
        const int gap = 2;
        // Wide pictures: fewer of them, so that the strip can still be read.
        var shown = Math.Min(Math.Clamp(2600 / _width, 3, MostStills), _stills!.Count);
        var width = (shown * (_width + gap)) - gap;
        var strip = new byte[width * _height * 3];
        strip.AsSpan().Fill(255);
        for (var i = 0; i < shown; i++)
        {
            var still = _stills[shown == 1 ? 0 : i * (_stills.Count - 1) / (shown - 1)];
            for (var y = 0; y < _height; y++)
                still.AsSpan(y * _width * 3, _width * 3).CopyTo(strip.AsSpan(((y * width) + (i * (_width + gap))) * 3));
        }

        return PngEncoder.Encode(strip, width, _height);
    }
}
