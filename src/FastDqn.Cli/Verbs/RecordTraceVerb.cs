using System.CommandLine;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn record-trace</c>.</summary>
internal static class RecordTraceVerb
{
    public static Command Create()
    {
        var command = new Command("record-trace", "Play a ROM with the traces' actions and write a trace that verify-traces can repeat");
        var rom = new Argument<string>("ROM") { Description = "A ROM file, or the name of a game whose ROM is found" };
        var roms = new Option<string>("--roms") { Description = "Folder of ROM images" };
        var output = new Option<string>("--output", "-o") { Description = "File that the trace is appended to; default: stdout" };
        var backend = VerifyTracesVerb.BackendOption();
        var steps = Number("--steps", "Agent steps", 6000, 0, 100_000_000);
        var seed = Number(
            "--seed", "Seed of the emulator's generator; a vector's environments take it and the numbers after it", 1, 0, int.MaxValue);
        var frameSkip = Number("--frame-skip", "Emulated frames per agent step (a vector's is 4)", 1, 1, 1000);
        var sticky = new Option<float>("--sticky") { Description = "Probability that a frame repeats the previous action" };
        var mode = new Option<int?>("--mode") { Description = "Set this game mode and reset before the first step" };
        var difficulty = new Option<int?>("--difficulty") { Description = "Set this difficulty and reset before the first step" };
        var vector = Number(
            "--vector", "Record ALE's vector environment with this many environments instead of one console; 0: one console", 0, 0, 4096);
        var noopMax = Number("--noop-max", "Vector: bound of the no-ops at a start", 30, 0, 10_000);
        var fire = new Option<bool>("--fire-reset") { Description = "Vector: FIRE at a start" };
        var episodic = new Option<bool>("--episodic-life") { Description = "Vector: a lost life ends the episode" };
        var lifeLoss = new Option<bool>("--life-loss-info") { Description = "Vector: a lost life is reported as a termination" };
        var clip = new Option<bool>("--reward-clipping") { Description = "Vector: rewards clipped to -1..1" };
        var maxFrames = Number("--max-frames", "Vector: longest episode in frames", 108_000, 1, int.MaxValue);
        command.Arguments.Add(rom);
        Option[] options =
        [
            roms, output, backend, steps, seed, frameSkip, sticky, mode, difficulty,
            vector, noopMax, fire, episodic, lifeLoss, clip, maxFrames,
        ];
        foreach (var option in options)
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(mode) is not null && parsed.GetValue(difficulty) is not null)
                throw new FastDqnException(ErrorKind.Usage, "--mode and --difficulty: a trace sets one of the two");
            var file = parsed.GetValue(output);
            if (file is { Length: > 0 })
                OutputFile.Check(file);
            if (parsed.GetValue(vector) > 0)
                Given.Refuse(parsed, "a vector (--vector) has a frame skip of 4 and the game's own mode", frameSkip, mode, difficulty);
            else
                Given.Refuse(parsed, "it is for vectors (--vector)", noopMax, fire, episodic, lifeLoss, clip, maxFrames);
            var first = (uint)parsed.GetValue(seed);
            AtariTrace trace = parsed.GetValue(vector) > 0
                ? new VectorTrace
                {
                    RomMd5 = "",
                    Game = "",
                    Kind = parsed.GetValue(episodic) ? "episodic-life"
                        : parsed.GetValue(lifeLoss) ? "life-loss"
                        : parsed.GetValue(sticky) > 0 ? "sticky"
                        : "plain",
                    Seeds = [.. Enumerable.Range(0, parsed.GetValue(vector)).Select(i => first + (uint)i)],
                    NoopMax = parsed.GetValue(noopMax),
                    FireReset = parsed.GetValue(fire),
                    EpisodicLife = parsed.GetValue(episodic),
                    LifeLossInfo = parsed.GetValue(lifeLoss),
                    RepeatActionProbability = parsed.GetValue(sticky),
                    RewardClipping = parsed.GetValue(clip),
                    MaxFrames = parsed.GetValue(maxFrames),
                    Steps = parsed.GetValue(steps),
                }
                : new ConsoleTrace
                {
                    RomMd5 = "",
                    Game = "",
                    Kind = parsed.GetValue(mode) is not null ? "mode"
                        : parsed.GetValue(difficulty) is not null ? "difficulty"
                        : parsed.GetValue(sticky) > 0 ? "sticky"
                        : "plain",
                    RandomSeed = first,
                    FrameSkip = parsed.GetValue(frameSkip),
                    RepeatActionProbability = parsed.GetValue(sticky),
                    Mode = parsed.GetValue(mode) ?? 0,
                    Difficulty = parsed.GetValue(difficulty) ?? 0,
                    Steps = parsed.GetValue(steps),
                };
            var name = parsed.GetValue(rom)!;
            // A game's name is meant even where a folder is called so.
            var kind = FileKinds.Of(name);
            var isFile = kind != FileKind.Missing && (kind != FileKind.Folder || AtariGames.Find(name) is null);
            using var cartridge = isFile
                ? AtariCartridge.Open(name)
                : EnvironmentFactory.OpenCartridge(name, "", parsed.GetValue(roms) ?? "");
            if (cartridge.Note is { } note)
                Console.Error.WriteLine($"fastdqn: {note}");
            var line = TraceFile.Write(TraceRecorder.Record(trace, cartridge, VerifyTracesVerb.BackendOf(parsed.GetValue(backend))));
            if (file is { Length: > 0 })
                Append(file, line);
            else
                Console.Out.WriteLine(line);
            return 0;
        });
        return command;
    }

    private static void Append(string file, string line) => OutputFile.Writing(file, () =>
    {
        File.AppendAllText(file, line + "\n");
        return true;
    });

    private static Option<int> Number(string name, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (result.GetValueOrDefault<int>() < least || result.GetValueOrDefault<int>() > most))
                result.AddError($"{name} takes {least} to {most}");
        });
        return option;
    }
}
