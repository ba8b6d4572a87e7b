using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Diagnostics.Gpu;

/// <summary>
/// A real training of the bundled game for some seconds: its steps per second and where its time goes, once it learns.
/// </summary>
internal static class ShortTraining
{
    // Left out at the start: compilers and libraries choose their code then.
    private const double SettleShare = 0.1;

    private const int LeastRows = 4;

    public static void Run(
        GpuSettings settings, string algorithm, int environments, FrameMemory memory, PixelPlace pixels, Action<GpuFigure> tell,
        params IReadOnlyList<(string Key, string Value)> more)
    {
        var folder = Directory.CreateTempSubdirectory("fastdqn-doctor-").FullName;
        try
        {
            var run = Path.Combine(folder, "run");
            using var signals = new StopSignals();
            var config = Config(settings, algorithm, environments, memory, pixels, run, more);
            Trainer.Create(config).Observe(new Watch(settings.TrainSeconds, signals)).Run(signals);
            Report(Path.Combine(run, "metrics.jsonl"), $"{algorithm}, {environments} environments", tell);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static TrainConfig Config(
        GpuSettings settings, string algorithm, int environments, FrameMemory memory, PixelPlace pixels, string run,
        IReadOnlyList<(string Key, string Value)> more)
    {
        var rollout = algorithm == "pqn";
        var layers = new ConfigLayers();
        foreach (var (key, value) in new (string, string)[]
        {
            ("algorithm.name", algorithm),
            ("env.name", Environments.BundledGame.Name),
            ("env.count", $"{environments}"),
            ("run.device", settings.Device),
            ("replay.memory", OptionRecord.NameOf(memory.ToString())),
            ("env.pixel_device", OptionRecord.NameOf(pixels.ToString())),
            ("run.dir", run),
            ("train.steps", "1000000000"),
            ("log.every", rollout ? "1" : $"{(settings.Rehearsal ? 4 : 50) * environments}"),
            ("log.tensorboard", "off"),
            ("eval.episodes", "0"),
            ("checkpoint.every", "0"),
        })
        {
            Add(key, value);
        }

        if (!rollout)
        {
            Add("replay.capacity", "50000");
            Add("schedule.warm_up", settings.Rehearsal ? "100" : "4000");
            Add("checkpoint.replay", "off");
            if (settings.Rehearsal)
                Add("schedule.batch_size", "4");
        }
        else if (settings.Rehearsal)
        {
            Add("rollout.steps", "4");
            Add("rollout.minibatches", "2");
        }

        foreach (var (key, value) in more)
            Add(key, value);
        return layers.Resolve();

        void Add(string key, string value) => layers.AddOption(key, value, "doctor --gpu");
    }

    private static void Report(string file, string name, Action<GpuFigure> tell)
    {
        var rows = File.ReadLines(file).Select(Row.Parse).OfType<Row>().Where(row => row.Updates > 0).ToList();
        if (rows.Count < LeastRows)
            throw new InvalidOperationException($"the training wrote {rows.Count} rows of metrics with updates; {LeastRows} are needed");
        var settled = rows[0].Seconds + (SettleShare * (rows[^1].Seconds - rows[0].Seconds));
        var (first, last) = (rows.First(row => row.Seconds >= settled), rows[^1]);
        var seconds = last.Seconds - first.Seconds;
        tell(new GpuFigure($"{name}: agent steps", (last.Step - first.Step) / seconds, "1/s"));
        tell(new GpuFigure($"{name}: frames", (last.Frames - first.Frames) / seconds, "1/s"));
        tell(new GpuFigure($"{name}: updates", (last.Updates - first.Updates) / seconds, "1/s"));
        foreach (var (stage, total) in last.Stages)
            tell(new GpuFigure($"{name}: {stage}", 100 * (total - first.Stages.GetValueOrDefault(stage)) / seconds, "% of the time"));
    }

    private sealed record Row(long Step, long Frames, double Updates, double Seconds, Dictionary<string, double> Stages)
    {
        private static readonly HashSet<string> Stage = [.. Enum.GetNames<Loops.Stage>().Select(OptionRecord.NameOf)];

        /// <summary>Null for rows that are not of the training, and for one that was cut off.</summary>
        public static Row? Parse(string line)
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                var row = json.RootElement;
                if (row.GetProperty("kind").GetString() != "train")
                    return null;
                var wall = row.GetProperty("wall").EnumerateObject().ToDictionary(v => v.Name["perf/".Length..], v => v.Value.GetDouble());
                return new Row(
                    row.GetProperty("step").GetInt64(), row.GetProperty("frames").GetInt64(),
                    row.GetProperty("metrics").GetProperty("charts/updates").GetDouble(), wall["seconds"],
                    wall.Where(v => Stage.Contains(v.Key)).ToDictionary());
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    /// <summary>
    /// Ends the training when its time since the first update is over and there are rows enough to tell of.
    /// </summary>
    private sealed class Watch(double seconds, StopSignals signals) : ITrainObserver
    {
        private long _began;
        private int _rows;

        public void Progress(in TrainProgress progress)
        {
            if (progress.Updates == 0)
                return;
            if (_began == 0)
                _began = Stopwatch.GetTimestamp();
            else if (++_rows >= LeastRows && Stopwatch.GetElapsedTime(_began).TotalSeconds >= seconds)
                signals.Request(143);
        }

        // The card's check has told of a foreign libtorch; anything else goes to the reader.
        public void Warning(string text)
        {
            if (text != LibTorch.Warning)
                Console.Error.WriteLine($"warning: {text}");
        }
    }
}
