using System.Text.Json;

namespace FastDqn.Sweeps.Engines;

/// <summary>
/// What a coordinator tells a process that holds several trainings (<c>fastdqn sweep host</c>), a JSON line each on its
/// stdin: with arguments, start; without, checkpoint and end. The end of stdin asks all of them to.
/// </summary>
/// <param name="Id">The training, by a number that the coordinator gives.</param>
/// <param name="Arguments"><c>train ...</c> or <c>resume ...</c>; null: stop it.</param>
/// <param name="Log">The file that takes what it writes.</param>
/// <param name="Cores">How many cores its thread counts are for.</param>
public sealed record HostRequest(int Id, IReadOnlyList<string>? Arguments = null, string Log = "", int Cores = 0)
{
    public string ToLine() => JsonSerializer.Serialize(this);

    /// <exception cref="JsonException">The line is no request.</exception>
    public static HostRequest Parse(ReadOnlySpan<byte> line) =>
        JsonSerializer.Deserialize<HostRequest>(line) ?? throw new JsonException("a request is an object");
}

/// <summary>A training's end, a JSON line on the host's stdout.</summary>
/// <param name="Id">The training.</param>
/// <param name="ExitCode">What it would have exited with in a process of its own.</param>
/// <param name="Error">Its last words; empty when it ended well.</param>
public sealed record HostAnswer(int Id, int ExitCode, string Error = "")
{
    public string ToLine() => JsonSerializer.Serialize(this);

    /// <summary>The answer in a line, or null for any other line.</summary>
    public static HostAnswer? TryParse(ReadOnlySpan<byte> line)
    {
        try
        {
            return line.StartsWith("{"u8) ? JsonSerializer.Deserialize<HostAnswer>(line) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
