using FastDqn.Core;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Weights;

/// <summary>Our parameter names (CleanRL's) to those of other projects.</summary>
internal static class WeightNames
{
    /// <summary>
    /// Own name to the convention's name. Throws <see cref="ErrorKind.Usage"/> where the convention has no such
    /// network.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Map(QNetwork network, WeightNaming naming)
    {
        var own = network.Layout.Parameters.Concat(network.Layout.Buffers).Select(slot => slot.Name);
        if (naming == WeightNaming.CleanRl)
            return own.ToDictionary(name => name, name => name, StringComparer.Ordinal);
        var prefixes = StableBaselines3(network)
            ?? throw new FastDqnException(
                ErrorKind.Usage,
                "Stable-Baselines3 names exist for plain heads over the Nature body or an MLP only: use CleanRL's names");
        return own.ToDictionary(name => name, name => Rename(name, prefixes), StringComparer.Ordinal);
    }

    /// <summary>
    /// The convention that a file's names follow: own names where none fits, so that the message names what is missing.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Recognize(QNetwork network, IReadOnlyCollection<string> names)
    {
        if (names.Any(name => name.StartsWith("q_net.", StringComparison.Ordinal)) && StableBaselines3(network) is not null)
            return Map(network, WeightNaming.StableBaselines3);
        return Map(network, WeightNaming.CleanRl);
    }

    /// <summary>Module prefixes, own to SB3's, or null where SB3 has no such network.</summary>
    private static Dictionary<string, string>? StableBaselines3(QNetwork network)
    {
        var modules = network.Layout.Parameters
            .Select(slot => slot.Name[..slot.Name.LastIndexOf('.')])
            .Distinct(StringComparer.Ordinal)
            .ToList();
        if (network.Layout.Parameters.Count != 2 * modules.Count)
            return null; // without biases
        if (network.Layout.Buffers.Count > 0
            || network.Outputs != 1
            || !ComputesAsStableBaselines3(network)
            || modules.Any(module => !module.StartsWith("network.", StringComparison.Ordinal)))
            return null;
        var linear = network.Layout.Parameters
            .Where(slot => slot.Shape.Length == 2)
            .Select(slot => slot.Name[..slot.Name.LastIndexOf('.')])
            .ToList();
        var convolutions = modules.Except(linear, StringComparer.Ordinal).ToList();
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (convolutions.Count == 0)
        {
            for (var i = 0; i < linear.Count; i++)
                map[linear[i]] = $"q_net.q_net.{2 * i}";
            return map;
        }

        // NatureCNN: Sequential(conv, relu, conv, relu, conv, relu, flatten), then linear(512); the policy's q_net is
        // one layer.
        if (convolutions.Count != 3 || linear.Count != 2)
            return null;
        for (var i = 0; i < 3; i++)
            map[convolutions[i]] = $"q_net.features_extractor.cnn.{2 * i}";
        map[linear[0]] = "q_net.features_extractor.linear.0";
        map[linear[1]] = "q_net.q_net.0";
        return map;
    }

    /// <summary>What weights do not tell: layers of other sizes, activations, zeros and input.</summary>
    private static bool ComputesAsStableBaselines3(QNetwork network)
    {
        var (body, head) = (network.Spec.Body, network.Spec.Head);
        if (body.Activation != ActivationKind.Relu || head.Activation != ActivationKind.None)
            return false;
        return body.IsFlat || (body.Padding == default && body.Input == InputRange.Unit
            && body.Kind != BodyKind.Impala && body.Composition().Convolutions.SequenceEqual(new BodySpec().Composition().Convolutions));
    }

    private static string Rename(string name, Dictionary<string, string> prefixes)
    {
        var dot = name.LastIndexOf('.');
        return prefixes[name[..dot]] + name[dot..];
    }
}
