using System.Globalization;
using System.Text;
using System.Text.Json;
using FastDqn.Core;

namespace FastDqn.Environments.Atari;

/// <summary>Trace files: one JSON object a line (docs/atari.md, "Traces").</summary>
public static class TraceFile
{
    private const int MaxLineBytes = 1 << 26;

    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: the file is missing or a line is not a
    /// trace.</exception>
    public static IReadOnlyList<AtariTrace> Read(string file)
    {
        if (FileKinds.Of(file) != FileKind.Special && FileKinds.WhyNotFile(file, "a trace file") is { } why)
            throw new FastDqnException(ErrorKind.BadData, $"{file}: {why}");
        var traces = new List<AtariTrace>();
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            using var lines = new LineReader(stream, file, MaxLineBytes);
            while (lines.Read())
                if (lines.Line.Span.ContainsAnyExcept(" \t"u8))
                    traces.Add(Parse(lines, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"cannot read the trace file {file}: {e.Message}", e);
        }

        return traces.Count > 0 ? traces : throw new FastDqnException(ErrorKind.BadData, $"{file} holds no trace");
    }

    /// <summary>The line of a trace, without the line feed.</summary>
    public static string Write(AtariTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteString("rom_md5", trace.RomMd5);
            json.WriteString("game", trace.Game);
            json.WriteString("kind", trace.Kind);
            switch (trace)
            {
                case ConsoleTrace console: WriteFields(json, console); break;
                case VectorTrace vector: WriteFields(json, vector); break;
            }
            json.WriteStartArray("checkpoints");
            foreach (var checkpoint in trace.Checkpoints)
                Write(json, checkpoint, trace is VectorTrace);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(memory.ToArray());
    }

    private static AtariTrace Parse(LineReader lines, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(lines.Line);
            return Parse(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or OverflowException or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{file}, line {lines.Number}: not a trace ({e.Message})", e);
        }
    }

    private static AtariTrace Parse(JsonElement line)
    {
        AtariTrace trace = line.TryGetProperty("num_envs", out _) ? ParseVector(line) : ParseConsole(line);
        if (trace.Steps is < 0 or > 100_000_000)
            throw new FormatException($"{trace.Steps} steps");
        return trace;
    }

    private static ConsoleTrace ParseConsole(JsonElement line)
    {
        var trace = new ConsoleTrace
        {
            RomMd5 = Text(line, "rom_md5"),
            Game = Text(line, "game"),
            Kind = Text(line, "kind"),
            RandomSeed = line.GetProperty("random_seed").GetUInt32(),
            RepeatActionProbability = line.GetProperty("repeat_action_probability").GetSingle(),
            FrameSkip = line.GetProperty("frame_skip").GetInt32(),
            Steps = line.GetProperty("steps").GetInt32(),
            Mode = line.GetProperty("mode").GetInt32(),
            Difficulty = line.GetProperty("difficulty").GetInt32(),
            Width = line.GetProperty("width").GetInt32(),
            Height = line.GetProperty("height").GetInt32(),
            MinimalActions = [.. line.GetProperty("minimal_actions").EnumerateArray().Select(action => action.GetInt32())],
            Checkpoints = [.. line.GetProperty("checkpoints").EnumerateArray().Select(c => new TraceCheckpoint(
                c[0].GetInt32(),
                0,
                c[1].GetInt32(),
                Hash(c[2]),
                Hash(c[3]),
                Hash(c[4]),
                c[5].GetDouble(),
                c[6].GetInt32(),
                c[7].GetInt32()))],
        };
        return trace.MinimalActions.Any(action => action is < 0 or >= AtariGames.ActionCount)
            ? throw new FormatException("an action is out of range")
            : trace;
    }

