using FastDqn.Environments.Atari;

namespace FastDqn.Environments.Tests;

/// <summary>
/// A reset ends whatever is under way: afterwards an environment is one that was just made and reset with that seed.
/// </summary>
public sealed class ResetTests
{
    public static TheoryData<string, AtariLifeLoss> Environments
    {
        get
        {
            var data = new TheoryData<string, AtariLifeLoss>();
            foreach (var builtIn in BuiltInEnvironments.All)
                data.Add(builtIn.Name, AtariLifeLoss.Ignore);
            foreach (var lifeLoss in Enum.GetValues<AtariLifeLoss>())
                data.Add(BundledGame.Name, lifeLoss);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Environments))]
    public void AResetLeavesNothingOfTheEpisodesUnderWay(string name, AtariLifeLoss lifeLoss)
    {
        var options = new EnvironmentOptions
        {
            Name = name,
            Count = 3,
            Atari = new AtariOptions { LifeLoss = lifeLoss, Sticky = 0.25, Threads = 1 },
        };
        using var fresh = EnvironmentFactory.Create(options);
        using var used = EnvironmentFactory.Create(options);
        using var freshBuffers = new FrameBuffers(fresh);
        using var usedBuffers = new FrameBuffers(used);
        used.Reset(3, usedBuffers.Frames, usedBuffers.Result);
        Drive.Random(used, usedBuffers, 1, 173);
        fresh.Reset(7, freshBuffers.Frames, freshBuffers.Result);
        used.Reset(7, usedBuffers.Frames, usedBuffers.Result);
        Assert.Equal(Drive.Digest(Drive.Start, freshBuffers), Drive.Digest(Drive.Start, usedBuffers));
        Assert.Equal(Drive.Random(fresh, freshBuffers, 2, 120), Drive.Random(used, usedBuffers, 2, 120));
    }
}
