using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Training.Logging;

namespace FastDqn.Training.Runs;

/// <summary>How a run stands.</summary>
public enum RunStatus
{
    Running,
    Finished,
    Interrupted,
    Failed,

    /// <summary>
    /// Its process is gone without a word: killed, or the machine went down. <c>run.json</c> still says "running".
    /// </summary>
    Gone,
}

/// <summary>Code of the user's own that a run was made with, as it notes it; "" where it does not say.</summary>
/// <param name="Option">What names it: env.name.</param>
/// <param name="Name">How.</param>
/// <param name="Type">The class.</param>
/// <param name="Assembly">The file that it was in.</param>
/// <param name="Build">Of the file.</param>
public sealed record OwnPart(string Option, string Name, string Type, string Assembly, string Build);

/// <summary>
/// <c>run.json</c>: who made the run, on what, how it stands and what came of it. Replaced atomically at every change,
/// so that a reader (a sweep, a person) never sees half of it.
/// </summary>
public sealed class RunInfo
{
    public const string FileName = "run.json";
    internal const string OwnKey = "own";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly JsonDocumentOptions Once = new() { AllowDuplicateProperties = false };
    private readonly string _path;
    private readonly JsonObject _document;
    private readonly TimeProvider _clock;

    private RunInfo(string path, JsonObject document, TimeProvider clock) => (_path, _document, _clock) = (path, document, clock);

    public RunStatus Status
    {
        get
        {
            var word = Text("status");
            if (!Enum.GetNames<RunStatus>().Contains(word, StringComparer.OrdinalIgnoreCase))
                throw new FastDqnException(ErrorKind.BadData, $"{_path}: status is '{word}', which no run has");
            var told = Enum.Parse<RunStatus>(word, ignoreCase: true);
            return told == RunStatus.Running && !RunDirectory.IsHeld(Folder) ? RunStatus.Gone : told;
        }
    }

    /// <summary>Agent steps that the newest checkpoint holds; 0 before the first.</summary>
    public long Step => (long?)_document["step"] ?? 0;

    /// <summary>
    /// Episodes that the newest checkpoint holds, as the rows of metrics number them where an older version did not
    /// note them.
    /// </summary>
    public long Episodes => (long?)_document["episodes"] ?? MetricsWriter.EpisodesBy(RunDirectory.MetricsOf(Folder), Step);

    /// <summary>What came of a run that is over; null before.</summary>
    public JsonObject? Result => Status == RunStatus.Finished ? _document["result"] as JsonObject : null;

