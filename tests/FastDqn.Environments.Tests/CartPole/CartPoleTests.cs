using System.Runtime.Intrinsics;
using System.Text.Json;
using FastDqn.Core;
using FastDqn.Environments.CartPole;
using FastDqn.Tests;

namespace FastDqn.Environments.Tests;

public sealed class CartPoleTests
{
    private static readonly JsonElement Golden =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "data", "cartpole.json"))).RootElement;

    public static TheoryData<int> Trajectories => [.. Enumerable.Range(0, Golden.GetProperty("trajectories").GetArrayLength())];

    [Fact]
    public void TheGeneratorIsNumpysForEveryWidthOfSeed()
    {
        foreach (var words in Golden.GetProperty("words").EnumerateObject())
        {
            var generator = new NumpyGenerator(ulong.Parse(words.Name));
            foreach (var word in words.Value.EnumerateArray())
                Assert.Equal(word.GetUInt64(), generator.NextUInt64());
        }
    }

    [Theory]
    [MemberData(nameof(Trajectories))]
    public void TrajectoriesAreThoseOfGymnasiumsRules(int index)
    {
        var golden = Golden.GetProperty("trajectories")[index];
        using var environment = new CartPoleEnvironment("cartpole", 1, golden.GetProperty("limit").GetInt32());
        using var buffers = new FrameBuffers(environment);
        var rows = golden.GetProperty("rows").EnumerateArray().ToDictionary(row => row[0].GetInt32());
        var balance = golden.GetProperty("policy").GetString() == "balance";
        var digest = Drive.Start;
        var draw = 2463534242U;
        var ends = 0;
        environment.Reset(golden.GetProperty("seed").GetUInt64(), buffers.Frames, buffers.Result);
        Check(0);
        for (var step = 1; step <= golden.GetProperty("steps").GetInt32(); step++)
        {
            draw ^= draw << 13;
            draw ^= draw >> 17;
            draw ^= draw << 5;
            var o = buffers.Floats(0);
            var action = balance
                ? o[2] + (0.25 * o[3]) + (0.02 * o[0]) + (0.05 * o[1]) > 0 ? 1 : 0
                : (int)(draw % 2);
            environment.Step([action], buffers.Frames, buffers.Result);
            ends += buffers.Result.Terminated[0] + buffers.Result.Truncated[0];
            Check(step);
        }

        Assert.Equal(golden.GetProperty("ends").GetInt32(), ends);
        Assert.Equal(golden.GetProperty("digest").GetString(), digest.ToString("x16"));

        void Check(int step)
        {
            var result = buffers.Result;
            digest = Drive.Fnv(digest, buffers.Bytes(0));
            digest = Drive.Fnv(digest, BitConverter.GetBytes(result.Rewards[0]));
            digest = Drive.Fnv(digest, [result.Terminated[0], result.Truncated[0]]);
            if (rows.TryGetValue(step, out var row))
            {
                Assert.Equal(row[1].GetString(), Convert.ToHexStringLower(buffers.Bytes(0)));
                Assert.Equal(row[2].GetSingle(), result.Rewards[0]);
                Assert.Equal(row[3].GetInt32(), result.Terminated[0]);
                Assert.Equal(row[4].GetInt32(), result.Truncated[0]);
            }
        }
    }

    [Fact]
    public void SineAndCosineAreWithinOneUnitOfTheLastPlaceOfLibm()
    {
        var random = new RandomStream(3);
        for (var i = 0; i < 200_000; i++)
        {
            var x = (random.NextDouble() - 0.5) * 0.6;
            var (sin, cos) = CartPoleDynamics.SinCos(Vector256.Create(x));
            Assert.True(Math.Abs(sin[0] - Math.Sin(x)) <= Math.BitIncrement(Math.Abs(Math.Sin(x))) - Math.Abs(Math.Sin(x)), $"sin {x:R}");
            Assert.True(Math.Abs(cos[0] - Math.Cos(x)) <= Math.BitIncrement(Math.Cos(x)) - Math.Cos(x), $"cos {x:R}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(9)]
    public void AnEnvironmentOfABatchDoesWhatItDoesAlone(int count)
    {
        using var batch = CartPoleEnvironment.V1(count);
        using var together = new FrameBuffers(batch);
        batch.Reset(100, together.Frames, together.Result);
        var alone = Enumerable.Range(0, count).Select(_ => CartPoleEnvironment.V1(1)).ToArray();
        var buffers = alone.Select(e => new FrameBuffers(e)).ToArray();
        for (var i = 0; i < count; i++)
            alone[i].Reset(100 + (ulong)i, buffers[i].Frames, buffers[i].Result);
        var random = new RandomStream(1);
        var actions = new int[count];
        for (var step = 0; step < 300; step++)
        {
            for (var i = 0; i < count; i++)
                actions[i] = random.NextInt32(2);
            batch.Step(actions, together.Frames, together.Result);
            for (var i = 0; i < count; i++)
            {
                alone[i].Step([actions[i]], buffers[i].Frames, buffers[i].Result);
                Assert.Equal(buffers[i].Floats(0).ToArray(), together.Floats(i).ToArray());
                Assert.Equal(buffers[i].Result.Rewards[0], together.Result.Rewards[i]);
                Assert.Equal(buffers[i].Result.Terminated[0], together.Result.Terminated[i]);
                Assert.Equal(buffers[i].Result.EpisodeStart[0], together.Result.EpisodeStart[i]);
            }
        }

        foreach (var b in buffers)
            b.Dispose();
    }

    [Theory]
    [InlineData(200)]
    [InlineData(500)]
    public void TheTimeLimitTruncatesAndTheNextStepStartsAnEpisode(int limit)
    {
        using var environment = new CartPoleEnvironment("cartpole", 1, limit);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(42, buffers.Frames, buffers.Result);
        Assert.Equal(1, buffers.Result.EpisodeStart[0]);
        for (var step = 1; step <= limit; step++)
        {
            Assert.Equal(0, buffers.Result.Terminated[0] + buffers.Result.Truncated[0]);
            var o = buffers.Floats(0);
            environment.Step([o[2] + (0.25 * o[3]) + (0.02 * o[0]) + (0.05 * o[1]) > 0 ? 1 : 0], buffers.Frames, buffers.Result);
            Assert.Equal(1, buffers.Result.Rewards[0]);
        }

        Assert.Equal((0, 1), (buffers.Result.Terminated[0], buffers.Result.Truncated[0]));
        environment.Step([1], buffers.Frames, buffers.Result);
        Assert.Equal((1, 0f, 0), (buffers.Result.EpisodeStart[0], buffers.Result.Rewards[0], buffers.Result.Frames[0]));
        foreach (var value in buffers.Floats(0))
            Assert.InRange(value, -0.05f, 0.05f);
    }

    [Fact]
    public void ARestoredBatchContinuesWithTheSameBytes()
    {
        using var environment = CartPoleEnvironment.V1(37);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(5, buffers.Frames, buffers.Result);
        Drive.Random(environment, buffers, 1, 333);
        var state = Drive.Save(environment);
        var expected = Drive.Random(environment, buffers, 2, 333);
        using var restored = CartPoleEnvironment.V1(37);
        using var others = new FrameBuffers(restored);
        Drive.Load(restored, state);
        Assert.Equal(expected, Drive.Random(restored, others, 2, 333));
    }

    [Fact]
    public void StateOfAnotherSizeOrLimitIsRefused()
    {
        using var environment = CartPoleEnvironment.V1(2);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(5, buffers.Frames, buffers.Result);
        var state = Drive.Save(environment);
        foreach (var other in new[] { CartPoleEnvironment.V1(3), CartPoleEnvironment.V0(2) })
        {
            var error = Assert.Throws<FastDqnException>(() => Drive.Load(other, state));
            Assert.Equal(ErrorKind.BadData, error.Kind);
        }

        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => Drive.Load(environment, state[..^1])).Kind);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void AnActionOutOfRangeIsAnError(int action)
    {
        using var environment = CartPoleEnvironment.V1(2);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(5, buffers.Frames, buffers.Result);
        Assert.Equal(
            ErrorKind.Usage,
            Assert.Throws<FastDqnException>(() => environment.Step([0, action], buffers.Frames, buffers.Result)).Kind);
    }

    [Fact]
    public void SteppingAllocatesNothing()
    {
        using var environment = CartPoleEnvironment.V1(1024);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(5, buffers.Frames, buffers.Result);
        var actions = new int[1024];
        environment.Step(actions, buffers.Frames, buffers.Result);
        Assert.Equal(0, Allocations.Of(_ =>
        {
            for (var step = 0; step < 200; step++)
                environment.Step(actions, buffers.Frames, buffers.Result);
        }));
    }
}
