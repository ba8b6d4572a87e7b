using FastDqn.Core;

namespace FastDqn.Environments.Tests.Own;

/// <summary>Environments of one's own by name, and as many at once.</summary>
public sealed class RegistryTests
{
    [Fact]
    public void AnEnvironmentIsFoundByItsName()
    {
        var own = new EnvironmentRegistry().Add("corridor", () => new Corridor(), "five cells");
        var options = new EnvironmentOptions { Name = "corridor", Count = 3 };
        using var environments = EnvironmentFactory.Create(options, own);
        Assert.Equal(("corridor", 3), (environments.Name, environments.Count));
        Assert.Equal(options, EnvironmentFactory.Pin(options, own));
        EnvironmentFactory.RequireKnown("corridor", own: own);
        var unknown = Assert.Throws<FastDqnException>(() => EnvironmentFactory.Create(options));
        Assert.Contains("--assembly FILE", unknown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cartpole", "FastDqn's")]
    [InlineData("breakout", "FastDqn's")]
    [InlineData("My Maze", "no name")]
    [InlineData("", "no name")]
    [InlineData("corridor", "two environments")]
    public void NamesThatWouldMislead(string name, string why)
    {
        var own = new EnvironmentRegistry().Add("corridor", () => new Corridor());
        var error = Assert.Throws<FastDqnException>(() => own.Add(name, () => new Corridor()));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatItThrowsIsOneLine()
    {
        var error = Assert.Throws<FastDqnException>(
            () => EnvironmentVector.Create("broken", 1, () => throw new InvalidOperationException("a\nb")));
        Assert.Equal("environment broken failed: InvalidOperationException: a b", error.Message);
    }

    [Fact]
    public void AnEpisodeThatDoesNotRepeatItselfIsRefusedOnLoad()
    {
        using var saved = new MemoryStream();
        using (var environments = Started(() => new Corridor()))
            environments.Save(new StateWriter(saved));
        saved.Position = 0;
        using var other = EnvironmentVector.Create("corridor", 2, () => new Shifted());
        var error = Assert.Throws<FastDqnException>(() => other.Load(new StateReader(saved)));
        Assert.Contains("ended elsewhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AClassThatBecameStatefulIsRefused()
    {
        using var saved = new MemoryStream();
        using (var environments = Started(() => new Corridor()))
            environments.Save(new StateWriter(saved));
        saved.Position = 0;
        using var other = EnvironmentVector.Create("corridor", 2, () => new StatefulCorridor());
        var error = Assert.Throws<FastDqnException>(() => other.Load(new StateReader(saved)));
        Assert.Contains("it was not IStateful", error.Message, StringComparison.Ordinal);
    }

    private static EnvironmentVector Started(Func<IEnvironment> create)
    {
        var environments = EnvironmentVector.Create("corridor", 2, create);
        using var frames = new FrameBuffers(environments);
        environments.Reset(1, frames.Frames, frames.Result);
        environments.Step([1, 0], frames.Frames, frames.Result);
        return environments;
    }

    private sealed class Shifted : Corridor
    {
        protected override void Show(ObservationSpan observation)
        {
            base.Show(observation);
            observation.Floats[0]++;
        }
    }
}
