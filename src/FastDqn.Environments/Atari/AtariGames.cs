using System.Runtime.InteropServices;
using FastDqn.Core;

namespace FastDqn.Environments.Atari;

/// <summary>What is known of a game: one of ALE's 104 or FastDqn's own.</summary>
/// <param name="Name">Snake case, as <c>--env</c> takes it and as its ROM file is called.</param>
/// <param name="Md5">Of the ROM image, lower-case hexadecimal.</param>
/// <param name="MinimalActions">Actions 0..17 that the game needs.</param>
/// <param name="LegalActions">Actions that are not taken as NOOP.</param>
/// <param name="Modes">The first is not always the default.</param>
/// <param name="HasLives">False: lives read 0, or 1 until the end.</param>
public sealed record AtariGame(
    string Name,
    string Md5,
    IReadOnlyList<int> MinimalActions,
    IReadOnlyList<int> LegalActions,
    IReadOnlyList<int> Modes,
    int DefaultMode,
    IReadOnlyList<int> Difficulties,
    bool HasLives);

/// <summary>The games that are known, in ALE's order.</summary>
public static class AtariGames
{
    /// <summary>Joystick actions a game can have.</summary>
    public const int ActionCount = 18;

    private static readonly Lazy<IReadOnlyList<AtariGame>> Loaded = new(Load);
    private static readonly Lazy<IReadOnlyList<string>> Names = new(LoadNames);

    public static IReadOnlyList<AtariGame> All => Loaded.Value;

    /// <summary>ALE's: all but the bundled one.</summary>
    public static IEnumerable<AtariGame> OfAle => All.Where(game => game.Name != BundledGame.Name);

    /// <summary>NOOP, FIRE, UP ... DOWNLEFTFIRE.</summary>
    public static IReadOnlyList<string> ActionNames => Names.Value;

    /// <summary>The game called <paramref name="name"/>, or null. Dashes count as underscores.</summary>
    public static AtariGame? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var wanted = name.Replace('-', '_');
        return All.FirstOrDefault(game => string.Equals(game.Name, wanted, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The game with the letters of <paramref name="name"/>, or null: MsPacman is ms_pacman.</summary>
    public static AtariGame? FindByLetters(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var wanted = Letters(name);
        return All.FirstOrDefault(game => string.Equals(Letters(game.Name), wanted, StringComparison.OrdinalIgnoreCase));

        static string Letters(string text) => string.Concat(text.Where(char.IsAsciiLetterOrDigit));
    }

    /// <summary>The game whose ROM has this MD5, or null.</summary>
    public static AtariGame? FindByMd5(string md5) =>
        All.FirstOrDefault(game => string.Equals(game.Md5, md5, StringComparison.OrdinalIgnoreCase));

    private static unsafe AtariGame[] Load()
    {
        AtariLibrary.EnsureLoaded();
        var games = new AtariGame[AtariLibrary.fdq_game_count()];
        for (var i = 0; i < games.Length; i++)
        {
            AtariLibrary.Game game;
            Native.Check(AtariLibrary.fdq_game_at(i, &game));
            var modes = new int[game.Modes];
            fixed (int* to = modes)
                Native.Check(AtariLibrary.fdq_game_modes(i, to, modes.Length));
            games[i] = new AtariGame(
                Text(game.Name),
                Text(game.Md5),
                Members(game.MinimalActions),
                Members(game.LegalActions),
                modes,
                game.DefaultMode,
                Members(game.Difficulties),
                game.HasLives != 0);
        }
        return games;
    }

    private static unsafe string[] LoadNames()
    {
        AtariLibrary.EnsureLoaded();
        return [.. Enumerable.Range(0, ActionCount).Select(action => Text(AtariLibrary.fdq_action_name(action)))];
    }

    internal static unsafe string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    private static int[] Members(uint set) => [.. Enumerable.Range(0, 32).Where(member => (set >> member & 1) != 0)];
}
