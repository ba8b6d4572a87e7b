using System.Security.Cryptography;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Runs;

namespace FastDqn.Sweeps.Tests.Support;

/// <summary>What two trainings of the same options have in common.</summary>
internal static class RunFiles
{
    /// <summary>A run's rows without the clock's values.</summary>
    public static List<string> Rows(string run) =>
        [.. File.ReadLines(RunDirectory.MetricsOf(run)).Select(l => l.Split(",\"wall\"")[0])];

    /// <summary>A digest of the weights of its newest checkpoint.</summary>
    public static string Weights(string run)
    {
        var newest = new CheckpointStore(RunDirectory.CheckpointsOf(run)).List()[0];
        return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(newest, "model.safetensors"))));
    }
}
