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

    public static void Import(QNetwork network, ParameterSet parameters, IReadOnlyList<NamedTensor> weights)
    {
        var byName = new Dictionary<string, NamedTensor>(StringComparer.Ordinal);
        foreach (var tensor in weights)
            byName[tensor.Name] = tensor;
        var names = WeightNames.Recognize(network, byName.Keys);
        var found = new List<(ParameterSlot Slot, Tensor View, NamedTensor Weight)>();
        for (var i = 0; i < network.Layout.Parameters.Count; i++)
            found.Add(Find(network.Layout.Parameters[i], parameters[i]));
        for (var i = 0; i < network.Layout.Buffers.Count; i++)
            found.Add(Find(network.Layout.Buffers[i], parameters.Buffer(i)));

        // Everything fits: only now is anything replaced.
        using var noGrad = no_grad();
        foreach (var (slot, view, weight) in found)
        {
            using var host = tensor(weight.Values.ToArray(), slot.Shape);
            view.copy_(host);
        }

        (ParameterSlot, Tensor, NamedTensor) Find(ParameterSlot slot, Tensor view)
        {
            var name = names[slot.Name];
            if (!byName.TryGetValue(name, out var weight))
                throw new FastDqnException(ErrorKind.BadData, $"the weights lack '{name}': they are of another network");
            if (!weight.Shape.SequenceEqual(slot.Shape))
            {
                throw new FastDqnException(
                    ErrorKind.BadData,
                    $"weight '{name}' has shape {string.Join('x', weight.Shape)}, this network needs {string.Join('x', slot.Shape)}");
            }

            return (slot, view, weight);
        }
    }

    private static NamedTensor Copy(string name, Tensor view)
    {
        using var host = view.detach().cpu();
        using var packed = host.contiguous();
        return new NamedTensor(name, view.shape, PinnedTensor.Span<float>(packed).ToArray());
    }
}
