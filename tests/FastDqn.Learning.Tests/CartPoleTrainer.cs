using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.CartPole;
using FastDqn.Learning;
using FastDqn.Learning.Exploration;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Tests;

/// <summary>
/// The smallest complete loop around the learners: CartPole-v1, uniform replay in arrays, evaluation on environments of
/// its own. Truncated episodes are bootstrapped from, terminated ones are not.
/// </summary>
internal sealed class CartPoleTrainer
{
    private const int Features = 4;
    private static readonly NetworkInput Input = new(ObservationKind.Float32, [Features]);

    private readonly AlgorithmSpec _spec;
    private readonly ulong _seed;

    public CartPoleTrainer(AlgorithmSpec spec, ulong seed) => (_spec, _seed) = (spec, seed);

    /// <summary>Replaces each reward by another transition's: an ablation that must not learn.</summary>
    public bool ShuffleRewards { get; init; }

    /// <summary>Treats terminations as if the episode went on: an ablation that must not learn.</summary>
    public bool BootstrapThroughTerminals { get; init; }

    /// <summary>Agent steps at which training stopped.</summary>
    public long Steps { get; private set; }

    /// <summary>
    /// Trains for at most <paramref name="steps"/> agent steps, or until 20 greedy episodes all reach the limit; the
    /// result is the mean return of 100 greedy episodes on other seeds.
    /// </summary>
    public double Run(long steps)
    {
        using var learner = QLearner.Create(_spec, Input, 2, _seed);
        if (learner is PqnLearner pqn)
            RunRollouts(pqn, steps);
        else
            RunReplay((DqnLearner)learner, steps);
        return Evaluate(learner, 100, seed: 90_000);
    }

    private static double Evaluate(QLearner learner, int episodes, ulong seed)
    {
        using var environment = CartPoleEnvironment.V1(episodes);
        var frames = TestBatch.Pinned<float>(episodes * Features);
        var pointers = Pointers(frames, episodes);
        var result = new StepResult(episodes);
        environment.Reset(seed, pointers, result);
        var (actions, returns, over) = (new int[episodes], new double[episodes], new bool[episodes]);
        learner.UseNoise(false);
        for (var t = 0; t < 500 && over.Contains(false); t++)
        {
            learner.Act(TestBatch.Address(frames), episodes, actions, []);
            environment.Step(actions, pointers, result);
            for (var i = 0; i < episodes; i++)
            {
                returns[i] += over[i] ? 0 : result.Rewards[i];
                over[i] |= result.Terminated[i] != 0 || result.Truncated[i] != 0;
            }
        }

        learner.UseNoise(true);
        return returns.Average();
    }

    private static nint[] Pointers(float[] frames, int count) =>
        [.. Enumerable.Range(0, count).Select(i => Marshal.UnsafeAddrOfPinnedArrayElement(frames, i * Features))];

    private bool Solved(QLearner learner, long step) => step % 2000 == 0 && Evaluate(learner, 20, seed: 50_000) >= 499;

    private void RunReplay(DqnLearner learner, long steps)
    {
        var capacity = (int)_spec.Replay.Capacity;
        var (states, nexts) = (new float[capacity * Features], new float[capacity * Features]);
        var (actions, rewards, ends) = (new int[capacity], new float[capacity], new bool[capacity]);
        var random = new RandomStream(_seed, "replay");
        var explorer = new Explorer(_spec.Exploration, 1, 2, _seed, steps);
        var batch = new TestBatch(Input, _spec.Schedule.BatchSize);
        using var environment = CartPoleEnvironment.V1(1);
        var frame = TestBatch.Pinned<float>(Features);
        var pointers = Pointers(frame, 1);
        var result = new StepResult(1);
        environment.Reset(_seed, pointers, result);
        var (action, q) = (new int[1], new float[2]);
        var count = 0;
        for (Steps = 1; Steps <= steps; Steps++)
        {
            var slot = count % capacity;
            frame.CopyTo(states, slot * Features);
            if (explorer.Begin(Steps, action) > 0)
            {
                learner.ResampleNoise();
                learner.QValues(TestBatch.Address(frame), 1, q);
                explorer.Complete(q, action);
            }

            environment.Step(action, pointers, result);
            if (result.EpisodeStart[0] == 0)
            {
                frame.CopyTo(nexts, slot * Features);
                (actions[slot], rewards[slot]) = (action[0], result.Rewards[0]);
                ends[slot] = result.Terminated[0] != 0 && !BootstrapThroughTerminals;
                count++;
            }

            if (Steps < _spec.Schedule.WarmUp || Steps % _spec.Schedule.StepsPerUpdate != 0)
                continue;
            // Bursts of updates, as in Stable-Baselines3's tuned CartPole, only save time: the ratio is the spec's.
            Sample(batch, states, nexts, actions, rewards, ends, Math.Min(count, capacity), random);
            learner.Update(batch.Batch);
            if (Solved(learner, Steps))
                return;
        }
    }

