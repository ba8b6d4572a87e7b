namespace FastDqn.Learning.Cuda;

/// <summary>
/// Device work of one shape. It reads and writes tensors that stay where they are, so it can be recorded as a graph
/// once libraries have chosen their code, and then takes one launch. With and without graphs it does the same.
/// </summary>
internal sealed class PlannedWork(DeviceQueue queue, Action work) : IDisposable
{
    /// <summary>Runs before the recording, real ones: libraries make handles, choose algorithms and allocate.</summary>
    public const int WarmUps = 3;

    private DeviceQueue.DeviceGraph? _graph;
    private int _runs;

    /// <summary>What the recording launches; null before there is one.</summary>
    public (long Kernels, long Copies)? Launches { get; private set; }

    public void Run()
    {
        // The first run asks for what it needs as it goes (fractions): all that it reads has to be there.
        if (_runs == 0)
            queue.Finish();
        if (!queue.Graphs || _runs < WarmUps)
        {
            if (_runs++ == 0)
                work();
            else
                queue.Run(work);
            return;
        }

        if (_graph is null)
        {
            _graph = queue.Capture(work);
            Launches = _graph.Count();
        }

        _graph.Replay();
    }

    public void Dispose() => _graph?.Dispose();
}
