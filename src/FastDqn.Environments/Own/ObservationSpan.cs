using System.Runtime.InteropServices;

namespace FastDqn.Environments;

/// <summary>Where an observation is written: the memory that training uses, without a copy.</summary>
public readonly ref struct ObservationSpan
{
    private readonly Span<byte> _memory;
    private readonly ObservationType _type;

    /// <param name="memory">As many bytes as the observation has.</param>
    /// <param name="type">What its elements are.</param>
    public ObservationSpan(Span<byte> memory, ObservationType type)
    {
        _memory = memory;
        _type = type;
    }

    internal unsafe ObservationSpan(nint memory, ObservationSpec spec)
        : this(new Span<byte>((void*)memory, spec.FrameBytes), spec.Type) { }

    /// <summary>The elements of an observation of floats.</summary>
    /// <exception cref="InvalidOperationException">It is one of bytes.</exception>
    public Span<float> Floats => _type == ObservationType.Float32
        ? MemoryMarshal.Cast<byte, float>(_memory)
        : throw new InvalidOperationException("the observation is of bytes (ObservationType.UInt8): write Bytes");

    /// <summary>The elements of an observation of bytes.</summary>
    /// <exception cref="InvalidOperationException">It is one of floats.</exception>
    public Span<byte> Bytes => _type == ObservationType.UInt8
        ? _memory
        : throw new InvalidOperationException("the observation is of floats (ObservationType.Float32): write Floats");
}
