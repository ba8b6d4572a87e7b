using FastDqn.Core;
using FastDqn.Environments;

namespace FastDqn.Cli.Watch;

/// <summary>
/// Frames of an observation as RGB: bytes are levels, one plane gray and three colour; floats are -1..1, 0 being middle
/// gray.
/// </summary>
internal sealed class ObservationPicture
{
    private readonly ObservationSpec _spec;
    private readonly int _planes;

    /// <param name="environment">Whose observations.</param>
    /// <param name="option">What asked for them, for messages.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: they are no pictures.</exception>
    public ObservationPicture(IVectorEnvironment environment, string option)
    {
        _spec = environment.Observation;
        (_planes, Height, Width) = _spec.Shape switch
        {
            [var rows, var columns] => (1, rows, columns),
            [1 or 3, var rows, var columns] => (_spec.Shape[0], rows, columns),
            _ => throw new FastDqnException(
                ErrorKind.Usage, $"{option}: an agent of {environment.Name} sees {_spec.FrameElements} numbers, which are no picture"),
        };
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Frames of an observation.</summary>
    public int Depth => _spec.StackDepth;

    /// <summary>Draws one frame.</summary>
    /// <param name="observation">Where the observation lies, oldest frame first.</param>
    /// <param name="frame">Which, 0 being the oldest.</param>
    /// <param name="rgb">Takes height x width x 3 bytes.</param>
    public unsafe void Draw(nint observation, int frame, Span<byte> rgb)
    {
        var (pixels, first) = (Width * Height, observation + ((nint)frame * _spec.FrameBytes));
        for (var i = 0; i < pixels; i++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                var at = (_planes == 3 ? channel * pixels : 0) + i;
                rgb[(3 * i) + channel] = _spec.Type == ObservationType.UInt8
                    ? ((byte*)first)[at]
                    : (byte)Math.Clamp(Math.Round((((float*)first)[at] + 1) * 127.5), 0, 255);
            }
        }
    }
}
