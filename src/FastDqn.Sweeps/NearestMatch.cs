namespace FastDqn.Sweeps;

/// <summary>Finds what a mistyped name was probably meant to be.</summary>
public static class NearestMatch
{
    /// <summary>" (did you mean 'x'?)", or nothing when no candidate is near.</summary>
    public static string Hint(string name, IEnumerable<string> candidates) =>
        Find(name, candidates) is { } near ? $" (did you mean '{near}'?)" : "";

    /// <summary>The candidate with the fewest edits, when those are at most a third of the name or 2; else null.</summary>
    public static string? Find(string name, IEnumerable<string> candidates) => candidates
        .Select(c => (Candidate: c, Edits: Distance(name.ToUpperInvariant(), c.ToUpperInvariant())))
        .Where(c => c.Edits <= Math.Max(2, name.Length / 3))
        .OrderBy(c => c.Edits).ThenBy(c => c.Candidate, StringComparer.Ordinal)
        .Select(c => c.Candidate).FirstOrDefault();

    /// <summary>Edits between two words: insertion, deletion, substitution and swap of neighbours count one each.</summary>
    public static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                var substitute = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(substitute, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }

        return rows[a.Length, b.Length];
    }
}
