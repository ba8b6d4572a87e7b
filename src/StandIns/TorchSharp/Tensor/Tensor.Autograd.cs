using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    // Gradients.
    public partial class Tensor
    {
        /// <summary>The accumulated gradient as a new handle on the same memory, or null; setting null drops it.</summary>
        public Tensor? grad
        {
            get
            {
                var result = NativeMethods.THSTensor_grad(Handle);
                GC.KeepAlive(this);
                if (result != IntPtr.Zero)
                    return new Tensor(result);
                CheckForErrors();
                return null;
            }

            set => Done(NativeMethods.THSTensor_set_grad(Handle, HandleOrNull(value)), value);
        }

        public void backward() => Done(NativeMethods.THSTensor_backward(Handle));

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors!, retain_graph, create_graph, inputs!);

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public void retain_grad() => Done(NativeMethods.THSTensor_retain_grad(Handle));
    }
}
