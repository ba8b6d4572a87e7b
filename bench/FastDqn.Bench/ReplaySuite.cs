using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using FastDqn.Core;
using FastDqn.Replay;

namespace FastDqn.Bench;

/// <summary>
/// The ring at a million transitions: sampling, the sum tree, memory, the way to the disk and back, allocations.
/// </summary>
public static class ReplaySuite
{
    private const int Lanes = 8;
    private const int FrameBytes = 84 * 84;
    private const int StackDepth = 4;

    internal static IReadOnlyList<BenchRow> Run()
    {
        var rows = new List<BenchRow>();
        var capacity = Capacity();
        var size = $"{capacity / 1e6:0.##}M ring";
        using (var ring = Filled(capacity, null))
        {
            rows.Add(new BenchRow($"memory, {size}", ring.Footprint.TotalBytes / 1e9, "GB"));
            rows.Add(BenchRow.LessIsBetter(
                "bytes a transition", (double)ring.Footprint.TotalBytes / capacity,
                "B", "whole stacks", (2 * StackDepth * FrameBytes) + 7));
            foreach (var batchSize in new[] { 32, 512 })
                Sampling(rows, ring, batchSize, $"uniform, {size}");
        }

        using (var ring = Filled(capacity, new PriorityOptions()))
        {
            foreach (var batchSize in new[] { 32, 512 })
            {
                Sampling(rows, ring, batchSize, $"prioritised, {size}");
                Updating(rows, ring, batchSize, size);
            }

            OnDisk(rows, ring);
        }

        Trees(rows);
        Allocations(rows);
        return rows;
    }

    // As asked for by FASTDQN_BENCH_REPLAY (1,000,000), or as half of the free memory allows.
    internal static long Capacity()
    {
        var capacity = long.TryParse(Environment.GetEnvironmentVariable("FASTDQN_BENCH_REPLAY"), out var asked) && asked >= 10_000
            ? asked
            : 1_000_000;
        var fits = (long)(SystemMemory.AvailableBytes * 0.6) / FrameBytes;
        if (capacity <= fits)
            return capacity;
        Console.Error.WriteLine(
            $"a ring of {capacity} needs {SystemMemory.Format(capacity * FrameBytes)}: measured at {fits / 10_000 * 10_000} instead");
        return Math.Max(10_000, fits / 10_000 * 10_000);
    }

    private static ReplayRing Filled(long capacity, PriorityOptions? priority)
    {
        var ring = new ReplayRing(new ReplayRingOptions
        {
            Capacity = capacity,
            Lanes = Lanes,
            FrameBytes = FrameBytes,
            StackDepth = StackDepth,
            Priority = priority,
            Seed = 1,
        });
        Fill(ring, (int)(capacity / Lanes) + 8);
        return ring;
    }

    private static unsafe void Fill(ReplayRing ring, int steps)
    {
        const int Scene = 512;
        var random = new RandomStream(3);
        var frames = GamePictures.Frames(random, Scene, 84, 84);
        var (actions, rewards, none, start) = (new int[Lanes], new float[Lanes], new byte[Lanes], new byte[Lanes]);
        var ended = new byte[Lanes];
        for (var step = 0; step <= steps; step++)
        {
            for (var lane = 0; lane < Lanes; lane++)
            {
                frames.AsSpan((step + (lane * 61)) % Scene * FrameBytes, FrameBytes)
                    .CopyTo(new Span<byte>((void*)ring.FrameSlot(lane), FrameBytes));
            }

            if (step == 0)
            {
                ring.CommitStart();
                continue;
            }

            for (var lane = 0; lane < Lanes; lane++)
            {
                start[lane] = ended[lane];
                ended[lane] = start[lane] == 0 && random.NextInt32(500) == 0 ? (byte)1 : (byte)0;
                actions[lane] = random.NextInt32(4);
                rewards[lane] = random.NextInt32(2);
            }

            ring.Append(actions, rewards, ended, none, none, start);
        }
    }

