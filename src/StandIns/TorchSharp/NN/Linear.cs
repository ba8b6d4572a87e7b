using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp.Modules
{
    /// <summary>(..., in_features) to (..., out_features): x W^T + b.</summary>
    public sealed class Linear : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        [ComponentName(Name = nameof(weight))]
        private Parameter _weight = null!;

        [ComponentName(Name = nameof(bias))]
        private Parameter? _bias;

        internal Linear(Parameter weight, Parameter? bias)
            : base(nameof(Linear))
        {
            (out_features, in_features) = (weight.shape[0], weight.shape[1]);
            this.weight = weight;
            this.bias = bias;
        }

        internal Linear(long inputSize, long outputSize, bool hasBias, torch.Device? device, torch.ScalarType? dtype)
            : base(nameof(Linear))
        {
            (in_features, out_features) = (inputSize, outputSize);
            weight = new Parameter(torch.empty(outputSize, inputSize, dtype, device));
            torch.nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
            if (!hasBias)
                return;
            bias = new Parameter(torch.empty(outputSize, dtype, device));
            var bound = inputSize > 0 ? 1 / Math.Sqrt(inputSize) : 0;
            torch.nn.init.uniform_(bias!, -bound, bound);
        }

        public Parameter? bias
        {
            get => _bias;
            set => Replace(nameof(bias), ref _bias, value);
        }

        public Parameter weight
        {
            get => _weight;
            set
            {
                Parameter? slot = _weight;
                Replace(nameof(weight), ref slot, value);
                _weight = slot!;
            }
        }

        public long in_features { get; set; }

        public long out_features { get; set; }

        public override torch.Tensor forward(torch.Tensor tensor) => torch.nn.functional.linear(tensor, _weight, _bias);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, outputSize, hasBias, device, dtype);

            public static Linear Linear(Parameter weight, Parameter? bias = null) => new(weight, bias);
        }
    }
}
