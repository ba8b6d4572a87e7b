using System.Globalization;

namespace FastDqn.Training.Runs;

/// <summary><c>log.txt</c>: what happened to a run and when, a line each, over all processes that worked on it.</summary>
internal sealed class RunLog : IDisposable
{
    private readonly StreamWriter _file;

    public RunLog(string path) =>
        _file = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };

    public void Write(string text) =>
        _file.WriteLine($"{DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)} {text.ReplaceLineEndings(" ")}");

    public void Dispose() => _file.Dispose();
}
