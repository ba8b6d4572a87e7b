using FastDqn.Core;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>Flat float tensors to and from state streams, bit for bit, whatever device they lie on.</summary>
internal static class FlatState
{
    public static void Write(StateWriter writer, Tensor flat)
    {
        using var host = flat.detach().cpu();
        writer.WriteSpan<float>(PinnedTensor.Span<float>(host));
    }

    public static void Read(StateReader reader, Tensor flat)
    {
        using var noGrad = no_grad();
        using var host = zeros_like(flat, device: CPU);
        reader.ReadSpan(PinnedTensor.Span<float>(host));
        flat.copy_(host);
    }
}
