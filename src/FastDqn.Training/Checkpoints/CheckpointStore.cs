using System.Globalization;
using FastDqn.Core;
using FastDqn.Replay;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Checkpoints;

/// <summary>
/// The <c>checkpoints</c> folder of a run. A checkpoint is a folder <c>step-N</c> that appears by one rename when all
/// its files and the manifest with their SHA-256 are on the disk; whatever a crash leaves is either not there or whole.
/// A folder <c>best-N</c> holds the weights alone that did best in an evaluation at a step without a checkpoint.
/// </summary>
public sealed class CheckpointStore(string root)
{
    private const string Prefix = "step-";
    private const string Best = "best-";
    private const string Temporary = ".tmp-";

    // The last one written or opened here: whole, and not to be read again to know it.
    private string? _known;

    /// <summary>Where the frames of the replay memory lie, shared by the checkpoints.</summary>
    public string ReplayFolder => Path.Combine(root, "replay");

    /// <summary>Writes a checkpoint; <paramref name="parts"/> are its files by name.</summary>
    /// <returns>The folder.</returns>
    public string Write(CheckpointManifest header, IReadOnlyList<(string Name, Action<Stream> Write)> parts)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(parts);
        var final = Folder(header.Step);
        if (final != _known && !IsSound(final))
            Put(final, header, parts);
        _known = final;
        return final;
    }

    /// <summary>Writes what scored highest so far, as <paramref name="parts"/> that are enough to act.</summary>
    public void WriteBest(CheckpointManifest header, IReadOnlyList<(string Name, Action<Stream> Write)> parts)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(parts);
        var final = BestFolder(header.Step);
        Put(final, header, parts);
        foreach (var before in Folders(Best).Where(f => f != final))
            TryDelete(before);
    }

    /// <summary>Notes an evaluation's mean return on a checkpoint.</summary>
    public static void SetScore(string folder, double score)
    {
        var manifest = ReadManifest(folder) with { Score = double.IsFinite(score) ? score : null };
        AtomicFile.Write(Path.Combine(folder, CheckpointManifest.FileName), manifest.ToBytes());
    }

    /// <summary>Folders that claim to be checkpoints, newest first.</summary>
    public IReadOnlyList<string> List() => Folders(Prefix);

    /// <summary>The names of all that is here, the best included, for messages.</summary>
    public string Names => string.Join(", ", Folders(Prefix).Concat(Folders(Best)).Select(Path.GetFileName).DefaultIfEmpty("none"));

    /// <summary>The highest mean return of an evaluation that is kept; negative infinity where there is none.</summary>
    public double BestScore => Scored().Select(c => c.Score).FirstOrDefault(double.NegativeInfinity);

    /// <summary>
    /// The newest checkpoint whose every byte is as it was written; <paramref name="warn"/> reports damaged ones.
    /// </summary>
    /// <param name="warn">Called with a line for each checkpoint refused.</param>
    /// <param name="withReplay">Also check the replay memory's frames (needed to continue, not to evaluate).</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: there is none.</exception>
    public Checkpoint OpenNewest(Action<string> warn, bool withReplay) => OpenNewest(warn, withReplay, out _);

    /// <summary>
    /// The same; <paramref name="damaged"/> are the folders refused, to be given to <see cref="SetAside"/>.
    /// </summary>
    public Checkpoint OpenNewest(Action<string> warn, bool withReplay, out IReadOnlyList<string> damaged)
    {
        ArgumentNullException.ThrowIfNull(warn);
        var refused = new List<string>();
        damaged = refused;
        string? last = null;
        for (var folders = new Queue<string>(List()); folders.TryDequeue(out var folder);)
        {
            try
            {
                return Open(folder, withReplay);
            }
            catch (FastDqnException e) when (e.Kind == ErrorKind.BadData)
            {
                if (Directory.Exists(folder))
                {
                    refused.Add(folder);
                    last = e.Message;
                    warn($"checkpoint refused: {e.Message}");
                }
                else
                {
                    // A live run pruned it while it was read, and has written newer ones.
                    folders = new Queue<string>(List().Except(refused));
                }
            }
        }

        throw new FastDqnException(ErrorKind.BadData, refused.Count == 0
            ? $"{root}: holds no checkpoint"
            : $"{root}: none of {refused.Count} checkpoints is usable (last: {last})");
    }

    /// <summary>
    /// What <paramref name="read"/> makes of the checkpoint that <paramref name="open"/> finds. Where a live run prunes
    /// that one before its end, another is found and read.
    /// </summary>
    public static T Read<T>(Func<Checkpoint> open, Func<Checkpoint, T> read)
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(read);
        while (true)
        {
            var checkpoint = open();
            try
            {
                return read(checkpoint);
            }
            catch (Exception e) when (e is IOException or FastDqnException { Kind: ErrorKind.BadData })
            {
                if (Directory.Exists(checkpoint.Folder))
                    throw;
                // The next turn finds what there is now, or says that there is nothing.
            }
        }
    }

    /// <summary>
    /// Renames damaged checkpoints to <c>damaged-step-N</c>: kept to look at, but no longer counted among those to
    /// keep, so that they never crowd out sound ones.
    /// </summary>
    /// <param name="damaged">As <see cref="OpenNewest(Action{string}, bool, out IReadOnlyList{string})"/> gave
    /// them.</param>
    public void SetAside(IReadOnlyList<string> damaged)
    {
        ArgumentNullException.ThrowIfNull(damaged);
        foreach (var folder in damaged)
        {
            var aside = Path.Combine(root, "damaged-" + Path.GetFileName(folder));
            TryDelete(aside);
            try
            {
                Directory.Move(folder, aside);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It stays where it is and is refused again.
            }
        }
    }

    /// <summary>
    /// What did best in an evaluation; the newest checkpoint, with a word to <paramref name="warn"/>, where none was
    /// made.
    /// </summary>
    public Checkpoint OpenBest(Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(warn);
        var refused = new List<string>();
        while (Scored().Select(c => c.Folder).Except(refused).FirstOrDefault() is { } folder)
        {
            try
            {
                return Open(folder, withReplay: false);
            }
            catch (FastDqnException e) when (e.Kind == ErrorKind.BadData)
            {
                // One that a live run replaced by a better one meanwhile is no longer among them.
                if (!Directory.Exists(folder))
                    continue;
                refused.Add(folder);
                warn($"checkpoint refused: {e.Message}");
            }
        }

        var newest = OpenNewest(warn, withReplay: false);
        warn($"no evaluation of this run is kept, so none is known to be best: taking the newest checkpoint, step {newest.Manifest.Step}");
        return newest;
    }

    /// <summary>Opens one checkpoint after checking all its files.</summary>
    public Checkpoint Open(string folder, bool withReplay)
    {
        var manifest = ReadManifest(folder);
        foreach (var file in manifest.Files)
            Verify(Path.Combine(folder, file.Name), file);
        if (withReplay)
        {
            FrameLog.Verify(ReplayFolder, manifest.Replay ?? []);
            _known = folder;
        }

        return new Checkpoint(folder, manifest);
    }

    /// <summary>
    /// Removes all but the newest <paramref name="keep"/> checkpoints, the best one, and what a crash left behind.
    /// </summary>
    public void Prune(int keep)
    {
        var all = List();
        var kept = all.Take(keep).ToList();
        foreach (var folder in all.Concat(Folders(Best)).Except(kept).Except(Scored().Take(1).Select(c => c.Folder)))
            TryDelete(folder);
        foreach (var rest in Directory.EnumerateDirectories(root, Temporary + "*"))
            TryDelete(rest);
        // The best one is for evaluation; keeping its replay memory too could double the disk space.
        CollectFrames(kept.Select(TryReadManifest), trim: false);
    }

    /// <summary>
    /// Removes frames that no checkpoint needs: what was written after the newest of them. Before a run goes on, while
    /// nothing else writes.
    /// </summary>
    public void DropLaterFrames() => CollectFrames(List().Select(TryReadManifest), trim: true);

    private void CollectFrames(IEnumerable<CheckpointManifest?> kept, bool trim)
    {
        try
        {
            FrameLog.Collect(ReplayFolder, kept.SelectMany(m => m?.Replay ?? []), trim);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Explain($"cannot tidy {ReplayFolder}", e);
        }
    }

    /// <summary>
    /// Whether the newest checkpoint, replay memory included, is as it was written; true where there is none.
    /// </summary>
    public bool NewestIsSound() => List() is not [var newest, ..] || IsSound(newest);

    internal string Folder(long step) => Path.Combine(root, FormattableString.Invariant($"{Prefix}{step:D12}"));

    internal string BestFolder(long step) => Path.Combine(root, FormattableString.Invariant($"{Best}{step:D12}"));

    /// <summary>Puts a folder in its place in one piece.</summary>
    private void Put(string final, CheckpointManifest header, IReadOnlyList<(string Name, Action<Stream> Write)> parts)
    {
        var temporary = Path.Combine(root, Temporary + Path.GetFileName(final));
        try
        {
            Directory.CreateDirectory(root);
            TryDelete(temporary);
            Directory.CreateDirectory(temporary);
            // One is made while those before it are hashed, written and synced.
            var writing = parts.Select(part => HashedFile.WriteAsync(Path.Combine(temporary, part.Name), part.Write)).ToList();
            var written = Task.WhenAll(writing).GetAwaiter().GetResult();
            List<CheckpointFile> files = [.. parts.Zip(written, (part, file) => new CheckpointFile(part.Name, file.Bytes, file.Sha256))];
            AtomicFile.Write(Path.Combine(temporary, CheckpointManifest.FileName), (header with { Files = files }).ToBytes());
            DurableFolder.Flush(temporary);
            TryDelete(final);
            Directory.Move(temporary, final);
            DurableFolder.Flush(root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw AtomicFile.Explain($"cannot write checkpoint {final}", e);
        }
    }

    /// <summary>Folders whose name goes on with a step, highest step first.</summary>
    private IReadOnlyList<string> Folders(string prefix)
    {
        if (!Directory.Exists(root))
            return [];
        return [.. Directory.EnumerateDirectories(root, prefix + "*")
            .Where(f => StepOf(f) >= 0)
            .OrderByDescending(StepOf)];
    }

    /// <summary>What was evaluated, best first; of equals the earliest.</summary>
    private List<(string Folder, double Score)> Scored()
    {
        while (true)
        {
            List<string> folders = [.. List(), .. Folders(Best)];
            var scored = folders.Select(folder => (Folder: folder, TryReadManifest(folder)?.Score)).Where(c => c.Score is not null)
                .OrderByDescending(c => c.Score).ThenBy(c => StepOf(c.Folder)).Select(c => (c.Folder, c.Score!.Value)).ToList();
            // One that a live run removed meanwhile made way for another, which this listing may not have seen.
            if (folders.TrueForAll(Directory.Exists))
                return scored;
        }
    }

    /// <summary>
    /// A run gives the same bytes at the same step, so a sound checkpoint of it needs no second writing.
    /// </summary>
    private bool IsSound(string folder)
    {
        try
        {
            return Directory.Exists(folder) && Open(folder, withReplay: true) is not null;
        }
        catch (FastDqnException)
        {
            return false;
        }
    }

    private static CheckpointManifest ReadManifest(string folder)
    {
        var path = Path.Combine(folder, CheckpointManifest.FileName);
        try
        {
            if (new FileInfo(path).Length > 16 << 20)
                throw new FastDqnException(ErrorKind.BadData, $"{path}: is too large");
            return CheckpointManifest.Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    private static CheckpointManifest? TryReadManifest(string folder)
    {
        try
        {
            return ReadManifest(folder);
        }
        catch (FastDqnException)
        {
            return null;
        }
    }

    private static void Verify(string path, CheckpointFile expected)
    {
        try
        {
            if (HashedFile.Damage(path, expected.Bytes, expected.Sha256, mayGoOn: false) is { } damage)
                throw new FastDqnException(ErrorKind.BadData, $"{path}: {damage}: truncated or changed");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    /// <summary>
    /// The folder is there as a whole or not at all for whoever reads it meanwhile: it loses its name before its files.
    /// </summary>
    private static void TryDelete(string folder)
    {
        try
        {
            if (!Directory.Exists(folder))
                return;
            var nameless = Path.Combine(Path.GetDirectoryName(folder)!, $"{Temporary}gone-{Path.GetFileName(folder)}");
            if (!Path.GetFileName(folder).StartsWith(Temporary, StringComparison.Ordinal))
            {
                if (Directory.Exists(nameless))
                    Directory.Delete(nameless, recursive: true);
                Directory.Move(folder, nameless);
                folder = nameless;
            }

            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be removed now is removed by a later prune.
        }
    }

    private static long StepOf(string folder)
    {
        var number = Path.GetFileName(folder).Split('-', 2)[^1];
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1;
    }
}

/// <summary>A checkpoint whose bytes were checked.</summary>
public sealed record Checkpoint(string Folder, CheckpointManifest Manifest)
{
    public string PathOf(string name) => Path.Combine(Folder, name);

    public bool Has(string name) => Manifest.Files.Any(f => f.Name == name);

    /// <summary>
    /// Reads a part's state from the file called <paramref name="name"/>; every byte of it must be used.
    /// </summary>
    public void Load(string name, Action<StateReader> load)
    {
        ArgumentNullException.ThrowIfNull(load);
        if (!Has(name))
            throw new FastDqnException(ErrorKind.BadData, $"{Folder}: holds no {name}");
        using var stream = new FileStream(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        load(new StateReader(stream));
        if (stream.ReadByte() >= 0)
            throw new FastDqnException(ErrorKind.BadData, $"{PathOf(name)}: holds more than this program reads");
    }
}
