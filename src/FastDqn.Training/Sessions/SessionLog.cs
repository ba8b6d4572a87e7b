using FastDqn.Training.Logging;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;
using Microsoft.Extensions.Logging;

namespace FastDqn.Training.Sessions;

/// <summary>What a session says in words: to the run's <c>log.txt</c> and to who watches.</summary>
internal sealed class SessionLog : IDisposable
{
    private readonly LineLoggerProvider _file;
    private readonly ILogger _log;
    private readonly RunCounters _counters;

    public SessionLog(RunDirectory run, ITrainObserver observer, RunCounters counters, TimeProvider clock)
    {
        (Observer, _counters) = (observer, counters);
        var file = new StreamWriter(new FileStream(run.Log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite));
        _file = new LineLoggerProvider(file, LineForm.Dated, clock: clock, owns: true);
        _log = _file.CreateLogger("FastDqn.Training");
    }

    public ITrainObserver Observer { get; }

    public void Write(string name, string text) => Write(LogLevel.Information, name, text);

    public void Warn(string text)
    {
        Observer.Warning(text);
        Write(LogLevel.Warning, "message", text);
    }

    public void Dispose() => _file.Dispose();

    private void Write(LogLevel level, string name, string text) =>
        LogEntry.Write(_log, level, name, text, new KeyValuePair<string, object?>("step", _counters.Steps));
}
