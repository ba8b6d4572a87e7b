namespace FastDqn.Core;

/// <summary>Finds what a mistyped word was meant to be.</summary>
public static class NearestMatch
{
    /// <summary>
    /// The candidate nearest to <paramref name="word"/>, or null when none is near enough to be a typing error.
    /// </summary>
    public static string? Find(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        var bestDistance = int.MaxValue;
        word = word.ToLowerInvariant();
        foreach (var name in candidates)
        {
            // Capitals make two words no farther.
            var candidate = name.ToLowerInvariant();
            // What is the same before the point makes two words no nearer.
            var distance = SectionOf(word) is { } section && section == SectionOf(candidate) ? int.MaxValue : Distance(word, candidate);
            if (distance > Math.Max(word.Length < 3 ? 1 : 2, word.Length / 3))
                distance = int.MaxValue;
            distance = Math.Min(distance, OfLeaf(word, candidate));
            if (distance < bestDistance)
                (best, bestDistance) = (name, distance);
        }

        return best;
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

    // `batch_size` for `schedule.batch_size`: the last word alone is a common slip, as is `lr` for `learning_rate`.
    // What a person wrote before the point is meant: nothing of another section is nearer.
    private static int OfLeaf(string word, string candidate)
    {
        if (SectionOf(candidate) is not { } section)
            return int.MaxValue;
        var (leaf, wanted) = (candidate[(section.Length + 1)..], word[(word.LastIndexOf('.') + 1)..]);
        var elsewhere = SectionOf(word) is { } other && other != section ? 2 : 0;
        var initials = string.Concat(leaf.Split('_').Where(part => part.Length > 0).Select(part => part[0]));
        if (wanted.Length > 1 && initials == wanted)
            return 1 + elsewhere;
        // A short word is near to any other: of three letters one may be wrong.
        var distance = Distance(wanted, leaf);
        return distance <= wanted.Length / 3 ? distance + 1 + elsewhere : int.MaxValue;
    }

    private static string? SectionOf(string name) => name.LastIndexOf('.') is >= 0 and var dot ? name[..dot] : null;

    /// <summary>" (did you mean 'x'?)" or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> candidates) =>
        Find(word, candidates) is { } near ? $"; did you mean '{near}'?" : "";
}
