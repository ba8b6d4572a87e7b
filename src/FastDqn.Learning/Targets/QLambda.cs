namespace FastDqn.Learning.Targets;

/// <summary>
/// Q(lambda) returns of a rollout (Gallici et al. 2024, PQN; Daley and Amato 2019), computed backwards in double
/// precision: G_t = r_t + gamma (lambda G_{t+1} + (1 - lambda) max_a Q(s_{t+1}, a)); a terminal step has no future, a
/// truncated step and the last one of the rollout use max_a Q(s_{t+1}, a) alone.
/// </summary>
internal static unsafe class QLambda
{
    /// <summary>Writes T x N returns and T x N masks (0 where the action was ignored, else 1).</summary>
    public static void Compute(in RolloutBatch batch, double gamma, double lambda, Span<float> returns, Span<float> mask)
    {
        var (steps, count) = (batch.Steps, batch.Environments);
        var rewards = new ReadOnlySpan<float>((void*)batch.Rewards, steps * count);
        var terminated = new ReadOnlySpan<byte>((void*)batch.Terminated, steps * count);
        var truncated = new ReadOnlySpan<byte>((void*)batch.Truncated, steps * count);
        var ignored = new ReadOnlySpan<byte>((void*)batch.Ignored, steps * count);
        var values = new ReadOnlySpan<float>((void*)batch.Values, (steps + 1) * count);
        for (var i = 0; i < count; i++)
        {
            var following = 0.0;
            for (var t = steps - 1; t >= 0; t--)
            {
                var at = (t * count) + i;
                double next = values[at + count];
                var future = (terminated[at], truncated[at] != 0 || t == steps - 1) switch
                {
                    (not 0, _) => 0,
                    (_, true) => next,
                    _ => (lambda * following) + ((1 - lambda) * next),
                };
                following = rewards[at] + (gamma * future);
                returns[at] = (float)following;
                mask[at] = ignored[at] != 0 ? 0 : 1;
            }
        }
    }
}
