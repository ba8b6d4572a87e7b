using FastDqn.Learning.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Cuda;

/// <summary>
/// A tensor of the device at a fixed address, filled from host memory of its own before the work that reads it. There
/// are <see cref="Slots"/> host copies in turn: one is filled while the device still takes the one before.
/// </summary>
internal sealed class DeviceInput<T> : IDisposable
    where T : unmanaged
{
    /// <summary>Updates that may be queued at once, and one more.</summary>
    public const int Slots = 2;

    private readonly DeviceQueue _queue;
    private readonly DeviceQueue.HostMemory[] _memory = new DeviceQueue.HostMemory[Slots];
    private readonly Tensor[] _hosts = new Tensor[Slots];
    private readonly long _bytes;

    /// <param name="queue">Where copies are queued.</param>
    /// <param name="device">Whose memory.</param>
    /// <param name="type">Of an element, which a <typeparamref name="T"/> may be several of.</param>
    /// <param name="shape">In elements.</param>
    public DeviceInput(DeviceQueue queue, Device device, ScalarType type, params ReadOnlySpan<long> shape)
    {
        _queue = queue;
        _bytes = type.ElementSize();
        foreach (var side in shape)
            _bytes *= side;
        for (var i = 0; i < Slots; i++)
        {
            _memory[i] = queue.AllocateHost(Math.Max(1, _bytes));
            _hosts[i] = PinnedTensor.Over(_memory[i].Address, type, shape).DetachFromDisposeScope();
        }

        Values = zeros(shape, type, device).DetachFromDisposeScope();
    }

    /// <summary>On the device.</summary>
    public Tensor Values { get; }

    public Span<T> Host(int slot) => PinnedTensor.Span<T>(_hosts[slot]);

    public void Upload(int slot)
    {
        if (_bytes > 0)
            _queue.Upload(_memory[slot].Address, Values, _bytes);
    }

    public void Dispose()
    {
        Values.Dispose();
        foreach (var host in _hosts)
            host?.Dispose();
        foreach (var memory in _memory)
            memory?.Dispose();
    }
}

/// <summary>Floats that device work leaves at a fixed address, and where the host reads them later.</summary>
internal sealed class DeviceResults : IDisposable
{
    private readonly DeviceQueue _queue;
    private readonly DeviceQueue.HostMemory[] _memory;
    private readonly DeviceQueue.DeviceMark[] _marks;
    private readonly Tensor[] _hosts;

    public DeviceResults(DeviceQueue queue, Device device, int count, int slots)
    {
        _queue = queue;
        Values = zeros([count], ScalarType.Float32, device).DetachFromDisposeScope();
        _memory = new DeviceQueue.HostMemory[slots];
        _marks = new DeviceQueue.DeviceMark[slots];
        _hosts = new Tensor[slots];
        for (var i = 0; i < slots; i++)
        {
            _memory[i] = queue.AllocateHost((long)count * sizeof(float));
            _marks[i] = queue.CreateMark();
            _hosts[i] = PinnedTensor.Over(_memory[i].Address, ScalarType.Float32, count).DetachFromDisposeScope();
        }
    }

    /// <summary>On the device.</summary>
    public Tensor Values { get; }

    /// <summary>Queues the copy to a slot.</summary>
    public void Download(int slot)
    {
        _queue.Download(Values, _hosts[slot]);
        _marks[slot].Record();
    }

    /// <summary>Waits for a slot's copy, and so for all that was queued before it.</summary>
    public ReadOnlySpan<float> Read(int slot)
    {
        _marks[slot].Wait();
        return PinnedTensor.Span<float>(_hosts[slot]);
    }

    public void Dispose()
    {
        Values.Dispose();
        foreach (var mark in _marks)
            mark?.Dispose();
        foreach (var host in _hosts)
            host?.Dispose();
        foreach (var memory in _memory)
            memory?.Dispose();
    }
}
