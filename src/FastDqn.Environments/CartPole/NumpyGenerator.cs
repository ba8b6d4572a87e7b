using System.Numerics;
using System.Runtime.CompilerServices;
using FastDqn.Core;

namespace FastDqn.Environments.CartPole;

/// <summary>
/// NumPy's <c>np.random.default_rng(seed)</c>: PCG64 (O'Neill 2014, XSL-RR output of a 128-bit generator) seeded
/// through <c>SeedSequence</c> (O'Neill's seed_seq replacement as NumPy 1.17 and later have it). Gymnasium's
/// environments draw from it, so their first observations can be reproduced to the last bit.
/// </summary>
public struct NumpyGenerator : IEquatable<NumpyGenerator>
{
    private const ulong MultiplierHigh = 2549297995355413924UL;
    private const ulong MultiplierLow = 4865540595714422341UL;

    private ulong _high, _low;
    private readonly ulong _incrementHigh, _incrementLow;

    public NumpyGenerator(ulong seed)
    {
        Span<ulong> words = stackalloc ulong[4];
        SeedSequence(seed, words);
        _incrementHigh = (words[2] << 1) | (words[3] >> 63);
        _incrementLow = (words[3] << 1) | 1;
        Advance();
        _low += words[1];
        _high += words[0] + (_low < words[1] ? 1UL : 0UL);
        Advance();
    }

    private NumpyGenerator(ulong high, ulong low, ulong incrementHigh, ulong incrementLow) =>
        (_high, _low, _incrementHigh, _incrementLow) = (high, low, incrementHigh, incrementLow);

    public ulong NextUInt64()
    {
        Advance();
        return BitOperations.RotateRight(_high ^ _low, (int)(_high >> 58));
    }

    /// <summary>Uniform over [0, 1) in steps of 2^-53: <c>Generator.random()</c>.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / 9007199254740992.0);

    /// <summary><c>Generator.uniform(low, high)</c>.</summary>
    public double NextUniform(double low, double high) => low + ((high - low) * NextDouble());

    public readonly void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteUInt64(_high);
        writer.WriteUInt64(_low);
        writer.WriteUInt64(_incrementHigh);
        writer.WriteUInt64(_incrementLow);
    }

    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/> when the increment is even, which no seed
    /// makes.</exception>
    public static NumpyGenerator Read(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var generator = new NumpyGenerator(reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
        return (generator._incrementLow & 1) == 1
            ? generator
            : throw new FastDqnException(ErrorKind.BadData, "bad state: a PCG64 generator has an even increment");
    }

    public readonly bool Equals(NumpyGenerator other) =>
        (_high, _low, _incrementHigh, _incrementLow) == (other._high, other._low, other._incrementHigh, other._incrementLow);

    public override readonly bool Equals(object? obj) => obj is NumpyGenerator other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(_high, _low, _incrementHigh, _incrementLow);

    public static bool operator ==(NumpyGenerator left, NumpyGenerator right) => left.Equals(right);

    public static bool operator !=(NumpyGenerator left, NumpyGenerator right) => !left.Equals(right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Advance()
    {
        var high = Math.BigMul(_low, MultiplierLow, out var low);
        high += (_high * MultiplierLow) + (_low * MultiplierHigh);
        low += _incrementLow;
        high += _incrementHigh + (low < _incrementLow ? 1UL : 0UL);
        (_high, _low) = (high, low);
    }

    /// <summary><c>SeedSequence(seed).generate_state(4, np.uint64)</c>.</summary>
    private static void SeedSequence(ulong seed, Span<ulong> state)
    {
        const uint MultiplierA = 0x931e8875, MultiplierB = 0x58f38ded;
        // NumPy splits the seed into as many 32-bit words as it needs; missing words are hashed as zeros.
        Span<uint> pool = stackalloc uint[4];
        pool.Clear();
        pool[0] = (uint)seed;
        pool[1] = (uint)(seed >> 32);
        var constant = 0x43b0d7e5U;
        for (var i = 0; i < 4; i++)
            pool[i] = Hash(pool[i], ref constant, MultiplierA);
        for (var source = 0; source < 4; source++)
        {
            for (var target = 0; target < 4; target++)
            {
                if (source != target)
                    pool[target] = Mix(pool[target], Hash(pool[source], ref constant, MultiplierA));
            }
        }

        constant = 0x8b51f9ddU;
        for (var i = 0; i < state.Length; i++)
        {
            var low = Hash(pool[2 * i % 4], ref constant, MultiplierB);
            var high = Hash(pool[((2 * i) + 1) % 4], ref constant, MultiplierB);
            state[i] = low | ((ulong)high << 32);
        }

        static uint Hash(uint value, ref uint constant, uint multiplier)
        {
            value ^= constant;
            constant *= multiplier;
            value *= constant;
            return value ^ (value >> 16);
        }

        static uint Mix(uint x, uint y)
        {
            var result = (0xca01f9ddU * x) - (0x4973f715U * y);
            return result ^ (result >> 16);
        }
    }
}
