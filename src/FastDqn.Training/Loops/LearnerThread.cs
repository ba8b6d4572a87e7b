using System.Diagnostics;
using System.Runtime.ExceptionServices;
using FastDqn.Core;

namespace FastDqn.Training.Loops;

/// <summary>
/// One thread that runs the updates while the caller acts. It stays the same thread for the whole run, because
/// libtorch's worker threads belong to the thread that first called it.
/// </summary>
internal sealed class LearnerThread : IDisposable
{
    private readonly Thread _thread;
    private readonly SemaphoreSlim _begin = new(0);
    private readonly SemaphoreSlim _end = new(0);
    private readonly IReadOnlyList<int> _processors = Processors.Allowed;
    private Action? _work;
    private Activity? _span;
    private ExceptionDispatchInfo? _failure;
    private bool _stop;

    public LearnerThread()
    {
        _thread = new Thread(Loop, 16 << 20) { IsBackground = true, Name = "learner" };
        _thread.Start();
    }

    /// <summary>Starts <paramref name="work"/>; <see cref="Join"/> must follow before the next.</summary>
    public void Start(Action work)
    {
        (_work, _span) = (work, Activity.Current);
        _begin.Release();
    }

    /// <summary>Waits for the work's end and rethrows what it threw.</summary>
    public void Join()
    {
        _end.Wait();
        var failure = _failure;
        _failure = null;
        failure?.Throw();
    }

    /// <summary>Runs <paramref name="work"/> on the thread and waits.</summary>
    public void Run(Action work)
    {
        Start(work);
        Join();
    }

    public void Dispose()
    {
        _stop = true;
        _begin.Release();
        _thread.Join();
        _begin.Dispose();
        _end.Dispose();
    }

    private void Loop()
    {
        _ = Processors.Allow(_processors);
        while (true)
        {
            _begin.Wait();
            if (_stop)
                return;
            // Spans of the work are the caller's span's.
            if (Activity.Current != _span)
                Activity.Current = _span;
            try
            {
                _work!();
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }

            _end.Release();
        }
    }
}
