using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    // Picking, gathering and scattering.
    public partial class Tensor
    {
        public Tensor select(long dim, long index) =>
            Wrap(NativeMethods.THSTensor_select(Handle, dim, index), this);

        public Tensor narrow(long dim, long start, long length) =>
            Wrap(NativeMethods.THSTensor_narrow(Handle, dim, start, length), this);

        public Tensor slice(long dim, long start, long finish, long step) =>
            Wrap(NativeMethods.THSTensor_slice(Handle, dim, start, finish, step), this);

        public Tensor index_select(long dim, Tensor index) =>
            Wrap(NativeMethods.THSTensor_index_select(Handle, dim, index.Handle), this, index);

        public Tensor gather(long dim, Tensor index) =>
            Wrap(NativeMethods.THSTensor_gather(Handle, dim, index.Handle), this, index);

        public Tensor scatter(long dim, Tensor index, Tensor src) =>
            Wrap(NativeMethods.THSTensor_scatter(Handle, dim, index.Handle, src.Handle), this, index, src);

        public Tensor scatter_(long dim, Tensor index, Tensor src) =>
            Done(NativeMethods.THSTensor_scatter_(Handle, dim, index.Handle, src.Handle), index, src);

        public Tensor scatter_add(long dim, Tensor index, Tensor src) =>
            Wrap(NativeMethods.THSTensor_scatter_add(Handle, dim, index.Handle, src.Handle), this, index, src);

        public Tensor scatter_add_(long dim, Tensor index, Tensor src) =>
            Done(NativeMethods.THSTensor_scatter_add_(Handle, dim, index.Handle, src.Handle), index, src);

        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Wrap(NativeMethods.THSTensor_index_add(Handle, dim, index.Handle, source.Handle, alpha.Value), this, index, source);

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Done(NativeMethods.THSTensor_index_add_(Handle, dim, index.Handle, source.Handle, alpha.Value), index, source);

        public Tensor index_copy(long dim, Tensor index, Tensor source) =>
            Wrap(NativeMethods.THSTensor_index_copy(Handle, dim, index.Handle, source.Handle), this, index, source);

        public Tensor index_copy_(long dim, Tensor index, Tensor source) =>
            Done(NativeMethods.THSTensor_index_copy_(Handle, dim, index.Handle, source.Handle), index, source);

        public Tensor index_fill(long dim, Tensor index, Scalar value) =>
            Wrap(NativeMethods.THSTensor_index_fill(Handle, dim, index.Handle, value.Value), this, index);

        public Tensor index_fill_(long dim, Tensor index, Scalar value) =>
            Done(NativeMethods.THSTensor_index_fill_(Handle, dim, index.Handle, value.Value), index);

        public Tensor masked_fill(Tensor mask, Scalar value) =>
            Wrap(NativeMethods.THSTensor_masked_fill(Handle, mask.Handle, value.Value), this, mask);

        public Tensor masked_fill_(Tensor mask, Scalar value) =>
            Done(NativeMethods.THSTensor_masked_fill_(Handle, mask.Handle, value.Value), mask);

        public Tensor masked_select(Tensor mask) =>
            Wrap(NativeMethods.THSTensor_masked_select(Handle, mask.Handle), this, mask);

        public Tensor masked_scatter(Tensor mask, Tensor value) =>
            Wrap(NativeMethods.THSTensor_masked_scatter(Handle, mask.Handle, value.Handle), this, mask, value);

        public Tensor masked_scatter_(Tensor mask, Tensor value) =>
            Done(NativeMethods.THSTensor_masked_scatter_(Handle, mask.Handle, value.Handle), mask, value);

        public Tensor where(Tensor condition, Tensor y) =>
            Wrap(NativeMethods.THSTensor_where(Handle, condition.Handle, y.Handle), this, condition, y);

        public Tensor take(Tensor index) =>
            Wrap(NativeMethods.THSTensor_take(Handle, index.Handle), this, index);

        public Tensor take_along_dim(Tensor indices) =>
            Wrap(NativeMethods.THSTensor_take_along_dim(Handle, indices.Handle), this, indices);

        public Tensor take_along_dim(IEnumerable<long> indices) => take_along_dim(torch.tensor(indices.ToArray()));

        public Tensor take_along_dim(Tensor indices, long dim) =>
            Wrap(NativeMethods.THSTensor_take_along_dim_dim(Handle, indices.Handle, dim), this, indices);

        public Tensor take_along_dim(IEnumerable<long> indices, long dim) => take_along_dim(torch.tensor(indices.ToArray()), dim);

        public Tensor nonzero() =>
            Wrap(NativeMethods.THSTensor_nonzero(Handle), this);

        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) =>
            Wrap(NativeMethods.THSTensor_diagonal(Handle, offset, dim1, dim2), this);

        public Tensor diag(long diagonal = 0) =>
            Wrap(NativeMethods.THSTensor_diag(Handle, diagonal), this);

        public Tensor tril(long diagonal = 0) =>
            Wrap(NativeMethods.THSTensor_tril(Handle, diagonal), this);

        public Tensor tril_(long diagonal = 0) =>
            Done(NativeMethods.THSTensor_tril_(Handle, diagonal));

        public Tensor triu(long diagonal = 0) =>
            Wrap(NativeMethods.THSTensor_triu(Handle, diagonal), this);

        public Tensor triu_(long diagonal = 0) =>
            Done(NativeMethods.THSTensor_triu_(Handle, diagonal));

        public Tensor roll(long shifts, long? dims = null) => Wrap(NativeMethods.THSTensor_roll(Handle, in shifts, 1, in First(dims is { } d ? [d] : []), dims.HasValue ? 1 : 0), this);

        public Tensor roll((long, long) shifts, (long, long) dims) => roll([shifts.Item1, shifts.Item2], [dims.Item1, dims.Item2]);

        public Tensor roll(long[] shifts, long[] dims) => roll((ReadOnlySpan<long>)shifts, dims);

        public Tensor roll(long[] shifts) => roll((ReadOnlySpan<long>)shifts, [0]);

        public Tensor roll((long, long, long) shifts, (long, long, long) dims) => roll([shifts.Item1, shifts.Item2, shifts.Item3], [dims.Item1, dims.Item2, dims.Item3]);

        public Tensor roll(ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default) =>
            Wrap(NativeMethods.THSTensor_roll(Handle, in First(shifts), shifts.Length, in First(dims), dims.Length), this);

        public Tensor flip(params long[] dims) =>
            Wrap(NativeMethods.THSTensor_flip(Handle, in First(dims), dims.Length), this);

        public unsafe Tensor[] split(long size, int dim = 0) =>
            WrapList(NativeMethods.THSTensor_split(Handle, size, dim, out var count), count);

        public unsafe Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) =>
            WrapList(NativeMethods.THSTensor_split_dims_dim(Handle, in First(sizes), sizes.Length, dim, out var count), count);

        public Tensor[] split(long[] sizes, long dim = 0) => split((ReadOnlySpan<long>)sizes, dim);

        public Tensor[] split(params long[] sizes) => split((ReadOnlySpan<long>)sizes);

        public unsafe Tensor[] chunk(long chunks, long dim = 0) =>
            WrapList(NativeMethods.THSTensor_chunk(Handle, chunks, dim, out var count), count);

        public unsafe Tensor[] unbind(long dimension = 0) =>
            WrapList(NativeMethods.THSTensor_unbind(Handle, dimension, out var count), count);

        public unsafe Tensor[] tensor_split(long size, long dim = 0) =>
            WrapList(NativeMethods.THSTensor_tensor_split(Handle, size, dim, out var count), count);

        public unsafe Tensor[] tensor_split(long[] sizes, long dim = 0) =>
            WrapList(NativeMethods.THSTensor_tensor_split_dims_dim(Handle, in First(sizes), sizes.Length, dim, out var count), count);

        public unsafe Tensor[] tensor_split(Tensor indices, long dim = 0) =>
            WrapList(NativeMethods.THSTensor_tensor_split_dim(Handle, indices.Handle, dim, out var count), count, indices);

        public Tensor select_scatter(Tensor src, long dim, long index) =>
            Wrap(NativeMethods.THSTensor_select_scatter(Handle, src.Handle, dim, index), this, src);
    }
}
