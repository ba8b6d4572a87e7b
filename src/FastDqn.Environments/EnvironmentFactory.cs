using FastDqn.Core;
using FastDqn.Environments.Atari;

namespace FastDqn.Environments;

/// <summary>Which environments to make; the fields mean what the training options <c>env.*</c> mean.</summary>
public sealed record EnvironmentOptions
{
    /// <summary>A built-in environment, the bundled game, or an Atari game whose ROM is found.</summary>
    public string Name { get; init; } = BundledGame.Name;

    /// <summary>Environments stepped together.</summary>
    public int Count { get; init; } = 1;

    /// <summary>A ROM file, which then decides instead of <see cref="Name"/>; empty: none.</summary>
    public string Rom { get; init; } = "";

    /// <summary>A folder searched for ROMs before the usual places; empty: none.</summary>
    public string RomDir { get; init; } = "";

    /// <summary>How Atari games are played.</summary>
    public AtariOptions Atari { get; init; } = new();
}

/// <summary>Makes environments by name.</summary>
public static class EnvironmentFactory
{
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/>: no environment has this name; <see cref="ErrorKind.BadData"/>: its ROM is missing or bad;
    /// <see cref="ErrorKind.Unavailable"/>: its backend is not installed.
    /// </exception>
    public static IVectorEnvironment Create(EnvironmentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Count < 1)
            throw new FastDqnException(ErrorKind.Usage, $"env.count is {options.Count}; at least 1 environment is needed");
        if (options.Rom.Length == 0 && BuiltInEnvironments.Find(options.Name) is { } builtIn)
            return builtIn.Create(options.Count);
        using var cartridge = OpenCartridge(options.Name, options.Rom, options.RomDir);
        return new AtariVectorEnvironment(cartridge, options.Count, options.Atari);
    }

    /// <summary>
    /// Refuses, as <see cref="Create"/> does, a name that no environment has, and a ROM file that is none; a known
    /// game's ROM may be missing.
    /// </summary>
    public static void RequireKnown(string name, string rom = "", string romDir = "")
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(rom);
        if (rom.Length == 0 && (BuiltInEnvironments.Find(name) is not null || AtariGames.Find(name) is not null))
            return;
        OpenCartridge(name, rom, romDir).Dispose();
    }

    /// <summary>The cartridge that <c>--env</c>, <c>--rom</c> and <c>--roms</c> name.</summary>
    public static AtariCartridge OpenCartridge(string name, string rom = "", string romDir = "")
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(rom);
        if (rom.Length > 0)
            return AtariCartridge.Open(rom);
        if (string.Equals(name, BundledGame.Name, StringComparison.OrdinalIgnoreCase))
            return AtariCartridge.Bundled();
        if (BuiltInEnvironments.Find(name) is not null)
            throw new FastDqnException(ErrorKind.Usage, $"{name} is no Atari game: it has no cartridge (fastdqn envs lists the games)");
        var library = RomLibrary.Open(romDir);
        if (AtariGames.Find(name) is { } game)
            return library.Open(game);
        var entry = library.Entries.FirstOrDefault(e => string.Equals(Path.GetFileNameWithoutExtension(e.File), name, StringComparison.OrdinalIgnoreCase));
        return entry is not null ? AtariCartridge.Open(entry.File) : throw Unknown(name);
    }

    private static FastDqnException Unknown(string name)
    {
        var names = BuiltInEnvironments.All.Select(e => e.Name).Append(BundledGame.Name).ToArray();
        var hint = NearestMatch.Hint(name.ToLowerInvariant(), names.Concat(AtariGames.All.Select(game => game.Name)));
        return new FastDqnException(ErrorKind.Usage, $"unknown environment '{name}'{hint} (built in: {string.Join(", ", names)}; fastdqn envs lists all)");
    }
}
