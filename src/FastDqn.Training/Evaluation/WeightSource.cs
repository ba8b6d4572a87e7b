using FastDqn.Core;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Evaluation;

/// <summary>Weights that a user names: a file, a checkpoint, or a run.</summary>
public static class WeightSource
{
    /// <summary>The weights of a checkpoint.</summary>
    public const string FileName = "model.safetensors";

    /// <summary>The safetensors file: the path itself, or the one in a checkpoint, or in a run's newest valid
    /// checkpoint.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: there is none.</exception>
    public static string Find(string path, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(warn);
        if (FileKinds.Of(path) != FileKind.Folder)
            return FileKinds.WhyNotFile(path, "a weight file, a checkpoint or a run") is { } why
                ? throw new FastDqnException(ErrorKind.BadData, $"{path}: {why}")
                : Path.GetFullPath(path);
        var file = Path.Combine(path, FileName);
        if (!File.Exists(file) && Directory.Exists(RunDirectory.CheckpointsOf(path)))
            file = Evaluation.Find(path, null, warn).PathOf(FileName);
        return File.Exists(file)
            ? Path.GetFullPath(file)
            : throw new FastDqnException(ErrorKind.BadData, $"{path}: neither a checkpoint nor a run: it holds no {FileName}");
    }
}
