using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One subscript: a number, a slice, a tensor, an ellipsis, a boolean or a new axis.</summary>
    public struct TensorIndex
    {
        // The order is native/torch/subscript.cpp's.
        private enum Kind
        {
            None,
            Single,
            Null,
            Ellipsis,
            Bool,
            Tensor,
            Slice,
        }

        public static TensorIndex Ellipsis = new() { _kind = Kind.Ellipsis };

        public static TensorIndex None = new() { _kind = Kind.None };

        public static TensorIndex Null = new() { _kind = Kind.Null };

        public static TensorIndex Colon = Slice();

        private Kind _kind;
        private long? _start;
        private long? _stop;
        private long? _step;
        private Tensor? _tensor;

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { _kind = Kind.Slice, _start = start, _stop = stop, _step = step };

        public static TensorIndex Slice((int? start, int? end) range) => Slice((long?)range.start, (long?)range.end);

        public static TensorIndex Slice(Range range)
        {
            long start = range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value;
            long? stop = !range.End.IsFromEnd ? range.End.Value : range.End.Value == 0 ? null : -range.End.Value;
            return Slice(start, stop);
        }

        public static TensorIndex Bool(bool value) => new() { _kind = Kind.Bool, _start = value ? 1 : 0 };

        public static TensorIndex Single(long? index) => new() { _kind = Kind.Single, _start = index };

        public static TensorIndex Tensor(Tensor tensor) => new() { _kind = Kind.Tensor, _tensor = tensor };

        internal readonly Subscript Encode() => new()
        {
            Kind = (long)_kind,
            Start = ScalarValue.Of(_start),
            Stop = ScalarValue.Of(_stop),
            Step = ScalarValue.Of(_step),
            Tensor = torch.Tensor.HandleOrNull(_tensor),
        };
    }
}
