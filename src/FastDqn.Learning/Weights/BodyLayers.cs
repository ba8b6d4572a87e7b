using System.Globalization;
using FastDqn.Core;
using FastDqn.Learning.Networks;

namespace FastDqn.Learning.Weights;

/// <summary>
/// The layers of a file that are its network's body. A head may differ from the file's and starts anew; a body that
/// differs would learn from weights of which a part is random, which nobody asks for.
/// </summary>
internal static class BodyLayers
{
    private const string Plain = "network.", Sb3 = "q_net.q_net.", Lstm = "lstm.";

    // Of a head whose layers have names of their own.
    private static readonly string[] Heads = ["value_head.", "advantage_head.", "head."];

    /// <summary>
    /// Refuses a file whose body has layers that the network lacks, or ends where the network's goes on.
    /// </summary>
    /// <param name="network">Takes the weights.</param>
    /// <param name="file">All tensors.</param>
    /// <param name="ofBody">Names of those that the network's body takes.</param>
    /// <param name="unused">Names of those that the network has no place for.</param>
    public static void Require(QNetwork network, IReadOnlyList<NamedTensor> file, HashSet<string> ofBody, HashSet<string> unused)
    {
        var layers = file.Where(tensor => tensor.Shape.Count >= 2 && IsLayer(tensor.Name)).ToList();
        var left = layers.Where(tensor => unused.Contains(tensor.Name)).Select(Module).Distinct(StringComparer.Ordinal).ToList();
        var named = file.Any(tensor => Heads.Any(head => tensor.Name.StartsWith(head, StringComparison.Ordinal)));
        var last = named ? null : layers.Where(tensor => Number(tensor.Name) >= 0).MaxBy(tensor => Number(tensor.Name));
        if (last is not null && ofBody.Contains(last.Name))
            throw Other($"its last layer, {Module(last)}, would become a layer of this network's body");
        // A plain head is one layer; a noisy or sampling one has a hidden layer before it, and beside convolutions a
        // head of one's own takes the place of the body's last layer.
        var hidden = file.Any(tensor => tensor.Name.StartsWith("quantile_embedding.", StringComparison.Ordinal)
            || tensor.Name.EndsWith("_sigma", StringComparison.Ordinal));
        var heads = named ? 0 : hidden || (network.HeadHasHidden && !network.Spec.Body.IsFlat) ? 2 : 1;
        if (left.Count > heads || left.Any(module => module.StartsWith(Lstm[..^1], StringComparison.Ordinal)))
            throw Other($"this network lacks {string.Join(", ", left.Take(Math.Max(1, left.Count - heads)))}");

        static FastDqnException Other(string why) => new(ErrorKind.BadData, $"the weights are of another body: {why}");
    }

    private static bool IsLayer(string name) =>
        new[] { Plain, Sb3, "q_net.features_extractor.", Lstm }.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    private static string Module(NamedTensor tensor) => tensor.Name[..tensor.Name.LastIndexOf('.')];

    /// <summary>Where a layer stands in its Sequential; -1: in none that ends with a head.</summary>
    private static int Number(string name)
    {
        var prefix = name.StartsWith(Plain, StringComparison.Ordinal) ? Plain : name.StartsWith(Sb3, StringComparison.Ordinal) ? Sb3 : null;
        return prefix is not null
            && int.TryParse(name[prefix.Length..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number : -1;
    }
}
