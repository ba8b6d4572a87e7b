using FastDqn.Core;

namespace FastDqn.Learning.Cuda;

/// <summary>What a device is asked to do.</summary>
internal enum DeviceStage
{
    /// <summary>An update, from its first copy to its figures; of PQN a whole rollout's.</summary>
    Update,

    /// <summary>Observations to Q-values, copies included.</summary>
    Act,

    /// <summary>A step's frames into the device's ring.</summary>
    Frames,

    /// <summary>The actor takes the learner's parameters.</summary>
    Refresh,
}

/// <summary>
/// Where a device's time goes: between events around each stage, so that the host's work beside it does not count.
/// Stages of two streams run at the same time; their shares may add up to more than the whole.
/// </summary>
internal sealed class DeviceProfile
{
    /// <summary>Spans of a stage under way; a span's time is asked when its events are wanted again.</summary>
    private const int Spans = 16;

    private readonly Lock _gate = new();
    private readonly Clock[] _clocks = [.. Enum.GetValues<DeviceStage>().Select(_ => new Clock())];
    private long _uploads;
    private long _uploaded;
    private long _downloads;
    private long _downloaded;
    private (long Kernels, long Copies)? _update;

    /// <summary>Times what is asked of a queue until the span ends.</summary>
    public static Span Begin(DeviceQueue queue, DeviceStage stage) =>
        queue.Profile is { } profile ? new Span(profile, profile.Start(queue, stage)) : default;

    public void CountUpload(long bytes)
    {
        lock (_gate)
            (_uploads, _uploaded) = (_uploads + 1, _uploaded + bytes);
    }

    public void CountDownload(long bytes)
    {
        lock (_gate)
            (_downloads, _downloaded) = (_downloads + 1, _downloaded + bytes);
    }

    /// <summary>An update was recorded, which launches so much; -1: not known.</summary>
    public void NoteUpdate(long kernels, long copies)
    {
        lock (_gate)
            _update = (kernels, copies);
    }

    /// <summary>Waits for what is under way, and adds up.</summary>
    public DeviceTimes Read()
    {
        lock (_gate)
        {
            List<(string, double, long)> stages = [];
            foreach (var stage in Enum.GetValues<DeviceStage>())
            {
                var clock = _clocks[(int)stage];
                clock.Collect();
                if (clock.Count > 0)
                    stages.Add((OptionRecord.NameOf(stage.ToString()), clock.Seconds, clock.Count));
            }

            return new DeviceTimes(stages, _uploads, _uploaded, _downloads, _downloaded)
            {
                UpdateKernels = _update is { Kernels: >= 0 and var kernels } ? kernels : null,
                UpdateCopies = _update is { Copies: >= 0 and var copies } ? copies : null,
            };
        }
    }

    /// <summary>Gives the events back; before their queues end.</summary>
    public void Release()
    {
        lock (_gate)
        {
            foreach (var clock in _clocks)
                clock.Release();
        }
    }

    private DeviceQueue.DeviceMark Start(DeviceQueue queue, DeviceStage stage)
    {
        lock (_gate)
            return _clocks[(int)stage].Start(queue);
    }

    public readonly ref struct Span
    {
        private readonly DeviceProfile? _profile;
        private readonly DeviceQueue.DeviceMark? _end;

        internal Span(DeviceProfile profile, DeviceQueue.DeviceMark end) => (_profile, _end) = (profile, end);

        public void Dispose()
        {
            if (_profile is null)
                return;
            lock (_profile._gate)
                _end!.Record();
        }
    }

    private sealed class Clock
    {
        private readonly List<(DeviceQueue.DeviceMark Start, DeviceQueue.DeviceMark End)> _marks = [];
        private int _next;
        private int _open; // spans whose time was not asked yet, the last ones before _next

        public double Seconds { get; private set; }

        public long Count { get; private set; }

        /// <summary>Records a span's start on the current stream; the result is its end.</summary>
        public DeviceQueue.DeviceMark Start(DeviceQueue queue)
        {
            if (_open == Spans)
                Take();
            if (_marks.Count <= _next)
                _marks.Add((queue.CreateMark(timed: true), queue.CreateMark(timed: true)));
            var (start, end) = _marks[_next];
            _next = (_next + 1) % Spans;
            _open++;
            Count++;
            start.Record();
            return end;
        }

        public void Collect()
        {
            while (_open > 0)
                Take();
        }

        public void Release()
        {
            foreach (var (start, end) in _marks)
            {
                start.Dispose();
                end.Dispose();
            }

            _marks.Clear();
            (_next, _open) = (0, 0);
        }

        private void Take()
        {
            var (start, end) = _marks[(_next - _open + Spans) % Spans];
            Seconds += start.SecondsTo(end);
            _open--;
        }
    }
}

/// <summary>What a device spent its time on, as far as the learner asked it.</summary>
/// <param name="Stages">Name, seconds and calls.</param>
/// <param name="Uploads">Copies to the device.</param>
/// <param name="UploadedBytes">Their bytes.</param>
/// <param name="Downloads">Copies from the device.</param>
/// <param name="DownloadedBytes">Their bytes.</param>
public sealed record DeviceTimes(
    IReadOnlyList<(string Stage, double Seconds, long Calls)> Stages, long Uploads, long UploadedBytes, long Downloads,
    long DownloadedBytes)
{
    /// <summary>Kernels that a recorded update launches; null where none was recorded.</summary>
    public long? UpdateKernels { get; init; }

    /// <summary>Its copies and fills on the device.</summary>
    public long? UpdateCopies { get; init; }

    /// <summary>Rows as of the host's stages, and then what was copied and launched.</summary>
    /// <param name="elapsed">Seconds of the whole.</param>
    /// <param name="updates">Updates made.</param>
    public IReadOnlyList<string[]> Table(double elapsed, long updates)
    {
        List<string[]> rows = [["on the device", "seconds", "share", "calls", "ms each"]];
        foreach (var (stage, seconds, calls) in Stages)
        {
            rows.Add(
            [
                stage,
                FormattableString.Invariant($"{seconds:0.000}"),
                FormattableString.Invariant($"{100 * seconds / elapsed:0.0} %"),
                FormattableString.Invariant($"{calls}"),
                FormattableString.Invariant($"{1000 * seconds / calls:0.000}"),
            ]);
        }

        rows.Add(["copied", "bytes", "", "copies", "an update"]);
        rows.Add(Copies("to it", UploadedBytes, Uploads));
        rows.Add(Copies("from it", DownloadedBytes, Downloads));
        if (UpdateKernels is { } kernels)
            rows.Add(["an update is", $"{kernels}", "kernels", $"{UpdateCopies}", "copies"]);
        return rows;

        string[] Copies(string way, long bytes, long count) =>
        [
            way, SystemMemory.Format(bytes), "", FormattableString.Invariant($"{count}"),
            updates == 0 ? "" : SystemMemory.Format(bytes / updates),
        ];
    }
}
