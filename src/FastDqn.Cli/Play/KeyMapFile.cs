using FastDqn.Core;
using FastDqn.Yaml;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Cli.Play;

/// <summary>A player's own keys: a YAML file of lines <c>key: ACTION</c>.</summary>
internal static class KeyMapFile
{
    private const string Reserved = "pnql";

    private static readonly (string Name, int Key)[] Named =
    [
        ("space", ' '), ("up", Keys.Up), ("down", Keys.Down), ("right", Keys.Right), ("left", Keys.Left), ("enter", '\r'), ("tab", '\t'),
    ];

    /// <summary>Actions by key.</summary>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.BadData"/> with file and line: no such file, no such key, or no such action.
    /// </exception>
    public static IReadOnlyDictionary<int, int> Read(string path, IReadOnlyList<string> actions)
    {
        var root = YamlText.Load(InputFile.ReadText(path, "map of keys"), path, ErrorKind.BadData)
            ?? throw new FastDqnException(ErrorKind.BadData, $"{path}: empty; lines 'key: ACTION' are needed, as 's: LEFTFIRE'");
        var map = new YamlMap(path, root, "the map of keys", wrong: ErrorKind.BadData);
        var keys = new Dictionary<int, int>();
        foreach (var (name, node) in map.Entries)
        {
            var word = map.Text(node, name);
            var action = actions.Select((known, i) => (known, i))
                .Where(a => string.Equals(a.known, word, StringComparison.OrdinalIgnoreCase))
                .Select(a => a.i).DefaultIfEmpty(-1).First();
            if (action < 0)
                throw map.At(node, $"'{word}' is no action{NearestMatch.Hint(word, actions)} (there are: {string.Join(", ", actions)})");
            if (!keys.TryAdd(KeyOf(map, name), action))
                throw map.At(map.KeyNode(name), $"the key '{name}' is given twice");
        }

        return keys;
    }

    public static string NameOf(int key) => Named.FirstOrDefault(named => named.Key == key).Name ?? ((char)key).ToString();

    private static int KeyOf(YamlMap map, string name)
    {
        var node = map.KeyNode(name);
        if (Named.FirstOrDefault(named => named.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { Name: not null } known)
            return known.Key;
        if (name.Length != 1 || name[0] is <= ' ' or > '~')
        {
            var words = Named.Select(named => named.Name).ToList();
            throw map.At(
                node,
                $"'{name}' is no key{NearestMatch.Hint(name, words)} "
                + $"(a letter from a to z, a digit, a sign of ASCII, or {string.Join(", ", words)})");
        }

        var key = char.ToLowerInvariant(name[0]);
        return Reserved.Contains(key)
            ? throw map.At(node, $"'{name}' is the program's own key (p pauses, n steps, l redraws, q quits)")
            : key;
    }
}
