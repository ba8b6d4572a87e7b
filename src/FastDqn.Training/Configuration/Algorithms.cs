namespace FastDqn.Training.Configuration;

/// <summary>Puts the values of the chosen algorithm preset under the options that the user set.</summary>
internal static class Algorithms
{
    public static IReadOnlyDictionary<string, object> AddPresetValues(Dictionary<string, object> values) => values;
}
