using FastDqn.Environments;
using FastDqn.Environments.Atari;

namespace FastDqn.Cli.Play;

/// <summary>
/// The environment that a person plays: every frame is a step, and nothing happens by itself at its start.
/// </summary>
internal static class PlayEnvironment
{
    public static EnvironmentOptions Options(string? name, string? rom, string? romDir)
    {
        var options = new EnvironmentOptions
        {
            Name = name ?? BundledGame.Name,
            Rom = rom ?? "",
            RomDir = romDir ?? "",
            Atari = new AtariOptions { FrameSkip = 1, NoopMax = 0, FireReset = false, MaxFrames = 0, Threads = 1 },
        };
        return name is null || options.Rom.Length == 0 ? options : EnvironmentFactory.Agree(options, "play", "--rom");
    }
}
