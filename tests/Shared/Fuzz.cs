using System.Buffers.Binary;
using System.Globalization;
using FastDqn.Core;

namespace FastDqn.Tests;

/// <summary>
/// Feeds a reader seeded mutations of what it should read. It may take one (the mutation did not matter, or another
/// value is as good) or refuse it with the documented exception; anything else, or an allocation out of proportion to
/// the input, is a failure that names the seed. FASTDQN_LONG (CI's long job) makes fifty times as many.
/// </summary>
internal static class Fuzz
{
    private const long AllocationBase = 48 << 20;
    private const int AllocationFactor = 64;

    /// <summary>How many of <paramref name="count"/> mutations to try here.</summary>
    public static int Times(int count) => Environment.GetEnvironmentVariable("FASTDQN_LONG") is { Length: > 0 } ? 50 * count : count;

    /// <param name="count">Mutations in the normal tests.</param>
    /// <param name="good">What the reader reads without complaint.</param>
    /// <param name="read">The reader.</param>
    /// <param name="allowed">The kinds of error that it documents.</param>
    /// <returns>How many mutations were taken.</returns>
    public static int Run(int count, byte[] good, Action<byte[]> read, params ReadOnlySpan<ErrorKind> allowed)
    {
        read(good);
        var (taken, limit) = (0, AllocationBase + ((long)AllocationFactor * good.Length));
        for (var seed = 0; seed < Times(count); seed++)
        {
            var bad = Mutate(good, new RandomStream((ulong)seed));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(bad);
                taken++;
            }
            catch (FastDqnException e) when (allowed.Contains(e.Kind))
            {
                Assert.DoesNotContain('\n', e.Message);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new InvalidOperationException(
                    string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {e.GetType().Name}: {e.Message}"), e);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(
                allocated <= limit,
                string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {allocated} bytes were allocated for {bad.Length}"));
        }

        return taken;
    }

    private static byte[] Mutate(byte[] good, RandomStream random)
    {
        List<byte> bytes = [.. good];
        for (var changes = 1 + random.NextInt32(3); changes > 0; changes--)
        {
            // Sizes and tags lie at the front: half of the changes are made there.
            var at = random.NextInt32(2) == 0
                ? random.NextInt32(Math.Max(1, Math.Min(bytes.Count, 96)))
                : random.NextInt32(Math.Max(1, bytes.Count));
            switch (random.NextInt32(8))
            {
                case 0 when bytes.Count > 0:
                    bytes[at] ^= (byte)(1 << random.NextInt32(8));
                    break;
                case 1 when bytes.Count > 0:
                    ReadOnlySpan<byte> telling = [0, 0xFF, 0x7F, 0x80, (byte)'"', (byte)'{', (byte)'-', (byte)'\n'];
                    bytes[at] = telling[random.NextInt32(telling.Length)];
                    break;
                case 2:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 3 when bytes.Count > at:
                    bytes.RemoveRange(at, 1 + random.NextInt32(Math.Min(16, bytes.Count - at)));
                    break;
                case 4 when bytes.Count > at:
                    bytes.InsertRange(
                        random.NextInt32(bytes.Count),
                        bytes.GetRange(at, Math.Min(1 + random.NextInt32(24), bytes.Count - at)));
                    break;
                case 5:
                    bytes.AddRange(new byte[1 + random.NextInt32(9)]);
                    break;
                default:
                    Number(bytes, at, random);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>A number that sizes and counts break on.</summary>
    private static void Number(List<byte> bytes, int at, RandomStream random)
    {
        ReadOnlySpan<long> numbers =
        [
            0, 1, -1, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 1L << 40,
            0x7FF0_0000_0000_0000, 100, 65_535,
        ];
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, numbers[random.NextInt32(numbers.Length)]);
        foreach (var value in number[..(random.NextInt32(2) == 0 ? 4 : 8)])
        {
            if (at >= bytes.Count)
                return;
            bytes[at++] = value;
        }
    }
}
