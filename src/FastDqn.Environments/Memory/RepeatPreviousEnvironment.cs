using FastDqn.Core;

namespace FastDqn.Environments.Memory;

/// <summary>
/// Repeat previous (Morad et al. 2023, POPGym): at every step one of four symbols is shown, and the action has to name
/// the one that was shown some steps ago. An episode has 52 steps; each that names a symbol gives 1 / their number when
/// right and minus that when wrong, so that a perfect episode has a return of 1 and guessing -0.5.
/// </summary>
public sealed class RepeatPreviousEnvironment : MemoryEnvironment
{
    public const int Symbols = 4;
    public const int EpisodeSteps = 52;

    private static readonly string[] Actions = ["first", "second", "third", "fourth"];
    private static readonly (byte, byte, byte)[] Colours = [(220, 60, 60), (60, 180, 80), (60, 100, 230), (230, 200, 60)];
    private static readonly (byte, byte, byte) Unknown = (40, 40, 40);
    private readonly int _back;

    /// <param name="name">The name as given to <c>--env</c>.</param>
    /// <param name="count">Environments stepped together.</param>
    /// <param name="back">How many steps ago.</param>
    public RepeatPreviousEnvironment(string name, int count, int back = 4)
        : base(name, count, Symbols, Actions, back + 2, (back + 1, 1))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(back);
        _back = back;
    }

    /// <summary>The action that is right now; -1 while nothing was shown so long ago.</summary>
    public int WantedOf(int index) => Wanted(StateOf(index));

    // The state: the steps taken, then the symbols, the newest first.
    private protected override void Begin(Span<int> state, RandomStream random)
    {
        state.Clear();
        state[1] = random.NextInt32(Symbols);
    }

    private protected override (float Reward, bool Terminated, bool Truncated) Move(Span<int> state, int action, RandomStream random)
    {
        const float whole = 1;
        var wanted = Wanted(state);
        var reward = wanted < 0 ? 0 : (action == wanted ? whole : -whole) / (EpisodeSteps - _back);
        state[0]++;
        for (var i = _back + 1; i > 1; i--)
            state[i] = state[i - 1];
        state[1] = random.NextInt32(Symbols);
        return (reward, state[0] >= EpisodeSteps, false);
    }

    private protected override void Observe(ReadOnlySpan<int> state, Span<float> observation) => observation[state[1]] = 1;

    private protected override bool CanBe(ReadOnlySpan<int> state)
    {
        foreach (var symbol in state[1..])
        {
            if (symbol is < 0 or >= Symbols)
                return false;
        }

        return state[0] is >= 0 and <= EpisodeSteps;
    }

    private protected override (byte Red, byte Green, byte Blue) Colour(ReadOnlySpan<int> state, int column, int row)
    {
        var back = _back - column;
        return back > state[0] ? Unknown : Colours[state[1 + back]];
    }

    private int Wanted(ReadOnlySpan<int> state) => state[0] < _back ? -1 : state[1 + _back];
}
