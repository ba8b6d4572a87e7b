using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FastDqn.Learning.Networks;

/// <summary>The sizes of a convolution: what it sees, its kernel, its zeros, what it gives.</summary>
internal sealed class ConvolutionWindow
{
    private readonly KernelPool.Convolution _shape;
    private readonly long[] _stride;
    private readonly long[] _padding;

    /// <summary>One more zero at the right and at the bottom than <see cref="_padding"/> has; null: as many.</summary>
    private readonly long[]? _further;

    public ConvolutionWindow(Planes input, ConvolutionSpec spec, Padding padding)
    {
        var (top, bottom) = padding.Along(input.Height, spec.Height, spec.Stride);
        var (left, right) = padding.Along(input.Width, spec.Width, spec.Stride);
        Spec = spec;
        Output = new Planes(
            spec.Filters, Outputs(input.Height + top + bottom, spec.Height), Outputs(input.Width + left + right, spec.Width));
        WeightShape = [spec.Filters, input.Channels, spec.Height, spec.Width];
        (_stride, _padding) = ([spec.Stride, spec.Stride], [top, left]);
        _further = top == bottom && left == right ? null : [0, right - left, 0, bottom - top];
        _shape = new KernelPool.Convolution
        {
            Height = input.Height,
            Width = input.Width,
            Channels = input.Channels,
            KernelHeight = spec.Height,
            KernelWidth = spec.Width,
            StrideHeight = spec.Stride,
            StrideWidth = spec.Stride,
            PadTop = top,
            PadLeft = left,
            PadBottom = bottom,
            PadRight = right,
            Outputs = spec.Filters,
            Scale = 1,
        };

        int Outputs(int size, int kernel) => size < kernel ? 0 : ((size - kernel) / spec.Stride) + 1;
    }

    /// <summary>The 3x3 convolution of stride 1 that keeps the sides, of IMPALA's stages.</summary>
    public static ConvolutionWindow ThreeByThree(Planes input, int filters) => new(input, new(filters, 3, 3, 1), Padding.Of(1));

    public ConvolutionSpec Spec { get; }

    public Planes Output { get; }

    /// <summary>(out, in, height, width).</summary>
    public long[] WeightShape { get; }

    public long FanIn => WeightShape[1] * WeightShape[2] * WeightShape[3];

    /// <summary>Products with weights, for one image.</summary>
    public long MultiplyAdds => FanIn * Output.Elements;

    public override string ToString() => $"convolution {Spec.Height}x{Spec.Width}/{Spec.Stride}";

    public KernelPool.Convolution Shape(long images, double scale, bool relu) =>
        _shape with { Images = images, Scale = (float)scale, Relu = relu ? 1 : 0 };

    /// <summary>The convolution as ONNX has it.</summary>
    public string Export(OnnxGraph graph, string x, string weight, string? bias, bool relu)
    {
        string[] inputs = bias is null ? [x, weight] : [x, weight, bias];
        var y = graph.Node(
            "Conv",
            inputs,
            OnnxGraph.With("kernel_shape", _shape.KernelHeight, _shape.KernelWidth),
            OnnxGraph.With("strides", _stride),
            OnnxGraph.With("pads", _shape.PadTop, _shape.PadLeft, _shape.PadBottom, _shape.PadRight));
        return relu ? graph.Node("Relu", [y]) : y;
    }

    /// <summary>The convolution by libtorch's operations.</summary>
    public Tensor ByTorch(Tensor input, Tensor weight, Tensor? bias, bool relu)
    {
        var x = _further is null ? input : functional.pad(input, _further);
        var y = functional.conv2d(x, weight, bias, _stride, _padding);
        return relu ? functional.relu(y, inplace: true) : y;
    }
}
