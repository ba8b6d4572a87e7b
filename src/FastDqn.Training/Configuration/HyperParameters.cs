namespace FastDqn.Training.Configuration;

/// <summary>
/// The options that make a training another one, for tables that compare runs; where and how it works are none of them.
/// </summary>
internal static class HyperParameters
{
    private static readonly string[] Others = ["eval", "checkpoint", "log"];

    public static IEnumerable<KeyValuePair<string, object?>> Of(TrainConfig config) =>
        ConfigSchema.Keys.Where(k => !Others.Contains(k.Section) && (k.Section != "run" || k.Name == "run.seed"))
            .Select(k => KeyValuePair.Create(k.Name, ConfigSchema.Read(config, k)));
}
