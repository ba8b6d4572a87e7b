namespace FastDqn.Core;

/// <summary>Finds what a mistyped word was meant to be.</summary>
public static class NearestMatch
{
    /// <summary>The candidate nearest to <paramref name="word"/>, or null when none is near enough to be a typing error.</summary>
    public static string? Find(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        var bestDistance = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var distance = Distance(word, candidate);
            // `batch_size` for `train.batch_size`: the leaf alone is a common slip.
            var dot = candidate.LastIndexOf('.');
            if (dot >= 0)
                distance = Math.Min(distance, Distance(word[(word.LastIndexOf('.') + 1)..], candidate[(dot + 1)..]) + 1);
            if (distance < bestDistance)
                (best, bestDistance) = (candidate, distance);
        }

        return bestDistance <= Math.Max(2, word.Length / 3) ? best : null;
    }

    /// <summary>
    /// Damerau-Levenshtein distance, in its optimal string alignment form: insertions, deletions, substitutions and
    /// swaps of neighbours, none of them edited twice.
    /// </summary>
    public static int Distance(string a, string b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        var width = b.Length + 1;
        var cells = new int[(a.Length + 1) * width];
        for (var i = 0; i <= a.Length; i++)
            cells[i * width] = i;
        for (var j = 0; j <= b.Length; j++)
            cells[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                var best = Math.Min(cells[((i - 1) * width) + j] + 1, cells[(i * width) + j - 1] + 1);
                best = Math.Min(best, cells[((i - 1) * width) + j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    best = Math.Min(best, cells[((i - 2) * width) + j - 2] + 1);
                cells[(i * width) + j] = best;
            }
        }

        return cells[^1];
    }

    /// <summary>" (did you mean 'x'?)" or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> candidates) =>
        Find(word, candidates) is { } near ? $"; did you mean '{near}'?" : "";
}
