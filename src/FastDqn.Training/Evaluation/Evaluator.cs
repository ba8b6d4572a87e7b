using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Training.Acting;

namespace FastDqn.Training.Evaluation;

/// <summary>What chooses actions: the learner's greedy policy, or anything a caller brings.</summary>
public interface IPolicy
{
    /// <summary>
    /// Writes one greedy action for each of <paramref name="count"/> observations (stack x frame, one after another in
    /// memory) and its value to <paramref name="values"/>.
    /// </summary>
    void Act(nint observations, int count, Span<int> actions, Span<float> values);

    /// <summary>
    /// All environments stand at the first observation of an episode: a policy that remembers forgets what was before.
    /// </summary>
    void Begin(int environments)
    {
    }

    /// <summary>The environments took a step with these actions, which need not be the policy's.</summary>
    void Stepped(ReadOnlySpan<int> actions, StepResult step)
    {
    }
}

/// <summary>The returns of an evaluation: raw, unclipped, of whole games.</summary>
public sealed record EvalResult(
    string Protocol, double Epsilon, IReadOnlyList<double> Returns, IReadOnlyList<long> Lengths, long Frames, double MeanValue)
{
    public int Episodes => Returns.Count;

    public double MeanReturn => Returns.Average();

    /// <summary>Deviation over the episodes (n - 1); 0 for one episode.</summary>
    public double StdReturn
    {
        get
        {
            var mean = MeanReturn;
            return Returns.Count < 2 ? 0 : Math.Sqrt(Returns.Sum(r => (r - mean) * (r - mean)) / (Returns.Count - 1));
        }
    }

    public double MeanLength => Lengths.Average();
}

/// <summary>How far an evaluation is.</summary>
/// <param name="Episodes">Episodes finished.</param>
/// <param name="Steps">Agent steps played, unfinished episodes' too.</param>
/// <param name="MeanReturn">Of the finished episodes; NaN before there is one.</param>
public readonly record struct EvalProgress(int Episodes, long Steps, double MeanReturn);

/// <summary>
/// Plays whole episodes in environments of its own. Environment i plays a share of the episodes fixed beforehand, so
/// short episodes are not over-represented, and the result depends on the seed alone.
/// </summary>
public static class Evaluator
{
    /// <param name="environments">Fresh environments; they are reset here.</param>
    /// <param name="policy">Who acts, or null for uniformly random play.</param>
    /// <param name="episodes">Episodes in all.</param>
    /// <param name="epsilon">Chance of a random action.</param>
    /// <param name="seed">Seeds the environments and the random actions.</param>
    /// <param name="protocol">Name that the result carries.</param>
    /// <param name="recorder">Draws environment 0's first episode, or null.</param>
    /// <param name="minSteps">When above 0: episode after episode until this many agent steps are played, instead of a
    /// number of episodes; for one environment.</param>
    /// <param name="stop">Asked between steps; true abandons the evaluation.</param>
    /// <param name="progress">Told after each step how far the evaluation is.</param>
    /// <param name="repeat">Steps for which a chosen action is kept.</param>
    public static EvalResult Run(
        IVectorEnvironment environments, IPolicy? policy, int episodes, double epsilon, ulong seed,
        string protocol = "custom", EpisodeRecorder? recorder = null, long minSteps = 0, Func<bool>? stop = null,
        Action<EvalProgress>? progress = null, int repeat = 1)
    {
        ArgumentNullException.ThrowIfNull(environments);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(episodes);
        var count = environments.Count;
        using var stacks = new FrameStacks(environments.Observation, count);
        var step = new StepResult(count);
        var random = Enumerable.Range(0, count).Select(i => new RandomStream(seed, "evaluation", i)).ToArray();
        var (actions, values, greedy) = (new int[count], new float[count], new int[count]);
        var hold = new ActionHold(actions, environments.ActionNames.Count, repeat);
        var (returns, lengths) = (new List<double>[count], new List<long>[count]);
        var (sums, steps) = (new double[count], new long[count]);
        for (var i = 0; i < count; i++)
            (returns[i], lengths[i]) = ([], []);
        var (totalFrames, valueSum, valueCount) = (0L, 0.0, 0L);
        var (ended, played, returnSum) = (0, 0L, 0.0);

        environments.Reset(RandomStream.DeriveSeed(seed, "evaluation-environments"), stacks.Newest, step);
        Array.Fill(step.EpisodeStart, (byte)1);
        stacks.Start(step.EpisodeStart);
        policy?.Begin(count);
        recorder?.Add(episodeEnded: false);
        while (true)
        {
            if (stop?.Invoke() == true)
                throw new OperationCanceledException("evaluation stopped");
            policy?.Act(stacks.Observations, count, greedy, values);
            var allDone = true;
            for (var i = 0; i < count; i++)
            {
                if (Done(i))
                    continue;
                allDone = false;
                if (policy is not null)
                    (valueSum, valueCount) = (valueSum + values[i], valueCount + 1);
                if (hold.Held[i] != 0)
                    continue;
                actions[i] = policy is null || random[i].NextDouble() < epsilon
                    ? random[i].NextInt32(environments.ActionNames.Count)
                    : greedy[i];
            }

            if (allDone)
                break;
            stacks.Shift();
            environments.Step(actions, stacks.Newest, step);
            hold.Stepped(step);
            policy?.Stepped(actions, step);
            stacks.Start(step.EpisodeStart);
            for (var i = 0; i < count; i++)
            {
                if (Done(i) || step.EpisodeStart[i] != 0)
                    continue;
                sums[i] += step.Rewards[i];
                steps[i]++;
                played++;
                totalFrames += step.Frames[i];
                var over = (step.Terminated[i] | step.Truncated[i]) != 0;
                if (i == 0 && returns[0].Count == 0)
                    recorder?.Add(over);
                if (!over)
                    continue;
                ended++;
                returnSum += sums[i];
                returns[i].Add(sums[i]);
                lengths[i].Add(steps[i]);
                (sums[i], steps[i]) = (0, 0);
            }

            progress?.Invoke(new EvalProgress(ended, played, ended == 0 ? double.NaN : returnSum / ended));
        }

        return new EvalResult(
            protocol, policy is null ? 1 : epsilon, [.. returns.SelectMany(r => r)], [.. lengths.SelectMany(l => l)],
            totalFrames, valueCount == 0 ? double.NaN : valueSum / valueCount);

        bool Done(int i) =>
            minSteps > 0
                ? returns[i].Count > 0 && steps[i] == 0 && lengths[i].Sum() >= minSteps
                : returns[i].Count >= Share(i, count, episodes);
    }

    /// <summary>Episodes that environment <paramref name="index"/> of <paramref name="count"/> plays.</summary>
    internal static int Share(int index, int count, int episodes) => (episodes / count) + (index < episodes % count ? 1 : 0);
}
