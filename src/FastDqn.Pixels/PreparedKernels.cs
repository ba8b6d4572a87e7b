namespace FastDqn.Pixels;

/// <summary>
/// Launches over memory that belongs to somebody else, on somebody else's streams: each is prepared at its first use.
/// On a CUDA device in the primary context, on memory that libtorch allocated; or by ILGPU's CPU accelerator, on the
/// host's memory.
/// </summary>
/// <typeparam name="TWork">What tells one launch from another: its addresses and sizes.</typeparam>
public abstract class PreparedKernels<TWork> : IDisposable
    where TWork : struct, IEquatable<TWork>
{
    private const int MostPrepared = 64;

    private readonly Lock _gate = new();
    private readonly PixelDevice _device;
    private readonly Dictionary<TWork, (KernelLaunch Launch, DeviceMemory[] Memory)> _prepared = [];
    private readonly Dictionary<nint, KernelQueue> _queues = [];

    /// <param name="device">Owned from here on.</param>
    private protected PreparedKernels(PixelDevice device) => _device = device;

    public void Dispose()
    {
        using var owned = new Owned();
        owned.Add(_device);
        foreach (var queue in _queues.Values)
            owned.Add(queue);
        Forget();
        GC.SuppressFinalize(this);
    }

    private protected abstract KernelLaunch Prepare(PixelDevice device, in TWork work, out DeviceMemory[] memory);

    private protected void Run(in TWork work, nint stream)
    {
        lock (_gate)
        {
            if (!_prepared.TryGetValue(work, out var prepared))
            {
                if (_prepared.Count == MostPrepared)
                    Forget();
                prepared.Launch = Prepare(_device, work, out prepared.Memory);
                _prepared.Add(work, prepared);
            }

            if (!_queues.TryGetValue(stream, out var queue))
                _queues.Add(stream, queue = _device.QueueOn(stream));
            queue.Run(prepared.Launch);
            // The host's memory has no stream that its readers wait for.
            if (_device.Kind == PixelDeviceKind.Cpu)
                queue.Synchronize();
        }
    }

    private void Forget()
    {
        foreach (var memory in _prepared.Values.SelectMany(prepared => prepared.Memory))
            memory.Dispose();
        _prepared.Clear();
    }
}
