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

    public void Run()
    {
        if (!queue.Graphs || _runs < WarmUps)
        {
            _runs++;
            work();
            return;
        }

        _graph ??= queue.Capture(work);
        _graph.Replay();
    }

    public void Dispose() => _graph?.Dispose();
}
