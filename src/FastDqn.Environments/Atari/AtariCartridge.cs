using System.IO.Compression;
using System.Security.Cryptography;
using FastDqn.Core;

namespace FastDqn.Environments.Atari;

/// <summary>How a ROM was recognised.</summary>
public enum RomMatch
{
    /// <summary>By its MD5.</summary>
    Exact = 0,

    /// <summary>By its file's name: another dump of the game, whose scores may differ.</summary>
    ByName = 1,

    /// <summary>Not at all: it runs, without reward and end.</summary>
    Unknown = 2,
}

/// <summary>Which image something was played with.</summary>
/// <param name="Game">The game's name, or the file's where the game is not known.</param>
/// <param name="Md5">Of the image.</param>
/// <param name="File">Where it was found, or the bundled game's name.</param>
/// <param name="Match">How the game is known.</param>
/// <param name="Note">A line for the user where scores are not what the game's name promises; else null.</param>
public sealed record RomIdentity(string Game, string Md5, string File, RomMatch Match, string? Note);

/// <summary>A ROM image that has been checked and recognised; any number of games may be made from it.</summary>
public sealed class AtariCartridge : IDisposable
{
    /// <summary>No cartridge of the console is larger.</summary>
    public const int LargestImage = 512 * 1024;

    private unsafe AtariCartridge(AtariLibrary.CartridgeHandle handle, string file, AtariLibrary.CartridgeInfo info)
    {
        Handle = handle;
        File = file;
        Md5 = AtariGames.Text(info.Md5);
        Game = AtariGames.Text(info.Game);
        Type = AtariGames.Text(info.Type);
        Match = (RomMatch)info.Match;
        Bytes = info.Bytes;
    }

    /// <summary>The file, or the bundled game's name.</summary>
    public string File { get; }

    public string Md5 { get; }

    /// <summary>The game's name, or "unknown".</summary>
    public string Game { get; }

    /// <summary>What its environments are called: the game's name, or the file's where the game is not known.</summary>
    public string Name => Match == RomMatch.Unknown ? StemOf(File) : Game;

    /// <summary>The bank-switching scheme.</summary>
    public string Type { get; }

    public RomMatch Match { get; }

    public int Bytes { get; }

    internal AtariLibrary.CartridgeHandle Handle { get; }

    /// <summary>One line for the user where scores are not what the game's name promises; else null.</summary>
    public string? Note => Match switch
    {
        RomMatch.ByName => $"{File} is another dump of {Game} (MD5 {Md5}) than ALE lists: taken by its name, scores may differ",
        RomMatch.Unknown => $"{File} is not a known game (MD5 {Md5}): it runs, but without reward and without an end",
        _ => null,
    };

    /// <summary>Reads a ROM file, gzip-compressed or not.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: missing, a folder, empty or not a
    /// cartridge.</exception>
    public static AtariCartridge Open(string file) => FromImage(ReadImage(file), file);

    /// <summary>The bundled game.</summary>
    public static AtariCartridge Bundled() => FromImage(BundledGame.Image, BundledGame.Name);

    /// <summary>A cartridge of an image.</summary>
    /// <param name="image">Its bytes.</param>
    /// <param name="file">Where it is from, for messages.</param>
    /// <param name="game">Which game it is when the MD5 does not tell; null: as the file is called.</param>
    public static unsafe AtariCartridge FromImage(ReadOnlySpan<byte> image, string file, string? game = null)
    {
        AtariLibrary.EnsureLoaded();
        int status;
        AtariLibrary.CartridgeHandle handle;
        fixed (byte* bytes = image)
            status = AtariLibrary.fdq_cartridge_load(bytes, image.Length, (game ?? StemOf(file)) + ".bin", out handle);
        try
        {
            Native.Check(status);
        }
        catch (FastDqnException e) when (e.Kind == ErrorKind.BadData)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{file}: {e.Message}", e);
        }
        AtariLibrary.CartridgeInfo info;
        Native.Check(AtariLibrary.fdq_cartridge_describe(handle, &info));
        return new AtariCartridge(handle, file, info);
    }

    /// <summary>The image in a ROM file, unpacked when it is gzip-compressed.</summary>
    public static byte[] ReadImage(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        try
        {
            var kind = FileKinds.Of(file);
            if (kind == FileKind.Folder)
                throw new FastDqnException(
                    ErrorKind.BadData, $"{file} is a folder, not a ROM image: name a file, or search the folder with --roms");
            // Reading a pipe may never end, and a run that goes on needs its ROM again.
            if (kind is FileKind.Special or FileKind.BrokenLink)
                throw new FastDqnException(ErrorKind.BadData, $"{file} {FileKinds.WhyNotFile(file, "a ROM image")}");
            using var stream = System.IO.File.OpenRead(file);
            if (stream.Length > LargestImage)
                throw TooLarge(file);
            var image = new byte[stream.Length];
            stream.ReadExactly(image);
            return image.Length > 2 && image[0] == 0x1F && image[1] == 0x8B ? Unpack(image, file) : image;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"ROM file {file} does not exist", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"cannot read the ROM file {file}: {e.Message}", e);
        }
    }

    /// <summary>Lower-case hexadecimal MD5, by which ROMs are known.</summary>
    public static string Md5Of(ReadOnlySpan<byte> image)
    {
#pragma warning disable CA5351 // Games are known by MD5; nothing here is a secret.
        return Convert.ToHexStringLower(MD5.HashData(image));
#pragma warning restore CA5351
    }

    /// <summary>A file's name without its ending, ".gz" included.</summary>
    internal static string StemOf(string file)
    {
        var stem = Path.GetFileNameWithoutExtension(file);
        return Path.GetExtension(file) == ".gz" ? Path.GetFileNameWithoutExtension(stem) : stem;
    }

    public void Dispose() => Handle.Dispose();

    private static byte[] Unpack(byte[] packed, string file)
    {
        try
        {
            using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
            var image = new byte[LargestImage + 1];
            var length = gzip.ReadAtLeast(image, image.Length, throwOnEndOfStream: false);
            return length > LargestImage ? throw TooLarge(file) : image[..length];
        }
        catch (InvalidDataException e)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{file} looks gzip-compressed but cannot be unpacked", e);
        }
    }

    private static FastDqnException TooLarge(string file) =>
        new(ErrorKind.BadData, $"{file} has more than {LargestImage / 1024} KiB: that is not a cartridge of the Atari 2600");
}
