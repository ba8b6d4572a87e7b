using FastDqn.Learning.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Cuda;

/// <summary>
/// What the host gives device work before it runs, integers and floats at fixed addresses: one piece of memory, and so
/// one copy. There are several host copies in turn: one is filled while the device still takes the one before.
/// </summary>
internal sealed class DeviceBlock : IDisposable
{
    /// <summary>Updates that may be queued at once, and one more.</summary>
    public const int Slots = 2;

    private readonly DeviceQueue _queue;
    private readonly DeviceQueue.HostMemory[] _memory;
    private readonly Tensor[] _hostIntegers;
    private readonly Tensor[] _hostFloats;
    private readonly Tensor? _all;
    private readonly long _integerBytes;
    private readonly long _floatBytes;

    /// <param name="queue">Where copies are queued.</param>
    /// <param name="device">Whose memory.</param>
    /// <param name="integers">Of 64 bits.</param>
    /// <param name="floats">Of 32.</param>
    /// <param name="slots">Host copies.</param>
    public DeviceBlock(DeviceQueue queue, Device device, long integers, long floats, int slots = Slots)
    {
        _queue = queue;
        (_integerBytes, _floatBytes) = (integers * sizeof(long), floats * sizeof(float));
        _memory = new DeviceQueue.HostMemory[slots];
        (_hostIntegers, _hostFloats) = (new Tensor[slots], new Tensor[slots]);
        for (var i = 0; i < slots; i++)
        {
            _memory[i] = queue.AllocateHost(Math.Max(1, Bytes));
            _hostIntegers[i] = PinnedTensor.Over(_memory[i].Address, ScalarType.Int64, integers).DetachFromDisposeScope();
            _hostFloats[i] = PinnedTensor.Over(_memory[i].Address + (nint)_integerBytes, ScalarType.Float32, floats)
                .DetachFromDisposeScope();
        }

        if (queue.HasViews && Bytes > 0)
            _all = zeros([Bytes], ScalarType.Byte, device).DetachFromDisposeScope();
        Integers = Part(0, ScalarType.Int64, integers);
        Floats = Part(_integerBytes, ScalarType.Float32, floats);

        Tensor Part(long offset, ScalarType type, long count) => _all is null || count == 0
            ? zeros([count], type, device).DetachFromDisposeScope()
            : queue.View(_all, offset, type, count);
    }

    /// <summary>On the device.</summary>
    public Tensor Integers { get; }

    /// <inheritdoc cref="Integers"/>
    public Tensor Floats { get; }

    private long Bytes => _integerBytes + _floatBytes;

    public Span<long> HostIntegers(int slot) => PinnedTensor.Span<long>(_hostIntegers[slot]);

    public Span<float> HostFloats(int slot) => PinnedTensor.Span<float>(_hostFloats[slot]);

    /// <summary>Queues the copy of all of a slot.</summary>
    public void Upload(int slot)
    {
        if (_all is not null)
        {
            _queue.Upload(_memory[slot].Address, _all, Bytes);
            return;
        }

        if (_integerBytes > 0)
            _queue.Upload(_memory[slot].Address, Integers, _integerBytes);
        if (_floatBytes > 0)
            _queue.Upload(_memory[slot].Address + (nint)_integerBytes, Floats, _floatBytes);
    }

    /// <summary>Queues the copy of some of a slot's floats.</summary>
    public void UploadFloats(int slot, long first, long count)
    {
        var from = first * sizeof(float);
        var (whole, before) = _all is null ? (Floats, 0) : (_all, _integerBytes);
        _queue.Upload(_memory[slot].Address + (nint)(_integerBytes + from), whole, count * sizeof(float), before + from);
    }

    public void Dispose()
    {
        foreach (var tensor in (Tensor?[])[Integers, Floats, _all, .. _hostIntegers, .. _hostFloats])
            tensor?.Dispose();
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
