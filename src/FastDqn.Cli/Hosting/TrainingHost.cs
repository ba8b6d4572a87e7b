using System.CommandLine;
using System.Text;
using System.Text.Json;
using FastDqn.Cli.Verbs;
using FastDqn.Core;
using FastDqn.Sweeps.Engines;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Hosting;

/// <summary>
/// Several trainings in one process, each with a thread, a run folder, a log, signals and random generators of its own;
/// what they share is the loaded program, libtorch and the managed heap. One that fails takes no other with it. The
/// signals that end a process and the end of the requests stop all of them, each with a checkpoint.
/// </summary>
internal sealed class TrainingHost(Stream requests, TextWriter answers) : IDisposable
{
    // As much as a process's first thread has.
    private const int StackBytes = 16 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, StopSignals> _running = [];
    private readonly ManualResetEventSlim _over = new();
    private int _stopped;
    private bool _closed;

    /// <summary>Serves until it is stopped; returns the exit code.</summary>
    public int Serve()
    {
        using var ending = EndingSignals.Catch(code =>
        {
            StopAll(code);
            return true;
        });
        using var checkpoint = CheckpointSignal.Catch(() =>
        {
            lock (_lock)
            {
                foreach (var signals in _running.Values)
                    signals.RequestCheckpoint();
            }
        });
        new Thread(ReadRequests) { IsBackground = true, Name = "requests" }.Start();
        _over.Wait();
        return _stopped;
    }

    public void Dispose() => _over.Dispose();

    private void ReadRequests()
    {
        try
        {
            using var lines = new LineReader(requests, "requests", lenient: true);
            while (lines.Read())
            {
                try
                {
                    Take(HostRequest.Parse(lines.Line.Span));
                }
                catch (JsonException e)
                {
                    Console.Error.WriteLine($"fastdqn: not a request: {e.Message}");
                }
            }
        }
        catch (IOException)
        {
            // As good as the end.
        }

        // Whoever asked is gone: nobody would read the results.
        StopAll(143);
    }

    private void Take(HostRequest request)
    {
        var signals = new StopSignals();
        lock (_lock)
        {
            if (request.Arguments is null)
            {
                if (_running.TryGetValue(request.Id, out var known))
                    known.Request(143);
                return;
            }

            if (_closed)
            {
                Answer(new HostAnswer(request.Id, _stopped, "the process was asked to end"));
                return;
            }

            _running.Add(request.Id, signals);
        }

        try
        {
            new Thread(() => Work(request, signals), StackBytes) { IsBackground = true, Name = $"training {request.Id}" }.Start();
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            // The others go on.
            End(request, signals, (int)ErrorKind.Failure, $"fastdqn: no thread for the training: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private void Work(HostRequest request, StopSignals signals)
    {
        var (code, error) = Train(request, signals);
        End(request, signals, code, error);
    }

    private void End(HostRequest request, StopSignals signals, int code, string error)
    {
        lock (_lock)
        {
            _running.Remove(request.Id);
            Answer(new HostAnswer(request.Id, code, error));
            if (_closed && _running.Count == 0)
                _over.Set();
        }

        signals.Dispose();
    }

    private static (int Code, string Error) Train(HostRequest request, StopSignals signals)
    {
        try
        {
            using var log = TextWriter.Synchronized(new StreamWriter(
                new FileStream(request.Log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite), new UTF8Encoding(false))
            {
                AutoFlush = true,
            });
            RoutedWriter.Use(log);
            var error = "";
            var code = Program.Guard(() => Invoke(request, signals), text => error = text);
            if (error.Length > 0)
                log.WriteLine(error);
            return (code, error);
        }
        catch (Exception e)
        {
            // What would have ended a process of its own ends this training alone.
            Console.Error.WriteLine($"{request.Log}: {e}");
            return ((int)ErrorKind.Failure, $"fastdqn: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static int Invoke(HostRequest request, StopSignals signals)
    {
        var hosted = new HostContext(signals, request.Cores, request.Arguments!);
        var command = request.Arguments![0] switch
        {
            "train" => TrainVerb.Create(hosted),
            "resume" => ResumeVerb.Create(hosted),
            var other => throw new FastDqnException(ErrorKind.Usage, $"'{other}' is no training"),
        };
        var parsed = command.Parse([.. request.Arguments.Skip(1)]);
        return parsed.Errors.Count > 0
            ? throw new FastDqnException(ErrorKind.Usage, parsed.Errors[0].Message)
            : parsed.Invoke(Program.Invocation());
    }

    private void StopAll(int code)
    {
        lock (_lock)
        {
            _closed = true;
            if (_stopped == 0)
                _stopped = code;
            foreach (var signals in _running.Values)
                signals.Request(code);
            if (_running.Count == 0)
                _over.Set();
        }
    }

    // Under the lock, so that lines do not mix.
    private void Answer(HostAnswer answer)
    {
        try
        {
            answers.WriteLine(answer.ToLine());
            answers.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The coordinator is gone; the end of the requests, which follows, stops the rest.
        }
    }
}
