using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp.Modules
{
    /// <summary>What normalisations over a batch have in common.</summary>
    public abstract class NormBase : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        [ComponentName(Name = nameof(weight))]
        private Parameter? _weight;

        [ComponentName(Name = nameof(bias))]
        private Parameter? _bias;

        [ComponentName(Name = nameof(running_mean))]
        private torch.Tensor? _runningMean;

        [ComponentName(Name = nameof(running_var))]
        private torch.Tensor? _runningVar;

        [ComponentName(Name = nameof(num_batches_tracked))]
        private torch.Tensor? _batches;

        public NormBase(long num_features, double eps, double? momentum, bool affine, bool track_running_stats, torch.Device? device, torch.ScalarType? dtype, string name)
            : base(name)
        {
            this.num_features = num_features;
            this.eps = eps;
            this.momentum = momentum;
            this.affine = affine;
            this.track_running_stats = track_running_stats;
            if (affine)
            {
                weight = new Parameter(torch.empty(num_features, dtype, device));
                bias = new Parameter(torch.empty(num_features, dtype, device));
            }

            if (track_running_stats)
            {
                running_mean = torch.zeros(num_features, dtype, device);
                running_var = torch.ones(num_features, dtype, device);
                num_batches_tracked = torch.tensor(0L, torch.int64, device);
            }

            reset_parameters();
        }

        public Parameter? bias
        {
            get => _bias;
            set => Replace(nameof(bias), ref _bias, value);
        }

        public Parameter weight
        {
            get => _weight!;
            set => Replace(nameof(weight), ref _weight, value);
        }

        public torch.Tensor? running_mean
        {
            get => _runningMean;
            set => Replace(nameof(running_mean), ref _runningMean, value);
        }

        public torch.Tensor? running_var
        {
            get => _runningVar;
            set => Replace(nameof(running_var), ref _runningVar, value);
        }

        public torch.Tensor? num_batches_tracked
        {
            get => _batches;
            set => Replace(nameof(num_batches_tracked), ref _batches, value);
        }

        public long num_features { get; }

        public double eps { get; set; }

        public double? momentum { get; set; }

        public bool affine { get; }

        public bool track_running_stats { get; }

        public void reset_running_stats()
        {
            running_mean?.zero_();
            running_var?.fill_(1);
            num_batches_tracked?.zero_();
        }

        public void reset_parameters()
        {
            reset_running_stats();
            if (!affine)
                return;
            torch.nn.init.ones_(weight);
            torch.nn.init.zeros_(bias!);
        }

        protected abstract void ValidateInputDimensions(torch.Tensor input);
    }

    /// <summary>Normalises each feature over the batch, and by running statistics in evaluation.</summary>
    public abstract class BatchNorm : NormBase
    {
        public BatchNorm(long num_features, double eps, double momentum, bool affine, bool track_running_stats, torch.Device? device, torch.ScalarType? dtype, string name)
            : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, name)
        {
        }

        public override torch.Tensor forward(torch.Tensor input)
        {
            ValidateInputDimensions(input);
            var factor = momentum ?? 0;
            if (training && num_batches_tracked is { } batches)
            {
                batches.add_(1);
                // Without a momentum the running values are plain means over all batches.
                factor = momentum ?? 1.0 / batches.item<long>();
            }

            var byBatch = training || running_mean is null || running_var is null;
            return torch.nn.functional.batch_norm(input, !training || track_running_stats ? running_mean : null, !training || track_running_stats ? running_var : null, affine ? weight : null, bias, byBatch, factor, eps);
        }
    }

    /// <summary>(B, C) or (B, C, L).</summary>
    public sealed class BatchNorm1d : BatchNorm
    {
        internal BatchNorm1d(long num_features, double eps, double momentum, bool affine, bool track_running_stats, torch.Device? device, torch.ScalarType? dtype)
            : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, nameof(BatchNorm1d))
        {
        }

        protected override void ValidateInputDimensions(torch.Tensor input)
        {
            if (input.ndim is not (2 or 3))
                throw new ArgumentException($"expected 2D or 3D input, but got {input.ndim}D input.");
        }
    }

    /// <summary>(B, C, H, W).</summary>
    public sealed class BatchNorm2d : BatchNorm
    {
        internal BatchNorm2d(long num_features, double eps, double momentum, bool affine, bool track_running_stats, torch.Device? device, torch.ScalarType? dtype)
            : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, nameof(BatchNorm2d))
        {
        }

        protected override void ValidateInputDimensions(torch.Tensor input)
        {
            if (input.ndim != 4)
                throw new ArgumentException($"expected 4D input, but got {input.ndim}D input.");
        }
    }

    /// <summary>Normalises the last axes of each element of the batch.</summary>
    public sealed class LayerNorm : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        [ComponentName(Name = nameof(weight))]
        private Parameter? _weight;

        [ComponentName(Name = nameof(bias))]
        private Parameter? _bias;

        internal LayerNorm(long[] normalized_shape, double eps, bool elementwise_affine, bool bias, torch.Device? device, torch.ScalarType? dtype)
            : base(nameof(LayerNorm))
        {
            this.normalized_shape = normalized_shape;
            this.eps = eps;
            this.elementwise_affine = elementwise_affine;
            if (!elementwise_affine)
                return;
            weight = new Parameter(torch.empty(normalized_shape, dtype, device));
            if (bias)
                this.bias = new Parameter(torch.empty(normalized_shape, dtype, device));
            reset_parameters();
        }

        public Parameter? bias
        {
            get => _bias;
            set => Replace(nameof(bias), ref _bias, value);
        }

        public Parameter weight
        {
            get => _weight!;
            set => Replace(nameof(weight), ref _weight, value);
        }

        public long[] normalized_shape { get; set; }

        public double eps { get; set; }

        public bool elementwise_affine { get; set; }

        public void reset_parameters()
        {
            if (!elementwise_affine)
                return;
            torch.nn.init.ones_(weight);
            if (bias is not null)
                torch.nn.init.zeros_(bias);
        }

        public override torch.Tensor forward(torch.Tensor tensor) =>
            torch.nn.functional.layer_norm(tensor, normalized_shape, _weight, _bias, eps);
    }

    /// <summary>Normalises groups of channels of each element of the batch.</summary>
    public sealed class GroupNorm : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        [ComponentName(Name = nameof(weight))]
        private Parameter? _weight;

        [ComponentName(Name = nameof(bias))]
        private Parameter? _bias;

        internal GroupNorm(long num_groups, long num_channels, double eps, bool affine, torch.Device? device, torch.ScalarType? dtype)
            : base(nameof(GroupNorm))
        {
            this.num_groups = num_groups;
            this.eps = eps;
            this.affine = affine;
            if (!affine)
                return;
            weight = new Parameter(torch.ones(num_channels, dtype, device));
            bias = new Parameter(torch.zeros(num_channels, dtype, device));
        }

        public Parameter? bias
        {
            get => _bias;
            set => Replace(nameof(bias), ref _bias, value);
        }

        public Parameter weight
        {
            get => _weight!;
            set => Replace(nameof(weight), ref _weight, value);
        }

        public long num_groups { get; set; }

        public double eps { get; set; }

        public bool affine { get; set; }

        public override torch.Tensor forward(torch.Tensor tensor) =>
            torch.nn.functional.group_norm(tensor, num_groups, _weight, _bias, eps);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static BatchNorm1d BatchNorm1d(long num_features, double eps = 1e-05, double momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null, ScalarType? dtype = null) =>
                new(num_features, eps, momentum, affine, track_running_stats, device, dtype);

            public static BatchNorm2d BatchNorm2d(long num_features, double eps = 1e-05, double momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null, ScalarType? dtype = null) =>
                new(num_features, eps, momentum, affine, track_running_stats, device, dtype);

            public static LayerNorm LayerNorm(long[] normalized_shape, double eps = 1e-05, bool elementwise_affine = true, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(normalized_shape, eps, elementwise_affine, bias, device, dtype);

            public static LayerNorm LayerNorm(long normalized_shape, double eps = 1e-05, bool elementwise_affine = true, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new([normalized_shape], eps, elementwise_affine, bias, device, dtype);

            public static GroupNorm GroupNorm(long num_groups, long num_channels, double eps = 1e-05, bool affine = true, Device? device = null, ScalarType? dtype = null) =>
                new(num_groups, num_channels, eps, affine, device, dtype);
        }
    }
}
