using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Pixels;
using FastDqn.Pixels.Cuda;
using FastDqn.Training.Diagnostics.Gpu;

namespace FastDqn.Bench;

/// <summary>
/// What a card gives: updates and acting one by one and as graphs, in each arithmetic, beside the same in python3's
/// PyTorch where it is installed; whole trainings of the bundled game, each in a process of its own. Each row is told
/// on stderr as soon as it is there. The code is that of <c>doctor --gpu</c>, which also proves that what is measured
/// is right.
/// </summary>
internal sealed class GpuSuite
{
    // No row is begun later, so that all ends within nine minutes.
    private const double LastBegin = 480;
    private readonly List<BenchRow> _rows = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly GpuSettings _settings;
    private Dictionary<string, double> _peers = [];

    private GpuSuite(GpuSettings settings) => _settings = settings;

    private static GpuSettings Small { get; } = GpuSettings.Rehearse with { Repeats = 2, TrainSeconds = 0.3 };

    /// <param name="rehearse">The same code on the CPU, in small numbers.</param>
    /// <exception cref="FastDqnException">Unavailable: there is no card, or libtorch cannot use it.</exception>
    public static IReadOnlyList<BenchRow> Run(bool rehearse)
    {
        if (!rehearse)
        {
            if (CudaDriver.Load().DeviceCount == 0)
                throw new FastDqnException(ErrorKind.Unavailable, "NVIDIA's driver sees no card here");
            if (!LearnerDevice.CudaAvailable)
                throw new FastDqnException(ErrorKind.Unavailable, "libtorch cannot use the card: name one with CUDA by FASTDQN_LIBTORCH");
        }

        var suite = new GpuSuite(rehearse ? Small : new GpuSettings());
        suite._peers = suite.Peers();
        suite.Updates();
        suite.Trainings();
        return suite._rows;
    }

    /// <summary>A training's process: prints a line of JSON for each figure.</summary>
    public static int Serve(IReadOnlyList<string> args)
    {
        var settings = args[0] == "cpu" ? Small : new GpuSettings();
        (string, string)[] more = args[3] == "float32" ? [] : [("learner.precision", args[3])];
        try
        {
            ShortTraining.Run(
                settings, args[1], int.Parse(args[2], CultureInfo.InvariantCulture), FrameMemory.Auto, Enum.Parse<PixelPlace>(args[4]),
                static figure => Console.Out.WriteLine(figure.ToJson().ToJsonString()), more);
            return 0;
        }
        catch (FastDqnException e)
        {
            Console.Error.WriteLine(e.Message);
            return e.ExitCode;
        }
    }

    /// <summary>Arithmetic and layout of the Nature network's updates, as graphs where those can be had.</summary>
    private void Updates()
    {
        using var memory = _settings.Rehearsal ? null : CudaPinnedMemory.Open();
        using var adam = AdamKernel.Open(cuda: !_settings.Rehearsal);
        // Rehearsals have no graphs: there the way of a GPU is taken by the arithmetic that the CPU's kernels lack.
        var bf16 = new LearnerSettings { Precision = LearnerPrecision.Bf16 };
        (string Name, LearnerSettings How)[] ways =
        [
            .. LearnerTimes.Ways(_settings, Fact).Select(graph => (graph ? "graph" : "eager", new LearnerSettings { Graph = graph })),
            ("tf32", new LearnerSettings { Precision = LearnerPrecision.Tf32 }),
            ("bf16", bf16),
            ("bf16, channels-last", bf16 with { ChannelsLast = true }),
            ("fused Adam", new LearnerSettings { Adam = adam }),
            ("bf16, fused Adam", bf16 with { Adam = adam }),
        ];
        foreach (var (name, how) in ways)
        {
            foreach (var size in _settings.Batches)
                Update("dqn-cleanrl", "Nature", name, how, size, memory);
        }

        foreach (var (preset, size) in ((string, int)[])[("rainbow", _settings.Batches[0]), ("btr", _settings.Batches[1])])
        {
            Update(preset, preset, "float32", new LearnerSettings(), size, memory);
            Update(preset, preset, "bf16", bf16, size, memory);
        }
    }

