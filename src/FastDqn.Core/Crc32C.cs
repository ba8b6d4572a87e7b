using System.Numerics;
using System.Runtime.InteropServices;

namespace FastDqn.Core;

/// <summary>
/// CRC-32C (Castagnoli), one instruction per eight bytes where the CPU has it, without the inversion at the end. By
/// hand: the Crc32 of System.IO.Hashing is another polynomial.
/// </summary>
public static class Crc32C
{
    public const uint Seed = 0xFFFF_FFFF;

    /// <summary>
    /// Continues <paramref name="crc"/> (start with <see cref="Seed"/>) over <paramref name="bytes"/>.
    /// </summary>
    public static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
            crc = BitOperations.Crc32C(crc, word);
        foreach (var b in bytes[(bytes.Length & ~7)..])
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }

    public static uint Of(ReadOnlySpan<byte> bytes) => Add(Seed, bytes);
}
