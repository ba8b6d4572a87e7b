using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Runs;

/// <summary>
/// Branches a run: a new run folder that goes on from another one's newest checkpoint, with other values of the options
/// that may change in the middle of a run (<see cref="OptionAttribute.MidRun"/>). What a run never writes again, its
/// checkpoint's files and the frames, is shared by hard links where the file system has them.
/// </summary>
public static partial class RunBranch
{
    /// <summary>Makes <paramref name="target"/>, in one piece: it is there whole or not at all.</summary>
    /// <param name="source">The folder of a run that nobody works on.</param>
    /// <param name="target">The folder of the new run; must not exist.</param>
    /// <param name="settings">Changes as <c>key=value</c>.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: an option may not change;
    /// <see cref="ErrorKind.BadData"/>: the source has no sound checkpoint.</exception>
    public static void Make(string source, string target, IReadOnlyList<string> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (RunDirectory.IsHeld(source))
            throw new FastDqnException(ErrorKind.Failure, $"{source}: a process is working on this run; branch it when it rests");
        var config = Apply(RunDirectory.ReadConfig(source, _ => { }), settings);
        target = Path.GetFullPath(target);
        var temporary = $"{target}.{Guid.NewGuid():N}.branch";
        try
        {
            var store = new CheckpointStore(RunDirectory.CheckpointsOf(source));
            var checkpoint = store.OpenNewest(_ => { }, withReplay: true);
            var checkpoints = RunDirectory.CheckpointsOf(temporary);
            var folder = Path.Combine(checkpoints, Path.GetFileName(checkpoint.Folder));
            Directory.CreateDirectory(folder);
            Directory.CreateDirectory(Path.Combine(temporary, "videos"));
            foreach (var file in checkpoint.Manifest.Files)
                Share(checkpoint.PathOf(file.Name), Path.Combine(folder, file.Name), file.Bytes);
            foreach (var segment in checkpoint.Manifest.Replay ?? [])
            {
                var frames = Path.Combine(new CheckpointStore(checkpoints).ReplayFolder, segment.Name);
                Directory.CreateDirectory(Path.GetDirectoryName(frames)!);
                Share(Path.Combine(store.ReplayFolder, segment.Name), frames, segment.Bytes);
            }

            var manifest = checkpoint.Manifest with { Options = RunChanges.Deciding(config) };
            AtomicFile.Write(Path.Combine(folder, CheckpointManifest.FileName), manifest.ToBytes());
            AtomicFile.Write(Path.Combine(temporary, RunDirectory.ConfigFile), YamlConfig.Write(config));
            // Rows are appended to it: a copy of its own.
            if (File.Exists(RunDirectory.MetricsOf(source)))
                File.Copy(RunDirectory.MetricsOf(source), RunDirectory.MetricsOf(temporary));
            var info = RunInfo.Create(temporary, ["branch", source, .. settings]);
            info.Set(
                ("branched_from", new JsonObject { ["run"] = source, ["step"] = checkpoint.Manifest.Step }),
                ("step", checkpoint.Manifest.Step), ("frames", checkpoint.Manifest.Frames),
                ("checkpoint", Path.GetFileName(folder)));
            info.SetStatus(RunStatus.Interrupted);
            DurableFolder.Flush(temporary);
            Directory.Move(temporary, target);
            DurableFolder.Flush(Path.GetDirectoryName(target)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Explain($"cannot branch {source} into {target}", e);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }

    private static TrainConfig Apply(TrainConfig config, IReadOnlyList<string> settings)
    {
        var values = ConfigSchema.Keys.ToDictionary(key => key.Name, key => ConfigSchema.Read(config, key)!, StringComparer.Ordinal);
        var given = new ConfigLayers();
        foreach (var setting in settings)
            given.AddSetting(setting);
        foreach (var (name, value) in given.Assigned())
        {
            if (ConfigSchema.Get(name) is { MidRun: false, MayChange: false } && ConfigKey.Format(values[name]) != ConfigKey.Format(value))
                throw new FastDqnException(ErrorKind.Usage, $"{name} cannot change in the middle of a run");
            values[name] = value;
        }

        var changed = ConfigSchema.Build(values);
        ConfigRules.Check(changed);
        return changed;
    }

    // A file that is longer than the checkpoint needs was written on after it: its beginning is copied.
    private static void Share(string source, string target, long bytes)
    {
        if (new FileInfo(source).Length == bytes && link(source, target) == 0)
            return;
        using var from = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var to = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        from.CopyTo(to);
        to.SetLength(bytes);
        to.Flush(flushToDisk: true);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string from, string to);
}