    /// <summary>The user's own code that the run was made with.</summary>
    public IReadOnlyList<OwnPart> Own
    {
        get
        {
            return [.. (_document[OwnKey] as JsonArray ?? []).OfType<JsonObject>().Select(part =>
                new OwnPart(Of(part, "option"), Of(part, "name"), Of(part, "type"), Of(part, "assembly"), Of(part, "build")))];

            static string Of(JsonObject part, string name) =>
                part[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? (string)value! : "";
        }
    }

    /// <summary>The document; change it through <see cref="Set"/>.</summary>
    public JsonObject Document => _document;

    public static RunInfo Create(string directory, IReadOnlyList<string> arguments, TimeProvider? clock = null)
    {
        clock ??= TimeProvider.System;
        var info = new RunInfo(Path.Combine(directory, FileName), new JsonObject
        {
            ["format"] = 1,
            ["program"] = "fastdqn",
            ["version"] = ProgramVersion,
            ["git"] = GitCommit(),
            ["status"] = "running",
            ["started_utc"] = LineLoggerProvider.Time(clock),
            ["updated_utc"] = LineLoggerProvider.Time(clock),
            ["pid"] = Environment.ProcessId,
            ["argv"] = new JsonArray([.. arguments.Select(a => (JsonNode)a)]),
            ["hardware"] = Hardware(),
        }, clock);
        info.Save();
        return info;
    }

    /// <summary>Reads a run's document.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: missing or not one.</exception>
    public static RunInfo Open(string directory, TimeProvider? clock = null)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            if (new FileInfo(path).Length > 1 << 20)
                throw new FastDqnException(ErrorKind.BadData, $"{path}: too large for a run's document");
            if (JsonNode.Parse(File.ReadAllBytes(path), documentOptions: Once) is not JsonObject document)
                throw new FastDqnException(ErrorKind.BadData, $"{path}: not a run's document: no JSON object");
            var info = new RunInfo(path, document, clock ?? TimeProvider.System);
            // Of the wrong kind where the document is damaged.
            _ = (info.Status, info.Step, (long?)document["episodes"]);
            return info;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var why = FileKinds.Of(directory) == FileKind.Missing ? "no such folder" : $"{FileName} cannot be read";
            throw new FastDqnException(ErrorKind.BadData, $"{directory}: not a run folder ({why})", e);
        }
        catch (JsonException e)
        {
            var place = FormattableString.Invariant($"{path}:{(e.LineNumber ?? 0) + 1}");
            throw new FastDqnException(ErrorKind.BadData, $"{place}: not a run's document: no JSON there", e);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{path}: not a run's document: a value of it is of the wrong kind", e);
        }
    }

    /// <summary>A text of the document, by the names that lead to it; "" where it is missing.</summary>
    public string Text(params ReadOnlySpan<string> names) =>
        Node(names) is not { } node ? "" : node.GetValueKind() == JsonValueKind.String ? (string)node! : node.ToJsonString();

    /// <summary>A finite number of the document; null where there is none.</summary>
    public double? Number(params ReadOnlySpan<string> names) =>
        Node(names) is { } node && node.GetValueKind() == JsonValueKind.Number && (double)node is var number && double.IsFinite(number)
            ? number : null;

    /// <summary>Changes values and writes the document.</summary>
    public void Set(params ReadOnlySpan<(string Key, JsonNode? Value)> values)
    {
        foreach (var (key, value) in values)
            _document[key] = value;
        _document["updated_utc"] = Now();
        Save();
    }

    public void SetStatus(RunStatus status, string? reason = null)
    {
        var ended = status == RunStatus.Running ? null : Now();
        Set(("status", status.ToString().ToLowerInvariant()), ("reason", reason), ("ended_utc", ended));
    }

    public static string ProgramVersion =>
        typeof(RunInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    private string Folder => Path.GetDirectoryName(_path)!;

    private JsonNode? Node(ReadOnlySpan<string> names)
    {
        JsonNode? node = _document;
        foreach (var name in names)
            node = (node as JsonObject)?[name];
        return node;
    }

    private string Now() => LineLoggerProvider.Time(_clock);

    private void Save() => AtomicFile.Write(_path, _document.ToJsonString(Indented) + "\n");

    private static JsonObject Hardware() => new()
    {
        ["host"] = Environment.MachineName,
        ["os"] = RuntimeInformation.OSDescription,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
        ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString(),
        ["cpu"] = CpuName(),
        ["cores"] = Environment.ProcessorCount,
        ["memory_bytes"] = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
    };

    internal static string CpuName()
    {
        try
        {
            var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
            return line is null ? "" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>
    /// The commit of the checkout that the program lies in, "" outside one. Read from .git, no process started.
    /// </summary>
    private static string GitCommit()
    {
        try
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                var git = Path.Combine(folder.FullName, ".git");
                // Of a worktree it is a file that names the folder.
                if (File.Exists(git))
                    git = Path.GetFullPath(File.ReadAllText(git).Trim().Replace("gitdir: ", "", StringComparison.Ordinal), folder.FullName);
                var head = Path.Combine(git, "HEAD");
                if (!File.Exists(head))
                    continue;
                var text = File.ReadAllText(head).Trim();
                if (!text.StartsWith("ref: ", StringComparison.Ordinal))
                    return text;
                var common = Path.Combine(git, "commondir");
                if (File.Exists(common))
                    git = Path.GetFullPath(File.ReadAllText(common).Trim(), git);
                var reference = Path.Combine(git, text[5..]);
                if (File.Exists(reference))
                    return File.ReadAllText(reference).Trim();
                var packed = Path.Combine(git, "packed-refs");
                return File.Exists(packed)
                    ? File.ReadLines(packed).FirstOrDefault(l => l.EndsWith(text[5..], StringComparison.Ordinal))?.Split(' ')[0] ?? ""
                    : "";
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Debug.WriteLine(e.Message);
        }

        return "";
    }
}