    private void Sample(
        TestBatch batch, float[] states, float[] nexts, int[] actions, float[] rewards, bool[] ends, int count, RandomStream random)
    {
        var observations = MemoryMarshal.Cast<byte, float>(batch.Observations);
        var next = MemoryMarshal.Cast<byte, float>(batch.Next);
        for (var i = 0; i < batch.Size; i++)
        {
            var k = random.NextInt32(count);
            states.AsSpan(k * Features, Features).CopyTo(observations[(i * Features)..]);
            nexts.AsSpan(k * Features, Features).CopyTo(next[(i * Features)..]);
            batch.Actions[i] = actions[k];
            // A constant reward carries no information when shuffled with itself: the ablation draws its sign.
            batch.Returns[i] = ShuffleRewards ? (random.NextInt32(2) * 2) - 1 : rewards[k];
            batch.Discounts[i] = ends[k] ? 0 : (float)_spec.Target.Gamma;
        }
    }

    private void RunRollouts(PqnLearner learner, long steps)
    {
        var (n, t) = (_spec.Environments, _spec.Rollout!.Steps);
        using var environment = CartPoleEnvironment.V1(n);
        var frames = TestBatch.Pinned<float>(n * Features);
        var pointers = Pointers(frames, n);
        var result = new StepResult(n);
        var observations = TestBatch.Pinned<float>(n * t * Features);
        var actions = TestBatch.Pinned<long>(n * t);
        var rewards = TestBatch.Pinned<float>(n * t);
        var values = TestBatch.Pinned<float>(n * (t + 1));
        var terminated = TestBatch.Pinned<byte>(n * t);
        var truncated = TestBatch.Pinned<byte>(n * t);
        var ignored = TestBatch.Pinned<byte>(n * t);
        var explorer = new Explorer(_spec.Exploration, n, 2, _seed, steps);
        var (greedy, chosen, best) = (new int[n], new int[n], new float[n]);
        environment.Reset(_seed, pointers, result);
        for (Steps = 0; Steps < steps;)
        {
            for (var k = 0; k < t; k++)
            {
                frames.CopyTo(observations, k * n * Features);
                learner.Act(TestBatch.Address(frames), n, greedy, best);
                best.CopyTo(values, k * n);
                explorer.Begin(Steps, chosen);
                explorer.CompleteGreedy(greedy, chosen);
                environment.Step(chosen, pointers, result);
                for (var i = 0; i < n; i++)
                    actions[(k * n) + i] = chosen[i];
                result.Rewards.CopyTo(rewards, k * n);
                result.Terminated.CopyTo(terminated, k * n);
                result.Truncated.CopyTo(truncated, k * n);
                result.EpisodeStart.CopyTo(ignored, k * n);
                Steps += n;
            }

            learner.Act(TestBatch.Address(frames), n, greedy, best);
            best.CopyTo(values, t * n);
            learner.SetProgress(Steps / (double)steps);
            learner.Update(new RolloutBatch
            {
                Steps = t,
                Environments = n,
                Observations = TestBatch.Address(observations),
                Actions = TestBatch.Address(actions),
                Rewards = TestBatch.Address(rewards),
                Terminated = TestBatch.Address(terminated),
                Truncated = TestBatch.Address(truncated),
                Ignored = TestBatch.Address(ignored),
                Values = TestBatch.Address(values),
            });
            if (Steps % (n * t * 10) == 0 && Evaluate(learner, 20, seed: 50_000) >= 499)
                return;
        }
    }
}
