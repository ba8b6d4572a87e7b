using BenchmarkDotNet.Attributes;
using FastDqn.Core;
using FastDqn.Pixels;

namespace FastDqn.Bench;

/// <summary>
/// Frame conversion: every preset on every path, and the share of memory bandwidth that the best one takes.
/// </summary>
public static class PixelsSuite
{
    internal static IReadOnlyList<BenchRow> Run()
    {
        var rows = new List<BenchRow>();
        var bandwidth = CopyBandwidth();
        rows.Add(new BenchRow("memory copy, read + write", bandwidth / 1e9, "GB/s"));
        var reports = Measure.Benchmarks<PixelBenchmarks>().Reports
            .ToDictionary(report => (
                (string)report.BenchmarkCase.Parameters[nameof(PixelBenchmarks.Preset)],
                (PixelPath)report.BenchmarkCase.Parameters[nameof(PixelBenchmarks.Path)],
                (FrameKind)report.BenchmarkCase.Parameters[nameof(PixelBenchmarks.Frames)]));
        foreach (var ((preset, path, frames), report) in reports)
        {
            var microseconds = report.Fastest() / 1e3 / PixelBenchmarks.Count;
            var reference = reports[(preset, PixelPath.Reference, frames)].Fastest() / 1e3 / PixelBenchmarks.Count;
            var name = $"{preset}, {path.ToString().ToLowerInvariant()}, {frames.ToString().ToLowerInvariant()} frames";
            rows.Add(path == PixelPath.Reference
                ? new BenchRow(name, microseconds, "us/frame")
                : BenchRow.LessIsBetter(name, microseconds, "us/frame", "scalar C# reference", reference));
            if (path != PixelPath.Best || preset != "ale")
                continue;
            // Both frames are read once and the observation is written once, whatever the cache does.
            var bytes = (2 * 210 * 160) + (84 * 84);
            rows.Add(new BenchRow($"{name}: share of the copy bandwidth", 100 * bytes / (microseconds * 1e-6) / bandwidth, "%"));
            rows.Add(new BenchRow($"{name}: managed allocation", report.Allocated() / PixelBenchmarks.Count, "B/frame"));
        }

        return rows;
    }

    // The fastest of many copies of a block beyond the second-level cache, read and write counted.
    private static double CopyBandwidth()
    {
        const int Bytes = 1 << 26;
        using var from = new NativeRegion(Bytes);
        using var to = new NativeRegion(Bytes);
        unsafe
        {
            new Span<byte>(from.Pointer, Bytes).Fill(1);
            return 2.0 * Bytes / Measure.Fastest(60, () => Buffer.MemoryCopy(from.Pointer, to.Pointer, Bytes, Bytes));
        }
    }
}

/// <summary>Which implementation converts.</summary>
public enum PixelPath
{
    Reference,
    Scalar,
    Avx2,
    Best,
    Device,
}

/// <summary>What the frames look like: the work depends on how many rows repeat.</summary>
public enum FrameKind
{
    Noise,
    Game,
}

/// <summary>One pass over a few frames that fit the cache, as they do right after an emulator has drawn them.</summary>
public sealed class PixelBenchmarks : IDisposable
{
    internal const int Count = 8;

    private byte[] _previous = [];
    private byte[] _current = [];
    private byte[] _observations = [];
    private IFrameConverter? _converter;
    private PixelDevice? _device;

    [ParamsSource(nameof(Presets))]
    public string Preset { get; set; } = "";

    [ParamsAllValues]
    public PixelPath Path { get; set; }

    [ParamsAllValues]
    public FrameKind Frames { get; set; }

    // Dopamine's pixels are ALE's.
    public static IEnumerable<string> Presets => PixelPreset.All.Select(preset => preset.Name).Where(name => name != "dopamine");

    [GlobalSetup]
    public void Prepare()
    {
        var random = new RandomStream(1);
        var rgb = new byte[768];
        foreach (ref var value in rgb.AsSpan())
            value = (byte)random.NextInt32(256);
        var (options, palette) = (new PixelOptions(PixelPreset.Named(Preset)), new Palette(rgb));
        _converter = Path switch
        {
            PixelPath.Reference => new ReferenceConverter(options, palette),
            PixelPath.Scalar => new NativeConverter(options, palette, InstructionSet.Scalar),
            PixelPath.Avx2 => new NativeConverter(
                options, palette, (InstructionSet)Math.Min((int)InstructionSet.Avx2, (int)NativeConverter.Best)),
            PixelPath.Device => new DeviceConverter(_device = PixelDevice.Open(), options, palette, Count),
            _ => new NativeConverter(options, palette),
        };
        _current = Frames == FrameKind.Noise ? Noise(random) : GamePictures.Frames(random, Count, 210, 160);
        // The frame before differs in a few places, as a game's does.
        _previous = (byte[])_current.Clone();
        if (Frames == FrameKind.Noise)
            _previous = Noise(random);
        else
            for (var i = 0; i < Count * 150; i++)
                _previous[random.NextInt32(_previous.Length)] = (byte)random.NextInt32(256);
        _observations = new byte[Count * _converter.ObservationBytes];
    }

    [GlobalCleanup]
    public void Dispose()
    {
        (_converter as IDisposable)?.Dispose();
        _device?.Dispose();
        _device = null;
    }

    [Benchmark]
    public void Convert() => _converter!.Convert(_previous, _current, _observations);

    private static byte[] Noise(RandomStream random)
    {
        var frames = new byte[Count * 210 * 160];
        foreach (ref var pixel in frames.AsSpan())
            pixel = (byte)random.NextUInt64();
        return frames;
    }
}
