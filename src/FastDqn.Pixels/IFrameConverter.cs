namespace FastDqn.Pixels;

/// <summary>Turns pairs of frames into observations. All implementations give the same bytes.</summary>
public interface IFrameConverter
{
    /// <summary>Bytes of one frame: rows of 160 palette indices.</summary>
    int FrameBytes { get; }

    /// <summary>Planes (1, or 3 in colour), rows and columns of an observation.</summary>
    (int Planes, int Height, int Width) Shape { get; }

    /// <summary>Bytes of one observation.</summary>
    int ObservationBytes { get; }

    /// <summary>Converts frames lying one after another; the two frames of a pair may be the same.</summary>
    /// <param name="previous">(count, rows, 160) palette indices: the frame before.</param>
    /// <param name="current">(count, rows, 160): the newest frame.</param>
    /// <param name="observations">(count, planes, height, width).</param>
    void Convert(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> current, Span<byte> observations);
}
