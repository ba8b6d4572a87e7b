using FastDqn.Core;

namespace FastDqn.Environments.CartPole;

/// <summary>
/// CartPole seen on the screen, as in PyTorch's DQN tutorial: the rendered 600x400 picture, rows 40-80 %, a window of
/// 60 % of the width centred on the cart where the picture allows it, reduced bicubically to 40 rows. Observation:
/// float32 3x40x90, the current screen minus the previous one, each 0..1; zeros at the start of an episode. Rules,
/// limits and seeds are <see cref="CartPoleEnvironment"/>'s.
/// </summary>
public sealed class CartPolePixelsEnvironment : IVectorEnvironment, IRenderable
{
    public const int Rows = 40;
    public const int Columns = 90;

    private const int Top = CartPolePainter.Height * 4 / 10;
    private const int WindowRows = CartPolePainter.Height * 4 / 10;
    private const int WindowColumns = CartPolePainter.Width * 6 / 10;
    private const int ScreenBytes = Rows * Columns * 3;

    private readonly CartPoleEnvironment _poles;
    private readonly byte[] _screens;
    private readonly byte[] _window = new byte[WindowRows * WindowColumns * 3];
    private readonly byte[] _screen = new byte[ScreenBytes];
    private readonly UnseenVectors _vectors;
    private readonly float[] _shares = [.. Enumerable.Range(0, 256).Select(value => value / 255f)];
    private readonly BicubicReducer _reducer = new(WindowColumns, WindowRows, Columns, Rows);

    public CartPolePixelsEnvironment(string name, int count, int limit)
    {
        _poles = new CartPoleEnvironment(name, count, limit);
        _screens = new byte[count * ScreenBytes];
        _vectors = new UnseenVectors(count);
    }

    public string Name => _poles.Name;

    public int Count => _poles.Count;

    public ObservationSpec Observation { get; } = new(ObservationType.Float32, [3, Rows, Columns]);

    public IReadOnlyList<string> ActionNames => _poles.ActionNames;

    public double FramesPerStep => 1;

    public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result)
    {
        _poles.Reset(seed, _vectors.At, result);
        CheckCount(frames.Length);
        Observe(frames, result);
    }

    public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
    {
        CheckCount(frames.Length);
        _poles.Step(actions, _vectors.At, result);
        Observe(frames, result);
    }

    /// <summary>The screen that observations are differences of: 40x90x3 bytes, row by row.</summary>
    public ReadOnlySpan<byte> ScreenOf(int index) => _screens.AsSpan(index * ScreenBytes, ScreenBytes);

    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Section("cartpole-pixels", 1);
        _poles.Save(writer);
        writer.WriteSpan<byte>(_screens);
    }

    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        reader.Section("cartpole-pixels", 1);
        _poles.Load(reader);
        reader.ReadSpan(_screens.AsSpan());
    }

    public (int Width, int Height) RenderSize(int index) => _poles.RenderSize(index);

    public void RenderRgb(int index, Span<byte> rgb) => _poles.RenderRgb(index, rgb);

    public void Dispose() => _poles.Dispose();

    private unsafe void Observe(ReadOnlySpan<nint> frames, StepResult result)
    {
        for (var i = 0; i < Count; i++)
        {
            Screen(i, _screen);
            var previous = _screens.AsSpan(i * ScreenBytes, ScreenBytes);
            if (result.EpisodeStart[i] != 0)
                _screen.CopyTo(previous);
            var target = new Span<float>((void*)frames[i], ScreenBytes);
            for (var channel = 0; channel < 3; channel++)
            {
                for (var pixel = 0; pixel < Rows * Columns; pixel++)
                {
                    var at = (3 * pixel) + channel;
                    target[(channel * Rows * Columns) + pixel] = _shares[_screen[at]] - _shares[previous[at]];
                }
            }

            _screen.CopyTo(previous);
        }
    }

    private void Screen(int index, Span<byte> screen)
    {
        var (x, _, theta, _) = _poles.StateOf(index);
        var cart = (int)((x * CartPolePainter.Scale) + (CartPolePainter.Width / 2.0));
        var left = Math.Clamp(cart - (WindowColumns / 2), 0, CartPolePainter.Width - WindowColumns);
        CartPolePainter.Draw(x, theta, left, Top, WindowColumns, WindowRows, _window);
        _reducer.Reduce(_window, screen);
    }

    private void CheckCount(int frames)
    {
        if (frames != Count)
            throw new ArgumentException($"{frames} frames for {Count} environments");
    }
}
