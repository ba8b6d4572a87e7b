using FastDqn.Core;

namespace FastDqn.Environments.CartPole;

/// <summary>
/// CartPole seen on its whole screen: the rendered 600x400 picture as OpenCV's linear resize makes it smaller.
/// Observation: 3x84x84 bytes, the planes R, G, B. Rules, limits and seeds are <see cref="CartPoleEnvironment"/>'s.
/// </summary>
public sealed class CartPoleScreenEnvironment : IVectorEnvironment, IRenderable
{
    public const int Side = 84;

    private readonly CartPoleEnvironment _poles;
    private readonly byte[] _picture = new byte[CartPolePainter.Width * CartPolePainter.Height * 3];
    private readonly UnseenVectors _vectors;
    private readonly LinearReducer _reducer = new(CartPolePainter.Width, CartPolePainter.Height, Side, Side);

    public CartPoleScreenEnvironment(string name, int count, int limit)
    {
        _poles = new CartPoleEnvironment(name, count, limit);
        _vectors = new UnseenVectors(count);
    }

    public string Name => _poles.Name;

    public int Count => _poles.Count;

    public ObservationSpec Observation { get; } = new(ObservationType.UInt8, [3, Side, Side]);

    public IReadOnlyList<string> ActionNames => _poles.ActionNames;

    public double FramesPerStep => 1;

    public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result)
    {
        _poles.Reset(seed, _vectors.At, result);
        Observe(frames);
    }

    public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
    {
        _poles.Step(actions, _vectors.At, result);
        Observe(frames);
    }

    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Section("cartpole-screen", 1);
        _poles.Save(writer);
    }

    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        reader.Section("cartpole-screen", 1);
        _poles.Load(reader);
    }

    public (int Width, int Height) RenderSize(int index) => _poles.RenderSize(index);

    public void RenderRgb(int index, Span<byte> rgb) => _poles.RenderRgb(index, rgb);

    public void Dispose() => _poles.Dispose();

    private unsafe void Observe(ReadOnlySpan<nint> frames)
    {
        if (frames.Length != Count)
            throw new ArgumentException($"{frames.Length} frames for {Count} environments");
        for (var i = 0; i < Count; i++)
        {
            _poles.RenderRgb(i, _picture);
            _reducer.Reduce(_picture, new Span<byte>((void*)frames[i], Observation.FrameBytes));
        }
    }
}
