using System.Globalization;
using FastDqn.Core;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Runs;

/// <summary>
/// A run's folder, held by a lock while a process works in it: <c>config.yaml</c>, <c>run.json</c>,
/// <c>metrics.jsonl</c>, TensorBoard events, <c>checkpoints/</c>, <c>videos/</c>, <c>log.txt</c>.
/// </summary>
public sealed class RunDirectory : IDisposable
{
    public const string ConfigFile = "config.yaml";
    public const string LockFile = ".lock";
    private const string VideosFolder = "videos";
    private const int LockAttempts = 5;

    // The system's limit for a name, less room for a number behind it.
    private const int LongestName = 245;

    // Of every run's configuration, near its beginning, in its middle and near its end.
    private static readonly string[] Always = ["env.name", "algorithm.name", "schedule.batch_size", "log.every"];

    private readonly FileStream _lock;

    private RunDirectory(string path, FileStream @lock, RunInfo info)
    {
        (Root, _lock, Info) = (path, @lock, info);
    }

    /// <summary>The folder's full path.</summary>
    public string Root { get; }

    public RunInfo Info { get; }

    public string Checkpoints => CheckpointsOf(Root);

    public string Videos => Path.Combine(Root, VideosFolder);

    public string Metrics => MetricsOf(Root);

    public string Log => Path.Combine(Root, "log.txt");

    /// <summary>Where the run in a folder keeps its checkpoints; takes no lock.</summary>
    public static string CheckpointsOf(string run) => Path.Combine(run, "checkpoints");

    /// <summary>The metrics of the run in a folder; takes no lock.</summary>
    public static string MetricsOf(string run) => Path.Combine(run, "metrics.jsonl");

    /// <summary>Whether a file is the configuration that a run was made with.</summary>
    public static bool IsConfig(string file) =>
        Path.GetFileName(file) == ConfigFile && File.Exists(Path.Combine(Path.GetDirectoryName(file)!, RunInfo.FileName));

