using TorchSharp.Modules;
using TorchSharp.PInvoke;
using TorchSharp.Utils;

namespace TorchSharp.Modules
{
    /// <summary>Rows of a table by number: (...) int64 to (..., embedding_dims).</summary>
    public sealed class Embedding : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly long _paddingIndex;
        private readonly double? _maxNorm;
        private readonly double _normType;
        private readonly bool _scaleGradByFreq;
        private readonly bool _sparse;
        [ComponentName(Name = nameof(weight))]
        private Parameter? _weight;

        internal Embedding(long num_embeddings, long embedding_dims, long? padding_idx, double? max_norm, double norm_type, bool scale_grad_by_freq, bool sparse, torch.Device? device, torch.ScalarType? dtype)
            : base(nameof(Embedding))
        {
            _paddingIndex = padding_idx is { } index ? (index < 0 ? num_embeddings + index : index) : -1;
            _maxNorm = max_norm;
            _normType = norm_type;
            _scaleGradByFreq = scale_grad_by_freq;
            _sparse = sparse;
            weight = new Parameter(torch.empty(num_embeddings, embedding_dims, dtype, device));
            torch.nn.init.normal_(weight!);
            if (_paddingIndex < 0)
                return;
            using var mode = torch.no_grad();
            using var row = weight!.select(0, _paddingIndex);
            row.zero_();
        }

        public Parameter? weight
        {
            get => _weight;
            set => Replace(nameof(weight), ref _weight, value);
        }

        public override torch.Tensor forward(torch.Tensor input) =>
            torch.Tensor.Wrap(NativeMethods.THSNN_embedding(input.Handle, weight!.Handle, _paddingIndex, ScalarValue.Of(_maxNorm), _normType, _scaleGradByFreq, _sparse), input, weight);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Embedding Embedding(long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null, double norm_type = 2.0, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null) =>
                new(num_embeddings, embedding_dims, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, device, dtype);
        }
    }
}
