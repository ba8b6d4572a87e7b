using TorchSharp.Modules;

namespace TorchSharp.Modules
{
    /// <summary>Gives its input back.</summary>
    public sealed class Identity : ParameterLessModule<torch.Tensor, torch.Tensor>
    {
        internal Identity()
            : base(nameof(Identity))
        {
        }

        public override torch.Tensor forward(torch.Tensor tensor) => tensor.alias();
    }

    /// <summary>Axes start_dim to end_dim become one.</summary>
    public sealed class Flatten : ParameterLessModule<torch.Tensor, torch.Tensor>
    {
        internal Flatten(long start_dim, long end_dim)
            : base(nameof(Flatten))
        {
            this.start_dim = start_dim;
            this.end_dim = end_dim;
        }

        public long start_dim { get; set; }

        public long end_dim { get; set; }

        public override torch.Tensor forward(torch.Tensor input) => input.flatten(start_dim, end_dim);
    }

    /// <summary>One axis becomes several.</summary>
    public sealed class Unflatten : ParameterLessModule<torch.Tensor, torch.Tensor>
    {
        internal Unflatten(long dim, long[] unflattened_size)
            : base(nameof(Unflatten))
        {
            this.dim = dim;
            this.unflattened_size = unflattened_size;
        }

        public long dim { get; set; }

        public long[] unflattened_size { get; set; }

        public override torch.Tensor forward(torch.Tensor tensor) => tensor.unflatten(dim, unflattened_size);
    }

    /// <summary>Zeroes elements with probability p while training and scales the rest.</summary>
    public sealed class Dropout : ParameterLessModule<torch.Tensor, torch.Tensor>
    {
        internal Dropout(double p, bool inplace)
            : base(nameof(Dropout))
        {
            this.p = p;
            this.inplace = inplace;
        }

        public double p { get; set; }

        public bool inplace { get; set; }

        public override torch.Tensor forward(torch.Tensor tensor) => torch.nn.functional.dropout(tensor, p, training, inplace);
    }

    /// <summary>Zeroes whole channels with probability p while training.</summary>
    public sealed class Dropout2d : ParameterLessModule<torch.Tensor, torch.Tensor>
    {
        internal Dropout2d(double p, bool inplace)
            : base(nameof(Dropout2d))
        {
            this.p = p;
            this.inplace = inplace;
        }

        public double p { get; set; }

        public bool inplace { get; set; }

        public override torch.Tensor forward(torch.Tensor input) => torch.nn.functional.dropout2d(input, p, training, inplace);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Identity Identity() => new();

            public static Flatten Flatten(long start_dim = 1, long end_dim = -1) => new(start_dim, end_dim);

            public static Unflatten Unflatten(long dim, long[] unflattened_size) => new(dim, unflattened_size);

            public static Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

            public static Dropout2d Dropout2d(double p = 0.5, bool inplace = false) => new(p, inplace);
        }
    }
}
