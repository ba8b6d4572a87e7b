using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FastDqn.Learning;

/// <summary>
/// A stage of IMPALA's residual network (Espeholt et al. 2018, figure 3): 3x3 convolution, 3x3/2 max-pool, two residual blocks.
/// (B, C, H, W) to (B, C', ceil(H / 2), ceil(W / 2)).
/// </summary>
internal sealed class ImpalaStage : Layer
{
    private readonly ConvLayer _conv;
    private readonly ResidualBlock _first;
    private readonly ResidualBlock _second;

    public ImpalaStage(NetworkBuilder builder, string name, int inputs, int outputs, bool spectralNorm)
    {
        _conv = new ConvLayer(builder, $"{name}.conv", inputs, outputs, kernel: 3, stride: 1, padding: 1);
        _first = new ResidualBlock(builder, $"{name}.res_block0", outputs, spectralNorm);
        _second = new ResidualBlock(builder, $"{name}.res_block1", outputs, spectralNorm);
    }

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass)
    {
        var x = functional.max_pool2d(_conv.Forward(parameters, input, pass), 3, 2, 1);
        return _second.Forward(parameters, _first.Forward(parameters, x, pass), pass);
    }
}

/// <summary>x + conv(relu(conv(relu(x)))), 3x3 convolutions.</summary>
internal sealed class ResidualBlock : Layer
{
    private readonly Layer _first;
    private readonly Layer _second;

    public ResidualBlock(NetworkBuilder builder, string name, int channels, bool spectralNorm)
    {
        _first = Convolution(builder, $"{name}.conv0", channels, spectralNorm);
        _second = Convolution(builder, $"{name}.conv1", channels, spectralNorm);
    }

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass)
    {
        var x = _first.Forward(parameters, functional.relu(input), pass);
        return _second.Forward(parameters, functional.relu(x, inplace: true), pass) + input;
    }

    private static Layer Convolution(NetworkBuilder builder, string name, int channels, bool spectralNorm) =>
        spectralNorm
            ? new SpectralConvLayer(builder, name, channels)
            : new ConvLayer(builder, name, channels, channels, kernel: 3, stride: 1, padding: 1);
}

/// <summary>
/// 3x3 convolution whose weight, as a matrix (out, in * 9), is divided by an estimate of its largest singular value (Miyato et al. 2018);
/// one power iteration a training pass, none otherwise.
/// </summary>
internal sealed class SpectralConvLayer : Layer
{
    private static readonly long[] Ones = [1, 1];
    private readonly int _weight;
    private readonly int _bias;
    private readonly int _left;
    private readonly int _right;

    public SpectralConvLayer(NetworkBuilder builder, string name, int channels)
    {
        _weight = builder.Layout.Add($"{name}.weight", [channels, channels, 3, 3], Initializers.Weight(builder.Init, Math.Sqrt(2)));
        _bias = builder.Layout.Add($"{name}.bias", [channels], Initializers.Bias(builder.Init, channels * 9L));
        _left = builder.Layout.AddBuffer($"{name}.weight_u", [channels], Initializers.UnitVector);
        _right = builder.Layout.AddBuffer($"{name}.weight_v", [channels * 9L], Initializers.UnitVector);
    }

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass)
    {
        var weight = parameters[_weight];
        var matrix = weight.flatten(1);
        if (pass.Training)
            IteratePower(parameters, matrix);
        // Copies: the buffers may be iterated again before the backward pass has used them.
        var left = parameters.Buffer(_left).clone();
        var right = parameters.Buffer(_right).clone();
        var sigma = left.dot(matrix.mv(right));
        return functional.conv2d(input, weight / sigma, parameters[_bias], Ones, Ones);
    }

    private void IteratePower(ParameterSet parameters, Tensor matrix)
    {
        using var noGrad = no_grad();
        var left = Normalized(matrix.mv(parameters.Buffer(_right)));
        parameters.Buffer(_left).copy_(left);
        parameters.Buffer(_right).copy_(Normalized(matrix.t().mv(left)));
    }

    private static Tensor Normalized(Tensor vector) => vector / vector.norm().clamp_min(1e-12);
}

/// <summary>Adaptive max-pool to a square, then nothing else (BTR's pooled head).</summary>
internal sealed class AdaptiveMaxPoolLayer(int side) : Layer
{
    private readonly long[] _size = [side, side];

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass) => functional.adaptive_max_pool2d(input, _size);
}
