using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json.Nodes;
using FastDqn.Cli.Play;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Environments.GridWorld;
using FastDqn.Environments.Memory;
using FastDqn.Media;

namespace FastDqn.Cli.Verbs;

/// <summary>
/// <c>fastdqn play</c>: a person plays in the terminal, or a recorded session is played again and compared.
/// </summary>
internal static class PlayVerb
{
    private const int MaxStepsPerSecond = 1000;

    public static Command Create()
    {
        var command = new Command("play", "Play an environment in the terminal with the keyboard");
        var name = new Argument<string?>("env")
        {
            HelpName = "env",
            Description = "Environment (fastdqn envs lists them); without: the bundled game",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var rom = new Option<string?>("--rom") { Description = "Path of an Atari 2600 ROM image" };
        var romDir = new Option<string?>("--roms", "--rom-dir") { Description = "Folder that ROM images are searched in, by MD5" };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the environment", DefaultValueFactory = _ => 1 };
        var rate = new Option<double?>("--fps")
        {
            Description = "Steps per second; 0: one step per key press (default: 60 for Atari, 15 for the cart-pole, 0 for the grid "
                + "world and the tasks for memory)",
        };
        var hold = new Option<int>("--hold")
        {
            Description = "How long a key press holds where the terminal reports no releases (ms)",
            DefaultValueFactory = _ => 150,
        };
        var steps = new Option<long>("--steps") { Description = "End after this many steps; 0: never" };
        var record = new Option<string?>("--record")
        {
            Description = "Film the session: FILE.gif, FILE.mp4 (needs ffmpeg) or FILE.png (a strip of stills)",
        };
        var transitions = new Option<string?>("--transitions") { Description = "Record every transition of the session to this file" };
        var replay = new Option<string?>("--replay")
        {
            Description = "Play a recorded session again, compare every byte, and say whether it is the same",
        };
        var keys = new Option<string?>("--keys")
        {
            Description = "Keys of your own: a YAML file of lines 'key: ACTION', as 's: LEFTFIRE' (a character, or space, up, down, "
                + "right, left, enter, tab)",
        };
        var plot = new Option<string?>("--plot")
        {
            Description = $"SVG file of the immediate reward and the action's magnitude over the last {HistoryStrip.Steps} steps",
        };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON document on stdout" };
        name.CompletionSources.Add(_ => EnvironmentFactory.Names.Select(n => new CompletionItem(n)));
        command.Arguments.Add(name);
        foreach (var option in new Option[] { rom, romDir, seed, rate, hold, steps, record, transitions, replay, keys, plot, json })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(record) is { } film)
                FilmWriter.CheckName(film);
            if (parsed.GetValue(plot) is { } chart)
                PlotVerb.CheckName(chart);
            if (parsed.GetValue(replay) is { } session)
            {
                if (parsed.GetValue(name) is { } other)
                    throw new FastDqnException(ErrorKind.Usage, $"'{other}' beside --replay: a session is played in its own environment");
                Given.Refuse(parsed, "--replay plays a session as it was", rom, romDir, seed, rate, hold, steps, transitions, keys, plot);
                return Replay(session, parsed.GetValue(record), parsed.GetValue(json));
            }

            if (parsed.GetValue(steps) < 0 || parsed.GetValue(hold) < 0)
                throw new FastDqnException(ErrorKind.Usage, "--steps and --hold must be at least 0");
            var header = new SessionHeader(
                PlayEnvironment.Options(parsed.GetValue(name), parsed.GetValue(rom), parsed.GetValue(romDir)), parsed.GetValue(seed));
            using var game = new SingleEnvironment(header);
            if (game.Environment is AtariVectorEnvironment { Rom.Note: { } note })
                Output.Warn(note);
            var options = new PlayOptions(
                Rate(parsed.GetValue(rate), game.Environment), parsed.GetValue(hold), parsed.GetValue(steps),
                parsed.GetValue(keys) is { } map ? KeyMapFile.Read(map, game.Environment.ActionNames) : null);
            return Play(
                game, options, parsed.GetValue(record), parsed.GetValue(transitions), parsed.GetValue(plot), parsed.GetValue(json));
        });
        return command;
    }

    private static int Play(SingleEnvironment game, PlayOptions options, string? film, string? transitions, string? plot, bool json)
    {
        if (!RawTerminal.IsTerminal)
            throw new FastDqnException(
                ErrorKind.Usage, "play needs a terminal on stdin and stdout (a recorded session runs without one: --replay FILE)");
        using var movie = film is null
            ? null
            : new FilmWriter(film, game.Width, game.Height, options.StepsPerSecond > 0 ? options.StepsPerSecond : 5);
        using var writer = transitions is null ? null : new TransitionWriter(transitions, game.Header, game.Environment.Observation);
        PlayResult result;
        using (var session = new PlaySession(game, options))
        {
            if (writer is not null)
                session.Record(writer.Add);
            if (movie is not null)
            {
                session.Record(_ =>
                {
                    game.Draw();
                    movie.Add(game.Rgb);
                });
            }

            result = session.Run();
            if (plot is not null)
                OutputFile.WriteText(plot, LineChart.Render(Charts(game.Environment.Name, session)));
        }

        if (json)
        {
            Output.Json(new JsonObject
            {
                ["env"] = game.Environment.Name,
                ["steps"] = result.Steps,
                ["episodes"] = result.Episodes,
                ["total_reward"] = result.Return,
                ["last_return"] = result.LastReturn,
            });
        }
        else
        {
            Console.Out.WriteLine(
                $"{game.Environment.Name}: {result.Steps} steps, {result.Episodes} episodes, reward {Output.Number(result.Return)} in all, "
                + $"{Output.Number(result.LastReturn)} in the last episode");
        }

        return result.Interrupted ? RawTerminal.InterruptedCode : 0;
    }

    private static LineChart[] Charts(string name, PlaySession session)
    {
        return [Chart("Immediate reward", session.Rewards), Chart("Action magnitude", session.Magnitudes)];

        LineChart Chart(string what, HistoryStrip strip) => new(
            $"{what} over the last {strip.Values.Count} steps of {name}", "step", what.ToLowerInvariant(),
            [new Series("", [.. Enumerable.Range(0, strip.Values.Count).Select(i => (double)i)], strip.Values)]);
    }

    private static int Replay(string path, string? film, bool json)
    {
        using var reader = new TransitionReader(path);
        using var game = new SingleEnvironment(reader.Header);
        using var movie = film is null ? null : new FilmWriter(film, game.Width, game.Height, game.Environment.StepsPerSecond);
        if (reader.FrameBytes != game.Environment.Observation.FrameBytes)
            throw new FastDqnException(
                ErrorKind.BadData,
                $"{path}: observations of {reader.FrameBytes} bytes where {game.Environment.Name} has "
                + $"{game.Environment.Observation.FrameBytes}");
        var (steps, reward) = (0L, 0.0);
        string? difference = null;
        while (difference is null && reader.Next() is { } expected)
        {
            if (expected.Action >= game.Environment.ActionNames.Count || (expected.Action < 0 && steps > 0))
                throw new FastDqnException(ErrorKind.BadData, $"{path}: step {steps} has action {expected.Action}");
            var row = steps == 0 ? game.Reset() : game.Step(expected.Action);
            difference = row.Difference(expected);
            reward += row.Reward;
            steps++;
            if (movie is not null)
            {
                game.Draw();
                movie.Add(game.Rgb);
            }
        }

        var played = Math.Max(0, steps - 1);
        if (json)
            Output.Json(new JsonObject
            {
                ["env"] = game.Environment.Name,
                ["steps"] = played,
                ["total_reward"] = reward,
                ["exact"] = difference is null,
                ["difference"] = difference,
            });
        else
            Console.Out.WriteLine(
                difference is null
                    ? $"exact: {played} steps of {game.Environment.Name}, reward {Output.Number(reward)}"
                    : $"differs at step {played}: {difference}");
        return difference is null ? 0 : 1;
    }

    private static double Rate(double? asked, IVectorEnvironment environment)
    {
        if (asked is { } rate)
        {
            return rate is >= 0 and <= MaxStepsPerSecond
                ? rate
                : throw new FastDqnException(
                    ErrorKind.Usage, FormattableString.Invariant($"--fps {rate}: 0 to {MaxStepsPerSecond} steps per second"));
        }

        // Nothing moves there but the hero.
        return environment is GridWorldEnvironment or MemoryEnvironment ? 0 : environment.StepsPerSecond;
    }
}
