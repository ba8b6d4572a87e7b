using System.Globalization;
using System.Runtime.ExceptionServices;
using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>
/// Keeps a ring's frames on disk while it is filled. A thread of its own codes the frames of the last vector steps,
/// straight from the ring, and appends them to segment files; a committed frame does not change until its slot is
/// written again, and the ring waits before that should the disk be too far behind. So a checkpoint (<see cref="Cut"/>)
/// finds all but the newest frames written, and shares their segments with the checkpoints before it. The ring's
/// records, a thousandth of its bytes, are the checkpoint's own (<see cref="ReplayRing.Records"/>). Calls come from the
/// thread that owns the ring. Dispose it before the ring.
/// </summary>
public sealed class FrameLog : IDisposable
{
    private const string Prefix = "frames-";
    private const string Extension = ".fdqr";
    private const int SegmentsOfARing = 32;

    /// <summary>Raw bytes that the writer may be behind: a few seconds' work at most.</summary>
    private const long MostBehind = 512L << 20;

    private readonly ReplayRing _ring;
    private readonly string _folder;
    private readonly object _gate = new();
    private readonly Thread _thread;
    private readonly long _chunk;           // vector steps written at a time
    private readonly long _mostBehind;      // vector steps
    private readonly long _segmentSteps;    // vector steps after which a new file begins
    private readonly List<FrameSegment> _closed;
    private readonly HashSet<string> _promised; // names that some checkpoint may need
    private SegmentWriter? _open;
    private long _number;
    private long _committed;
    private long _next;                     // the first vector step not written yet
    private bool _cutting;
    private bool _stop;
    private bool _folderChanged;
    private FrameSegment? _openPart;        // of the open file, at the last cut
    private ExceptionDispatchInfo? _failure;
    private long _rawBytes;
    private long _waitedTicks;

    /// <param name="ring">Whose frames; already restored where it goes on from a checkpoint.</param>
    /// <param name="folder">Made where it is missing. Files are <c>frames-NNNNNNNN.fdqr</c>.</param>
    /// <param name="restored">The segments of the checkpoint that the ring goes on from.</param>
    public FrameLog(ReplayRing ring, string folder, IReadOnlyList<FrameSegment>? restored = null)
    {
        ArgumentNullException.ThrowIfNull(ring);
        (_ring, _folder, _closed) = (ring, folder, [.. restored ?? []]);
        _promised = [.. _closed.Select(s => s.Name)];
        var options = ring.Options;
        var slots = ring.Footprint.SlotsPerLane;
        _chunk = Math.Clamp(BlockHeader.MostFrames(options.FrameBytes), 1, Math.Max(1, slots / 8));
        // Below the slots of a lane: what is not written is never overwritten.
        _mostBehind = Math.Clamp(MostBehind / ((long)options.FrameBytes * options.Lanes), Math.Min(2 * _chunk, slots / 2), slots / 2);
        _segmentSteps = Math.Max(_chunk, slots / SegmentsOfARing);
        _committed = ring.NewestTime;
        _next = _closed.Count > 0 ? _closed[^1].Last + 1 : ring.OldestTime;
        try
        {
            Directory.CreateDirectory(folder);
            _folderChanged = true;
            _number = Files(folder).Select(NumberOf).DefaultIfEmpty(-1).Max() + 1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(e);
        }

        ring.Committed += Committed;
        _thread = new Thread(Loop) { IsBackground = true, Name = "replay writer" };
        _thread.Start();
    }

    /// <summary>Bytes of frames taken, before coding.</summary>
    public long RawBytes => Volatile.Read(ref _rawBytes);

    /// <summary>How long the ring's owner has waited because the disk was too far behind.</summary>
    public TimeSpan Waited => System.Diagnostics.Stopwatch.GetElapsedTime(0, Volatile.Read(ref _waitedTicks));

    /// <summary>
    /// Writes what is left, makes it durable and returns the segments that hold the ring's frames as it is now, in
    /// order.
    /// </summary>
    public IReadOnlyList<FrameSegment> Cut()
    {
        lock (_gate)
        {
            _cutting = true;
            Monitor.PulseAll(_gate);
            while (_cutting && _failure is null)
                Monitor.Wait(_gate);
            Rethrow();
            _closed.RemoveAll(s => s.Last < _ring.OldestTime);
            List<FrameSegment> segments = [.. _closed];
            if (_openPart is not null)
                segments.Add(_openPart);
            foreach (var segment in segments)
                _promised.Add(segment.Name);
            return segments;
        }
    }

