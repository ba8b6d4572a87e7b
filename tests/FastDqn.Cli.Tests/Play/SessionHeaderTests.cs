using FastDqn.Cli.Play;
using FastDqn.Environments;
using FastDqn.Environments.Atari;

namespace FastDqn.Cli.Tests.Play;

public sealed class SessionHeaderTests
{
    private const string Earlier =
        """
        {"Environment":{"Name":"pong","Count":1,"Rom":"","RomDir":"/roms","RomMd5":"","Atari":{"Backend":1,"Threads":1,"FrameSkip":1,
        "Stack":4,"RepeatActionProbability":0.25,"NoopMax":0,"FireReset":false,"Rules":1,"LifeLoss":2,"FullActionSet":true,"MaxFrames":500,
        "Mode":null,"Difficulty":3,"Pixels":"sb3","Frames":0}},"Seed":7}
        """;

    [Fact]
    public void RecordingsOfEarlierBuildsAreRead()
    {
        var header = SessionHeader.FromJson(Earlier)!;
        Assert.Equal(7u, header.Seed);
        var expected = new EnvironmentOptions
        {
            Name = "pong",
            RomDir = "/roms",
            Atari = new AtariOptions
            {
                Backend = AtariBackend.Ale,
                Threads = 1,
                FrameSkip = 1,
                Sticky = 0.25,
                NoopMax = 0,
                FireReset = false,
                Rules = AtariRules.Wrappers,
                LifeLoss = AtariLifeLoss.ResetGame,
                FullActions = true,
                MaxFrames = 500,
                Mode = -1,
                Difficulty = 3,
                Pixels = "sb3",
            },
        };
        Assert.Equal(expected, header.Environment);
        Assert.Equal(header, SessionHeader.FromJson(header.ToJson()));
        Assert.Contains("\"Mode\":null,\"Difficulty\":3", header.ToJson(), StringComparison.Ordinal);
    }
}