    private static VectorTrace ParseVector(JsonElement line)
    {
        if (Text(line, "autoreset") != "next_step")
            throw new FormatException("autoreset is not next_step");
        var trace = new VectorTrace
        {
            RomMd5 = Text(line, "rom_md5"),
            Game = Text(line, "game"),
            Kind = Text(line, "kind"),
            Seeds = [.. line.GetProperty("seeds").EnumerateArray().Select(seed => seed.GetUInt32())],
            NoopMax = line.GetProperty("noop_max").GetInt32(),
            FireReset = line.GetProperty("fire_reset").GetBoolean(),
            EpisodicLife = line.GetProperty("episodic_life").GetBoolean(),
            LifeLossInfo = line.GetProperty("life_loss_info").GetBoolean(),
            RepeatActionProbability = line.GetProperty("repeat_action_probability").GetSingle(),
            RewardClipping = line.GetProperty("reward_clipping").GetBoolean(),
            MaxFrames = line.GetProperty("max_frames").GetInt32(),
            Steps = line.GetProperty("steps").GetInt32(),
            Checkpoints = [.. line.GetProperty("checkpoints").EnumerateArray().Select(c => new TraceCheckpoint(
                c[0].GetInt32(), c[1].GetInt32(), 0, 0, Hash(c[2]), Hash(c[3]), c[4].GetDouble(), c[5].GetInt32(), c[6].GetInt32()))],
        };
        return trace.Seeds.Count is < 1 or > 4096 || trace.Seeds.Count != line.GetProperty("num_envs").GetInt32()
            ? throw new FormatException("num_envs and seeds do not fit")
            : trace;
    }

    private static string Text(JsonElement line, string name) =>
        line.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    private static ulong Hash(JsonElement element) =>
        ulong.Parse(element.GetString() ?? "", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static void WriteFields(Utf8JsonWriter json, ConsoleTrace trace)
    {
        json.WriteNumber("random_seed", trace.RandomSeed);
        json.WriteNumber("repeat_action_probability", trace.RepeatActionProbability);
        json.WriteNumber("frame_skip", trace.FrameSkip);
        json.WriteNumber("steps", trace.Steps);
        json.WriteNumber("mode", trace.Mode);
        json.WriteNumber("difficulty", trace.Difficulty);
        json.WriteNumber("width", trace.Width);
        json.WriteNumber("height", trace.Height);
        json.WriteStartArray("minimal_actions");
        foreach (var action in trace.MinimalActions)
            json.WriteNumberValue(action);
        json.WriteEndArray();
    }

    private static void WriteFields(Utf8JsonWriter json, VectorTrace trace)
    {
        json.WriteNumber("num_envs", trace.Seeds.Count);
        json.WriteStartArray("seeds");
        foreach (var seed in trace.Seeds)
            json.WriteNumberValue(seed);
        json.WriteEndArray();
        json.WriteNumber("noop_max", trace.NoopMax);
        json.WriteBoolean("fire_reset", trace.FireReset);
        json.WriteBoolean("episodic_life", trace.EpisodicLife);
        json.WriteBoolean("life_loss_info", trace.LifeLossInfo);
        json.WriteNumber("repeat_action_probability", trace.RepeatActionProbability);
        json.WriteBoolean("reward_clipping", trace.RewardClipping);
        json.WriteNumber("max_frames", trace.MaxFrames);
        json.WriteString("autoreset", "next_step");
        json.WriteNumber("steps", trace.Steps);
    }

    private static void Write(Utf8JsonWriter json, TraceCheckpoint checkpoint, bool vector)
    {
        json.WriteStartArray();
        json.WriteNumberValue(checkpoint.Step);
        if (vector)
        {
            json.WriteNumberValue(checkpoint.Environment);
        }
        else
        {
            json.WriteNumberValue(checkpoint.Frame);
            json.WriteStringValue(checkpoint.Ram.ToString("x16", CultureInfo.InvariantCulture));
        }
        json.WriteStringValue(checkpoint.Screen.ToString("x16", CultureInfo.InvariantCulture));
        json.WriteStringValue(checkpoint.Digest.ToString("x16", CultureInfo.InvariantCulture));
        json.WriteNumberValue(checkpoint.Return);
        json.WriteNumberValue(checkpoint.Lives);
        json.WriteNumberValue(checkpoint.Ends);
        json.WriteEndArray();
    }
}
