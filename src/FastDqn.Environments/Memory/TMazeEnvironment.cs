using FastDqn.Core;

namespace FastDqn.Environments.Memory;

/// <summary>
/// The T-maze of Bakker 2002 ("Reinforcement learning with long short-term memory"): a corridor that ends in a
/// junction. A sign at its beginning, seen there only, says on which side of the junction the goal lies. Observation,
/// three floats: 0 1 1 or 1 1 0 for the sign, 1 0 1 in the corridor, 0 1 0 at the junction. The goal gives 4, the
/// other side and a wall -0.1; each side ends the episode, as does a limit of five corridors. Who cannot remember the
/// sign gets 1.95 at best, who can 4.
/// </summary>
public sealed class TMazeEnvironment : MemoryEnvironment
{
    public const float Goal = 4;
    public const float Miss = -0.1f;

    private const int Place = 0, Side = 1, Steps = 2;
    private const int Up = 0, Down = 1, Left = 2;
    private static readonly (byte, byte, byte) Green = (60, 200, 80), Red = (200, 60, 60), Open = (240, 240, 240), Wall = (40, 40, 40);
    private static readonly string[] Actions = ["up", "down", "left", "right"];
    private readonly int _length;

    /// <param name="name">The name as given to <c>--env</c>.</param>
    /// <param name="count">Environments stepped together.</param>
    /// <param name="length">Steps from the sign to the junction.</param>
    public TMazeEnvironment(string name, int count, int length = 10)
        : base(name, count, 3, Actions, 3, (length + 3, 5))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        _length = length;
    }

    /// <summary>The action that leads to the goal at the junction: 0 up, 1 down.</summary>
    public int GoalOf(int index) => StateOf(index)[Side];

    private protected override void Begin(Span<int> state, RandomStream random) =>
        (state[Place], state[Side], state[Steps]) = (0, random.NextInt32(2), 0);

    private protected override (float Reward, bool Terminated, bool Truncated) Move(Span<int> state, int action, RandomStream random)
    {
        var cut = ++state[Steps] >= 5 * _length;
        if (action is Up or Down)
        {
            if (state[Place] < _length)
                return (Miss, false, cut);
            return (action == state[Side] ? Goal : Miss, true, false);
        }

        var place = state[Place] + (action == Left ? -1 : 1);
        if (place < 0 || place > _length)
            return (Miss, false, cut);
        state[Place] = place;
        return (0, false, cut);
    }

    private protected override void Observe(ReadOnlySpan<int> state, Span<float> observation)
    {
        var (sign, junction) = (state[Place] == 0, state[Place] == _length);
        observation[0] = (sign ? state[Side] == Down : !junction) ? 1 : 0;
        observation[1] = sign || junction ? 1 : 0;
        observation[2] = (sign ? state[Side] == Up : !junction) ? 1 : 0;
    }

    private protected override bool CanBe(ReadOnlySpan<int> state) =>
        state[Place] >= 0 && state[Place] <= _length && state[Side] is Up or Down && state[Steps] >= 0 && state[Steps] <= 5 * _length;

    private protected override (byte Red, byte Green, byte Blue) Colour(ReadOnlySpan<int> state, int column, int row)
    {
        if (row == 2 && column == state[Place] + 1)
            return (40, 90, 255);
        if (column == _length + 1 && (row is 1 or 3))
            return (row == 1) == (state[Side] == Up) ? Green : Red;
        return row == 2 && column >= 1 && column <= _length + 1 ? Open : Wall;
    }
}
