using FastDqn.Core;
using FastDqn.Environments.CartPole;

namespace FastDqn.Environments.Tests;

public sealed class CartPolePixelsTests
{
    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "data");

    [Theory]
    [InlineData("centre", 0.013, 0.021)]
    [InlineData("left", -2.103, -0.2)]
    [InlineData("right", 1.37, 0.17)]
    public void ThePictureAndItsReductionAreTheGoldenOnes(string name, double x, double theta)
    {
        var (width, height, expected) = PngFile.Read(Path.Combine(Data, $"cartpole-{name}.png"));
        var picture = new byte[width * height * 3];
        CartPolePainter.Draw(x, theta, 0, 0, width, height, picture);
        Assert.Equal(expected, picture);

        var (columns, rows, screen) = PngFile.Read(Path.Combine(Data, $"cartpole-{name}-screen.png"));
        var left = Math.Clamp((int)((x * 125) + 300) - 180, 0, 240);
        var window = new byte[160 * 360 * 3];
        CartPolePainter.Draw(x, theta, left, 160, 360, 160, window);
        for (var row = 0; row < 160; row++)
            Assert.True(picture.AsSpan((((160 + row) * 600) + left) * 3, 360 * 3).SequenceEqual(window.AsSpan(row * 360 * 3, 360 * 3)));
        var reduced = new byte[rows * columns * 3];
        new BicubicReducer(360, 160, columns, rows).Reduce(window, reduced);
        Assert.Equal(screen, reduced);
    }

    [Fact]
    public void AnObservationIsTheScreenMinusTheOneBefore()
    {
        using var environment = new CartPolePixelsEnvironment("cartpole-pixels", 2, 500);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(9, buffers.Frames, buffers.Result);
        Assert.All(buffers.Floats(0).ToArray(), value => Assert.Equal(0, value));
        var random = new RandomStream(4);
        var starts = 0;
        for (var step = 0; step < 60; step++)
        {
            var before = environment.ScreenOf(1).ToArray();
            environment.Step([random.NextInt32(2), random.NextInt32(2)], buffers.Frames, buffers.Result);
            var after = environment.ScreenOf(1);
            var start = buffers.Result.EpisodeStart[1] != 0;
            starts += start ? 1 : 0;
            for (var channel = 0; channel < 3; channel++)
            {
                for (var pixel = 0; pixel < 3600; pixel++)
                {
                    var at = (3 * pixel) + channel;
                    var expected = start ? 0 : (after[at] / 255f) - (before[at] / 255f);
                    Assert.Equal(expected, buffers.Floats(1)[(channel * 3600) + pixel]);
                }
            }
        }

        Assert.InRange(starts, 1, 6);
    }

    [Fact]
    public void RewardsAndEndsAreThoseOfTheVectorEnvironment()
    {
        using var pixels = new CartPolePixelsEnvironment("cartpole-pixels", 3, 200);
        using var vector = new CartPoleEnvironment("cartpole-v0", 3, 200);
        using var seen = new FrameBuffers(pixels);
        using var felt = new FrameBuffers(vector);
        pixels.Reset(17, seen.Frames, seen.Result);
        vector.Reset(17, felt.Frames, felt.Result);
        var random = new RandomStream(2);
        for (var step = 0; step < 150; step++)
        {
            int[] actions = [random.NextInt32(2), random.NextInt32(2), random.NextInt32(2)];
            pixels.Step(actions, seen.Frames, seen.Result);
            vector.Step(actions, felt.Frames, felt.Result);
            Assert.Equal(felt.Result.Rewards, seen.Result.Rewards);
            Assert.Equal(felt.Result.Terminated, seen.Result.Terminated);
            Assert.Equal(felt.Result.EpisodeStart, seen.Result.EpisodeStart);
        }
    }

    [Fact]
    public void ARestoredEnvironmentContinuesWithTheSameBytes()
    {
        using var environment = new CartPolePixelsEnvironment("cartpole-pixels", 3, 500);
        using var buffers = new FrameBuffers(environment);
        environment.Reset(5, buffers.Frames, buffers.Result);
        Drive.Random(environment, buffers, 1, 50);
        var state = Drive.Save(environment);
        var expected = Drive.Random(environment, buffers, 2, 50);
        using var restored = new CartPolePixelsEnvironment("cartpole-pixels", 3, 500);
        using var others = new FrameBuffers(restored);
        Drive.Load(restored, state);
        Assert.Equal(expected, Drive.Random(restored, others, 2, 50));
    }
}
