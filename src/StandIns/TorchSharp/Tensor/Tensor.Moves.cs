using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    // Between types and devices, and from tensor to tensor.
    public partial class Tensor
    {
        public Tensor cpu() => Wrap(NativeMethods.THSTensor_cpu(Handle), this);

        public Tensor cuda(Device? device = null, bool non_blocking = false)
        {
            if (device is not null && device.type != DeviceType.CUDA)
                throw new ArgumentException("Not a CUDA device.", nameof(device));
            return to(DeviceType.CUDA, device?.index ?? -1, non_blocking: non_blocking);
        }

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            After(Wrap(NativeMethods.THSTensor_to_type(Handle, (sbyte)type, copy, non_blocking), this), disposeAfter);

        public Tensor type_as(Tensor tensor) => to_type(tensor.dtype);

        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            InitializeDeviceType(deviceType);
            var result = Wrap(NativeMethods.THSTensor_to_device(Handle, (int)deviceType, deviceIndex, copy, non_blocking), this);
            return After(result, disposeAfter);
        }

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            InitializeDeviceType(device.type);
            var result = Wrap(NativeMethods.THSTensor_to_type_and_device(Handle, (sbyte)type, (int)device.type, device.index, copy, non_blocking), this);
            return After(result, disposeAfter);
        }

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to_type(type, copy, disposeAfter, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(device.type, device.index, copy, disposeAfter, non_blocking);

        public Tensor to(Tensor other, bool non_blocking = false) => to(other.dtype, other.device, non_blocking);

        public Tensor type(Func<Tensor, Tensor> typeFunc) => typeFunc(this);

        public Tensor type(ScalarType dtype) => to(dtype);

        public Tensor @bool() => to_type(ScalarType.Bool);

        public Tensor @byte() => to_type(ScalarType.Byte);

        public Tensor @char() => to_type(ScalarType.Int8);

        public Tensor @short() => to_type(ScalarType.Int16);

        public Tensor @int() => to_type(ScalarType.Int32);

        public Tensor @long() => to_type(ScalarType.Int64);

        public Tensor half() => to_type(ScalarType.Float16);

        public Tensor bfloat16() => to_type(ScalarType.BFloat16);

        public Tensor @float() => to_type(ScalarType.Float32);

        public Tensor @double() => to_type(ScalarType.Float64);

        public Tensor pin_memory() => Wrap(NativeMethods.THSTensor_pin_memory(Handle), this);

        public Tensor copy_(Tensor source, bool nonBlocking = false) =>
            Done(NativeMethods.THSTensor_copy_(Handle, source.Handle, nonBlocking), source);

        public Tensor set_(Tensor source) => Done(NativeMethods.THSTensor_set_(Handle, source.Handle), source);

        public Tensor fill_(Scalar value) => Done(NativeMethods.THSTensor_fill_(Handle, value.Value));

        public Tensor zero_() => Done(NativeMethods.THSTensor_zero_(Handle));

        private Tensor After(Tensor result, bool disposeAfter)
        {
            if (disposeAfter)
                Dispose();
            return result;
        }
    }
}
