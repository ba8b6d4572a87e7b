using System.Globalization;
using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>What one snapshot took.</summary>
/// <param name="Id">Its number, to be kept beside the checkpoint that it belongs to.</param>
/// <param name="IsBase">Whether it holds the whole ring.</param>
/// <param name="RawBytes">Frames and records before coding.</param>
/// <param name="StoredBytes">Bytes on disk.</param>
public sealed record SnapshotInfo(long Id, bool IsBase, long RawBytes, long StoredBytes);

/// <summary>
/// Snapshots of one ring in one folder. The first holds everything; each later one only the frames written since the one
/// before, and all records (actions, rewards, flags, priorities: a thousandth of the frames). Once the increments
/// exceed the ring itself a new base is written. Files are coded, compressed, checksummed, written to a temporary name,
/// synced and renamed; a chain is verified whole before a restore touches the ring.
/// The ring must not be appended to or drawn from while a snapshot is written, nor be loaded from elsewhere between two.
/// </summary>
/// <param name="folder">Made where it is missing. Files are <c>replay-NNNNNNNN.fdqr</c>.</param>
public sealed class ReplaySnapshot(string folder)
{
    private const string Extension = ".fdqr";

    private long _last = -1;        // the newest snapshot that this ring's present state goes on from
    private uint _lastChecksum;
    private long _lastTime = -1;
    private long _sinceBase;        // steps in increments since the base

    /// <summary>Numbers of the snapshots in the folder, whole or not, in order.</summary>
    public IReadOnlyList<long> Ids => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder, "replay-*" + Extension)
            .Select(f => Path.GetFileNameWithoutExtension(f)["replay-".Length..])
            .Where(n => long.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(n => long.Parse(n, CultureInfo.InvariantCulture))
            .Order()];

    /// <summary>Writes what changed since this object's last snapshot or restore; everything where there was none.</summary>
    public async Task<SnapshotInfo> WriteAsync(ReplayRing ring, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(ring);
        var newest = ring.NewestTime;
        // The newest frame of the last snapshot is complete; what it lacked of records comes with the records.
        var incremental = _last >= 0 && newest >= _lastTime && _lastTime + 1 >= ring.OldestTime
            && _sinceBase + (newest - _lastTime) <= ring.Footprint.SlotsPerLane;
        // Never a number that is there: a run that goes on from an older snapshot leaves the later ones whole.
        var id = Ids is [.., var latest] ? latest + 1 : 0;
        var header = new SegmentHeader(
            id,
            incremental ? _last : -1,
            incremental ? _lastChecksum : 0,
            ring.Options.Lanes,
            ring.Options.FrameBytes,
            ring.Footprint.SlotsPerLane,
            incremental ? _lastTime + 1 : ring.OldestTime,
            newest);
        var path = PathOf(id);
        var temporary = path + ".tmp";
        (long Raw, long Stored, uint Checksum) written;
        try
        {
            Directory.CreateDirectory(folder);
            written = await SegmentWriter.WriteAsync(ring, header, temporary, cancel).ConfigureAwait(false);
            File.Move(temporary, path, overwrite: true);
            Native.Check(Native.fdq_replay_sync_folder(folder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary))
                File.Delete(temporary);
            throw new FastDqnException(ErrorKind.Failure, $"replay snapshot {path} could not be written: {e.Message}", e);
        }

        _sinceBase = incremental ? _sinceBase + (newest - _lastTime) : 0;
        (_last, _lastChecksum, _lastTime) = (id, written.Checksum, newest);
        return new SnapshotInfo(id, !incremental, written.Raw, written.Stored);
    }

    /// <summary>
    /// Restores snapshot <paramref name="id"/> into a ring of the same shape; the next <see cref="WriteAsync"/> goes on
    /// from it.
    /// </summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: missing, torn, damaged, or of another shape. The ring is then unchanged.</exception>
    public async Task ReadAsync(ReplayRing ring, long id, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(ring);
        var chain = await VerifyAsync(id, cancel).ConfigureAwait(false);
        foreach (var (header, _) in chain)
            if (header.Lanes != ring.Options.Lanes || header.FrameBytes != ring.Options.FrameBytes
                || header.Slots != ring.Footprint.SlotsPerLane)
                throw new FastDqnException(
                    ErrorKind.BadData,
                    $"replay snapshot {PathOf(header.Id)} is of {header.Lanes} lanes of {header.Slots} frames of {header.FrameBytes} bytes; "
                    + $"this ring has {ring.Options.Lanes} of {ring.Footprint.SlotsPerLane} of {ring.Options.FrameBytes}");
        for (var i = 0; i < chain.Count; i++)
            await SegmentReader.ApplyAsync(PathOf(chain[i].Header.Id), ring, records: i == chain.Count - 1, cancel).ConfigureAwait(false);

        var last = chain[^1];
        (_last, _lastChecksum, _lastTime) = (id, last.Checksum, last.Header.LastTime);
        _sinceBase = last.Header.LastTime - chain[0].Header.LastTime;
    }

    /// <summary>Checks that snapshot <paramref name="id"/> and all it builds on are whole.</summary>
    public async Task<bool> IsWholeAsync(long id, CancellationToken cancel = default)
    {
        try
        {
            await VerifyAsync(id, cancel).ConfigureAwait(false);
            return true;
        }
        catch (FastDqnException)
        {
            return false;
        }
    }

    /// <summary>Deletes the files that neither snapshot <paramref name="id"/> nor any later one builds on.</summary>
    public void DeleteBefore(long id)
    {
        var needed = new HashSet<long>();
        foreach (var kept in Ids.Where(i => i >= id))
            for (var next = kept; next >= 0 && needed.Add(next);)
                next = ParentOf(next);
        foreach (var old in Ids.Where(i => i < id && !needed.Contains(i)))
            File.Delete(PathOf(old));
    }

    private long ParentOf(long id)
    {
        try
        {
            using var file = File.OpenRead(PathOf(id));
            var bytes = new byte[SegmentHeader.Size];
            file.ReadExactly(bytes);
            return SegmentHeader.Read(bytes, PathOf(id)).Parent;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FastDqnException)
        {
            return -1; // not whole: nothing can be restored from it
        }
    }

    // The chain from its base to `id`, every file whole and each the child of the one before.
    private async Task<List<(SegmentHeader Header, uint Checksum)>> VerifyAsync(long id, CancellationToken cancel)
    {
        var chain = new List<(SegmentHeader Header, uint Checksum)>();
        for (var next = id; next >= 0; next = chain[^1].Header.Parent)
        {
            var path = PathOf(next);
            var segment = await SegmentReader.VerifyAsync(path, cancel).ConfigureAwait(false);
            if (segment.Header.Id != next || segment.Header.Parent >= next)
                throw SegmentReader.Torn(path, $"it says it is number {segment.Header.Id} after {segment.Header.Parent}");
            if (chain.Count > 0 && chain[^1].Header.ParentChecksum != segment.Checksum)
                throw SegmentReader.Torn(PathOf(chain[^1].Header.Id), $"it goes on from another {Path.GetFileName(path)} than the one that is there");
            chain.Add(segment);
        }

        chain.Reverse();
        return chain;
    }

    private string PathOf(long id) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"replay-{id:D8}{Extension}"));
}
