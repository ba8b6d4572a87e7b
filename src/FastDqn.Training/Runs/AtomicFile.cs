using System.Text;
using FastDqn.Core;

namespace FastDqn.Training.Runs;

/// <summary>Files that are there whole or not at all, also after a power cut.</summary>
public static class AtomicFile
{
    /// <summary>The remedy of a full disk.</summary>
    public const string DiskFullAdvice = "the disk is full: free some space and run fastdqn resume, or choose another --set run.root";

    /// <summary>
    /// Writes beside <paramref name="path"/>, flushes to the disk, renames over it and flushes the folder.
    /// </summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = new PendingFile(path);
        file.Stream.Write(content);
        file.Commit();
    }

    /// <summary>
    /// Removes what a process that was killed in the middle of a write left in a folder that is now one's own.
    /// </summary>
    public static void RemoveLeftovers(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*" + PendingFile.Extension))
            PendingFile.TryDelete(file);
    }

    public static void Write(string path, string content) => Write(path, Encoding.UTF8.GetBytes(content));

    /// <summary>True when a full disk is behind an error.</summary>
    public static bool IsDiskFull(Exception? e)
    {
        const int noSpace = 28;
        for (; e is not null; e = e.InnerException)
        {
            if (e is IOException && (e.HResult & 0xFFFF) == noSpace)
                return true;
        }

        return false;
    }

    /// <summary>What the operating system said, as one failure line with the remedy.</summary>
    public static FastDqnException Explain(string what, Exception e)
    {
        ArgumentNullException.ThrowIfNull(e);
        var advice = IsDiskFull(e) ? DiskFullAdvice : ProcessLimits.Explain(e) ?? "check that the folder exists and is writable";
        return new FastDqnException(ErrorKind.Failure, $"{what}: {e.Message.ReplaceLineEndings(" ")} ({advice})", e);
    }
}
