namespace ILGPU;

/// <summary>How indices on a line become offsets.</summary>
public interface IStride1D
{
    int XStride { get; }
}

/// <summary>Strides on a line.</summary>
public static class Stride1D
{
    /// <summary>Neighbours lie side by side.</summary>
    public readonly struct Dense : IStride1D
    {
        public readonly int XStride => 1;

        public override readonly string ToString() => "<dense>";
    }
}