    private static unsafe void Sampling(List<BenchRow> rows, ReplayRing ring, int batchSize, string kind)
    {
        // Whole stacks, as a straightforward buffer keeps them: observation and next observation of each transition.
        const int Stored = 20_000;
        var stack = StackDepth * FrameBytes;
        using var batch = new ReplayBatch(batchSize, ring.Options);
        using var stacks = new NativeRegion(2L * Stored * stack);
        new Span<byte>(stacks.Pointer, stack).Fill(1);
        for (var i = 1L; i < 2 * Stored; i++)
            Buffer.MemoryCopy(stacks.Pointer, stacks.Pointer + (i * stack), stack, stack);
        var random = new RandomStream(9);
        var bytes = (long)batchSize * stack;
        var at = 0L;
        var times = Measure.InTurn(
            batchSize == 32 ? 301 : 61,
            () => ring.Sample(batch, 0.5),
            () =>
            {
                // The same bytes in one piece, from another place of the memory each time.
                Buffer.MemoryCopy(stacks.Pointer + at, (void*)batch.Observations, bytes, bytes);
                Buffer.MemoryCopy(stacks.Pointer + at + bytes, (void*)batch.NextObservations, bytes, bytes);
                at = (at + (2 * bytes)) % ((2L * Stored * stack) - (2 * bytes));
            },
            () =>
            {
                // Fancy indexing: two new arrays a batch, a row copied into them an index.
                var first = (byte*)NativeMemory.Alloc((nuint)bytes);
                var second = (byte*)NativeMemory.Alloc((nuint)bytes);
                for (var i = 0L; i < batchSize; i++)
                {
                    var place = random.NextInt64(Stored) * stack;
                    Buffer.MemoryCopy(stacks.Pointer + place, first + (i * stack), stack, stack);
                    Buffer.MemoryCopy(stacks.Pointer + ((long)Stored * stack) + place, second + (i * stack), stack, stack);
                }

                NativeMemory.Free(first);
                NativeMemory.Free(second);
            });
        rows.Add(BenchRow.LessIsBetter($"sample {batchSize}, {kind}", times[0] * 1e6, "us", "memcpy of the same bytes", times[1] * 1e6));
        rows.Add(BenchRow.LessIsBetter(
            $"sample {batchSize}, {kind}", times[0] * 1e6, "us", "numpy-style buffer of whole stacks", times[2] * 1e6));
        rows.Add(new BenchRow($"sample {batchSize}, {kind}: observations copied", 2 * bytes / times[0] / 1e9, "GB/s"));
    }

    private static void Updating(List<BenchRow> rows, ReplayRing ring, int batchSize, string size)
    {
        var random = new RandomStream(10);
        using var batch = new ReplayBatch(batchSize, ring.Options);
        ring.Sample(batch, 0.5);
        var errors = new float[batchSize];
        foreach (ref var error in errors.AsSpan())
            error = (float)random.NextDouble();
        var update = Measure.InTurn(301, () => ring.UpdatePriorities(batch.IndexSpan, errors));
        rows.Add(new BenchRow($"priority update of {batchSize}, {size}", update[0] * 1e6, "us"));
    }

