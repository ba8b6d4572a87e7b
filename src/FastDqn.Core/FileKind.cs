namespace FastDqn.Core;

/// <summary>What lies at a path, symbolic links followed.</summary>
public enum FileKind
{
    Missing,
    File,
    Folder,

    /// <summary>A symbolic link to nothing, or to itself.</summary>
    BrokenLink,

    /// <summary>A pipe, a device or a socket: reading may never end, and there is nothing to come back to.</summary>
    Special,
}

/// <summary>Tells kinds of files apart: for .NET a pipe is a file, and so is a link to itself.</summary>
public static class FileKinds
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint WantType = 1; // STATX_TYPE

    public static FileKind Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return TypeOf(path, 0) switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Folder,
            0 => TypeOf(path, NoFollow) == 0xA000 ? FileKind.BrokenLink : FileKind.Missing,
            _ => FileKind.Special,
        };
    }

    /// <summary>Why a path cannot be read as <paramref name="what"/> ("a ROM image"); null: it is a file.</summary>
    public static string? WhyNotFile(string path, string what) => Of(path) switch
    {
        FileKind.Folder => $"is a folder, not {what}",
        FileKind.BrokenLink => $"is a symbolic link that leads nowhere; it should be {what}",
        FileKind.Special => $"is a pipe or a device, not {what}: give a file",
        FileKind.Missing => $"no such file; it should be {what}",
        _ => null,
    };

    /// <summary>The S_IFMT bits of a file's mode; 0 where there is none.</summary>
    private static unsafe int TypeOf(string path, int flags)
    {
        // struct statx: 256 bytes, stx_mode (16 bits) at 28, the same on every architecture.
        var found = stackalloc byte[256];
        return Libc.statx(CurrentFolder, path, flags, WantType, found) == 0 ? *(ushort*)(found + 28) & 0xF000 : 0;
    }
}
