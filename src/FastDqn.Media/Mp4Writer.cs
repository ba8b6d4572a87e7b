using System.Diagnostics;
using System.Globalization;
using FastDqn.Core;

namespace FastDqn.Media;

/// <summary>Writes an MP4 (H.264) through the <c>ffmpeg</c> program where it is installed.</summary>
public sealed class Mp4Writer : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly int _frameBytes;
    private readonly string _path;
    private readonly PendingFile _file;
    private bool _finished;

    public Mp4Writer(string path, int width, int height, double framesPerSecond)
    {
        if (Find("ffmpeg") is not { } program)
            throw new FastDqnException(
                ErrorKind.Unavailable, "MP4 needs the ffmpeg program: install it (apt-get install ffmpeg) or write a .gif");
        (_path, _frameBytes) = (path, width * height * 3);
        using var made = new Unfinished();
        _file = made.Add(OutputFile.Begin(path));
        // In a session of its own: Ctrl-C goes to all programs of a terminal, and this one has a film to end.
        var session = Find("setsid");
        var start = new ProcessStartInfo(session ?? program)
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        string[] arguments =
        [
            "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24",
            "-s", string.Create(CultureInfo.InvariantCulture, $"{width}x{height}"),
            "-r", framesPerSecond.ToString(CultureInfo.InvariantCulture), "-i", "-",
            // Even sides, and Atari's wide pixels kept crisp.
            "-vf", "scale=2*iw:2*ih:flags=neighbor", "-an", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart",
            "-f", "mp4", "file:" + Path.GetFullPath(_file.Name),
        ];
        foreach (var argument in session is null ? arguments : arguments.Prepend(program))
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
        made.Keep();
    }

    public static bool Available => Find("ffmpeg") is not null;

    /// <summary>Of ffmpeg, once setsid has become it.</summary>
    internal int ProcessId => _process.Id;

    /// <summary>Adds a frame of width x height x 3 RGB bytes.</summary>
    public void Add(ReadOnlySpan<byte> rgb)
    {
        if (rgb.Length != _frameBytes)
            throw new ArgumentException($"{rgb.Length} bytes are not a frame of {_frameBytes}", nameof(rgb));
        try
        {
            _process.StandardInput.BaseStream.Write(rgb);
        }
        catch (IOException e)
        {
            throw new FastDqnException(ErrorKind.Failure, $"{_path}: ffmpeg stopped: {Message()}", e);
        }
    }

    /// <summary>Ends the film and puts the file in its place.</summary>
    /// <exception cref="FastDqnException">ffmpeg could not write it.</exception>
    public void Finish()
    {
        _finished = true;
        _process.StandardInput.Close();
        _process.WaitForExit();
        if (_process.ExitCode != 0)
            throw new FastDqnException(ErrorKind.Failure, $"{_path}: ffmpeg failed: {Message()}");
        OutputFile.Writing(_path, () =>
        {
            _file.Commit();
            return true;
        });
    }

    public void Dispose()
    {
        if (!_finished && !_process.HasExited)
            _process.Kill();
        _process.Dispose();
        _file.Dispose();
    }

    private string Message() => _errors.GetAwaiter().GetResult().ReplaceLineEndings(" ").Trim();

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
