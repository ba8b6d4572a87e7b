using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    // tensor[...]: views by numbers and slices, copies by tensors.
    public partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => At([i1]);
            set => Put(value, [i1]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => At([i1, i2]);
            set => Put(value, [i1, i2]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => At([i1, i2, i3]);
            set => Put(value, [i1, i2, i3]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => At([i1, i2, i3, i4]);
            set => Put(value, [i1, i2, i3, i4]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5]
        {
            get => At([i1, i2, i3, i4, i5]);
            set => Put(value, [i1, i2, i3, i4, i5]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5, long i6]
        {
            get => At([i1, i2, i3, i4, i5, i6]);
            set => Put(value, [i1, i2, i3, i4, i5, i6]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => At(indices);
            set => Put(value, indices);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            var list = Encode(indices);
            return Wrap(NativeMethods.THSTensor_index(Handle, in MemoryMarshal.GetReference(list.AsSpan()), list.Length), this, indices);
        }

        public Tensor index(params Tensor[] indices) => index(Array.ConvertAll(indices, TensorIndex.Tensor));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            var list = Encode(indices);
            return Done(NativeMethods.THSTensor_index_put_(Handle, in MemoryMarshal.GetReference(list.AsSpan()), list.Length, value.Handle), value, indices);
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) =>
            index_put_(value, Array.ConvertAll(indices, TensorIndex.Tensor));

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false)
        {
            if (!accumulate)
                return index_put_(value, indices);
            var handles = HandlesOf(indices);
            return Done(NativeMethods.THSTensor_index_put_accumulate_(Handle, in MemoryMarshal.GetReference(handles.AsSpan()), handles.Length, value.Handle), value, indices);
        }

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            var list = Encode(indices);
            return Done(NativeMethods.THSTensor_index_put_scalar_(Handle, in MemoryMarshal.GetReference(list.AsSpan()), list.Length, value.Value), indices);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices) =>
            index_put_(value, Array.ConvertAll(indices, TensorIndex.Tensor));

        internal static IntPtr[] HandlesOf(IReadOnlyList<Tensor>? tensors)
        {
            if (tensors is null || tensors.Count == 0)
                return [];
            var handles = new IntPtr[tensors.Count];
            for (var i = 0; i < handles.Length; i++)
                handles[i] = HandleOrNull(tensors[i]);
            return handles;
        }

        private static Subscript[] Encode(TensorIndex[] indices) => Array.ConvertAll(indices, index => index.Encode());

        private Tensor At(ReadOnlySpan<long> indices)
        {
            Span<Subscript> list = stackalloc Subscript[indices.Length];
            Fill(list, indices);
            return Wrap(NativeMethods.THSTensor_index(Handle, in MemoryMarshal.GetReference(list), list.Length), this);
        }

        private void Put(Tensor value, ReadOnlySpan<long> indices)
        {
            Span<Subscript> list = stackalloc Subscript[indices.Length];
            Fill(list, indices);
            Done(NativeMethods.THSTensor_index_put_(Handle, in MemoryMarshal.GetReference(list), list.Length, value.Handle), value);
        }

        private static void Fill(Span<Subscript> list, ReadOnlySpan<long> indices)
        {
            for (var i = 0; i < list.Length; i++)
            {
                list[i] = default;
                list[i].Kind = 1;
                list[i].Start = ScalarValue.Of(indices[i]);
            }
        }
    }
}
