using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp.Modules
{
    /// <summary>What convolutions have in common.</summary>
    public abstract class Convolution : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        [ComponentName(Name = nameof(weight))]
        protected Parameter? _weight;

        [ComponentName(Name = nameof(bias))]
        protected Parameter? _bias;

        internal Convolution(string name, long in_channels, long out_channels, long[] kernel_size, long[] stride, long[]? padding, Padding? padding_type, long[] dilation, long groups, bool bias, PaddingModes padding_mode, torch.Device? device, torch.ScalarType? dtype)
            : base(name)
        {
            this.in_channels = in_channels;
            this.out_channels = out_channels;
            this.kernel_size = kernel_size;
            this.stride = stride;
            this.dilation = dilation;
            this.groups = groups;
            this.padding_mode = padding_mode;
            this.padding = padding_type is null ? padding ?? new long[kernel_size.Length] : null;
            this.padding_type = padding_type;
            weight = new Parameter(torch.empty([out_channels, in_channels / groups, .. kernel_size], dtype, device));
            if (bias)
                this.bias = new Parameter(torch.empty(out_channels, dtype, device));
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

        public long in_channels { get; }

        public long out_channels { get; }

        public Padding? padding_type { get; private set; }

        public long[]? padding { get; private set; }

        public PaddingModes padding_mode { get; set; }

        public long groups { get; set; }

        public long[] kernel_size { get; set; }

        public long[] stride { get; set; }

        public long[] dilation { get; set; }

        public void SetPadding(long[] padding) => (padding_type, this.padding) = (null, padding);

        public void SetPadding(Padding padding) => (padding_type, this.padding) = (padding, null);

        /// <summary>PyTorch's default: uniform in +- 1 / sqrt(fan in), for weight and bias.</summary>
        public void reset_parameters()
        {
            torch.nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
            var (fanIn, _) = torch.nn.init.CalculateFanInAndFanOut(weight);
            if (bias is null || fanIn == 0)
                return;
            var bound = 1 / Math.Sqrt(fanIn);
            torch.nn.init.uniform_(bias, -bound, bound);
        }
    }

    /// <summary>(B, C, H, W) to (B, N, H', W').</summary>
    public sealed class Conv2d : Convolution
    {
        internal Conv2d(long in_channels, long out_channels, (long, long) kernel_size, (long, long) stride, (long, long) padding, Padding? padding_type, (long, long) dilation, PaddingModes padding_mode, long groups, bool bias, torch.Device? device, torch.ScalarType? dtype)
            : base(nameof(Conv2d), in_channels, out_channels, Listed(kernel_size), Listed(stride), Listed(padding), padding_type, Listed(dilation), groups, bias, padding_mode, device, dtype)
        {
        }

        /// <exception cref="ArgumentException">The input is not (B, C, H, W) or (C, H, W) with the layer's C.</exception>
        public override torch.Tensor forward(torch.Tensor input)
        {
            var rank = input.ndim;
            if (rank is not (3 or 4) || input.size((int)rank - 3) != in_channels)
                throw new ArgumentException($"Expected 3D (unbatched) or 4D (batched) input with {in_channels} channels to Conv2d.");
            if (padding_mode == PaddingModes.Zeros)
            {
                return padding_type is { } type
                    ? torch.nn.functional.conv2d_padding(input, weight, bias, stride, type, dilation, groups)
                    : torch.nn.functional.conv2d(input, weight, bias, stride, padding, dilation, groups);
            }

            using var padded = torch.nn.functional.pad(input, Around(), padding_mode);
            return torch.nn.functional.conv2d(padded, weight, bias, stride, [0, 0], dilation, groups);
        }

        private static long[] Listed((long, long) sides) => [sides.Item1, sides.Item2];

        // Left, right, top, bottom.
        private long[] Around()
        {
            if (padding is { } sides)
                return [sides[1], sides[1], sides[0], sides[0]];
            if (padding_type == Padding.Valid)
                return [0, 0, 0, 0];
            long width = dilation[1] * (kernel_size[1] - 1), height = dilation[0] * (kernel_size[0] - 1);
            return [width / 2, width - (width / 2), height / 2, height - (height / 2)];
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Conv2d Conv2d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, (kernel_size, kernel_size), (stride, stride), (padding, padding), null, (dilation, dilation), padding_mode, groups, bias, device, dtype);

            public static Conv2d Conv2d(long in_channels, long out_channels, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, kernel_size, stride ?? (1, 1), padding ?? (0, 0), null, dilation ?? (1, 1), padding_mode, groups, bias, device, dtype);

            public static Conv2d Conv2d(long in_channels, long out_channels, long kernel_size, Padding padding, long stride = 1, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, (kernel_size, kernel_size), (stride, stride), (0, 0), padding, (dilation, dilation), padding_mode, groups, bias, device, dtype);

            public static Conv2d Conv2d(long in_channels, long out_channels, (long, long) kernel_size, Padding padding, (long, long)? stride = null, (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, kernel_size, stride ?? (1, 1), (0, 0), padding, dilation ?? (1, 1), padding_mode, groups, bias, device, dtype);
        }
    }
}
