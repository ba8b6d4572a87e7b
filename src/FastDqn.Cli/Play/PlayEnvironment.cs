using FastDqn.Environments;

namespace FastDqn.Cli.Play;

/// <summary>The environment that a person plays: every frame a step, nothing that only learning needs.</summary>
internal static class PlayEnvironment
{
    public static EnvironmentOptions Options(string? name, string? rom)
    {
        _ = rom;
        return new EnvironmentOptions { Name = name ?? BundledGame.Name };
    }
}
