using FastDqn.Core;
using FsCheck;
using FsCheck.Fluent;

namespace FastDqn.Replay.Tests;

public sealed class CodingTests
{
    [Fact]
    public void CodingGivesEveryFrameBackAndMakesRepeatsSmall()
    {
        Prop.ForAll(
            Gen.Choose(0, int.MaxValue).ToArbitrary(),
            seed =>
            {
                var random = new RandomStream((ulong)seed);
                var (count, size) = (1 + random.NextInt32(6), 1 + random.NextInt32(9000));
                var frames = new byte[count * size];
                for (var changes = random.NextInt32(400); changes > 0; changes--)
                    frames[random.NextInt32(frames.Length)] = (byte)random.NextUInt64();
                var decoded = new byte[frames.Length];
                var encoded = new byte[(frames.Length * 2) + 64];
                var length = Code(frames, encoded, decoded, count, size);
                Assert.Equal(frames, decoded);
                Assert.InRange(length, 1, (frames.Length / 64) + (8 * 400 * 2) + (count * 8));
            }).QuickCheckThrowOnFailure();
    }

    private static unsafe int Code(byte[] frames, byte[] encoded, byte[] decoded, int count, int size)
    {
        fixed (byte* source = frames, middle = encoded, target = decoded)
        {
            var length = ReplayLibrary.fdq_replay_encode(source, null, count, size, middle, encoded.Length);
            Assert.Equal(0, ReplayLibrary.fdq_replay_decode(middle, length, null, count, size, target));
            Assert.Equal(-1, ReplayLibrary.fdq_replay_decode(middle, length - 1, null, count, size, target));
            Assert.Equal(0, ReplayLibrary.fdq_replay_decode(middle, length, null, count, size, target));
            return (int)length;
        }
    }
}
