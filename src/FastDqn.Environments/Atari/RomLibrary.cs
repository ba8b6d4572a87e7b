using System.IO.Enumeration;
using FastDqn.Core;

namespace FastDqn.Environments.Atari;

/// <summary>A file that may be a ROM.</summary>
/// <param name="Game">The game it is, or null.</param>
/// <param name="Match">How that is known.</param>
/// <param name="Problem">Why it cannot be read, or null.</param>
public sealed record RomEntry(string File, string Md5, long Bytes, string? Game, RomMatch Match, string? Problem = null);

/// <summary>
/// The ROM images at hand: in the folder given, in those of <c>FASTDQN_ROMS</c> (a list, as PATH is), and where ale-py
/// installs its own. Games are found by MD5 first, then by file name.
/// </summary>
public sealed class RomLibrary
{
    /// <summary>The environment variable that lists folders of ROMs.</summary>
    public const string Variable = "FASTDQN_ROMS";

    private const int MostFiles = 20_000;

    private static readonly HashSet<string> Endings = new([".bin", ".a26", ".rom", ".gz", ".26"], StringComparer.OrdinalIgnoreCase);

    private readonly Lazy<IReadOnlyList<RomEntry>> _entries;

    private readonly string _absent;

    /// <summary>Looks nowhere but where it is told.</summary>
    /// <param name="folders">Folders to search.</param>
    /// <param name="absent">What else was named and does not exist, for messages.</param>
    public RomLibrary(IEnumerable<string> folders, string absent = "")
    {
        _absent = absent;
        Folders = [.. folders.Distinct(StringComparer.Ordinal)];
        _entries = new(Scan);
    }

    /// <summary>Folders that are searched, first found first taken.</summary>
    public IReadOnlyList<string> Folders { get; }

    /// <summary>Every file with a ROM's ending in the folders.</summary>
    public IReadOnlyList<RomEntry> Entries => _entries.Value;

    /// <summary>Where was looked, for messages.</summary>
    public string SearchedText => (Folders.Count == 0
        ? $"no folder (give --roms DIR, set {Variable}, or install ale-py)"
        : string.Join(", ", Folders)) + _absent;

    /// <summary>The usual places, <paramref name="folder"/> first when given.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: the folder given does not exist.</exception>
    public static RomLibrary Open(string? folder = null)
    {
        var folders = new List<string>();
        if (!string.IsNullOrEmpty(folder))
        {
            if (FileKinds.Of(folder) is var kind and not FileKind.Folder)
            {
                var why = kind switch
                {
                    FileKind.Missing => "does not exist",
                    FileKind.BrokenLink => "is a symbolic link that leads nowhere",
                    _ => "is a file: use --rom for one ROM",
                };
                throw new FastDqnException(ErrorKind.BadData, $"the ROM folder {folder} {why}");
            }

            folders.Add(folder);
        }
        var absent = "";
        foreach (var variable in new[] { Variable, "ALE_ROMS_DIR" })
        {
            var given = Environment.GetEnvironmentVariable(variable) ?? "";
            foreach (var named in given.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            {
                if (Directory.Exists(named))
                    folders.Add(named);
                else
                    absent += $"; {variable} names {named}, which does not exist";
            }
        }

        folders.AddRange(AlePyFolders());
        return new RomLibrary(folders, absent);
    }

    /// <summary>The file of a game: by MD5, else the first by name that starts; null when there is none.</summary>
    public RomEntry? Find(string game) =>
        Entries.FirstOrDefault(entry => entry.Match == RomMatch.Exact && entry.Game == game)
        ?? Entries.FirstOrDefault(entry => entry.Match == RomMatch.ByName && entry.Game == game && Starts(entry));

    /// <summary>The cartridge with an MD5, opened under the game's name; null when there is none.</summary>
    public AtariCartridge? FindByMd5(string md5, string game)
    {
        ArgumentNullException.ThrowIfNull(md5);
        if (AtariCartridge.Md5Of(BundledGame.Image) == md5)
            return AtariCartridge.Bundled();
        var entry = Entries.FirstOrDefault(entry => string.Equals(entry.Md5, md5, StringComparison.OrdinalIgnoreCase));
        return entry is null ? null : AtariCartridge.FromImage(AtariCartridge.ReadImage(entry.File), entry.File, game);
    }

    /// <summary>Opens a game's ROM.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: none was found; the message lists where was
    /// looked.</exception>
    public AtariCartridge Open(AtariGame game)
    {
        ArgumentNullException.ThrowIfNull(game);
        if (game.Name == BundledGame.Name)
            return AtariCartridge.Bundled();
        return Find(game.Name) is { } entry
            ? AtariCartridge.FromImage(AtariCartridge.ReadImage(entry.File), entry.File, game.Name)
            : throw new FastDqnException(
                ErrorKind.BadData,
                $"no ROM of {game.Name} was found (MD5 {game.Md5}, or a file {game.Name}.bin); looked in {SearchedText}");
    }

    /// <summary>The games, bundled one aside, of which no file was found.</summary>
    public IReadOnlyList<AtariGame> Missing() =>
        [.. AtariGames.OfAle.Where(game => Find(game.Name) is null)];

    private static IEnumerable<string> AlePyFolders()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string?[] prefixes =
        [
            Environment.GetEnvironmentVariable("VIRTUAL_ENV"),
            Environment.GetEnvironmentVariable("CONDA_PREFIX"),
            home.Length > 0 ? Path.Combine(home, ".local") : null,
            "/usr/local",
            "/usr",
        ];
        foreach (var prefix in prefixes)
        {
            var lib = prefix is null ? null : Path.Combine(prefix, "lib");
            if (lib is null || !Directory.Exists(lib))
                continue;
            foreach (var python in Subfolders(lib, "python3*"))
                foreach (var packages in new[] { "site-packages", "dist-packages" })
                {
                    var roms = Path.Combine(python, packages, "ale_py", "roms");
                    if (Directory.Exists(roms))
                        yield return roms;
                }
        }
    }

