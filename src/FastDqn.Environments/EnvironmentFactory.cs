using FastDqn.Core;
using FastDqn.Environments.Atari;

namespace FastDqn.Environments;

/// <summary>Makes environments by name.</summary>
public static class EnvironmentFactory
{
    /// <summary>The names known: built-in environments, the bundled game, games whose ROM a user may have.</summary>
    public static IEnumerable<string> Names =>
        BuiltInEnvironments.All.Select(e => e.Name).Append(BundledGame.Name).Concat(AtariGames.All.Select(game => game.Name)).Distinct();

    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/>: no environment has this name; <see cref="ErrorKind.BadData"/>: its ROM is missing
    /// or bad; <see cref="ErrorKind.Unavailable"/>: its backend is not installed.
    /// </exception>
    /// <param name="options">Which, and how many.</param>
    /// <param name="own">Environments of the user's own; null: none.</param>
    public static IVectorEnvironment Create(EnvironmentOptions options, EnvironmentRegistry? own = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (Find(options.Name, own) is null && GymId.Parse(options.Name) is { } gym)
            options = options with { Name = gym.Name };
        if (options.Count < 1)
            throw new FastDqnException(ErrorKind.Usage, $"env.count is {options.Count}; at least 1 environment is needed");
        if (WithoutRom(options, own) is { } named)
            return named.Create(options.Count);
        using var cartridge = OpenCartridge(options);
        return new AtariVectorEnvironment(cartridge, options.Count, options.Atari);
    }

    /// <summary>
    /// Refuses, as <see cref="Create"/> does, a name that no environment has, and a ROM file that is none; a known
    /// game's ROM may be missing.
    /// </summary>
    public static void RequireKnown(string name, string rom = "", string romDir = "", EnvironmentRegistry? own = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(rom);
        if (rom.Length == 0 && Find(name, own) is not null)
            return;
        name = GymId.Parse(name)?.Name ?? name;
        if (rom.Length == 0 && (Find(name) is not null || AtariGames.Find(name) is not null))
            return;
        OpenCartridge(new EnvironmentOptions { Name = name, Rom = rom, RomDir = romDir }).Dispose();
    }

    /// <summary>
    /// The options that make the same environments from any folder, and wherever the ROM lies later: paths are whole,
    /// the game is named, and its MD5 is kept.
    /// </summary>
    public static EnvironmentOptions Pin(EnvironmentOptions options, EnvironmentRegistry? own = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (WithoutRom(options, own) is not null)
            return options;
        using var cartridge = OpenCartridge(options);
        return options with { Name = cartridge.Name, Rom = Whole(options.Rom), RomDir = Whole(options.RomDir), RomMd5 = cartridge.Md5 };
    }

    /// <summary>
    /// The options of a user who named a game and a ROM file. The MD5 decides what the file is: another game than the
    /// one named is refused. A dump that is not known is taken for the game named, whatever the file is called.
    /// </summary>
    /// <param name="options">With both.</param>
    /// <param name="gameBy">How the game was named, for messages: "--env".</param>
    /// <param name="romBy">How the file was named: "--rom".</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: they contradict each other.</exception>
    public static EnvironmentOptions Agree(EnvironmentOptions options, string gameBy, string romBy)
    {
        ArgumentNullException.ThrowIfNull(options);
        var md5 = AtariCartridge.Md5Of(AtariCartridge.ReadImage(options.Rom));
        var (named, known) = (AtariGames.Find(options.Name), AtariGames.FindByMd5(md5));
        if (known is not null && known != named)
            throw Contradiction($"the ROM is {known.Name} (MD5 {md5})");
        if (BuiltInEnvironments.Find(options.Name) is not null)
            throw Contradiction($"{options.Name} has no ROM");
        if (known is null && named is not null)
            return options with { Name = named.Name, RomMd5 = md5 };
        if (named is null && !string.Equals(options.Name, AtariCartridge.StemOf(options.Rom), StringComparison.OrdinalIgnoreCase))
            throw Contradiction($"no game is called {options.Name}, and the ROM (MD5 {md5}) is no known one");
        return options;

        FastDqnException Contradiction(string why) =>
            new(ErrorKind.Usage, $"{gameBy} {options.Name} and {romBy} {options.Rom}: {why}; give one of the two");
    }

    /// <summary>A path that does not depend on the folder that the program runs in; an empty one stays empty.</summary>
    public static string Whole(string path) => string.IsNullOrEmpty(path) ? "" : Path.GetFullPath(path);

