using System.Globalization;
using System.Reflection;

namespace FastDqn.Training.Evaluation;

/// <summary>Random and human scores of the 57 Atari games (<c>Data/human-scores.tsv</c> names the source).</summary>
public static class HumanScores
{
    private static readonly Lazy<Dictionary<string, (double Random, double Human)>> Table = new(Load);

    public static IReadOnlyDictionary<string, (double Random, double Human)> All => Table.Value;

    /// <summary>(score - random) / (human - random); null for a game without a human score.</summary>
    public static double? Normalize(string game, double score)
    {
        ArgumentNullException.ThrowIfNull(game);
        return All.TryGetValue(game.ToLowerInvariant(), out var known) ? (score - known.Random) / (known.Human - known.Random) : null;
    }

    private static Dictionary<string, (double, double)> Load()
    {
        using var reader = new StreamReader(
            Assembly.GetExecutingAssembly().GetManifestResourceStream("FastDqn.Training.Data.human-scores.tsv")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#').Skip(1).Select(line => line.Split('\t'))
            .ToDictionary(cells => cells[0], cells => (Number(cells[1]), Number(cells[2])), StringComparer.Ordinal);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
