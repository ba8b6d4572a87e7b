using FastDqn.Core;
using FastDqn.Environments.Atari;

namespace FastDqn.Environments.Tests;

/// <summary>Ids mean what Gym's and ale-py's registrations say.</summary>
public sealed class GymIdTests
{
    [Theory]
    [InlineData("ALE/Breakout-v5", "breakout", "0.25", "4")]
    [InlineData("BreakoutNoFrameskip-v4", "breakout", "0", null)]
    [InlineData("PongNoFrameskip-v0", "pong", "0.25", null)]
    [InlineData("MsPacmanDeterministic-v4", "ms_pacman", "0", "4")]
    [InlineData("SpaceInvadersDeterministic-v4", "space_invaders", "0", "3")]
    [InlineData("SpaceInvadersDeterministic-v0", "space_invaders", "0.25", "3")]
    [InlineData("SpaceInvaders-v4", "space_invaders", "0", "2..4")]
    [InlineData("MsPacman-v0", "ms_pacman", "0.25", "2..4")]
    [InlineData("ALE/TicTacToe3D-v5", "tic_tac_toe_3d", "0.25", "4")]
    [InlineData("ALE/UpNDown-v5", "up_n_down", "0.25", "4")]
    public void AnAtariIdFixesWhatItsRegistrationFixes(string id, string name, string sticky, string? skip)
    {
        var gym = GymId.Parse(id)!;
        Assert.Equal(name, gym.Name);
        var settings = gym.Settings.ToDictionary(s => s.Key, s => s.Value);
        Assert.Equal(sticky, settings["env.sticky"]);
        Assert.Equal("108000", settings["env.max_frames"]);
        Assert.Equal("false", settings["env.full_actions"]);
        Assert.Equal(skip, settings.GetValueOrDefault("env.frame_skip"));
    }

    [Theory]
    [InlineData("CartPole-v1", "cartpole")]
    [InlineData("CartPole-v0", "cartpole-v0")]
    [InlineData("cartpole-v0", null)]
    [InlineData("MsPacman", "ms_pacman")]
    [InlineData("spaceinvaders", "space_invaders")]
    [InlineData("ms_pacman", null)]
    [InlineData("ms-pacman", "ms_pacman")]
    [InlineData("Pong", "pong")]
    [InlineData("gridworld", null)]
    [InlineData("LunarLander-v2", null)]
    [InlineData("my-rom", null)]
    [InlineData("", null)]
    public void OtherNamesAreOursOrNone(string text, string? name)
    {
        var gym = GymId.Parse(text);
        Assert.Equal(name, gym?.Name);
        Assert.Empty(gym?.Settings ?? []);
    }

    [Theory]
    [InlineData("ALE/Brekout-v5", "did you mean 'ALE/Breakout-v5'?")]
    [InlineData("ALE/Nothing-v5", "ALE has no such game")]
    [InlineData("ALE/Breakout-v4", "there are ALE/Breakout-v5, Breakout-v4, BreakoutDeterministic-v4 and BreakoutNoFrameskip-v4")]
    [InlineData("BreakoutNoFrameskip-v5", "there are ALE/Breakout-v5")]
    [InlineData("Breakout-ram-v4", "the console's memory")]
    [InlineData("Breakout-ramNoFrameskip-v4", "the console's memory")]
    [InlineData("CartPole-v2", "there are CartPole-v0 and CartPole-v1")]
    public void WhatIsNotHereIsToldWithWhatIs(string id, string says)
    {
        var error = Assert.Throws<FastDqnException>(() => GymId.Parse(id));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains($"'{id}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryGameIsFoundByItsGymId()
    {
        foreach (var game in AtariGames.All)
        {
            var spelt = string.Concat(game.Name.Split('_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
            Assert.Equal(game.Name, GymId.Parse($"ALE/{spelt}-v5")!.Name);
        }
    }

    [Fact]
    public void AnEnvironmentIsMadeByItsGymId()
    {
        using var poles = EnvironmentFactory.Create(new EnvironmentOptions { Name = "CartPole-v1", Count = 2 });
        Assert.Equal("cartpole", poles.Name);
        EnvironmentFactory.RequireKnown("ALE/Breakout-v5");
        Assert.Throws<FastDqnException>(() => EnvironmentFactory.RequireKnown("ALE/Brekout-v5"));
    }
}
