namespace TorchSharp;

// The functions of Tensor.Activations.cs, tensor first.
public static partial class torch
{
    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
}