    private static string[] Subfolders(string folder, string pattern)
    {
        try
        {
            return Directory.GetDirectories(folder, pattern);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private RomEntry[] Scan() =>
    [
        .. Folders.SelectMany(FilesOf).Select(Look),
    ];

    private static IEnumerable<string> FilesOf(string folder)
    {
        using var files = new Files(folder);
        var roms = new List<string>();
        while (roms.Count < MostFiles && files.MoveNext())
            roms.Add(files.Current);
        return roms.Order(StringComparer.Ordinal);
    }

    private static RomEntry Look(string file)
    {
        try
        {
            var image = AtariCartridge.ReadImage(file);
            var md5 = AtariCartridge.Md5Of(image);
            if (AtariGames.FindByMd5(md5) is { } exact)
                return new RomEntry(file, md5, image.Length, exact.Name, RomMatch.Exact);
            // Bytes under a game's name are no game yet.
            using var cartridge = AtariCartridge.FromImage(image, file);
            var game = AtariGames.Find(AtariCartridge.StemOf(file));
            return new RomEntry(file, md5, image.Length, game?.Name, game is null ? RomMatch.Unknown : RomMatch.ByName);
        }
        catch (FastDqnException e)
        {
            return new RomEntry(file, "", 0, null, RomMatch.Unknown, e.Message);
        }
    }

    private static bool Starts(RomEntry entry)
    {
        try
        {
            using var cartridge = AtariCartridge.Open(entry.File);
            using var console = new AtariConsole(cartridge);
            return true;
        }
        catch (FastDqnException e) when (e.Kind == ErrorKind.BadData)
        {
            return false;
        }
    }

    private sealed class Files(string folder) : FileSystemEnumerator<string>(folder, Options)
    {
        private const int NotThere = 2;
        private static readonly EnumerationOptions Options = new()
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = 3,
            IgnoreInaccessible = true,
        };

        protected override bool ShouldIncludeEntry(ref FileSystemEntry entry) =>
            !entry.IsDirectory && Endings.Contains(Path.GetExtension(entry.FileName).ToString());

        protected override bool ShouldRecurseIntoEntry(ref FileSystemEntry entry) =>
            (entry.Attributes & FileAttributes.ReparsePoint) == 0 || LeadsElsewhere(entry.ToFullPath());

        protected override string TransformEntry(ref FileSystemEntry entry) => entry.ToFullPath();

        // A folder in it that cannot be read has nothing for us (/proc has some).
        protected override bool ContinueOnError(int error) => error != NotThere;

        // A linked folder may lead back to where it lies, or nobody may know where.
        private static bool LeadsElsewhere(string link)
        {
            try
            {
                var target = Directory.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName;
                return target is null
                    || !$"{Path.GetFullPath(link)}/".StartsWith($"{Path.TrimEndingDirectorySeparator(target)}/", StringComparison.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }
}