    private static void OnDisk(List<BenchRow> rows, ReplayRing ring)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"fastdqn-bench-{Environment.ProcessId}");
        try
        {
            using var log = new FrameLog(ring, folder);
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var segments = log.Cut();
            rows.Add(new BenchRow("frames of the whole ring to the disk", log.RawBytes / watch.Elapsed.TotalSeconds / 1e6, "MB/s"));
            rows.Add(BenchRow.LessIsBetter(
                "their size, game-like frames", segments.Sum(s => s.Bytes) / 1e6, "MB", "raw", log.RawBytes / 1e6));
            Fill(ring, 1000);
            watch.Restart();
            segments = log.Cut();
            rows.Add(new BenchRow($"cut after {1001 * Lanes} transitions written meanwhile", watch.Elapsed.TotalMilliseconds, "ms"));
            watch.Restart();
            FrameLog.Verify(folder, segments);
            FrameLog.Restore(ring, folder, segments);
            rows.Add(new BenchRow(
                "verifying and restoring the whole ring", ring.Transitions * FrameBytes / watch.Elapsed.TotalSeconds / 1e6, "MB/s"));
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private static void Trees(List<BenchRow> rows)
    {
        const int Leaves = 1_000_000;
        const int Batch = 512;
        var random = new RandomStream(4);
        using var wide = new SumTree(Leaves);
        var binary = new BinaryTree(Leaves);
        for (var i = 0; i < Leaves; i++)
        {
            var value = (float)random.NextDouble();
            wide.Set(i, value);
            binary.Set(i, value);
        }

        var leaves = Enumerable.Range(0, Batch).Select(_ => (long)random.NextInt32(Leaves)).ToArray();
        var values = leaves.Select(_ => (float)random.NextDouble()).ToArray();
        var masses = leaves.Select(_ => random.NextDouble()).ToArray();
        var times = Measure.InTurn(
            201,
            () => wide.Set(leaves, values),
            () =>
            {
                for (var i = 0; i < Batch; i++)
                    binary.Set((int)leaves[i], values[i]);
            },
            () =>
            {
                foreach (var mass in masses)
                    wide.Find(mass * wide.Total);
            },
            () =>
            {
                foreach (var mass in masses)
                    binary.Find(mass * binary.Total);
            });
        rows.Add(BenchRow.LessIsBetter("sum tree of 1M: update", times[0] / Batch * 1e9, "ns", "binary tree", times[1] / Batch * 1e9));
        rows.Add(BenchRow.LessIsBetter("sum tree of 1M: draw", times[2] / Batch * 1e9, "ns", "binary tree", times[3] / Batch * 1e9));
    }

    private static void Allocations(List<BenchRow> rows)
    {
        foreach (var report in Measure.Benchmarks<ReplayStepBenchmarks>().Reports)
        {
            var kind = (bool)report.BenchmarkCase.Parameters[nameof(ReplayStepBenchmarks.Prioritised)] ? "prioritised" : "uniform";
            rows.Add(new BenchRow($"{kind} step of 8 lanes with a batch of 32", report.Fastest() / 1e3, "us"));
            rows.Add(new BenchRow($"{kind} step: managed allocation", report.Allocated(), "B"));
        }
    }

    /// <summary>The textbook tree: two children a node.</summary>
    private sealed class BinaryTree(int leaves)
    {
        private readonly int _size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)leaves);
        private readonly double[] _sums = new double[2 * System.Numerics.BitOperations.RoundUpToPowerOf2((uint)leaves)];

        public double Total => _sums[1];

        public void Set(int leaf, double value)
        {
            var node = _size + leaf;
            _sums[node] = value;
            for (node >>= 1; node > 0; node >>= 1)
                _sums[node] = _sums[2 * node] + _sums[(2 * node) + 1];
        }

        public int Find(double mass)
        {
            var node = 1;
            while (node < _size)
            {
                node *= 2;
                if (mass >= _sums[node])
                    mass -= _sums[node++];
            }

            return node - _size;
        }
    }
}

/// <summary>What a training loop does with the ring in one vector step, for the memory diagnoser.</summary>
public sealed class ReplayStepBenchmarks : IDisposable
{
    private const int Lanes = 8;

    private readonly int[] _actions = new int[Lanes];
    private readonly float[] _rewards = new float[Lanes];
    private readonly byte[] _flags = new byte[Lanes];
    private ReplayRing? _ring;
    private ReplaySampler? _sampler;
    private NativeRegion? _stacks;

    [ParamsAllValues]
    public bool Prioritised { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _ring = new ReplayRing(new ReplayRingOptions
        {
            Capacity = 20_000,
            Lanes = Lanes,
            FrameBytes = 84 * 84,
            Priority = Prioritised ? new PriorityOptions() : null,
        });
        _sampler = new ReplaySampler(_ring, 32);
        _stacks = new NativeRegion(Lanes * 4 * 84 * 84);
        _ring.CommitStart();
        for (var i = 0; i < 100; i++)
            _ring.Append(_actions, _rewards, _flags, _flags, _flags, _flags);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _sampler?.Dispose();
        _ring?.Dispose();
        _stacks?.Dispose();
    }

    [Benchmark]
    public void Step()
    {
        _ring!.GatherStacks(_stacks!.Address);
        _ring.Append(_actions, _rewards, _flags, _flags, _flags, _flags);
        _sampler!.Enqueue(0.5);
        var batch = _sampler.Take();
        _ring.UpdatePriorities(batch.IndexSpan, batch.ReturnSpan);
    }
}
