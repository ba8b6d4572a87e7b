using FastDqn.Core;
using static System.FormattableString;

namespace FastDqn.Environments.Mdp;

/// <summary>
/// A finite Markov decision process: transition probabilities and rewards of (state, action, next state). An action
/// that is not possible in a state has no probabilities there; a state without actions is terminal.
/// </summary>
public sealed class MarkovDecisionProcess
{
    private const double Tolerance = 1e-9;

    /// <summary>Beyond it sums over many steps would leave what a double holds.</summary>
    private const double MostReward = 1e100;
    private readonly double[] _probabilities;
    private readonly double[] _rewards;

    /// <param name="states">Names of the states.</param>
    /// <param name="actions">Names of the actions.</param>
    /// <param name="probabilities">[state, action, next]: all zero where the action is not possible, else summing to
    /// 1.</param>
    /// <param name="rewards">[state, action, next].</param>
    /// <param name="start">Index of the state that episodes start in.</param>
    /// <param name="policies">Named policies: an action a state (-1 in a terminal one).</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: the numbers are no process.</exception>
    public MarkovDecisionProcess(
        IReadOnlyList<string> states,
        IReadOnlyList<string> actions,
        double[,,] probabilities,
        double[,,] rewards,
        int start,
        IReadOnlyDictionary<string, int[]> policies)
    {
        ArgumentNullException.ThrowIfNull(states);
        ArgumentNullException.ThrowIfNull(actions);
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(rewards);
        (States, Actions, Start, Policies) = (states, actions, start, policies);
        _probabilities = [.. probabilities.Cast<double>()];
        _rewards = [.. rewards.Cast<double>()];
        if (_probabilities.Length != states.Count * states.Count * actions.Count || _rewards.Length != _probabilities.Length)
            throw new ArgumentException("the tables are not states x actions x states");
        for (var state = 0; state < states.Count; state++)
        {
            for (var action = 0; action < actions.Count; action++)
            {
                var given = IsPossible(state, action) || Rewards(state, action).IndexOfAnyExcept(0.0) >= 0;
                if (given && Problem(states, Probabilities(state, action), Rewards(state, action)) is { } problem)
                    throw new FastDqnException(ErrorKind.BadData, $"MDP: in {states[state]}, {actions[action]}: {problem}");
            }
        }
    }

    public IReadOnlyList<string> States { get; }

    public IReadOnlyList<string> Actions { get; }

    /// <summary>Index of the state that episodes start in.</summary>
    public int Start { get; }

    /// <summary>Policies written down with the process.</summary>
    public IReadOnlyDictionary<string, int[]> Policies { get; }

    /// <summary>P(. | state, action): one probability a next state.</summary>
    public ReadOnlySpan<double> Probabilities(int state, int action) => _probabilities.AsSpan(Pair(state, action), States.Count);

    /// <summary>Rewards of (state, action) by next state.</summary>
    public ReadOnlySpan<double> Rewards(int state, int action) => _rewards.AsSpan(Pair(state, action), States.Count);

    public bool IsPossible(int state, int action) => Probabilities(state, action).IndexOfAnyExcept(0.0) >= 0;

    public bool IsTerminal(int state)
    {
        for (var action = 0; action < Actions.Count; action++)
        {
            if (IsPossible(state, action))
                return false;
        }

        return true;
    }

    /// <summary>Draws a next state and its reward.</summary>
    public (int Next, double Reward) Draw(int state, int action, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var probabilities = Probabilities(state, action);
        var left = random.NextDouble();
        var next = probabilities.LastIndexOfAnyExcept(0.0);
        for (var candidate = 0; candidate < next; candidate++)
        {
            left -= probabilities[candidate];
            if (left < 0)
            {
                next = candidate;
                break;
            }
        }

        return (next, Rewards(state, action)[next]);
    }

    /// <summary>Draws one of the possible actions, each as likely.</summary>
    public int DrawAction(int state, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var possible = 0;
        for (var action = 0; action < Actions.Count; action++)
            possible += IsPossible(state, action) ? 1 : 0;
        var nth = random.NextInt32(possible);
        for (var action = 0; ; action++)
        {
            if (IsPossible(state, action) && nth-- == 0)
                return action;
        }
    }

    /// <summary>What is wrong with a possible action's numbers, by next state; null: nothing.</summary>
    internal static string? Problem(IReadOnlyList<string> states, ReadOnlySpan<double> probabilities, ReadOnlySpan<double> rewards)
    {
        var sum = 0.0;
        for (var next = 0; next < states.Count; next++)
        {
            if (probabilities[next] is < 0 or > 1 or double.NaN)
                return Invariant($"the probability of {states[next]} is {probabilities[next]}");
            if (!(Math.Abs(rewards[next]) <= MostReward))
                return Invariant($"the reward on reaching {states[next]} is {rewards[next]}, not in -{MostReward} to {MostReward}");
            if (probabilities[next] == 0 && rewards[next] != 0)
                return $"a reward is given on reaching {states[next]}, which cannot happen";
            sum += probabilities[next];
        }

        return Math.Abs(sum - 1) <= Tolerance ? null : Invariant($"the probabilities sum to {sum}, not 1");
    }

    private int Pair(int state, int action) => ((state * Actions.Count) + action) * States.Count;
}
