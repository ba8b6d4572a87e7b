using System.Globalization;
using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Weights;
using FastDqn.Tests;

namespace FastDqn.Learning.Tests;

/// <summary>
/// The learner alone, beside CleanRL's update in PyTorch: the same 20,000 recorded transitions of a game, the same
/// initial weights, the same minibatches in the same order. Rounding alone drives two runs apart, and PyTorch's own
/// runs in single and in double precision say how far: ours stays within twice that.
/// </summary>
public sealed class SideBySideTests(ITestOutputHelper output) : IDisposable
{
    private const int Transitions = 20_000;
    private const int BatchSize = 32;
    private const int HeldOut = 32;
    private const int Every = 5;
    private const int Stack = 4;
    private const int TargetPeriod = 4;

    /// <summary>All 500 in CI's long job: they take PyTorch minutes.</summary>
    private static readonly int Updates = Environment.GetEnvironmentVariable("FASTDQN_LONG") is { Length: > 0 } ? 500 : 10;

    private static readonly NetworkInput Input = new(ObservationKind.UInt8, [Stack, 84, 84]);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("dqn")]
    [InlineData("c51")]
    [InlineData("qr-dqn")]
    public async Task LossesAndValuesAreAsNearToExactOnesAsPyTorchs(string name)
    {
        PythonReference.Require();
        using var environment = EnvironmentFactory.Create(new EnvironmentOptions
        {
            Atari = new AtariOptions { Pixels = "cleanrl", Rules = AtariRules.Wrappers, LifeLoss = AtariLifeLoss.Continue },
        });
        var recording = Recording.Of(environment, Transitions, seed: 5);
        var plan = new Plan(recording, Updates);
        plan.Write(_folder);
        using var learner = new DqnLearner(Spec(name), Input, environment.ActionNames.Count, seed: 11);
        Safetensors.Write(_folder.File("initial.safetensors"), learner.ExportWeights());
        // A ReLU that rounding switches is worth more than all other rounding, and is a matter of luck: hence two.
        Task<Curves>[] runs = [Reference(name, "f64"), Reference(name, "f32"), Reference(name, "f32-turned")];
        var ours = Run(learner, recording, plan);
        var (exact, single) = (await runs[0], new[] { await runs[1], await runs[2] });
        var width = HeldOut * learner.Actions;
        Compare("losses", c => c.Losses, 1);
        Compare("Q-values", c => c.Values, width);
        // It compares learning: rewards, ends and values that moved by more than rounding.
        Assert.True(plan.Rewards.Any(r => r != 0) && plan.Discounts.Any(d => d == 0));
        var moved = Farthest(exact.Values[^width..], exact.Values[..width], width);
        output.WriteLine($"Q-values moved by {moved:g3}");
        Assert.True(moved > 10 * Farthest(ours.Values, exact.Values, width), $"values moved by {moved:g3} only");

        void Compare(string what, Func<Curves, double[]> of, int size)
        {
            var near = Farthest(of(ours), of(exact), size);
            var gaps = single.Select(run => Farthest(of(run), of(exact), size)).ToList();
            output.WriteLine($"{what}: {near:g3} from PyTorch's in double precision; its own in single: {gaps[0]:g3}, {gaps[1]:g3}");
            Assert.True(near <= 2 * gaps.Max(), $"{what} stray by {near:g3}; PyTorch's own gaps are {gaps[0]:g3} and {gaps[1]:g3}");
        }
    }

    /// <summary>The largest distance over time: root mean square over each <paramref name="width"/> values.</summary>
    private static double Farthest(double[] values, double[] from, int width)
    {
        Assert.Equal(from.Length, values.Length);
        return values.Zip(from, (v, f) => (v - f) * (v - f)).Chunk(width).Max(squares => Math.Sqrt(squares.Average()));
    }

    private static AlgorithmSpec Spec(string name)
    {
        var target = new TargetSpec { Period = TargetPeriod };
        return name switch
        {
            "dqn" => AlgorithmPresets.Get("dqn-cleanrl") with { Target = target },
            "c51" => AlgorithmPresets.Get("c51") with { Target = target },
            _ => AlgorithmPresets.Get("qr-dqn") with
            {
                Target = target,
                Head = new HeadSpec { Kind = HeadKind.Quantile, Quantiles = 20 },
            },
        };
    }

    private async Task<Curves> Reference(string name, string precision)
    {
        var (updates, every) = (Updates.ToString(CultureInfo.InvariantCulture), Every.ToString(CultureInfo.InvariantCulture));
        await Task.Run(() => PythonReference.Run("side_by_side.py", name, _folder.Path, updates, every, precision));
        return Curves.Read(_folder.File(precision), Updates);
    }

    private static Curves Run(DqnLearner learner, Recording recording, Plan plan)
    {
        var batch = new TestBatch(Input, BatchSize);
        var held = TestBatch.Pinned<byte>(HeldOut * Stack * Recording.FrameBytes);
        recording.Gather(plan.Held, held);
        var losses = new double[plan.Updates];
        var values = new double[plan.Updates / Every * HeldOut * learner.Actions];
        var q = new float[HeldOut * learner.Actions];
        for (var k = 0; k < plan.Updates; k++)
        {
            recording.Gather(plan.Places.AsSpan(k * 2 * BatchSize * Stack, BatchSize * Stack), batch.Observations);
            recording.Gather(plan.Places.AsSpan(((k * 2) + 1) * BatchSize * Stack, BatchSize * Stack), batch.Next);
            plan.Actions.AsSpan(k * BatchSize, BatchSize).CopyTo(batch.Actions);
            plan.Rewards.AsSpan(k * BatchSize, BatchSize).CopyTo(batch.Returns);
            plan.Discounts.AsSpan(k * BatchSize, BatchSize).CopyTo(batch.Discounts);
            losses[k] = learner.Update(batch.Batch).Loss;
            if ((k + 1) % Every != 0)
                continue;
            learner.QValues(TestBatch.Address(held), HeldOut, q);
            for (var i = 0; i < q.Length; i++)
                values[((((k + 1) / Every) - 1) * q.Length) + i] = q[i];
        }

        return new Curves(losses, values);
    }

    /// <summary>Losses of all updates; Q-values (every fifth update, state, action).</summary>
    private sealed record Curves(double[] Losses, double[] Values)
    {
        public static Curves Read(string file, int updates)
        {
            var all = MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(file));
            return new Curves(all[..updates].ToArray(), all[updates..].ToArray());
        }
    }

    /// <summary>Random play: frames, and transitions as places among them.</summary>
    private sealed class Recording
    {
        public const int FrameBytes = 84 * 84;
        private readonly byte[] _frames;

        private Recording(byte[] frames) => _frames = frames;

        /// <summary>Where the first frame of s' lies; that of s is one before.</summary>
        public List<(int Next, int Start, int Action, float Reward, bool Terminated)> Steps { get; } = [];

        public static Recording Of(IVectorEnvironment environment, int transitions, ulong seed)
        {
            var frames = GC.AllocateUninitializedArray<byte>(checked(transitions * 5 / 4 * FrameBytes), pinned: true);
            var recording = new Recording(frames);
            var random = new RandomStream(seed, "recording");
            var result = new StepResult(1);
            nint Frame(int index) => Marshal.UnsafeAddrOfPinnedArrayElement(frames, index * FrameBytes);
            environment.Reset(seed, [Frame(0)], result);
            var (newest, start) = (0, 0);
            while (recording.Steps.Count < transitions)
            {
                var action = random.NextInt32(environment.ActionNames.Count);
                environment.Step([action], [Frame(++newest)], result);
                if (result.EpisodeStart[0] != 0)
                    start = newest;
                else
                    recording.Steps.Add((newest, start, action, Math.Sign(result.Rewards[0]), result.Terminated[0] != 0));
            }

            return recording;
        }

        /// <summary>The stack whose newest frame is given; before an episode's first frame it repeats.</summary>
        public static int[] StackAt(int newest, int start) =>
            [.. Enumerable.Range(newest - Stack + 1, Stack).Select(i => Math.Max(i, start))];

        public void Gather(ReadOnlySpan<int> places, Span<byte> to)
        {
            for (var i = 0; i < places.Length; i++)
                _frames.AsSpan(places[i] * FrameBytes, FrameBytes).CopyTo(to[(i * FrameBytes)..]);
        }

        public ReadOnlySpan<byte> Frames => _frames.AsSpan(0, (Steps[^1].Next + 1) * FrameBytes);
    }

    /// <summary>
    /// Which transitions each update learns from, drawn uniformly, and the states whose values are followed.
    /// </summary>
    private sealed class Plan
    {
        private readonly Recording _recording;

        public Plan(Recording recording, int updates)
        {
            (_recording, Updates) = (recording, updates);
            Places = new int[updates * 2 * BatchSize * Stack];
            Actions = new long[updates * BatchSize];
            Rewards = new float[updates * BatchSize];
            Discounts = new float[updates * BatchSize];
            var random = new RandomStream(5, "minibatches");
            for (var k = 0; k < updates; k++)
            {
                for (var i = 0; i < BatchSize; i++)
                {
                    var step = recording.Steps[random.NextInt32(recording.Steps.Count)];
                    var at = (k * 2 * BatchSize) + i;
                    Recording.StackAt(step.Next - 1, step.Start).CopyTo(Places, at * Stack);
                    Recording.StackAt(step.Next, step.Start).CopyTo(Places, (at + BatchSize) * Stack);
                    (Actions[(k * BatchSize) + i], Rewards[(k * BatchSize) + i]) = (step.Action, step.Reward);
                    Discounts[(k * BatchSize) + i] = step.Terminated ? 0 : 0.99f;
                }
            }

            Held = [.. Enumerable.Range(0, HeldOut)
                .Select(_ => recording.Steps[random.NextInt32(recording.Steps.Count)])
                .SelectMany(step => Recording.StackAt(step.Next, step.Start))];
        }

        public int Updates { get; }
        public int[] Places { get; }
        public long[] Actions { get; }
        public float[] Rewards { get; }
        public float[] Discounts { get; }
        public int[] Held { get; }

        public void Write(TempFolder folder)
        {
            File.WriteAllBytes(folder.File("frames.u8"), _recording.Frames);
            File.WriteAllBytes(folder.File("places.i32"), MemoryMarshal.AsBytes<int>(Places));
            File.WriteAllBytes(folder.File("actions.i64"), MemoryMarshal.AsBytes<long>(Actions));
            File.WriteAllBytes(folder.File("rewards.f32"), MemoryMarshal.AsBytes<float>(Rewards));
            File.WriteAllBytes(folder.File("discounts.f32"), MemoryMarshal.AsBytes<float>(Discounts));
            File.WriteAllBytes(folder.File("held.i32"), MemoryMarshal.AsBytes<int>(Held));
        }
    }
}
