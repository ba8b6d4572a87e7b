using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    // What a tensor is: sizes, type, place, gradient flags.
    public partial class Tensor
    {
        public long Dimensions => Kept(NativeMethods.THSTensor_ndimension(Handle));

        public long ndim => Dimensions;

        public long NumberOfElements => Kept(NativeMethods.THSTensor_numel(Handle));

        public long ElementSize => Kept(NativeMethods.THSTensor_element_size(Handle));

        public long[] shape => size();

        public ScalarType dtype => (ScalarType)Kept(NativeMethods.THSTensor_type(Handle));

        public Device device => device_type == DeviceType.CPU
            ? new Device(DeviceType.CPU)
            : new Device(device_type, device_index);

        public int device_index => (int)Kept(NativeMethods.THSTensor_device_index(Handle));

        public DeviceType device_type => (DeviceType)Kept(NativeMethods.THSTensor_device_type(Handle));

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_leaf => Kept(NativeMethods.THSTensor_is_leaf(Handle));

        public bool requires_grad
        {
            get => Kept(NativeMethods.THSTensor_requires_grad(Handle));
            set => Done(NativeMethods.THSTensor_set_requires_grad(Handle, value));
        }

        /// <summary>The transpose of a matrix.</summary>
        public Tensor T => Dimensions == 2 ? t() : permute([.. Enumerable.Range(0, (int)Dimensions).Select(i => Dimensions - 1 - i)]);

        /// <summary>The last two axes exchanged.</summary>
        public Tensor mT => transpose(-2, -1);

        public long dim() => Dimensions;

        public long numel() => NumberOfElements;

        public long element_size() => ElementSize;

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_nonzero()
        {
            var result = NativeMethods.THSTensor_is_nonzero(Handle);
            if (!result)
                CheckForErrors();
            return Kept(result);
        }

        public long size(int dim)
        {
            var result = NativeMethods.THSTensor_size(Handle, dim);
            if (result < 0)
                CheckForErrors();
            return Kept(result);
        }

        public long[] size()
        {
            var result = new long[Dimensions];
            if (result.Length > 0)
                NativeMethods.THSTensor_sizes(Handle, out result[0]);
            GC.KeepAlive(this);
            return result;
        }

        public long[] stride()
        {
            var result = new long[Dimensions];
            if (result.Length > 0)
                NativeMethods.THSTensor_strides(Handle, out result[0]);
            GC.KeepAlive(this);
            return result;
        }

        public long stride(int dim)
        {
            var result = NativeMethods.THSTensor_stride(Handle, dim);
            if (result < 0)
                CheckForErrors();
            return Kept(result);
        }

        public long storage_offset() => Kept(NativeMethods.THSTensor_storage_offset(Handle));

        public bool is_contiguous() => Kept(NativeMethods.THSTensor_is_contiguous(Handle));

        public bool is_pinned() => Kept(NativeMethods.THSTensor_is_pinned(Handle));

        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false)
        {
            var result = NativeMethods.THSTensor_allclose(Handle, target.Handle, rtol, atol, equal_nan);
            if (!result)
                CheckForErrors();
            GC.KeepAlive(target);
            return Kept(result);
        }

        // The value after the collector was told that the tensor was in use until now.
        private TValue Kept<TValue>(TValue value)
            where TValue : unmanaged
        {
            GC.KeepAlive(this);
            return value;
        }
    }
}
