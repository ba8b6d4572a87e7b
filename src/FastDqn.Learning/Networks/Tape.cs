using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>
/// Remembers the layers that ran on our kernels, for the backward pass. libtorch's autograd sees the output of each as a leaf: it
/// differentiates the loss and whatever lies between two such layers, the tape takes the gradients on from leaf to leaf.
/// </summary>
internal sealed class Tape
{
    private readonly List<Entry> _entries = [];

    /// <summary>
    /// <paramref name="x"/> as a layer's input. What libtorch has computed is cut off as a leaf of its own; that must be done once for a
    /// tensor that two layers take, because libtorch goes through a piece of its graph once.
    /// </summary>
    public Tensor Leaf(Tensor x)
    {
        if (!x.requires_grad || x.is_leaf)
            return x;
        var leaf = x.detach().requires_grad_(true);
        _entries.Add(new Entry(null, null, x, leaf, null, true));
        return leaf;
    }

    /// <summary>Remembers that <paramref name="layer"/> made <paramref name="y"/> of <paramref name="x"/>, which is a leaf.</summary>
    public void Add(IKernelLayer layer, ParameterSet parameters, Tensor x, Tensor y, Tensor? kept = null)
    {
        y.requires_grad = true;
        _entries.Add(new Entry(layer, parameters, x, y, kept, x.requires_grad));
    }

    /// <summary>Differentiates <paramref name="loss"/>: gradients of parameters go where the layers' parameter sets keep them.</summary>
    public void Backward(Tensor loss, KernelPool pool)
    {
        loss.backward();
        for (var i = _entries.Count - 1; i >= 0; i--)
        {
            var entry = _entries[i];
            if (entry.Y.grad is not { } dy)
                continue;
            if (entry.Layer is null)
            {
                entry.X.backward([dy]);
                continue;
            }

            using var noGrad = no_grad();
            var dx = entry.WantsX ? empty_like(entry.X) : null;
            entry.Layer.Backward(entry, pool, dy, dx);
            if (dx is null)
                continue;
            if (entry.X.grad is { } before)
                before.add_(dx);
            else
                entry.X.grad = dx;
        }

        _entries.Clear();
    }

    /// <summary>One layer's run: input, output, and what else its backward pass needs. Without a layer a piece of libtorch's graph ends at X.</summary>
    internal readonly record struct Entry(IKernelLayer? Layer, ParameterSet? Parameters, Tensor X, Tensor Y, Tensor? Kept, bool WantsX);
}
