using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>
/// Priorities with their sums, 16 children a node: five levels for a million leaves, so an update or a draw touches
/// five pairs of cache lines where a binary tree touches twenty. A node is always the sum of its children in one fixed
/// order (never a running difference): sums do not drift, and the same leaves give the same bits however they
/// came about.
/// </summary>
public sealed unsafe class SumTree : IDisposable
{
    private const int Fan = 16;

    private readonly NativeRegion _memory;
    private readonly float* _leaves;
    private readonly double*[] _levels;
    private readonly long[] _sizes;

    public SumTree(long leaves)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(leaves);
        Count = leaves;
        var sizes = LevelSizes(leaves);
        _memory = new NativeRegion((long)BytesFor(leaves));
        _sizes = sizes[1..];
        _levels = new double*[_sizes.Length];
        _leaves = (float*)_memory.Pointer;
        var next = (double*)(_memory.Pointer + (sizes[0] * sizeof(float)));
        for (var level = 0; level < _levels.Length; level++)
        {
            _levels[level] = next;
            next += _sizes[level];
        }
    }

    /// <summary>Leaves.</summary>
    public long Count { get; }

    /// <summary>Sum of all leaves.</summary>
    public double Total => _levels[^1][0];

    public float this[long leaf] => _leaves[leaf];

    /// <summary>The leaves as they lie in memory, for saving.</summary>
    public ReadOnlySpan<float> Leaves(long first, int count) => new(_leaves + first, count);

    /// <summary>Bytes of a tree, leaves and sums.</summary>
    public static Int128 BytesFor(Int128 leaves)
    {
        Int128 bytes = Padded(leaves) * sizeof(float);
        while (leaves > 1)
        {
            leaves = (leaves + Fan - 1) / Fan;
            bytes += Padded(leaves) * sizeof(double);
        }

        return bytes + (Fan * sizeof(double));
    }

    /// <summary>Sets one leaf, at least 0 and finite, and the sums above it.</summary>
    public void Set(long leaf, float value)
    {
        _leaves[leaf] = value;
        SumUp(leaf);
    }

    /// <summary>
    /// Sets many leaves, in order (the last of equal ones wins); each node above them is summed once where
    /// neighbours follow each other.
    /// </summary>
    public void Set(ReadOnlySpan<long> leaves, ReadOnlySpan<float> values)
    {
        for (var i = 0; i < leaves.Length; i++)
            _leaves[leaves[i]] = values[i];
        for (var i = 0; i < leaves.Length; i++)
            if (i + 1 == leaves.Length || leaves[i] / Fan != leaves[i + 1] / Fan)
                SumUp(leaves[i]);
    }

    /// <summary>
    /// The leaf within whose share of the total <paramref name="mass"/> (0 to <see cref="Total"/>) falls. Never
    /// a leaf of 0 while any is more, whatever the rounding. The tree must hold a positive leaf.
    /// </summary>
    public long Find(double mass)
    {
        long node = 0;
        for (var level = _levels.Length - 2; level >= 0; level--)
            node = Descend(_levels[level] + (node * Fan), ref mass) + (node * Fan);
        return FindLeaf(_leaves + (node * Fan), mass) + (node * Fan);
    }

    /// <summary>Leaves to be written directly; <see cref="Rebuild"/> must follow.</summary>
    public Span<float> LeavesToLoad(long first, int count) => new(_leaves + first, count);

    /// <summary>Sets every leaf and sum to 0.</summary>
    public void Clear() => NativeMemory.Clear(_memory.Pointer, (nuint)_memory.Length);

    /// <summary>Sums everything from the leaves up.</summary>
    public void Rebuild()
    {
        for (var level = 0; level < _levels.Length; level++)
        {
            var children = level == 0 ? Count : SizeUsed(level - 1);
            for (long node = 0; node * Fan < children; node++)
                _levels[level][node] = SumOf(level, node);
        }
    }

    public void Dispose() => _memory.Dispose();

    private static Int128 Padded(Int128 size) => (size + Fan - 1) / Fan * Fan;

    // Leaves, then each level up to one that holds the root alone; every level padded with zeros to whole nodes.
    private static long[] LevelSizes(long leaves)
    {
        var sizes = new List<long> { (long)Padded(leaves) };
        var size = leaves;
        do
        {
            size = (size + Fan - 1) / Fan;
            sizes.Add((long)Padded(size));
        }
        while (size > 1);
        return [.. sizes];
    }

    private static int Descend(double* children, ref double mass)
    {
        var last = 0;
        for (var i = 0; i < Fan; i++)
        {
            var share = children[i];
            if (mass < share)
                return i;
            if (share > 0)
                last = i;
            mass -= share;
        }

        // Rounding carried the mass past the end: the last positive child, and the last leaf under it.
        mass = double.PositiveInfinity;
        return last;
    }

    private static int FindLeaf(float* leaves, double mass)
    {
        var last = 0;
        for (var i = 0; i < Fan; i++)
        {
            double share = leaves[i];
            if (mass < share)
                return i;
            if (share > 0)
                last = i;
            mass -= share;
        }

        return last;
    }

    private long SizeUsed(int level)
    {
        var size = Count;
        for (var i = 0; i <= level; i++)
            size = (size + Fan - 1) / Fan;
        return size;
    }

    private void SumUp(long leaf)
    {
        for (var level = 0; level < _levels.Length; level++)
        {
            leaf /= Fan;
            _levels[level][leaf] = SumOf(level, leaf);
        }
    }

    // One order on every machine: four vectors of four, pairwise.
    private double SumOf(int level, long node)
    {
        Vector256<double> a, b, c, d;
        if (level == 0)
        {
            var leaves = _leaves + (node * Fan);
            (a, b) = Vector256.Widen(Vector256.Load(leaves));
            (c, d) = Vector256.Widen(Vector256.Load(leaves + 8));
        }
        else
        {
            var children = _levels[level - 1] + (node * Fan);
            a = Vector256.Load(children);
            b = Vector256.Load(children + 4);
            c = Vector256.Load(children + 8);
            d = Vector256.Load(children + 12);
        }

        var sum = (a + b) + (c + d);
        return (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
}