    /// <summary>The cartridge that <c>--env</c>, <c>--rom</c> and <c>--roms</c> name.</summary>
    public static AtariCartridge OpenCartridge(string name, string rom = "", string romDir = "")
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(rom);
        if (rom.Length > 0)
            return AtariCartridge.Open(rom);
        name = GymId.Parse(name)?.Name ?? name;
        if (string.Equals(name, BundledGame.Name, StringComparison.OrdinalIgnoreCase))
            return AtariCartridge.Bundled();
        if (BuiltInEnvironments.Find(name) is not null)
            throw new FastDqnException(ErrorKind.Usage, $"{name} is no Atari game: it has no cartridge (fastdqn envs lists the games)");
        var library = RomLibrary.Open(romDir);
        if (AtariGames.Find(name) is { } game)
            return library.Open(game);
        bool IsCalled(RomEntry e) => string.Equals(AtariCartridge.StemOf(e.File), name, StringComparison.OrdinalIgnoreCase);
        var entry = library.Entries.FirstOrDefault(e => e.Problem is null && IsCalled(e));
        return entry is not null ? AtariCartridge.Open(entry.File) : throw Unknown(name);
    }

    /// <summary>
    /// The environment of FastDqn's or the user's that has this name and needs no ROM; null: none has.
    /// </summary>
    public static NamedEnvironment? Find(string name, EnvironmentRegistry? own = null) => BuiltInEnvironments.Find(name) ?? own?.Find(name);

    private static NamedEnvironment? WithoutRom(EnvironmentOptions options, EnvironmentRegistry? own)
    {
        var named = options.Rom.Length == 0 ? Find(options.Name, own) : null;
        if (named is not null && options.RomMd5.Length > 0)
            throw new FastDqnException(ErrorKind.Usage, $"env.rom_md5: {named.Name} has no ROM");
        return named;
    }

    private static AtariCartridge OpenCartridge(EnvironmentOptions options) => options.RomMd5.Length > 0
        ? OpenKnown(options)
        : OpenCartridge(options.Name, options.Rom, options.RomDir);

    /// <summary>The cartridge of an MD5: where it is said to be, else wherever it is found.</summary>
    private static AtariCartridge OpenKnown(EnvironmentOptions options)
    {
        var md5 = options.RomMd5.ToLowerInvariant();
        if (md5.Length != 32 || !md5.All(char.IsAsciiHexDigit))
            throw new FastDqnException(ErrorKind.Usage, $"env.rom_md5: '{options.RomMd5}' is no MD5 (32 hexadecimal digits)");
        if (options.Rom.Length > 0 && (File.Exists(options.Rom) || Directory.Exists(options.Rom)))
        {
            var image = AtariCartridge.ReadImage(options.Rom);
            if (AtariCartridge.Md5Of(image) == md5)
                return AtariCartridge.FromImage(image, options.Rom, options.Name);
            using var other = AtariCartridge.FromImage(image, options.Rom);
            throw Other(options.Name, md5, $"{options.Rom} is {other.Name} with MD5 {other.Md5}");
        }

        var library = RomLibrary.Open(options.RomDir);
        if (library.FindByMd5(md5, options.Name) is { } cartridge)
            return cartridge;
        if (AtariGames.Find(options.Name)?.Name == BundledGame.Name)
            throw Other(options.Name, md5, $"the bundled game of this version has MD5 {AtariCartridge.Md5Of(BundledGame.Image)}");
        var near = library.Find(options.Name) is { } entry ? $"{entry.File} is {options.Name} with MD5 {entry.Md5}; " : "";
        throw Other(options.Name, md5, $"{near}looked in {(options.Rom.Length > 0 ? $"{options.Rom}, " : "")}{library.SearchedText}");
    }

    private static FastDqnException Other(string game, string md5, string found) => new(
        ErrorKind.BadData,
        $"the ROM of {game} with MD5 {md5} is needed, and no other: {found} (--rom FILE or --roms DIR says where it is)");

    private static FastDqnException Unknown(string name)
    {
        var names = BuiltInEnvironments.All.Select(e => e.Name).Append(BundledGame.Name).ToArray();
        var hint = NearestMatch.Hint(name.ToLowerInvariant(), names.Concat(AtariGames.All.Select(game => game.Name)));
        return new FastDqnException(
            ErrorKind.Usage, $"unknown environment '{name}'{hint} (built in: {string.Join(", ", names)}; fastdqn envs lists all; "
            + "one of your own is in --assembly FILE)");
    }
}