    private void Update(string preset, string title, string name, LearnerSettings how, int size, CudaPinnedMemory? memory)
    {
        if (!Begins($"{title}, {name}, batch {size}"))
            return;
        using var learner = LearnerTimes.Learner(_settings, preset, how);
        var (update, row, acting) = LearnerTimes.Times(_settings, learner, size, memory);
        Add($"update, {title}, {name}, batch {size}", 1000 * update, "ms", $"update {name} {size}");
        Add($"update in a row, {title}, {name}, batch {size}", 1000 * row, "ms");
        Add($"acting, {title}, {name}, batch {size}", 1000 * acting, "ms", $"acting {name} {size}");
    }

    private void Trainings()
    {
        foreach (var (algorithm, environments) in ((string, int)[])[("pqn", 1), ("pqn", 2), ("dqn-cleanrl", 0), ("dqn-cleanrl", 1)])
        {
            Train(algorithm, _settings.Environments[environments], "float32");
            Train(algorithm, _settings.Environments[environments], "float32", PixelPlace.Device);
        }

        Train("dqn-cleanrl", 1, "float32");
        Train("rainbow", _settings.Environments[0], "float32");
        Train("btr", _settings.Environments[1] / 2, "float32");
        Train("dqn-cleanrl", _settings.Environments[0], "bf16");
        Train("pqn", _settings.Environments[2], "bf16");
        if (_settings.Rehearsal)
            return;
        Train("dqn-cleanrl", _settings.Environments[0], "tf32");
        Train("pqn", _settings.Environments[2], "tf32");
    }

    private void Train(string algorithm, int environments, string precision, PixelPlace pixels = PixelPlace.Cpu)
    {
        var count = environments.ToString(CultureInfo.InvariantCulture);
        var name = $"{algorithm}, {count} environments, {precision}{(pixels == PixelPlace.Device ? ", pixels on the card" : "")}";
        if (!Begins(name))
            return;
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "FastDqn.Bench"))
        {
            RedirectStandardOutput = true,
            ArgumentList = { "gpu-training", _settings.Device, algorithm, count, precision, pixels.ToString() },
        };
        using var process = Process.Start(start)!;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            var figure = GpuFigure.FromJson(JsonNode.Parse(line)!);
            foreach (var (end, unit) in ((string, string)[])[(": agent steps", "agent steps/s"), (": updates", "updates/s")])
            {
                if (figure.Value is { } value && figure.What.EndsWith(end, StringComparison.Ordinal))
                    Add(name, value, unit);
            }
        }

        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new FastDqnException($"{name}: the training ended with {process.ExitCode}");
    }

    private void Fact(GpuFigure figure) => Console.Error.WriteLine($"{figure.What}: {figure.Text}");

    private bool Begins(string name)
    {
        if (_clock.Elapsed.TotalSeconds < LastBegin)
            return true;
        Console.Error.WriteLine($"{name}: not begun, the time is over");
        return false;
    }

    private void Add(string name, double value, string unit, string? peer = null)
    {
        var row = peer is not null && _peers.TryGetValue(peer, out var found)
            ? BenchRow.LessIsBetter(name, value, unit, "python3's PyTorch", found)
            : new BenchRow(name, value, unit);
        _rows.Add(row);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {value:G4} {unit}"));
    }

    /// <summary>Milliseconds of the peers by name; none where python3 has no PyTorch that can use the card.</summary>
    private Dictionary<string, double> Peers()
    {
        var peers = new Dictionary<string, double>();
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("PYTHON") ?? "python3")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "peer_gpu.py"), _settings.Device },
        };
        foreach (var size in _settings.Batches)
            start.ArgumentList.Add(size.ToString(CultureInfo.InvariantCulture));
        try
        {
            using var process = Process.Start(start)!;
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            while (process.StandardOutput.ReadLine() is { } line)
            {
                // "update graph 32 0.82"
                var at = line.LastIndexOf(' ');
                if (at > 0 && double.TryParse(line.AsSpan(at + 1), CultureInfo.InvariantCulture, out var milliseconds))
                    peers[line[..at]] = milliseconds;
            }

            process.WaitForExit();
            if (process.ExitCode != 0)
                Console.Error.WriteLine("python3 has no PyTorch that works there: no peers");
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            Console.Error.WriteLine($"no python3: no peers ({e.Message})");
        }

        return peers;
    }
}
