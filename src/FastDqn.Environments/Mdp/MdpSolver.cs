using FastDqn.Core;
using static System.FormattableString;

namespace FastDqn.Environments.Mdp;

/// <summary>
/// Optimal values of a process: exactly by policy iteration, by value iteration, and learnt by Q-learning.
/// </summary>
public static class MdpSolver
{
    /// <summary>
    /// Steps of Q-learning that find the tutorial's optimal policy, whose two best actions in s1 differ by 0.06.
    /// </summary>
    public const long LearningSteps = 10_000_000;

    /// <summary>
    /// The exponent of Q-learning's step size. Even-Dar and Mansour (2003) recommend 0.77, which is too slow for a
    /// gamma of .99; this finds the tutorial's optimal policy with .9, .95 and .99.
    /// </summary>
    public const double LearningRate = 0.65;

    private const double Improvement = 1e-10;

    // The equations are as badly conditioned as 1 / (1 - gamma).
    private const double LeastLoss = 1e-9;

    /// <summary>
    /// Sweeps of value iteration, whatever the process; a small one gets more, up to so many additions in all.
    /// </summary>
    private const int FewestSweeps = 5_000;

    private const long MostAdditions = 100_000_000;

    /// <summary>
    /// The fixed point of Bellman's optimality equation by Howard's policy iteration (1960): each policy is evaluated
    /// by solving its linear equations, so the result is exact up to rounding. Returns Q[state, action], NaN where an
    /// action is not possible.
    /// </summary>
    /// <param name="process">The process.</param>
    /// <param name="gamma">Discount a step, 0 &lt;= gamma &lt; 1.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: no gamma, or one too near 1.</exception>
    public static double[,] FixedPoint(MarkovDecisionProcess process, double gamma)
    {
        ArgumentNullException.ThrowIfNull(process);
        CheckGamma(gamma);
        var policy = Greedy(process, Backup(process, gamma, new double[process.States.Count]));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var q = Backup(process, gamma, Evaluate(process, gamma, policy));
            // With a gamma near 1 policies may alternate that differ by rounding alone.
            if (!seen.Add(string.Join(',', policy)))
                return q;
            var changed = false;
            for (var state = 0; state < policy.Length; state++)
            {
                if (policy[state] < 0)
                    continue;
                for (var action = 0; action < process.Actions.Count; action++)
                {
                    // Equal within rounding is not better: else two equal actions could alternate for ever.
                    if (q[state, action] > q[state, policy[state]] + (Improvement * (1 + Math.Abs(q[state, policy[state]]))))
                    {
                        policy[state] = action;
                        changed = true;
                    }
                }
            }

            if (!changed)
                return q;
        }
    }

    /// <summary>
    /// Value iteration (Bellman 1957) from zeros until no value changes by more than <paramref name="tolerance"/>;
    /// the values are then within tolerance x gamma / (1 - gamma) of the fixed point. A gamma near 1 would take
    /// hundreds of millions of sweeps: it ends before, and has not converged.
    /// </summary>
    public static (double[,] Q, int Sweeps, bool Converged) ValueIteration(
        MarkovDecisionProcess process, double gamma, double tolerance = 1e-10)
    {
        ArgumentNullException.ThrowIfNull(process);
        CheckGamma(gamma);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tolerance);
        var values = new double[process.States.Count];
        var additions = (long)values.Length * values.Length * process.Actions.Count;
        var most = (int)Math.Clamp(MostAdditions / additions, FewestSweeps, int.MaxValue);
        for (var sweep = 1; ; sweep++)
        {
            var q = Backup(process, gamma, values);
            var change = 0.0;
            var largest = 0.0;
            for (var state = 0; state < values.Length; state++)
            {
                var value = Best(process, q, state);
                change = Math.Max(change, Math.Abs(value - values[state]));
                largest = Math.Max(largest, Math.Abs(value));
                values[state] = value;
            }

            // Below the rounding of the values themselves nothing more can be gained.
            if (change <= Math.Max(tolerance, largest * 1e-15) || sweep == most)
                return (q, sweep, sweep < most);
        }
    }

    /// <summary>
    /// Tabular Q-learning (Watkins 1989) while acting at random. NaN where an action is not possible.
    /// </summary>
    public static double[,] QLearning(
        MarkovDecisionProcess process, double gamma, long steps, RandomStream random, StepSize? size = null)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentNullException.ThrowIfNull(random);
        CheckGamma(gamma);
        size ??= StepSize.Visits(LearningRate);
        var q = new double[process.States.Count, process.Actions.Count];
        var visits = new long[process.States.Count, process.Actions.Count];
        for (var state = 0; state < process.States.Count; state++)
        {
            for (var action = 0; action < process.Actions.Count; action++)
                q[state, action] = process.IsPossible(state, action) ? 0 : double.NaN;
        }

        var at = process.Start;
        for (var step = 0L; step < steps && !process.IsTerminal(process.Start); step++)
        {
            if (process.IsTerminal(at))
                at = process.Start;
            var action = process.DrawAction(at, random);
            var (next, reward) = process.Draw(at, action, random);
            var target = reward + (gamma * Best(process, q, next));
            q[at, action] += size.At(step, ++visits[at, action]) * (target - q[at, action]);
            at = next;
        }

        return q;
    }

    /// <summary>The largest difference between two tables of values.</summary>
    public static double Distance(double[,] a, double[,] b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return a.Cast<double>().Zip(b.Cast<double>(), (x, y) => Math.Abs(x - y)).Where(d => !double.IsNaN(d)).DefaultIfEmpty(0).Max();
    }

    /// <summary>The best possible action of each state, -1 in a terminal one; of equals the first.</summary>
    public static int[] Greedy(MarkovDecisionProcess process, double[,] q)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentNullException.ThrowIfNull(q);
        var policy = new int[process.States.Count];
        for (var state = 0; state < policy.Length; state++)
        {
            policy[state] = -1;
            for (var action = 0; action < process.Actions.Count; action++)
            {
                if (process.IsPossible(state, action) && (policy[state] < 0 || q[state, action] > q[state, policy[state]]))
                    policy[state] = action;
            }
        }

        return policy;
    }

    /// <summary>
    /// Total undiscounted rewards of episodes of <paramref name="steps"/> steps. A null policy acts at random.
    /// </summary>
    public static double[] Play(MarkovDecisionProcess process, int[]? policy, int episodes, int steps, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentNullException.ThrowIfNull(random);
        var returns = new double[episodes];
        for (var episode = 0; episode < episodes; episode++)
        {
            var state = process.Start;
            for (var step = 0; step < steps && !process.IsTerminal(state); step++)
            {
                var (next, reward) = process.Draw(state, policy is null ? process.DrawAction(state, random) : policy[state], random);
                returns[episode] += reward;
                state = next;
            }
        }

        return returns;
    }

    private static double Best(MarkovDecisionProcess process, double[,] q, int state)
    {
        var best = double.NegativeInfinity;
        for (var action = 0; action < process.Actions.Count; action++)
        {
            if (process.IsPossible(state, action))
                best = Math.Max(best, q[state, action]);
        }

        return double.IsNegativeInfinity(best) ? 0 : best;
    }

    private static double[,] Backup(MarkovDecisionProcess process, double gamma, double[] values)
    {
        var q = new double[process.States.Count, process.Actions.Count];
        for (var state = 0; state < process.States.Count; state++)
        {
            for (var action = 0; action < process.Actions.Count; action++)
            {
                var probabilities = process.Probabilities(state, action);
                var rewards = process.Rewards(state, action);
                var sum = process.IsPossible(state, action) ? 0.0 : double.NaN;
                for (var next = 0; next < values.Length; next++)
                    sum += probabilities[next] * (rewards[next] + (gamma * values[next]));
                q[state, action] = sum;
            }
        }

        return q;
    }

    /// <summary>Solves (I - gamma P) v = r of a policy by Gaussian elimination with row pivots.</summary>
    private static double[] Evaluate(MarkovDecisionProcess process, double gamma, int[] policy)
    {
        var n = policy.Length;
        var rows = new double[n][];
        for (var state = 0; state < n; state++)
        {
            rows[state] = new double[n + 1];
            rows[state][state] = 1;
            if (policy[state] < 0)
                continue;
            var probabilities = process.Probabilities(state, policy[state]);
            var rewards = process.Rewards(state, policy[state]);
            for (var next = 0; next < n; next++)
            {
                rows[state][next] -= gamma * probabilities[next];
                rows[state][n] += probabilities[next] * rewards[next];
            }
        }

        for (var column = 0; column < n; column++)
        {
            var pivot = column;
            for (var row = column + 1; row < n; row++)
                pivot = Math.Abs(rows[row][column]) > Math.Abs(rows[pivot][column]) ? row : pivot;
            (rows[column], rows[pivot]) = (rows[pivot], rows[column]);
            for (var row = 0; row < n; row++)
            {
                if (row == column)
                    continue;
                var factor = rows[row][column] / rows[column][column];
                for (var k = column; k <= n; k++)
                    rows[row][k] -= factor * rows[column][k];
            }
        }

        return [.. rows.Select((row, i) => row[n] / row[i])];
    }

    private static void CheckGamma(double gamma)
    {
        if (gamma is < 0 or >= 1 or double.NaN)
            throw new FastDqnException(
                ErrorKind.Usage, Invariant($"gamma is {gamma}; it must be at least 0 and below 1 for the values to be finite"));
        if (1 - gamma < LeastLoss)
            throw new FastDqnException(ErrorKind.Usage, Invariant($"gamma is {gamma}, too near 1: rounding would be all of the values"));
    }
}
