using FastDqn.Core;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using static TorchSharp.torch;

namespace FastDqn.Learning.Weights;

/// <summary>Whose names a weight file uses.</summary>
public enum WeightNaming
{
    /// <summary>CleanRL's state dict: <c>network.0.weight</c>.</summary>
    CleanRl,

    /// <summary>
    /// Stable-Baselines3's DQN policy: <c>q_net.features_extractor.cnn.0.weight</c>, <c>q_net.q_net.0.weight</c>. For
    /// plain heads over the Nature body or an MLP.
    /// </summary>
    StableBaselines3,
}

/// <summary>A network's numbers to and from named tensors.</summary>
internal static class WeightFile
{
    // A policy of Stable-Baselines3 holds its target network too, which is copied from the other.
    private const string OtherNetwork = "q_net_target.";

    public static IReadOnlyList<NamedTensor> Export(QNetwork network, ParameterSet parameters, WeightNaming naming)
    {
        var names = WeightNames.Map(network, naming);
        var tensors = new List<NamedTensor>();
        for (var i = 0; i < network.Layout.Parameters.Count; i++)
            tensors.Add(Copy(names[network.Layout.Parameters[i].Name], parameters[i]));
        for (var i = 0; i < network.Layout.Buffers.Count; i++)
            tensors.Add(Copy(names[network.Layout.Buffers[i].Name], parameters.Buffer(i)));
        return tensors;
    }

    /// <summary>Takes a file's weights.</summary>
    /// <param name="network">What the parameters are of.</param>
    /// <param name="parameters">Take the weights.</param>
    /// <param name="weights">Named by any convention.</param>
    /// <param name="newHead">What of the head does not fit stays as it is; else it is refused as the body's is, as is a
    /// body of more layers.</param>
    public static WeightFit Import(QNetwork network, ParameterSet parameters, IReadOnlyList<NamedTensor> weights, bool newHead = false)
    {
        var (found, fit) = Match(network, weights, newHead);
        // Everything fits: only now is anything replaced.
        using var noGrad = no_grad();
        for (var i = 0; i < found.Count; i++)
        {
            if (found[i].Weight is not { } weight)
                continue;
            var count = network.Layout.Parameters.Count;
            using var host = tensor(weight.Values.ToArray(), found[i].Slot.Shape);
            (i < count ? parameters[i] : parameters.Buffer(i - count)).copy_(host);
        }

        return fit;
    }

    /// <summary>
    /// The tensor for each parameter and then each buffer, null for what of the head stays as it is.
    /// </summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: a weight is missing or of another
    /// shape.</exception>
    public static (IReadOnlyList<(ParameterSlot Slot, NamedTensor? Weight)> Found, WeightFit Fit) Match(
        QNetwork network, IReadOnlyList<NamedTensor> weights, bool newHead)
    {
        var byName = new Dictionary<string, NamedTensor>(StringComparer.Ordinal);
        foreach (var tensor in weights)
            byName[tensor.Name] = tensor;
        var names = WeightNames.Recognize(network, byName.Keys);
        var unused = byName.Keys.Where(name => !name.StartsWith(OtherNetwork, StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var (found, missing) = (new List<(ParameterSlot, NamedTensor?)>(), new List<string>());
        foreach (var slot in network.Layout.Parameters)
            Find(slot, newHead && found.Count >= network.BodyParameters);
        foreach (var slot in network.Layout.Buffers)
            Find(slot, mayDiffer: false);
        if (found.All(pair => pair.Item2 is null))
            throw new FastDqnException(ErrorKind.BadData, "none of the weights belongs to this network");
        if (newHead)
        {
            var ofBody = network.Layout.Parameters.Take(network.BodyParameters).Select(slot => names[slot.Name]);
            BodyLayers.Require(network, weights, ofBody.ToHashSet(StringComparer.Ordinal), unused);
        }

        return (found, new WeightFit(missing, [.. weights.Select(weight => weight.Name).Where(unused.Contains)]));

        void Find(ParameterSlot slot, bool mayDiffer)
        {
            var name = names[slot.Name];
            var weight = byName.GetValueOrDefault(name);
            var fits = weight is not null && weight.Shape.SequenceEqual(slot.Shape);
            if (!fits && !mayDiffer)
            {
                throw new FastDqnException(
                    ErrorKind.BadData,
                    weight is null
                        ? $"the weights lack '{name}': they are of another network"
                        : $"weight '{name}' has shape {string.Join('x', weight.Shape)}, this network needs {string.Join('x', slot.Shape)}");
            }

            if (fits && weight!.Values.Span.ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
                throw new FastDqnException(ErrorKind.BadData, $"weight '{name}' holds numbers that are not finite");
            if (fits)
                _ = unused.Remove(name);
            else
                missing.Add(slot.Name);
            found.Add((slot, fits ? weight : null));
        }
    }

    private static NamedTensor Copy(string name, Tensor view)
    {
        using var host = view.detach().cpu();
        using var packed = host.contiguous();
        return new NamedTensor(name, view.shape, PinnedTensor.Span<float>(packed).ToArray());
    }
}
