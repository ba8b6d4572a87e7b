using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    // Views, copies and joins of shapes.
    public partial class Tensor
    {
        public Tensor reshape(params long[] shape) =>
            Wrap(NativeMethods.THSTensor_reshape(Handle, in First(shape), shape.Length), this);

        public Tensor view(params long[] shape) =>
            Wrap(NativeMethods.THSTensor_view(Handle, in First(shape), shape.Length), this);

        public Tensor view_as(Tensor other) => view(other.shape);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) =>
            Wrap(NativeMethods.THSTensor_flatten(Handle, start_dim, end_dim), this);

        public Tensor unflatten(long dim, params long[] sizes) =>
            Wrap(NativeMethods.THSTensor_unflatten(Handle, dim, in First(sizes), sizes.Length), this);

        public Tensor squeeze(long? dim = null) =>
            Wrap(NativeMethods.THSTensor_squeeze(Handle, ScalarValue.Of(dim)), this);

        public Tensor squeeze_(long? dim = null) =>
            Done(NativeMethods.THSTensor_squeeze_(Handle, ScalarValue.Of(dim)));

        public Tensor unsqueeze(long dim) =>
            Wrap(NativeMethods.THSTensor_unsqueeze(Handle, dim), this);

        public Tensor unsqueeze_(long dim) =>
            Done(NativeMethods.THSTensor_unsqueeze_(Handle, dim));

        public Tensor transpose(long dim0, long dim1) =>
            Wrap(NativeMethods.THSTensor_transpose(Handle, dim0, dim1), this);

        public Tensor transpose_(long dim0, long dim1) =>
            Done(NativeMethods.THSTensor_transpose_(Handle, dim0, dim1));

        public Tensor t() =>
            Wrap(NativeMethods.THSTensor_t(Handle), this);

        public Tensor swapdims(long dim0, long dim1) => transpose(dim0, dim1);

        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);

        public Tensor permute(params long[] permutation) =>
            Wrap(NativeMethods.THSTensor_permute(Handle, in First(permutation), permutation.Length), this);

        public Tensor permute(IEnumerable<long> permutation) => permute(permutation.ToArray());

        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) =>
            Wrap(NativeMethods.THSTensor_expand(Handle, in First(sizes), sizes.Length, isImplicit), this);

        public Tensor expand(long[] sizes, bool isImplicit = false) => expand((ReadOnlySpan<long>)sizes, isImplicit);

        public Tensor expand(params long[] sizes) => expand((ReadOnlySpan<long>)sizes, false);

        public Tensor expand_as(Tensor other) => expand(other.shape);

        public Tensor repeat(params long[] sizes) =>
            Wrap(NativeMethods.THSTensor_repeat(Handle, in First(sizes), sizes.Length), this);

        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) =>
            Wrap(NativeMethods.THSTensor_repeat_interleave(Handle, repeats.Handle, ScalarValue.Of(dim), ScalarValue.Of(output_size)), this, repeats);

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Wrap(NativeMethods.THSTensor_repeat_interleave_int_dim_int(Handle, repeats, ScalarValue.Of(dim), ScalarValue.Of(output_size)), this);

        public Tensor broadcast_to(params long[] shape) =>
            Wrap(NativeMethods.THSTensor_broadcast_to(Handle, in First(shape), shape.Length), this);

        public Tensor tile(long[] reps) =>
            Wrap(NativeMethods.THSTensor_tile(Handle, in First(reps), reps.Length), this);

        public Tensor movedim(long[] source, long[] destination) =>
            Wrap(NativeMethods.THSTensor_movedim(Handle, in First(source), source.Length, in First(destination), destination.Length), this);

        public Tensor moveaxis(long[] source, long[] destination) => movedim(source, destination);

        public Tensor unfold(long dimension, long size, long step) =>
            Wrap(NativeMethods.THSTensor_unfold(Handle, dimension, size, step), this);

        public Tensor ravel() =>
            Wrap(NativeMethods.THSTensor_ravel(Handle), this);

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) =>
            Wrap(NativeMethods.THSTensor_as_strided(Handle, in First(size), size.Length, in First(strides), strides.Length, storageOffset), this);

        public Tensor alias() =>
            Wrap(NativeMethods.THSTensor_alias(Handle), this);

        public Tensor clone() =>
            Wrap(NativeMethods.THSTensor_clone(Handle), this);

        public Tensor contiguous() =>
            Wrap(NativeMethods.THSTensor_contiguous(Handle), this);

        public Tensor detach() =>
            Wrap(NativeMethods.THSTensor_detach(Handle), this);

        public Tensor detach_() =>
            Done(NativeMethods.THSTensor_detach_(Handle));

        public Tensor atleast_1d() =>
            Wrap(NativeMethods.THSTensor_atleast_1d(Handle), this);

        public Tensor atleast_2d() =>
            Wrap(NativeMethods.THSTensor_atleast_2d(Handle), this);
    }
}
