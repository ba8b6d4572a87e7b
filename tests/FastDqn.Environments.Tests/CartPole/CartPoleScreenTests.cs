using FastDqn.Core;
using FastDqn.Environments.CartPole;

namespace FastDqn.Environments.Tests;

public sealed class CartPoleScreenTests
{
    [Theory]
    [InlineData("centre")]
    [InlineData("left")]
    [InlineData("right")]
    public void TheReductionIsOpenCvs(string name)
    {
        var (width, height, picture) = PngFile.Read(Data($"cartpole-{name}.png"));
        var (columns, rows, expected) = PngFile.Read(Data($"cartpole-{name}-84.png"));
        Assert.Equal((84, 84), (columns, rows));
        var planes = new byte[3 * columns * rows];
        new LinearReducer(width, height, columns, rows).Reduce(picture, planes);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], planes[((i % 3) * columns * rows) + (i / 3)]);
    }

    [Fact]
    public void AnObservationIsTheScreenOfTheVectorEnvironmentsState()
    {
        using var screen = new CartPoleScreenEnvironment("cartpole-pixels-rgb-v0", 3, 200);
        using var vector = new CartPoleEnvironment("cartpole-v0", 3, 200);
        using var seen = new FrameBuffers(screen);
        using var felt = new FrameBuffers(vector);
        Assert.Equal((ObservationType.UInt8, "3x84x84"), (screen.Observation.Type, string.Join('x', screen.Observation.Shape)));
        screen.Reset(17, seen.Frames, seen.Result);
        vector.Reset(17, felt.Frames, felt.Result);
        var reducer = new LinearReducer(600, 400, 84, 84);
        var (picture, planes) = (new byte[600 * 400 * 3], new byte[3 * 84 * 84]);
        var random = new RandomStream(2);
        for (var step = 0; step < 80; step++)
        {
            int[] actions = [random.NextInt32(2), random.NextInt32(2), random.NextInt32(2)];
            screen.Step(actions, seen.Frames, seen.Result);
            vector.Step(actions, felt.Frames, felt.Result);
            Assert.Equal(felt.Result.Rewards, seen.Result.Rewards);
            Assert.Equal(felt.Result.Terminated, seen.Result.Terminated);
            Assert.Equal(felt.Result.EpisodeStart, seen.Result.EpisodeStart);
            vector.RenderRgb(step % 3, picture);
            reducer.Reduce(picture, planes);
            Assert.Equal(planes, seen.Bytes(step % 3).ToArray());
        }
    }

    [Fact]
    public void ARestoredEnvironmentContinuesWithTheSameBytes()
    {
        using var environment = new CartPoleScreenEnvironment("cartpole-pixels-rgb", 2, 500);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(5, buffers.Frames, buffers.Result);
        Drive.Random(environment, buffers, 1, 30);
        var state = Drive.Save(environment);
        var expected = Drive.Random(environment, buffers, 2, 30);
        using var restored = new CartPoleScreenEnvironment("cartpole-pixels-rgb", 2, 500);
        using var others = new FrameBuffers(restored);
        Drive.Load(restored, state);
        Assert.Equal(expected, Drive.Random(restored, others, 2, 30));
    }

    private static string Data(string file) => Path.Combine(AppContext.BaseDirectory, "data", file);
}
