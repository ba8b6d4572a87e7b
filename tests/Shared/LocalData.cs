using FastDqn.Environments.Atari;

namespace FastDqn.Tests;

/// <summary>What a test machine may have beside the repository.</summary>
internal static class LocalData
{
    /// <summary>The shared reference data: FASTDQN_SHARED, or ../shared beside the repository.</summary>
    public static string? Shared { get; } = FindShared();

    /// <summary>ROMs of FASTDQN_ROMS and the free game of the shared data.</summary>
    public static RomLibrary Library { get; } = new(
        RomLibrary.Open().Folders.Concat(Shared is null ? [] : [Path.Combine(Shared, "data")]));

    /// <summary>A file of the shared data; skips the test with the reason when it is not there.</summary>
    public static string SharedFile(params string[] parts)
    {
        if (Shared is null)
            Assert.Skip("the shared data is not there: set FASTDQN_SHARED or put it at ../shared");
        var file = Path.Combine([Shared, .. parts]);
        if (!File.Exists(file))
            Assert.Skip($"{file} is not there");
        return file;
    }

    /// <summary>A game's cartridge; skips the test with the reason when its ROM is not there.</summary>
    public static AtariCartridge Cartridge(string game)
    {
        var known = AtariGames.Find(game)!;
        if (known.Name != "bricks" && Library.Find(known.Name) is null)
            Assert.Skip($"no ROM of {game} in {Library.SearchedText}");
        return Library.Open(known);
    }

    private static string? FindShared()
    {
        if (Environment.GetEnvironmentVariable("FASTDQN_SHARED") is { Length: > 0 } given)
            return Directory.Exists(given) ? given : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "FastDqn.sln")))
            {
                var shared = Path.Combine(folder.FullName, "..", "shared");
                return Directory.Exists(shared) ? Path.GetFullPath(shared) : null;
            }
        return null;
    }
}
