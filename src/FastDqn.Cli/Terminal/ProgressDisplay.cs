using System.Globalization;
using FastDqn.Training;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Logging;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace FastDqn.Cli.Terminal;

/// <summary>Shows a training on stderr: a bar on a terminal, plain lines elsewhere, JSON lines on request.</summary>
internal static class ProgressDisplay
{
    public static TrainResult Run(bool quiet, LogOptions log, Func<ITrainObserver, TrainResult> train)
    {
        var json = log.Format == LogFormat.Json;
        using var lines = new LineLoggerProvider(
            System.Console.Error, json ? LineForm.Json : LineForm.Plain, Least(quiet, json || log.Episodes));
        using var loggers = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddProvider(lines));
        var logging = new LoggingObserver(loggers.CreateLogger("FastDqn.Training"));
        if (json || quiet || System.Console.IsErrorRedirected)
            return train(logging);

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(System.Console.Error) });
        TrainResult? result = null;
        console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .Start(context => result = train(new Bar(console, context, log.Episodes ? logging : null)));
        return result!;
    }

    private static LogLevel Least(bool quiet, bool episodes)
    {
        if (quiet)
            return LogLevel.Warning;
        return episodes ? LogLevel.Debug : LogLevel.Information;
    }

    private sealed class Bar(IAnsiConsole console, ProgressContext context, LoggingObserver? episodes) : ITrainObserver
    {
        private ProgressTask? _task;

        public void Started(string runDirectory, long length, IReadOnlyList<string> facts)
        {
            console.MarkupLineInterpolated($"run folder {runDirectory}");
            foreach (var fact in facts)
                console.MarkupLineInterpolated($"{fact}");
            _task = context.AddTask("starting", maxValue: length);
        }

        public void Progress(in TrainProgress p)
        {
            if (_task is null)
                return;
            _task.Value = p.TotalEpisodes > 0 ? p.Episodes : p.Step;
            var (eta, mean, loss) = (LoggingObserver.Eta(p.RemainingSeconds), Output.Number(p.MeanReturn), Output.Number(p.Loss));
            _task.Description = Markup.Escape(string.Create(
                CultureInfo.InvariantCulture,
                $"{LoggingObserver.Rate(p)} {p.UpdatesPerSecond:0.#} upd/s eta {eta} return {mean} eps {p.Epsilon:0.##} loss {loss}"));
        }

        public void EpisodeEnded(in Episode episode, in TrainProgress progress) => episodes?.EpisodeEnded(episode, progress);

        public void Evaluated(long step, EvalResult result, bool random) =>
            console.MarkupLineInterpolated($"{LoggingObserver.EvalLine(step, result, random)}");

        public void Message(string text) => console.MarkupLineInterpolated($"{text}");

        public void Warning(string text) => console.MarkupLineInterpolated($"[yellow]warning:[/] {text}");
    }
}
