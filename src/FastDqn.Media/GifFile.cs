using FastDqn.Core;

namespace FastDqn.Media;

/// <summary>
/// A GIF in a file, whole or not at all: what was there stays where the film fails or is given up (<see
/// cref="Dispose"/> without <see cref="Finish"/>).
/// </summary>
public sealed class GifFile : IDisposable
{
    private readonly string _path;
    private readonly PendingFile _file;
    private readonly BufferedStream _buffer;
    private readonly GifEncoder _encoder;

    // It is whole, or a frame failed.
    private bool _over;

    public GifFile(string path, int width, int height, double framesPerSecond)
    {
        (_path, _file) = (path, OutputFile.Begin(path));
        // The encoder writes a byte or two at a time.
        _buffer = new BufferedStream(_file.Stream, 1 << 16);
        _encoder = new GifEncoder(_buffer, width, height, framesPerSecond, ownsStream: false);
    }

    /// <summary>Adds a frame of width x height x 3 RGB bytes.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Failure"/>: it cannot be written.</exception>
    public void Add(ReadOnlySpan<byte> rgb)
    {
        try
        {
            _encoder.Add(rgb);
        }
        catch (Exception e) when (OutputFile.IsRefusal(e))
        {
            _over = true;
            throw OutputFile.CannotWrite(_path, e);
        }
    }

    /// <summary>Ends the film and puts the file in its place; nothing where a frame failed.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Failure"/>: it cannot be written.</exception>
    public void Finish()
    {
        if (_over)
            return;
        OutputFile.Writing(_path, () =>
        {
            _over = true;
            _encoder.Dispose();
            _file.Commit();
            return true;
        });
    }

    public void Dispose() => _file.Dispose();
}
