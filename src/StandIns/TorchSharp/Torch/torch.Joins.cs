using System.Runtime.InteropServices;
using TorchSharp.PInvoke;

namespace TorchSharp;

// Joining tensors, and the functions that stand beside their methods.
public static partial class torch
{
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Cat(Handles(tensors), dim, tensors);

    public static Tensor cat(Tensor[] tensors, long dim = 0) => Cat(Handles(tensors), dim, tensors);

    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);

    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);

    public static Tensor concat(Tensor[] tensors, long dim = 0) => cat(tensors, dim);

    public static Tensor concat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors, dim);

    public static Tensor concatenate(IList<Tensor> tensors, long axis = 0) => cat(tensors, axis);

    public static Tensor concatenate(Tensor[] tensors, long axis = 0) => cat(tensors, axis);

    public static Tensor concatenate(ReadOnlySpan<Tensor> tensors, long axis = 0) => cat(tensors, axis);

    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0)
    {
        var list = tensors as IReadOnlyList<Tensor> ?? [.. tensors];
        var handles = Handles(list);
        return Tensor.Wrap(NativeMethods.THSTensor_stack(in First(handles), handles.Length, dim), list);
    }

    public static Tensor hstack(IList<Tensor> tensors)
    {
        var handles = Handles(tensors);
        return Tensor.Wrap(NativeMethods.THSTensor_hstack(in First(handles), handles.Length), tensors);
    }

    public static Tensor hstack(params Tensor[] tensors) => hstack((IList<Tensor>)tensors);

    public static Tensor hstack(IEnumerable<Tensor> tensors) => hstack((IList<Tensor>)[.. tensors]);

    public static Tensor hstack(ReadOnlySpan<Tensor> tensors) => hstack((IList<Tensor>)tensors.ToArray());

    public static Tensor vstack(IList<Tensor> tensors)
    {
        var handles = Handles(tensors);
        return Tensor.Wrap(NativeMethods.THSTensor_vstack(in First(handles), handles.Length), tensors);
    }

    public static Tensor vstack(Tensor[] tensors) => vstack((IList<Tensor>)tensors);

    public static Tensor vstack(ReadOnlySpan<Tensor> tensors) => vstack((IList<Tensor>)tensors.ToArray());

    public static Tensor einsum(string equation, params Tensor[] tensors)
    {
        var handles = Handles(tensors);
        return Tensor.Wrap(NativeMethods.THSTensor_einsum(equation, in First(handles), handles.Length), tensors);
    }

    public static Tensor where(Tensor condition, Tensor x, Tensor y) => x.where(condition, y);

    public static unsafe Tensor[] where(Tensor condition)
    {
        var handles = NativeMethods.THSTensor_where_list(condition.Handle, out var count);
        GC.KeepAlive(condition);
        return Tensor.WrapHandles((IntPtr)handles, count);
    }

    public static bool allclose(Tensor tensor, Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
        tensor.allclose(target, rtol, atol, equal_nan);

    public static Tensor movedim(Tensor input, long source, long destination) => input.movedim([source], [destination]);

    internal static IntPtr[] Handles(IEnumerable<Tensor>? tensors) => tensors switch
    {
        null => [],
        IReadOnlyList<Tensor> list => Tensor.HandlesOf(list),
        _ => Tensor.HandlesOf([.. tensors]),
    };

    internal static ref readonly IntPtr First(IntPtr[] handles) => ref MemoryMarshal.GetArrayDataReference(handles);

    private static Tensor Cat(IntPtr[] handles, long dim, object tensors) =>
        Tensor.Wrap(NativeMethods.THSTensor_cat(in First(handles), handles.Length, dim), tensors);
}
