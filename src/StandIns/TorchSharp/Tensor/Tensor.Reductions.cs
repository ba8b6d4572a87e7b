using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    // Sums, extremes, moments, cumulations and orders.
    public partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) =>
            Wrap(NativeMethods.THSTensor_sum(Handle, TypeOrNone(type)), this);

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => sum((ReadOnlySpan<long>)dim, keepdim, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) =>
            Wrap(NativeMethods.THSTensor_sum_dims(Handle, in First(dim), dim.Length, keepdim, TypeOrNone(type)), this);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);

        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1], keepdim, type);

        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1, dim2], keepdim, type);

        public Tensor mean() =>
            Wrap(NativeMethods.THSTensor_mean(Handle), this);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Wrap(NativeMethods.THSTensor_mean_dims(Handle, in First(dimensions), dimensions.Length, keepdim, TypeOrNone(type)), this);

        public Tensor prod(ScalarType? type = null) =>
            Wrap(NativeMethods.THSTensor_prod(Handle, TypeOrNone(type)), this);

        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) =>
            Wrap(NativeMethods.THSTensor_prod_dim(Handle, dim, keepdim, TypeOrNone(type)), this);

        public Tensor max() =>
            Wrap(NativeMethods.THSTensor_max(Handle), this);

        public Tensor max(Tensor other) => maximum(other);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) =>
            WrapPair(NativeMethods.THSTensor_max_dim(Handle, dim, keepdim, out var second), second);

        public Tensor min() =>
            Wrap(NativeMethods.THSTensor_min(Handle), this);

        public Tensor min(Tensor other) => minimum(other);

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) =>
            WrapPair(NativeMethods.THSTensor_min_dim(Handle, dim, keepdim, out var second), second);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) => amax((ReadOnlySpan<long>)dims, keepdim, @out);

        public Tensor amax(params long[] dims) => amax((ReadOnlySpan<long>)dims, false, null);

        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => Wrap(@out is null
                    ? NativeMethods.THSTensor_amax(Handle, in First(dims), dims.Length, keepdim)
                    : NativeMethods.THSTensor_amax_out(Handle, in First(dims), dims.Length, keepdim, @out.Handle), this, @out);

        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => Wrap(@out is null
                    ? NativeMethods.THSTensor_amin(Handle, in First(dims), dims.Length, keepdim)
                    : NativeMethods.THSTensor_amin_out(Handle, in First(dims), dims.Length, keepdim, @out.Handle), this, @out);

        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) => amin((ReadOnlySpan<long>)dims, keepdim, @out);

        public Tensor amin(params long[] dims) => amin((ReadOnlySpan<long>)dims, false, null);

        public (Tensor min, Tensor max) aminmax(long? dim = null, bool keepdim = false) => WrapPair(NativeMethods.THSTensor_aminmax(Handle, ScalarValue.Of(dim), keepdim, out var second), second);

        public Tensor argmax() =>
            Wrap(NativeMethods.THSTensor_argmax(Handle), this);

        public Tensor argmax(long dim, bool keepdim = false) =>
            Wrap(NativeMethods.THSTensor_argmax_dim(Handle, dim, keepdim), this);

        public Tensor argmin() =>
            Wrap(NativeMethods.THSTensor_argmin(Handle), this);

        public Tensor argmin(long dim, bool keepdim = false) =>
            Wrap(NativeMethods.THSTensor_argmin_dim(Handle, dim, keepdim), this);

        public Tensor all() =>
            Wrap(NativeMethods.THSTensor_all(Handle), this);

        public Tensor all(long dim, bool keepdim = false) =>
            Wrap(NativeMethods.THSTensor_all_dim(Handle, dim, keepdim), this);

        public Tensor any() =>
            Wrap(NativeMethods.THSTensor_any(Handle), this);

        public Tensor any(long dim, bool keepdim = false) =>
            Wrap(NativeMethods.THSTensor_any_dim(Handle, dim, keepdim), this);

        public Tensor std(bool unbiased = true) =>
            Wrap(NativeMethods.THSTensor_std(Handle, unbiased), this);

        public Tensor std(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Wrap(NativeMethods.THSTensor_std_dims(Handle, in First(dimensions), dimensions.Length, unbiased, keepdim, TypeOrNone(type)), this);

        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std((ReadOnlySpan<long>)dimensions, unbiased, keepdim, type);

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std([dim], unbiased, keepdim, type);

        public Tensor std((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std([dim.Item1, dim.Item2], unbiased, keepdim, type);

        public Tensor std((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std([dim.Item1, dim.Item2, dim.Item3], unbiased, keepdim, type);

        public Tensor @var(bool unbiased = true) =>
            Wrap(NativeMethods.THSTensor_var(Handle, unbiased), this);

        public Tensor @var(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Wrap(NativeMethods.THSTensor_var_dims(Handle, in First(dimensions), dimensions.Length, unbiased, keepdim, TypeOrNone(type)), this);

        public Tensor @var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var((ReadOnlySpan<long>)dimensions, unbiased, keepdim, type);

        public Tensor @var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var([dim], unbiased, keepdim, type);

        public Tensor @var((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var([dim.Item1, dim.Item2], unbiased, keepdim, type);

        public Tensor @var((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var([dim.Item1, dim.Item2, dim.Item3], unbiased, keepdim, type);

        public (Tensor std, Tensor mean) std_mean(bool unbiased = true) =>
            WrapPair(NativeMethods.THSTensor_std_mean(Handle, unbiased, out var second), second);

        public (Tensor std, Tensor mean) std_mean(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std_mean((ReadOnlySpan<long>)dimensions, unbiased, keepdim, type);

        public (Tensor std, Tensor mean) std_mean(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            WrapPair(NativeMethods.THSTensor_std_mean_dims(Handle, in First(dimensions), dimensions.Length, unbiased, keepdim, TypeOrNone(type), out var second), second);

        public (Tensor std, Tensor mean) std_mean(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std_mean([dim], unbiased, keepdim, type);

        public (Tensor std, Tensor mean) std_mean((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std_mean([dim.Item1, dim.Item2], unbiased, keepdim, type);

        public (Tensor std, Tensor mean) std_mean((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std_mean([dim.Item1, dim.Item2, dim.Item3], unbiased, keepdim, type);

        public (Tensor var, Tensor mean) var_mean(bool unbiased = true) =>
            WrapPair(NativeMethods.THSTensor_var_mean(Handle, unbiased, out var second), second);

        public (Tensor std, Tensor mean) var_mean(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var_mean((ReadOnlySpan<long>)dimensions, unbiased, keepdim, type);

        public (Tensor std, Tensor mean) var_mean(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            WrapPair(NativeMethods.THSTensor_var_mean_dims(Handle, in First(dimensions), dimensions.Length, unbiased, keepdim, TypeOrNone(type), out var second), second);

        public (Tensor var, Tensor mean) var_mean(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var_mean([dim], unbiased, keepdim, type);

        public (Tensor var, Tensor mean) var_mean((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var_mean([dim.Item1, dim.Item2], unbiased, keepdim, type);

        public (Tensor var, Tensor mean) var_mean((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var_mean([dim.Item1, dim.Item2, dim.Item3], unbiased, keepdim, type);

        public Tensor norm(float p = 2f) =>
            Wrap(NativeMethods.THSTensor_norm(Handle, p), this);

        public Tensor norm(int dim, bool keepdim = false, float p = 2f) =>
            Wrap(NativeMethods.THSTensor_norm_dim_number(Handle, dim, keepdim, p), this);

        public Tensor median() =>
            Wrap(NativeMethods.THSTensor_median(Handle), this);

        public Tensor cumsum(long dim, ScalarType? type = null) =>
            Wrap(NativeMethods.THSTensor_cumsum(Handle, dim, TypeOrNone(type)), this);

        public Tensor cumprod(long dim, ScalarType? type = null) =>
            Wrap(NativeMethods.THSTensor_cumprod(Handle, dim, TypeOrNone(type)), this);

        public (Tensor values, Tensor indexes) cummax(long dim) =>
            WrapPair(NativeMethods.THSTensor_cummax(Handle, dim, out var second), second);

        public (Tensor values, Tensor indexes) cummin(long dim) =>
            WrapPair(NativeMethods.THSTensor_cummin(Handle, dim, out var second), second);

        public Tensor logsumexp(long dim, bool keepdim = false) =>
            Wrap(NativeMethods.THSTensor_logsumexp(Handle, dim, keepdim), this);

        public Tensor logcumsumexp(long dim) =>
            Wrap(NativeMethods.THSTensor_logcumsumexp(Handle, dim), this);

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            WrapPair(NativeMethods.THSTensor_sort(Handle, dim, descending, stable, out var second), second);

        public Tensor argsort(long dim = -1, bool descending = false) =>
            Wrap(NativeMethods.THSTensor_argsort(Handle, dim, descending), this);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            WrapPair(NativeMethods.THSTensor_topk(Handle, k, dim, largest, sorted, out var second), second);

        public (Tensor values, Tensor indices) kthvalue(long k, long? dim, bool keepdim = false) =>
            WrapPair(NativeMethods.THSTensor_kthvalue(Handle, k, ScalarValue.Of(dim), keepdim, out var second), second);

        public (Tensor values, Tensor indices) mode(long dim = -1, bool keepdim = false) =>
            WrapPair(NativeMethods.THSTensor_mode(Handle, dim, keepdim, out var second), second);

        public Tensor nansum() =>
            Wrap(NativeMethods.THSTensor_nansum(Handle), this);

        public Tensor nanmean(int? dim = null, bool keepdim = false, ScalarType? dtype = null) => Wrap(NativeMethods.THSTensor_nanmean(Handle, ScalarValue.Of(dim), keepdim, TypeOrNone(dtype)), this);

        public Tensor nanmedian() =>
            Wrap(NativeMethods.THSTensor_nanmedian(Handle), this);

        public Tensor count_nonzero(long[]? dims = null) => Wrap(NativeMethods.THSTensor_count_nonzero(Handle, in First(dims), dims?.Length ?? 0), this);

        public Tensor dist(Tensor other, float p = 2f) =>
            Wrap(NativeMethods.THSTensor_dist(Handle, other.Handle, p), this, other);

        public Tensor diff(long n = 1, long dim = -1, Tensor? prepend = null, Tensor? append = null) =>
            Wrap(NativeMethods.THSTensor_diff(Handle, n, dim, HandleOrNull(prepend), HandleOrNull(append)), this, prepend, append);

        public Tensor msort() =>
            Wrap(NativeMethods.THSTensor_msort(Handle), this);

        public Tensor histc(long bins = 100, long min = 0, long max = 0) =>
            Wrap(NativeMethods.THSTensor_histc(Handle, bins, min, max), this);

        public Tensor bincount(Tensor? weights, long minlength = 0) =>
            Wrap(NativeMethods.THSTensor_bincount(Handle, HandleOrNull(weights), minlength), this, weights);

        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) =>
            Wrap(NativeMethods.THSTensor_quantile(Handle, q.Handle, dim, keepdim), this, q);

        public Tensor nanquantile(Tensor q, long dim = -1, bool keepdim = false) =>
            Wrap(NativeMethods.THSTensor_nanquantile(Handle, q.Handle, dim, keepdim), this, q);
    }
}
