using TorchSharp.PInvoke;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    // Elements in managed hands.
    public partial class Tensor
    {
        /// <summary>The elements' bytes, in place; the tensor must outlive the span.</summary>
        /// <exception cref="InvalidOperationException">The tensor is not contiguous or not in CPU memory.</exception>
        public Span<byte> bytes
        {
            get => Bytes();
            set
            {
                var target = Bytes();
                if (target.Length != value.Length)
                    throw new ArgumentException("Mismatched data sizes in SetBytes().");
                value.CopyTo(target);
            }
        }

        /// <summary>An accessor of the elements, of a copy where the tensor is not in CPU memory.</summary>
        /// <exception cref="ArgumentException">T is not the tensor's element type.</exception>
        public TensorAccessor<T> data<T>()
            where T : unmanaged
        {
            ValidateType(typeof(T));
            return new TensorAccessor<T>(device_type == DeviceType.CPU ? this : cpu());
        }

        /// <summary>The only element.</summary>
        /// <exception cref="ArgumentException">There is more than one element, or T is not the tensor's element type.</exception>
        public unsafe T item<T>()
            where T : unmanaged
        {
            if (NumberOfElements != 1)
                throw new ArgumentException("Number of elements in the tensor must be 1");
            ValidateType(typeof(T));
            if (device_type != DeviceType.CPU)
            {
                using var here = cpu();
                return here.item<T>();
            }

            var result = *(T*)NativeMethods.THSTensor_data(Handle);
            GC.KeepAlive(this);
            return result;
        }

        public Scalar ToScalar()
        {
            Done(NativeMethods.THSTensor_item(Handle, out var number));
            return Scalar.Of(number);
        }

        public double ReadCpuDouble(long i) => TensorAccessor<double>.ReadItemAt(this, i);

        public float ReadCpuSingle(long i) => TensorAccessor<float>.ReadItemAt(this, i);

        public int ReadCpuInt32(long i) => TensorAccessor<int>.ReadItemAt(this, i);

        public long ReadCpuInt64(long i) => TensorAccessor<long>.ReadItemAt(this, i);

        public byte ReadCpuByte(long i) => TensorAccessor<byte>.ReadItemAt(this, i);

        public sbyte ReadCpuSByte(long i) => TensorAccessor<sbyte>.ReadItemAt(this, i);

        public short ReadCpuInt16(long i) => TensorAccessor<short>.ReadItemAt(this, i);

        public bool ReadCpuBool(long i) => TensorAccessor<bool>.ReadItemAt(this, i);

        public T ReadCpuValue<T>(long i)
            where T : unmanaged => TensorAccessor<T>.ReadItemAt(this, i);

        public void WriteBytesToStream(Stream stream, int bufferSize = 1024) => stream.Write(Bytes());

        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024) => stream.ReadExactly(Bytes());

        internal void ValidateType(Type dotnetType)
        {
            var expected = dtype switch
            {
                ScalarType.Byte => typeof(byte),
                ScalarType.Int8 => typeof(sbyte),
                ScalarType.Int16 => typeof(short),
                ScalarType.Int32 => typeof(int),
                ScalarType.Int64 => typeof(long),
                ScalarType.Bool => typeof(bool),
                ScalarType.Float16 => typeof(Half),
                ScalarType.Float32 => typeof(float),
                ScalarType.Float64 => typeof(double),
                _ => null,
            };
            if (expected != dotnetType)
                throw new ArgumentException($"{dotnetType.Name} is not compatible with {dtype}");
        }

        private unsafe Span<byte> Bytes()
        {
            var total = NumberOfElements * ElementSize;
            if (!is_contiguous())
                throw new InvalidOperationException("Bytes() called on non-contiguous tensor.");
            if (total > int.MaxValue)
                throw new ArgumentException("Span only supports up to int.MaxValue elements.");
            if (device_type != DeviceType.CPU)
                throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
            return new Span<byte>((void*)NativeMethods.THSTensor_data(Handle), (int)total);
        }
    }
}
