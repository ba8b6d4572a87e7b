using FastDqn.Core;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Weights;

/// <summary>Weight files beside the network that an algorithm has, without a learner.</summary>
public static class NetworkWeights
{
    /// <summary>What a learner that starts from these weights would take of them.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: the body does not
    /// fit.</exception>
    public static WeightFit Fit(AlgorithmSpec spec, NetworkInput input, int actions, IReadOnlyList<NamedTensor> weights) =>
        WeightFile.Match(new QNetwork(spec, input, actions), weights, newHead: true).Fit;

    /// <summary>
    /// The network with these weights as an ONNX model (operator set 17): <c>observations</c>, as the network sees
    /// them, to <c>q_values</c>. Implicit quantiles take <c>fractions</c> (batch, samples) too, drawn from 0 to 1.
    /// Noisy layers are without noise.
    /// </summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: they are of another network;
    /// <see cref="ErrorKind.Usage"/>: it has no such form.</exception>
    public static byte[] Onnx(
        AlgorithmSpec spec, NetworkInput input, int actions, IReadOnlyList<NamedTensor> weights,
        IReadOnlyDictionary<string, string> metadata) =>
        spec.WithoutOnnx is { } kind
            ? throw new FastDqnException(ErrorKind.Usage, $"{kind} is not exported as ONNX: export its weights, FILE.safetensors")
            : new QNetwork(spec, input, actions).Export(Rename(spec, input, actions, weights, WeightNaming.CleanRl), metadata);

    /// <summary>All weights of the network under the names of <paramref name="naming"/>, in the network's
    /// order.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: they are of another network;
    /// <see cref="ErrorKind.Usage"/>: the convention has no names for it.</exception>
    public static IReadOnlyList<NamedTensor> Rename(
        AlgorithmSpec spec, NetworkInput input, int actions, IReadOnlyList<NamedTensor> weights, WeightNaming naming)
    {
        var network = new QNetwork(spec, input, actions);
        var names = WeightNames.Map(network, naming);
        var (found, _) = WeightFile.Match(network, weights, newHead: false);
        return [.. found.Select(pair => pair.Weight! with { Name = names[pair.Slot.Name] })];
    }
}
