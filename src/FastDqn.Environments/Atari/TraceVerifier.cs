using System.Diagnostics;
using FastDqn.Core;

namespace FastDqn.Environments.Atari;

/// <summary>What became of a trace.</summary>
public enum TraceOutcome
{
    /// <summary>Every checkpoint agrees.</summary>
    Exact,

    /// <summary>Some checkpoint differs.</summary>
    Differs,

    /// <summary>Its ROM was not found.</summary>
    NoRom,
}

/// <summary>One trace's verdict.</summary>
/// <param name="Line">Which trace of the file, from 1.</param>
/// <param name="Checkpoints">How many agreed, up to the first that did not.</param>
/// <param name="Step">The first step whose checkpoint differs; -1: none.</param>
/// <param name="Differences">What differs there: ram, screen, return, lives, resets, frame, digest, actions,
/// size.</param>
/// <param name="Detail">One line for people.</param>
public sealed record TraceVerdict(
    string File,
    int Line,
    string Game,
    string Kind,
    string RomMd5,
    TraceOutcome Outcome,
    int Checkpoints,
    int Step,
    IReadOnlyList<string> Differences,
    string Detail,
    double Seconds);

/// <summary>Replays recorded traces and says whether every byte agrees.</summary>
public sealed class TraceVerifier(RomLibrary library, AtariBackend backend = AtariBackend.Vcs)
{
    /// <summary>Verifies each trace of a file, one after another.</summary>
    public IEnumerable<TraceVerdict> Verify(string file)
    {
        var line = 0;
        foreach (var trace in TraceFile.Read(file))
            yield return Verify(trace, file, ++line);
    }

    /// <summary>Verifies one trace.</summary>
    public TraceVerdict Verify(AtariTrace trace, string file = "", int line = 1)
    {
        ArgumentNullException.ThrowIfNull(trace);
        var clock = Stopwatch.StartNew();
        TraceVerdict Verdict(TraceOutcome outcome, int agreed, int step, IReadOnlyList<string> differences, string detail) =>
            new(file, line, trace.Game, trace.Kind, trace.RomMd5, outcome, agreed, step, differences, detail, clock.Elapsed.TotalSeconds);

        using var cartridge = library.FindByMd5(trace.RomMd5, trace.Game);
        if (cartridge is null)
            return Verdict(TraceOutcome.NoRom, 0, -1, [], $"no ROM with MD5 {trace.RomMd5}; looked in {library.SearchedText}");
        var checkpoints = trace.Checkpoints.GetEnumerator();
        using (checkpoints)
        {
            var agreed = 0;
            foreach (var found in TracePlayer.Play(trace, cartridge, backend))
            {
                // A trace may hold fewer checkpoints than are taken here.
                if (agreed == trace.Checkpoints.Count)
                    break;
                var expected = trace.Checkpoints[agreed];
                if (Before(found, expected))
                    continue;
                var differences = Compare(expected, found, trace is VectorTrace);
                if (differences.Count > 0)
                    return Verdict(TraceOutcome.Differs, agreed, expected.Step, differences, Describe(trace, expected, found, differences));
                agreed++;
            }
            return agreed == trace.Checkpoints.Count
                ? Verdict(TraceOutcome.Exact, agreed, -1, [], $"{trace.Steps} steps, {agreed} checkpoints")
                : Verdict(
                    TraceOutcome.Differs,
                    agreed,
                    trace.Checkpoints[agreed].Step,
                    ["steps"],
                    "the trace has checkpoints at steps that it does not play");
        }
    }

    private static bool Before(TraceCheckpoint found, TraceCheckpoint expected) =>
        found.Step < expected.Step || (found.Step == expected.Step && found.Environment < expected.Environment);

    private static List<string> Compare(TraceCheckpoint expected, TraceCheckpoint found, bool vector)
    {
        var differences = new List<string>();
        void Note(bool differs, string what)
        {
            if (differs)
                differences.Add(what);
        }
        Note(expected.Step != found.Step || expected.Environment != found.Environment, "steps");
        Note(expected.Frame != found.Frame, "frame");
        Note(expected.Ram != found.Ram, "ram");
        Note(expected.Screen != found.Screen, vector ? "observation" : "screen");
        // Returns are written with six significant digits.
        Note(Math.Abs(expected.Return - found.Return) > 1e-5 * Math.Max(1, Math.Abs(expected.Return)), "reward");
        Note(expected.Lives != found.Lives, "lives");
        Note(expected.Ends != found.Ends, "end");
        Note(expected.Digest != found.Digest, "digest");
        return differences;
    }

    private static string Describe(AtariTrace trace, TraceCheckpoint expected, TraceCheckpoint found, List<string> differences)
    {
        var where = trace is VectorTrace
            ? $"step {expected.Step}, environment {expected.Environment}"
            : $"step {expected.Step}, frame {expected.Frame}";
        var what = differences is ["digest"]
            ? "digest alone: some step since the last checkpoint differed in passing, or a reward or end did"
            : string.Join(", ", differences.Where(d => d != "digest"));
        var figures = $"return {expected.Return} expected, {found.Return} found; lives {expected.Lives}, {found.Lives}; "
            + $"ends {expected.Ends}, {found.Ends}";
        return $"{where}: {what} ({figures})";
    }
}

/// <summary>Records traces: the same play that verification repeats.</summary>
public static class TraceRecorder
{
    /// <summary><paramref name="trace"/> with its checkpoints, ROM, game and screen filled in.</summary>
    public static AtariTrace Record(AtariTrace trace, AtariCartridge cartridge, AtariBackend backend = AtariBackend.Vcs)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(cartridge);
        if (trace is ConsoleTrace console)
        {
            using var probe = new AtariConsole(cartridge, console.RandomSeed);
            trace = console with
            {
                Width = probe.Width,
                Height = probe.Height,
                MinimalActions = AtariGames.Find(cartridge.Game)?.MinimalActions ?? [.. Enumerable.Range(0, AtariGames.ActionCount)],
            };
        }
        return trace with
        {
            RomMd5 = cartridge.Md5,
            Game = cartridge.Name,
            Checkpoints = [.. TracePlayer.Play(trace, cartridge, backend)],
        };
    }
}