    /// <summary>Makes the folder of a new run and takes its lock.</summary>
    /// <exception cref="FastDqnException">Cannot be written, or belongs to a run already.</exception>
    public static RunDirectory Create(TrainConfig config, IReadOnlyList<string> arguments, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        var path = config.Run.Dir.Length > 0 ? Path.GetFullPath(config.Run.Dir) : NewPath(config, clock ?? TimeProvider.System);
        try
        {
            if (FileKinds.Of(path) is FileKind.File or FileKind.Special)
                throw new FastDqnException(ErrorKind.Usage, $"run folder {path}: is a file");
            if (FileKinds.Of(path) == FileKind.BrokenLink)
                throw new FastDqnException(ErrorKind.Usage, $"run folder {path}: is a symbolic link that leads nowhere");
            Directory.CreateDirectory(path);
            return Locked(path, () =>
            {
                if (File.Exists(Path.Combine(path, RunInfo.FileName)))
                    throw new FastDqnException(
                        ErrorKind.Usage,
                        $"{path} already holds a run: continue it with `fastdqn resume {path}` or choose another --run-dir");
                Directory.CreateDirectory(CheckpointsOf(path));
                Directory.CreateDirectory(Path.Combine(path, VideosFolder));
                AtomicFile.Write(Path.Combine(path, ConfigFile), YamlConfig.Write(config));
                return RunInfo.Create(path, arguments, clock);
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Explain($"cannot make the run folder {path}", e);
        }
    }

    /// <summary>Takes the lock of an existing run, to continue it.</summary>
    public static RunDirectory Open(string directory, TimeProvider? clock = null)
    {
        var path = RequireRun(directory);
        try
        {
            return Locked(path, () =>
            {
                AtomicFile.RemoveLeftovers(path);
                if (Path.Combine(path, VideosFolder) is var videos && Directory.Exists(videos))
                    AtomicFile.RemoveLeftovers(videos);
                return RunInfo.Open(path, clock);
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Explain($"cannot open the run {path}", e);
        }
    }

    /// <summary>Makes <paramref name="config"/> the run's own; returns what it changed, in words.</summary>
    public IReadOnlyList<string> Change(TrainConfig config)
    {
        var changes = RunChanges.Describe(ReadConfig(Root, _ => { }), config);
        try
        {
            if (changes.Count > 0)
                AtomicFile.Write(Path.Combine(Root, ConfigFile), YamlConfig.Write(config));
            return changes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Explain($"cannot change the options of the run {Root}", e);
        }
    }

    /// <summary>
    /// The resolved configuration that a run was made with; takes no lock. A folder of ROMs that is gone since is left
    /// out: the ROM may lie elsewhere now.
    /// </summary>
    /// <param name="directory">The run's folder.</param>
    /// <param name="warn">Told, in one line, of options that were removed since: they are left out.</param>
    /// <param name="own">The user's own code, where the configuration is to work with; null: it is to be read.</param>
    public static TrainConfig ReadConfig(string directory, Action<string> warn, Extensions? own = null)
    {
        ArgumentNullException.ThrowIfNull(warn);
        var path = Path.Combine(RequireRun(directory), ConfigFile);
        TrainConfig config;
        try
        {
            var written = YamlConfig.ReadFile(path);
            // Without the end of a file, what it lacks would be read as defaults: another training.
            if (Always.FirstOrDefault(name => written.All(entry => entry.Key != name)) is { } lacking)
                throw new FastDqnException(
                    ErrorKind.BadData, $"{path}: cut off or changed: it says nothing of {lacking}, as every run's does; restore the file");
            var entries = RetiredOptions.LeaveOut(written, path, warn);
            config = new ConfigLayers(own).AddEntries(entries, path).ResolveAsWritten();
            if (config.Env.RomDir.Length > 0 && !Directory.Exists(config.Env.RomDir))
                config = config with { Env = config.Env with { RomDir = "" } };
        }
        catch (FastDqnException e) when (e.Kind == ErrorKind.Usage)
        {
            // Options come and go between versions: a run of another one is reported as such.
            var version = RunInfo.Open(directory).Text("version");
            var other = version.Length == 0 || version == RunInfo.ProgramVersion
                ? ""
                : $" (the run was written by fastdqn {version}, this is {RunInfo.ProgramVersion})";
            throw new FastDqnException(ErrorKind.BadData, e.Message + other, e);
        }

        if (own is null)
            return config with { Own = NamesIn(directory) };
        Extensions.Require(directory, RunInfo.Open(directory), own, warn);
        return config;
    }

    private static Extensions? NamesIn(string directory)
    {
        try
        {
            return RunInfo.Open(directory) is { Own.Count: > 0 } info ? Extensions.NamedBy(info) : null;
        }
        catch (FastDqnException)
        {
            // Whoever needs a damaged document says that it is one.
            return null;
        }
    }

    public void Dispose() => _lock.Dispose();

    private static string RequireRun(string directory)
    {
        var path = Path.GetFullPath(directory);
        if (FileKinds.Of(path) is var kind and not FileKind.Folder)
        {
            var why = kind switch
            {
                FileKind.Missing => "not found",
                FileKind.BrokenLink => "is a symbolic link that leads nowhere",
                _ => "is a file: give the run's folder",
            };
            throw new FastDqnException(ErrorKind.BadData, $"run folder {directory}: {why}");
        }

        if (!File.Exists(Path.Combine(path, RunInfo.FileName)))
            throw new FastDqnException(ErrorKind.BadData, $"{directory}: not a run folder ({RunInfo.FileName} is missing)");
        return path;
    }

    /// <summary>
    /// The run in a folder, held by its lock, with the document that <paramref name="info"/> makes or reads under it.
    /// </summary>
    private static RunDirectory Locked(string path, Func<RunInfo> info)
    {
        var held = TakeLock(path);
        try
        {
            return new RunDirectory(path, held, info());
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whether a process works on the run in a folder. Asking disturbs nobody; a lock that cannot be read counts as
    /// held.
    /// </summary>
    public static bool IsHeld(string run)
    {
        try
        {
            using var probe = new FileStream(Path.Combine(run, LockFile), FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>
    /// The operating system drops the lock with the process, however it ends, so no stale lock has to be guessed at.
    /// </summary>
    private static FileStream TakeLock(string path)
    {
        var file = Path.Combine(path, LockFile);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var made = new Unfinished();
                var stream = made.Add(new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1));
                stream.SetLength(0);
                stream.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
                stream.Flush();
                made.Keep();
                return stream;
            }
            catch (IOException e) when (File.Exists(file) && IsShared(e))
            {
                // Who only asks (IsHeld) lets go at once.
                if (attempt == LockAttempts)
                {
                    var why = $"another process is working on this run (it holds {LockFile}); wait for it or stop it";
                    throw new FastDqnException(ErrorKind.Failure, $"{path}: {why}", e);
                }

                Thread.Sleep(20);
            }
        }
    }

    private static bool IsShared(IOException e)
    {
        const int wouldBlock = 11;
        return (e.HResult & 0xFFFF) is wouldBlock or 32 or 0x20
            || e.Message.Contains("being used by another process", StringComparison.Ordinal);
    }

    private static string NewPath(TrainConfig config, TimeProvider clock)
    {
        var utc = clock.GetUtcNow().UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var name = FormattableString.Invariant($"{Plain(config.Env.Name)}__{Plain(config.Run.Name)}__{config.Run.Seed}__{utc}");
        if (name.Length > LongestName)
        {
            throw new FastDqnException(
                ErrorKind.Usage,
                $"run.name is in the name of the run's folder, which would have {name.Length} characters, at most {LongestName}: "
                + "shorten it, or name the folder with --run-dir");
        }

        var path = Path.Combine(Path.GetFullPath(config.Run.Root), name);
        for (var n = 2; Directory.Exists(path); n++)
            path = Path.Combine(Path.GetFullPath(config.Run.Root), $"{name}-{n}");
        return path;
    }

    /// <summary>Letters, digits, '-', '_' and '.' only: a name must not become a path.</summary>
    private static string Plain(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'));
}
