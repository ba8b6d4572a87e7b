using FastDqn.Core;
using FastDqn.Environments;

namespace MyMaze;

/// <summary>
/// A room of 5 x 5 cells with a wall in it. The hero starts anywhere and looks for the exit, bottom right.
/// </summary>
[FastDqnEnvironment("my-maze", "5 x 5 cells and a wall: find the exit, 40 steps at most")]
public sealed class MyMaze : IEnvironment, IRenderable
{
    private const int Side = 5;
    private const int Exit = (Side * Side) - 1;
    private const int MostSteps = 40;
    private const int CellPixels = 12;
    private static readonly int[] Wall = [6, 7, 8, 13, 18];
    private int _hero;
    private int _steps;

    /// <summary>A 1 where the hero is.</summary>
    public ObservationSpec Observation { get; } = new(ObservationType.Float32, [Side * Side]);

    public IReadOnlyList<string> ActionNames { get; } = ["up", "down", "left", "right"];

    public void Reset(ulong seed, ObservationSpan observation)
    {
        // All that is random in an episode comes from its seed.
        var random = new RandomStream(seed);
        do
            _hero = random.NextInt32(Exit);
        while (Wall.Contains(_hero));
        _steps = 0;
        Show(observation);
    }

    public StepOutcome Step(int action, ObservationSpan observation)
    {
        var (row, column) = Math.DivRem(_hero, Side);
        (row, column) = action switch
        {
            0 => (Math.Max(row - 1, 0), column),
            1 => (Math.Min(row + 1, Side - 1), column),
            2 => (row, Math.Max(column - 1, 0)),
            _ => (row, Math.Min(column + 1, Side - 1)),
        };
        var next = (row * Side) + column;
        if (!Wall.Contains(next))
            _hero = next;
        _steps++;
        Show(observation);
        return _hero == Exit ? new StepOutcome(1, Terminated: true) : new StepOutcome(-0.02f, Truncated: _steps >= MostSteps);
    }

    public (int Width, int Height) RenderSize(int index) => (Side * CellPixels, Side * CellPixels);

    public void RenderRgb(int index, Span<byte> rgb)
    {
        for (var pixel = 0; pixel < rgb.Length / 3; pixel++)
        {
            var (y, x) = Math.DivRem(pixel, Side * CellPixels);
            var cell = (y / CellPixels * Side) + (x / CellPixels);
            ReadOnlySpan<byte> colour = cell == _hero ? [240, 200, 40]
                : cell == Exit ? [60, 180, 90]
                : Wall.Contains(cell) ? [90, 90, 90] : [20, 20, 30];
            colour.CopyTo(rgb[(pixel * 3)..]);
        }
    }

    private void Show(ObservationSpan observation)
    {
        observation.Floats.Clear();
        observation.Floats[_hero] = 1;
    }
}
