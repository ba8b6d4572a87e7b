using System.Diagnostics;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.CartPole;
using FastDqn.Media;

namespace FastDqn.Bench;

/// <summary>
/// Agent steps per second of the built-in environments on one core, random actions, observations included: CartPole
/// beside a scalar one in the same run, a batch of each in turn, the fastest batches compared; the grid world and
/// CartPole's pixels by themselves; films.
/// </summary>
internal static class EnvironmentsSuite
{
    private const int Batches = 400;
    private const int ActionSets = 16;

    public static IReadOnlyList<BenchRow> Run()
    {
        var rows = new List<BenchRow>();
        foreach (var count in new[] { 1, 64, 1024, 4096, 16384 })
        {
            using var ours = new Subject(CartPoleEnvironment.V1(count));
            using var peer = new Peer(count);
            for (var batch = 0; batch < Batches; batch++)
            {
                ours.RunBatch();
                peer.RunBatch();
            }

            rows.Add(new BenchRow(
                $"cartpole x {count}", ours.Best / 1e6, "million steps/s",
                "scalar C#, an object each", peer.Best / 1e6, ours.Best / peer.Best));
            if (count == 4096)
                rows.Add(new BenchRow($"cartpole x {count}: managed allocation", ours.Allocated(), "B/step"));
        }

        var others = new[]
        {
            ("gridworld", 1), ("gridworld", 64), ("gridworld-partial", 64), ("cartpole-pixels", 1), ("cartpole-pixels", 16),
        };
        foreach (var (name, count) in others)
        {
            using var subject = new Subject(BuiltInEnvironments.Find(name)!.Create(count));
            for (var batch = 0; batch < Batches; batch++)
                subject.RunBatch();
            rows.Add(new BenchRow($"{name} x {count}", subject.Best / 1e3, "thousand steps/s"));
        }

        rows.AddRange(new[] { "cartpole", "gridworld" }.Select(FilmOf));
        return rows;
    }

    /// <summary>What a picture of a film takes, drawn and written, beside one written whole; turn about.</summary>
    private static BenchRow FilmOf(string name)
    {
        const int pictures = 300;
        using var subject = new Subject(BuiltInEnvironments.Find(name)!.Create(1));
        var (width, height) = subject.Picture.RenderSize(0);
        var rgb = new byte[width * height * 3];
        using var film = new GifEncoder(Stream.Null, width, height, 15);
        var (ours, whole) = (0L, 0L);
        for (var i = 0; i < pictures; i++)
        {
            subject.RunBatch();
            var start = Stopwatch.GetTimestamp();
            subject.Picture.RenderRgb(0, rgb);
            film.Add(rgb);
            ours += Stopwatch.GetTimestamp() - start;
            using var still = new GifEncoder(Stream.Null, width, height, 15);
            start = Stopwatch.GetTimestamp();
            subject.Picture.RenderRgb(0, rgb);
            still.Add(rgb);
            whole += Stopwatch.GetTimestamp() - start;
        }

        var each = 1e3 / Stopwatch.Frequency / pictures;
        return BenchRow.LessIsBetter($"{name}: a film's picture", ours * each, "ms", "the whole picture", whole * each);
    }

    /// <summary>Something that steps environments, timed in batches of about a millisecond.</summary>
    private abstract unsafe class Timed : IDisposable
    {
        private readonly NativeRegion _memory;
        private readonly int[][] _actions;
        private int _set;
        private int _stepsABatch = 1;

        protected Timed(int count, int frameBytes, int actions)
        {
            var stride = (frameBytes + 63) / 64 * 64;
            _memory = new NativeRegion((long)count * stride);
            Frames = [.. Enumerable.Range(0, count).Select(i => (nint)(_memory.Pointer + ((long)i * stride)))];
            var random = new RandomStream(1);
            _actions =
            [
                .. Enumerable.Range(0, ActionSets)
                    .Select(_ => Enumerable.Range(0, count).Select(_ => random.NextInt32(actions)).ToArray()),
            ];
            Result = new StepResult(count);
        }

        /// <summary>Agent steps a second of the fastest batch.</summary>
        public double Best { get; private set; }

        protected nint[] Frames { get; }

        protected StepResult Result { get; }

        public void RunBatch()
        {
            var start = Stopwatch.GetTimestamp();
            StepAll(_stepsABatch);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            // The batch grows until the clock's own time does not matter; the code is compiled by then as well.
            if (seconds < 5e-4)
                _stepsABatch = Math.Min(2 * _stepsABatch, 1 << 14);
            else
                Best = Math.Max(Best, _stepsABatch * (double)Frames.Length / seconds);
        }

        /// <summary>Managed bytes allocated an environment's step.</summary>
        public double Allocated()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            StepAll(ActionSets);
            return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)(ActionSets * Frames.Length);
        }

        public virtual void Dispose() => _memory.Dispose();

        protected abstract void Step(int[] actions);

        private void StepAll(int steps)
        {
            for (var i = 0; i < steps; i++)
                Step(_actions[_set++ % ActionSets]);
        }
    }

    private sealed class Subject : Timed
    {
        private readonly IVectorEnvironment _environment;

        public Subject(IVectorEnvironment environment)
            : base(environment.Count, environment.Observation.FrameBytes, environment.ActionNames.Count)
        {
            _environment = environment;
            _environment.Reset(1, Frames, Result);
        }

        public IRenderable Picture => (IRenderable)_environment;

        public override void Dispose()
        {
            _environment.Dispose();
            base.Dispose();
        }

        protected override void Step(int[] actions) => _environment.Step(actions, Frames, Result);
    }

    private sealed class Peer(int count) : Timed(count, 16, 2)
    {
        private readonly ScalarCartPole[] _poles =
            [.. Enumerable.Range(0, count).Select(i => new ScalarCartPole(new RandomStream(1, "peer", i)))];

        protected override void Step(int[] actions)
        {
            for (var i = 0; i < _poles.Length; i++)
                _poles[i].Step(i, actions[i], Frames[i], Result);
        }
    }
}
