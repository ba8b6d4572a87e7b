using FastDqn.Environments.CartPole;
using FastDqn.Environments.GridWorld;
using FastDqn.Environments.Memory;

namespace FastDqn.Environments;

/// <summary>The environments that are not Atari games: those of the tutorials, and small ones for memory.</summary>
public static class BuiltInEnvironments
{
    public static IReadOnlyList<NamedEnvironment> All { get; } =
    [
        new("cartpole", "CartPole-v1: balance a pole, 500 steps at most, solved at 475; 4 floats", CartPoleEnvironment.V1),
        new(
            "cartpole-pixels",
            "CartPole-v1 seen on the screen: difference of two screens, 3x40x90 floats",
            n => new CartPolePixelsEnvironment("cartpole-pixels", n, 500)),
        new(
            "cartpole-pixels-rgb",
            "CartPole-v1's whole screen: 3x84x84 pixels, red, green and blue",
            n => new CartPoleScreenEnvironment("cartpole-pixels-rgb", n, 500)),
        new(
            "cartpole-pixels-rgb-v0",
            "The same, 200 steps at most",
            n => new CartPoleScreenEnvironment("cartpole-pixels-rgb-v0", n, 200)),
        new(
            "cartpole-pixels-v0",
            "CartPole-v0 seen on the screen as cartpole-pixels does, 200 steps at most",
            n => new CartPolePixelsEnvironment("cartpole-pixels-v0", n, 200)),
        new("cartpole-v0", "CartPole-v0: the same, 200 steps at most, solved at 195", CartPoleEnvironment.V0),
        new("gridworld", "5x5 grid world: 4 goals, 2 fires, 50 steps; 3x84x84 pixels", n => new GridWorldEnvironment("gridworld", n)),
        new(
            "gridworld-partial",
            "The same, seeing only the 3x3 cells around the hero",
            n => new GridWorldEnvironment("gridworld-partial", n, partial: true)),
        new(
            "repeat-previous",
            "Name the symbol of 4 steps ago, 52 steps; 4 floats; only memory solves it",
            n => new RepeatPreviousEnvironment("repeat-previous", n)),
        new(
            "t-maze",
            "T-maze of 10 steps: a sign at its beginning says which way to turn at its end; 3 floats; only memory solves it",
            n => new TMazeEnvironment("t-maze", n)),
    ];

    /// <summary>The environment called <paramref name="name"/>, or null.</summary>
    public static NamedEnvironment? Find(string name) =>
        All.FirstOrDefault(e => string.Equals(e.Name, name, StringComparison.OrdinalIgnoreCase));
}
