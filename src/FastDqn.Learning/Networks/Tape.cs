using System.Runtime.InteropServices;
using FastDqn.Learning.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Networks;

/// <summary>
/// Remembers the layers that ran on our kernels, for the backward pass. libtorch's autograd sees the output of each as
/// a leaf: it differentiates the loss and whatever lies between two such layers, the tape takes the gradients on from
/// leaf to leaf.
/// </summary>
internal sealed class Tape
{
    private readonly List<Entry> _entries = [];
    private readonly HashSet<int> _written = []; // parameters whose gradients a backward pass has been at

    /// <summary>
    /// <paramref name="x"/> as a layer's input. What libtorch has computed is cut off as a leaf of its own; that must
    /// be done once for a tensor that two layers take, because libtorch goes through a piece of its graph once.
    /// </summary>
    public Tensor Leaf(Tensor x)
    {
        if (!x.requires_grad || x.is_leaf)
            return x;
        var leaf = x.detach().requires_grad_(true);
        _entries.Add(new Entry { X = x, Y = leaf });
        return leaf;
    }

    /// <summary>
    /// Remembers that <paramref name="layer"/> made <paramref name="y"/> of <paramref name="x"/>, which is a leaf.
    /// </summary>
    public void Add(IKernelLayer layer, ParameterSet parameters, Tensor x, Tensor y, Tensor? kept = null)
    {
        y.requires_grad = true;
        _entries.Add(new Entry { Layer = layer, Parameters = parameters, X = x, Y = y, Kept = kept });
    }

    /// <summary>
    /// Differentiates <paramref name="loss"/>: gradients of parameters go where the layers' parameter sets keep them.
    /// </summary>
    public void Backward(Tensor loss, KernelPool pool)
    {
        try
        {
            loss.backward();
            for (var i = _entries.Count - 1; i >= 0; i--)
                Backward(i, pool);
        }
        finally
        {
            _entries.Clear();
            _written.Clear();
        }
    }

    private void Backward(int index, KernelPool pool)
    {
        ref var entry = ref At(index);
        var dy = Sum(entry.Gradient, entry.Y.grad);
        if (dy is null)
            return;
        if (entry.Layer is null)
        {
            entry.X.backward([dy]);
            return;
        }

        var dx = entry.X.requires_grad ? empty_like(entry.X) : null;
        if (IsFirst(entry.Layer))
            entry.Layer.Backward(entry, pool, dy, dx);
        else
            BackwardAgain(entry, pool, dy, dx);
        dy.Dispose();
        if (dx is null)
            return;
        // X is the output of an earlier entry.
        var source = index - 1;
        while (!ReferenceEquals(At(source).Y, entry.X))
            source--;
        At(source).Gradient = Sum(At(source).Gradient, dx);
    }

    /// <summary>Whether no later layer has the parameters; from now on this one has been at their gradients.</summary>
    private bool IsFirst(IKernelLayer layer)
    {
        var first = true;
        foreach (var parameter in layer.Trained)
            first &= parameter < 0 || _written.Add(parameter);
        return first;
    }

    /// <summary>The gradients of parameters that several layers share, or one that ran several times, add up.</summary>
    private static void BackwardAgain(in Entry entry, KernelPool pool, Tensor dy, Tensor? dx)
    {
        var (layer, parameters) = (entry.Layer!, entry.Parameters!);
        var before = new Tensor?[layer.Trained.Length];
        using var noGrad = no_grad();
        for (var i = 0; i < before.Length; i++)
            before[i] = layer.Trained[i] < 0 ? null : parameters.GradientOf(layer.Trained[i]).clone();
        layer.Backward(entry, pool, dy, dx);
        for (var i = 0; i < before.Length; i++)
        {
            if (before[i] is { } gradient)
                parameters.GradientOf(layer.Trained[i]).Add(gradient);
        }
    }

    private static Tensor? Sum(Tensor? first, Tensor? second) => second is null ? first : first is null ? second : first.Add(second);

    private ref Entry At(int index) => ref CollectionsMarshal.AsSpan(_entries)[index];

    /// <summary>
    /// One layer's run: input, output, and what else its backward pass needs. Without a layer a piece of libtorch's
    /// graph ends at X.
    /// </summary>
    internal struct Entry
    {
        public IKernelLayer? Layer;
        public ParameterSet? Parameters;
        public Tensor X;
        public Tensor Y;
        public Tensor? Kept;

        /// <summary>What later entries pass back to Y; libtorch keeps its own share at the tensor.</summary>
        public Tensor? Gradient;
    }
}
