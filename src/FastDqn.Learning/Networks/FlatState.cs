using FastDqn.Core;
using FastDqn.Learning.Interop;
using static TorchSharp.torch;

namespace FastDqn.Learning.Networks;

/// <summary>Flat float tensors to and from state streams, bit for bit, whatever device they lie on.</summary>
internal static class FlatState
{
    /// <param name="writer">Takes the numbers.</param>
    /// <param name="flat">The numbers.</param>
    /// <param name="layout">How they lie where they are of all parameters; null: as in the stream.</param>
    public static void Write(StateWriter writer, Tensor flat, ParameterLayout? layout = null)
    {
        using var host = flat.detach().cpu();
        var values = PinnedTensor.Span<float>(host);
        if (layout is { ChannelsLast: false })
        {
            var ordered = new float[values.Length];
            layout.Reorder(values, ordered, toFile: true);
            values = ordered;
        }

        writer.WriteSpan<float>(values);
    }

    public static void Read(StateReader reader, Tensor flat, ParameterLayout? layout = null)
    {
        using var noGrad = no_grad();
        using var host = zeros_like(flat, device: CPU);
        var values = PinnedTensor.Span<float>(host);
        reader.ReadSpan(values);
        if (layout is { ChannelsLast: false })
            layout.Reorder(values.ToArray(), values, toFile: false);
        flat.copy_(host);
    }
}
