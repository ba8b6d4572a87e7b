using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Gradients of several tensors at once.</summary>
    public static partial class autograd
    {
        /// <summary>The gradients of outputs to inputs, which are not accumulated anywhere.</summary>
        public static unsafe IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            IntPtr[] of = Handles(outputs), by = Handles(inputs), from = Handles(grad_outputs);
            var handles = NativeMethods.THSAutograd_grad(in First(of), of.Length, in First(by), by.Length, in First(from), from.Length, retain_graph, create_graph, allow_unused, out var count);
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return Tensor.WrapHandles((IntPtr)handles, count);
        }

        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            IntPtr[] of = Handles(tensors), from = Handles(grad_tensors), by = Handles(inputs);
            Check(NativeMethods.THSAutograd_backward(in First(of), of.Length, in First(from), from.Length, retain_graph ?? create_graph, create_graph, in First(by), by.Length));
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);
    }
}
