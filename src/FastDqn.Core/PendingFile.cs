namespace FastDqn.Core;

/// <summary>
/// A file beside its place until it is whole: what was there stays until then, and stays where the new one fails.
/// </summary>
public sealed class PendingFile : IDisposable
{
    /// <summary>How the names of those under way end.</summary>
    public const string Extension = ".tmp";

    private readonly string _path;
    private bool _committed;

    public PendingFile(string path)
    {
        // Nobody else's name, whichever process, thread or machine writes the same file.
        (_path, Name) = (path, $"{path}.{Guid.NewGuid():N}{Extension}");
        Stream = new FileStream(Name, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
    }

    public FileStream Stream { get; }

    /// <summary>Its name until it is whole.</summary>
    public string Name { get; }

    /// <summary>Flushes to the disk, renames over the place and flushes the folder.</summary>
    public void Commit()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(Name, _path, overwrite: true);
        _committed = true;
        DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(_path))!);
    }

    public void Dispose()
    {
        Stream.Dispose();
        if (!_committed)
            TryDelete(Name);
    }

    /// <summary>Deletes a file that is in nobody's way if it stays.</summary>
    public static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays.
        }
    }
}
