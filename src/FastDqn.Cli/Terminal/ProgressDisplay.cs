using System.Globalization;
using System.Text.Json;
using FastDqn.Training;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using Spectre.Console;

namespace FastDqn.Cli.Terminal;

/// <summary>Shows a training on stderr: a bar on a terminal, plain lines elsewhere, JSON lines on request.</summary>
internal static class ProgressDisplay
{
    public static TrainResult Run(bool quiet, LogOptions log, Func<ITrainObserver, TrainResult> train)
    {
        if (log.Format == "json")
            return train(new JsonLines(quiet));
        if (quiet || System.Console.IsErrorRedirected)
            return train(new PlainLines(quiet, log));

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(System.Console.Error) });
        TrainResult? result = null;
        console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => result = train(new Bar(console, context, log)));
        return result!;
    }

    private static string Line(in TrainProgress p) => string.Create(
        CultureInfo.InvariantCulture,
        $"step {p.Step}/{p.TotalSteps}  frames {p.Frames}  {p.Phase.ToString().ToLowerInvariant()}  {p.FramesPerSecond:0} frames/s  {p.UpdatesPerSecond:0.#} updates/s  eta {Eta(p.RemainingSeconds)}  return {Output.Number(p.MeanReturn)}  epsilon {p.Epsilon:0.###}  loss {Output.Number(p.Loss)}");

    private static string Eta(double seconds) =>
        double.IsFinite(seconds) && seconds < 1e9 ? TimeSpan.FromSeconds(Math.Round(seconds)).ToString("c", CultureInfo.InvariantCulture) : "-";

    private static string EvalLine(long step, EvalResult result, bool random) =>
        $"step {step}  {(random ? "random play" : "evaluation")}  return {Output.Number(result.MeanReturn)} +- {Output.Number(result.StdReturn)} over {result.Episodes} episodes (protocol {result.Protocol}, epsilon {Output.Number(result.Epsilon)})";

    private sealed class PlainLines(bool quiet, LogOptions log) : ITrainObserver
    {
        public void Started(string runDirectory, long totalSteps, IReadOnlyList<string> facts)
        {
            Say($"run folder {runDirectory}");
            foreach (var fact in facts)
                Say(fact);
        }

        public void Progress(in TrainProgress progress) => Say(Line(progress));

        public void EpisodeEnded(in Episode episode, in TrainProgress p)
        {
            if (log.Episodes)
            {
                Say(string.Create(
                    CultureInfo.InvariantCulture,
                    $"episode {episode.Number}  {p.Phase.ToString().ToLowerInvariant()}  score {episode.Return:0.###}  length {episode.Length}  memory {p.ReplayFill}  epsilon {p.Epsilon:0.####}  step {p.Step}"));
            }
        }

        public void Evaluated(long step, EvalResult result, bool random) => Say(EvalLine(step, result, random));

        public void Message(string text) => Say(text);

        public void Warning(string text) => System.Console.Error.WriteLine($"warning: {text}");

        private void Say(string text)
        {
            if (!quiet)
                System.Console.Error.WriteLine(text);
        }
    }

    private sealed class Bar(IAnsiConsole console, ProgressContext context, LogOptions log) : ITrainObserver
    {
        private readonly PlainLines _plain = new(false, log);
        private ProgressTask? _task;

        public void Started(string runDirectory, long totalSteps, IReadOnlyList<string> facts)
        {
            console.MarkupLineInterpolated($"run folder {runDirectory}");
            foreach (var fact in facts)
                console.MarkupLineInterpolated($"{fact}");
            _task = context.AddTask("starting", maxValue: totalSteps);
        }

        public void Progress(in TrainProgress p)
        {
            if (_task is null)
                return;
            _task.Value = p.Step;
            _task.Description = Markup.Escape(string.Create(
                CultureInfo.InvariantCulture,
                $"{p.FramesPerSecond:0} frames/s {p.UpdatesPerSecond:0.#} upd/s return {Output.Number(p.MeanReturn)} eps {p.Epsilon:0.###} loss {Output.Number(p.Loss)}"));
        }

        public void EpisodeEnded(in Episode episode, in TrainProgress progress)
        {
            if (log.Episodes)
                _plain.EpisodeEnded(episode, progress);
        }

        public void Evaluated(long step, EvalResult result, bool random) => console.MarkupLineInterpolated($"{EvalLine(step, result, random)}");

        public void Message(string text) => console.MarkupLineInterpolated($"{text}");

        public void Warning(string text) => console.MarkupLineInterpolated($"[yellow]warning:[/] {text}");
    }

    /// <summary>One JSON object a line, for log collectors.</summary>
    private sealed class JsonLines(bool quiet) : ITrainObserver
    {
        public void Started(string runDirectory, long totalSteps, IReadOnlyList<string> facts) =>
            Write("info", "started", new { run_dir = runDirectory, total_steps = totalSteps, facts });

        public void Progress(in TrainProgress p) => Write("info", "progress", new
        {
            step = p.Step,
            frames = p.Frames,
            updates = p.Updates,
            episodes = p.Episodes,
            mean_return = Finite(p.MeanReturn),
            epsilon = p.Epsilon,
            loss = Finite(p.Loss),
            frames_per_second = Finite(p.FramesPerSecond),
            updates_per_second = Finite(p.UpdatesPerSecond),
            phase = p.Phase.ToString().ToLowerInvariant(),
        });

        public void EpisodeEnded(in Episode e, in TrainProgress p) =>
            Write("debug", "episode", new { number = e.Number, score = e.Return, length = e.Length, frames = e.Frames, step = p.Step });

        public void Evaluated(long step, EvalResult r, bool random) => Write("info", random ? "random" : "evaluation", new
        {
            step,
            protocol = r.Protocol,
            mean_return = r.MeanReturn,
            std_return = r.StdReturn,
            episodes = r.Episodes,
        });

        public void Message(string text) => Write("info", "message", new { text });

        public void Warning(string text) => Write("warning", "message", new { text });

        private static double? Finite(double value) => double.IsFinite(value) ? value : null;

        private void Write(string level, string what, object data)
        {
            if (quiet && level != "warning")
                return;
            System.Console.Error.WriteLine(JsonSerializer.Serialize(new
            {
                time = DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture),
                level,
                @event = what,
                data,
            }));
        }
    }
}