    public void Dispose()
    {
        _ring.Committed -= Committed;
        lock (_gate)
        {
            _stop = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
        _open?.Dispose();
    }

    /// <summary>Checks that all segments are whole.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: one is missing, torn or damaged.</exception>
    public static void Verify(string folder, IReadOnlyList<FrameSegment> segments)
    {
        ArgumentNullException.ThrowIfNull(segments);
        foreach (var segment in segments)
            SegmentReader.Verify(PathOf(folder, segment), segment);
    }

    /// <summary>Puts frames back into a ring whose records were restored and whose segments were verified.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: not the frames of this ring.</exception>
    public static void Restore(ReplayRing ring, string folder, IReadOnlyList<FrameSegment> segments)
    {
        ArgumentNullException.ThrowIfNull(ring);
        ArgumentNullException.ThrowIfNull(segments);
        var next = ring.OldestTime;
        foreach (var segment in segments)
        {
            if (segment.First > next || segment.Last < segment.First || (segment != segments[0] && segment.First != next))
                throw new FastDqnException(ErrorKind.BadData, $"replay frames {PathOf(folder, segment)}: do not go on from step {next}");
            next = segment.Last + 1;
        }

        if (ring.NewestTime >= 0 && next != ring.NewestTime + 1)
            throw new FastDqnException(ErrorKind.BadData, $"replay frames in {folder}: end before step {ring.NewestTime}");
        // In order: a slot's later frame comes after its earlier one.
        foreach (var segment in segments)
            SegmentReader.Apply(PathOf(folder, segment), segment, ring);
    }

    /// <summary>
    /// Removes what no checkpoint needs: whole files, and the ends of files that were written after the last of them.
    /// </summary>
    /// <param name="folder">The segments' folder; may be missing.</param>
    /// <param name="needed">The segments of all checkpoints that are kept.</param>
    /// <param name="trim">Also cut files to the longest part needed; only while nothing is being written.</param>
    public static void Collect(string folder, IEnumerable<FrameSegment> needed, bool trim)
    {
        if (!Directory.Exists(folder))
            return;
        var lengths = needed
            .GroupBy(s => s.Name, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Max(s => s.Bytes), StringComparer.Ordinal);
        var newest = lengths.Keys.Select(NumberOf).DefaultIfEmpty(-1).Max();
        foreach (var path in Files(folder))
        {
            if (!lengths.TryGetValue(Path.GetFileName(path), out var bytes))
            {
                // Later files belong to checkpoints to come, unless nobody writes them any more.
                if (trim || NumberOf(path) < newest)
                    File.Delete(path);
            }
            else if (trim && new FileInfo(path).Length > bytes)
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read, 1);
                file.SetLength(bytes);
            }
        }
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, Prefix + "*" + Extension).Where(path => NumberOf(path) >= 0);

    private static long NumberOf(string path)
    {
        var digits = Path.GetFileNameWithoutExtension(path)[Prefix.Length..];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
    }

    private static string PathOf(string folder, FrameSegment segment) => Path.Combine(folder, segment.Name);

    // On the ring's thread, before the slot after next is given out.
    private void Committed(long newest)
    {
        lock (_gate)
        {
            _committed = newest;
            var behind = newest - _next + 1;
            if (behind >= _chunk)
                Monitor.PulseAll(_gate);
            if (behind > _mostBehind)
            {
                var start = System.Diagnostics.Stopwatch.GetTimestamp();
                while (newest - _next + 1 > _mostBehind && _failure is null)
                    Monitor.Wait(_gate);
                Volatile.Write(ref _waitedTicks, _waitedTicks + System.Diagnostics.Stopwatch.GetTimestamp() - start);
            }

            Rethrow();
        }
    }

    private void Loop()
    {
        lock (_gate)
        {
            while (true)
            {
                while (!_stop && !_cutting && _committed - _next + 1 < _chunk)
                    Monitor.Wait(_gate);
                if (_stop)
                    return;
                var last = Math.Min(_committed, _next + _chunk - 1);
                var finish = _cutting && last == _committed;
                Monitor.Exit(_gate);
                FrameSegment? part = null;
                ExceptionDispatchInfo? failure = null;
                try
                {
                    if (last >= _next)
                        Write(last);
                    if (finish)
                        part = Finish();
                }
                catch (Exception e)
                {
                    failure = ExceptionDispatchInfo.Capture(e is IOException or UnauthorizedAccessException ? CannotWrite(e) : e);
                }

                Monitor.Enter(_gate);
                if (failure is not null)
                {
                    _failure = failure;
                    Monitor.PulseAll(_gate);
                    return;
                }

                _next = last + 1;
                if (finish)
                    (_cutting, _openPart) = (false, part);
                else if (!_cutting)
                    Forget();
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Write(long last)
    {
        if (_open is null)
        {
            _open = new SegmentWriter(
                _ring, Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{_number++:D8}{Extension}")), _next);
            _folderChanged = true;
        }

        Volatile.Write(ref _rawBytes, _rawBytes + _open.Write(last));
        if (_open.Steps >= _segmentSteps)
            Close();
    }

    // A cut ends the file too unless it is small, so that damage to it meets as few checkpoints as can be.
    private FrameSegment? Finish()
    {
        var part = _open?.Complete();
        if (_open is not null && _open.Steps * 2 >= _segmentSteps)
        {
            Close();
            part = null;
        }

        if (_folderChanged)
        {
            DurableFolder.Flush(_folder);
            DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(_folder))!);
            _folderChanged = false;
        }

        return part;
    }

    private void Close()
    {
        var segment = _open!.Complete();
        _open.Dispose();
        _open = null;
        lock (_gate)
            _closed.Add(segment);
    }

    // Where checkpoints are rarer than the ring is long, files leave its window that none ever named.
    private void Forget()
    {
        var oldest = _committed + 2 + _ring.Options.PrefetchSlack - _ring.Footprint.SlotsPerLane;
        foreach (var gone in _closed.Where(s => s.Last < oldest && !_promised.Contains(s.Name)).ToList())
        {
            _closed.Remove(gone);
            try
            {
                File.Delete(PathOf(_folder, gone));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next collection removes it.
            }
        }
    }

    private void Rethrow() => _failure?.Throw();

    private FastDqnException CannotWrite(Exception e) =>
        new(ErrorKind.Failure, $"replay frames cannot be written to {_folder}: {e.Message.ReplaceLineEndings(" ")}", e);
}
