using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using FastDqn.Core;
using FastDqn.Replay;

namespace FastDqn.Training.Checkpoints;

/// <summary>A file of a checkpoint: its plain name, its size and its SHA-256 in lower-case hexadecimal.</summary>
public sealed record CheckpointFile(string Name, long Bytes, string Sha256);

/// <summary>
/// <c>manifest.json</c>: what a checkpoint consists of. Written last, so a folder without one is no checkpoint. Files
/// lie in the checkpoint's folder.
/// </summary>
public sealed partial record CheckpointManifest
{
    public const string FileName = "manifest.json";

    /// <summary>The layout this program writes; it reads this one only.</summary>
    public const int CurrentFormat = 2;

    private const int MaxBytes = 16 << 20;
    private static readonly JsonSerializerOptions Form = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        AllowTrailingCommas = false,
        MaxDepth = 8,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public required int Format { get; init; }
    public required string ProgramVersion { get; init; }
    public required long Step { get; init; }
    public required long Frames { get; init; }
    public required long Updates { get; init; }

    /// <summary>
    /// The options that decide results, by name: a checkpoint continues only a run of the same ones. By name and not as
    /// one hash, so that a version with more options, fewer or other defaults continues runs of before. Null where a
    /// version wrote it that noted a hash.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Options { get; init; }

    /// <summary>Mean evaluation return at this checkpoint, null where none was made: the best one is kept.</summary>
    public double? Score { get; init; }

    public required IReadOnlyList<CheckpointFile> Files { get; init; }

    /// <summary>
    /// What it needs of the replay memory's frames, in the <c>replay</c> folder that the run's checkpoints share; null
    /// where it holds no replay memory.
    /// </summary>
    public IReadOnlyList<FrameSegment>? Replay { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Form);

    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: torn, of another format, or naming files it
    /// may not.</exception>
    public static CheckpointManifest Parse(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length > MaxBytes)
            throw Bad(path, "is too large");
        CheckpointManifest manifest;
        try
        {
            // The format first: another one may not have the rest.
            using (var document = JsonDocument.Parse(bytes.ToArray(), new JsonDocumentOptions { MaxDepth = 8 }))
            {
                if (document.RootElement.ValueKind != JsonValueKind.Object
                    || !document.RootElement.TryGetProperty("format", out var format) || !format.TryGetInt32(out var number))
                {
                    throw Bad(path, "names no format");
                }

                if (number != CurrentFormat)
                    throw Bad(path, $"has format {number}; this program reads format {CurrentFormat}: use the FastDqn that wrote it");
            }

            manifest = JsonSerializer.Deserialize<CheckpointManifest>(bytes, Form) ?? throw Bad(path, "is empty");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NotSupportedException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{path}: is torn or no manifest ({e.Message.ReplaceLineEndings(" ")})", e);
        }

        if (manifest.Step < 0 || manifest.Frames < 0 || manifest.Updates < 0)
            throw Bad(path, "counts below zero");
        if (manifest.Options?.Any(option => option.Value is null) == true)
            throw Bad(path, "notes an option without a value");
        foreach (var file in manifest.Files)
        {
            if (file is null || !PlainName().IsMatch(file.Name) || file.Bytes < 0 || !Hash().IsMatch(file.Sha256))
                throw Bad(path, "names a file it may not");
        }

        if (manifest.Files.DistinctBy(file => file.Name).Count() < manifest.Files.Count)
            throw Bad(path, "names a file twice");
        foreach (var segment in manifest.Replay ?? [])
        {
            if (segment is null || !PlainName().IsMatch(segment.Name) || segment.Bytes < 0 || !Hash().IsMatch(segment.Sha256))
                throw Bad(path, "names replay frames it may not");
            if (segment.First < 0 || segment.Last < segment.First || segment.Last > 1L << 48)
                throw Bad(path, $"says that {segment.Name} holds steps {segment.First} to {segment.Last}");
        }

        return manifest;
    }

    private static FastDqnException Bad(string path, string what) => new(ErrorKind.BadData, $"{path}: {what}");

    /// <summary>No separators and no leading dot: a name cannot leave its folder.</summary>
    [GeneratedRegex(@"\A[a-z0-9_][a-z0-9_.-]{0,99}\z")]
    private static partial Regex PlainName();

    [GeneratedRegex(@"\A[0-9a-f]{64}\z")]
    private static partial Regex Hash();
}
