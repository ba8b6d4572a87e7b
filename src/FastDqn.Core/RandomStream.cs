using System.Numerics;
using System.Text;

namespace FastDqn.Core;

/// <summary>
/// A seeded random generator whose state can be saved: xoshiro256** (Blackman and Vigna, 2018), seeded through
/// SplitMix64. Each part of a run draws from a stream of its own, derived from the run's seed and the part's
/// name, so that no part's draws depend on another's timing.
/// </summary>
public sealed class RandomStream : IStateful
{
    private ulong _s0, _s1, _s2, _s3;

    public RandomStream(ulong seed) => Seed(seed);

    /// <summary>
    /// The stream of the part called <paramref name="name"/> in the run seeded with <paramref name="seed"/>.
    /// </summary>
    public RandomStream(ulong seed, string name, int index = 0)
        : this(DeriveSeed(seed, name, index)) { }

    /// <summary>A 64-bit seed for a named part, for generators that are not ours (native ones, libtorch's).</summary>
    public static ulong DeriveSeed(ulong seed, string name, int index = 0)
    {
        // FNV-1a over the name, mixed with seed and index: stable across versions and machines.
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ b) * 1099511628211UL;
        var state = seed ^ BitOperations.RotateLeft(hash, 17) ^ ((ulong)(uint)index * 0x9E3779B97F4A7C15UL);
        return SplitMix64(ref state);
    }

    /// <summary>
    /// Goes on as another stream: a different one for each <paramref name="branch"/> of the same state.
    /// </summary>
    public void Branch(int branch) => Seed(DeriveSeed(NextUInt64(), "branch", branch));

    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform over [0, 1) in steps of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform over [0, <paramref name="bound"/>), without bias (Lemire 2019).</summary>
    public long NextInt64(long bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        var range = (ulong)bound;
        var high = Math.BigMul(NextUInt64(), range, out var low);
        if (low < range)
        {
            var threshold = (0UL - range) % range;
            while (low < threshold)
                high = Math.BigMul(NextUInt64(), range, out low);
        }

        return (long)high;
    }

    public int NextInt32(int bound) => (int)NextInt64(bound);

    /// <summary>
    /// Standard normal by Marsaglia's polar method; keeps no spare, so the state is the four words alone.
    /// </summary>
    public double NextGaussian()
    {
        while (true)
        {
            var u = (2 * NextDouble()) - 1;
            var v = (2 * NextDouble()) - 1;
            var s = (u * u) + (v * v);
            if (s is > 0 and < 1)
                return u * Math.Sqrt(-2 * Math.Log(s) / s);
        }
    }

    public void Save(StateWriter writer)
    {
        writer.Section("random", 1);
        writer.WriteUInt64(_s0);
        writer.WriteUInt64(_s1);
        writer.WriteUInt64(_s2);
        writer.WriteUInt64(_s3);
    }

    public void Load(StateReader reader)
    {
        reader.Section("random", 1);
        var (s0, s1, s2, s3) = (reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
        if ((s0 | s1 | s2 | s3) == 0)
            throw new FastDqnException(ErrorKind.BadData, "bad state: a random generator holds only zeros");
        (_s0, _s1, _s2, _s3) = (s0, s1, s2, s3);
    }

    private void Seed(ulong seed)
    {
        _s0 = SplitMix64(ref seed);
        _s1 = SplitMix64(ref seed);
        _s2 = SplitMix64(ref seed);
        _s3 = SplitMix64(ref seed);
    }

    private static ulong SplitMix64(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15UL;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
