using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FastDqn.Learning;

/// <summary>How a forward pass is run.</summary>
/// <param name="Training">Batch statistics are taken and updated; false uses the running ones.</param>
/// <param name="Noise">The sample of noisy layers; null switches the noise off.</param>
internal readonly record struct Pass(bool Training, NoiseSample? Noise);

/// <summary>
/// One step of a forward pass. A layer holds no numbers: it knows where its parameters lie, and any <see cref="ParameterSet"/> of
/// the network can be run through it, on any thread.
/// </summary>
internal abstract class Layer
{
    public abstract Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass);
}

/// <summary>2-D convolution; (B, C, H, W) to (B, C', H', W').</summary>
internal sealed class ConvLayer : Layer
{
    private readonly int _weight;
    private readonly int _bias;
    private readonly long[] _stride;
    private readonly long[] _padding;
    private readonly double _inputScale;

    public ConvLayer(NetworkBuilder builder, string name, int inputs, int outputs, int kernel, int stride, int padding)
    {
        _stride = [stride, stride];
        _padding = [padding, padding];
        _inputScale = builder.TakeInputScale();
        _weight = builder.Layout.Add($"{name}.weight", [outputs, inputs, kernel, kernel], Initializers.Weight(builder.Init, Math.Sqrt(2)));
        _bias = builder.AddBias(name, outputs, (long)inputs * kernel * kernel);
    }

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass)
    {
        // uint8 / 255 is folded into the weights: a few thousand products instead of one for every pixel.
        var weight = _inputScale == 1 ? parameters[_weight] : parameters[_weight] * _inputScale;
        return functional.conv2d(input, weight, _bias < 0 ? null : parameters[_bias], _stride, _padding);
    }
}

/// <summary>Fully connected layer; (B, in) to (B, out).</summary>
internal sealed class LinearLayer : Layer
{
    private readonly int _weight;
    private readonly int _bias;
    private readonly double _inputScale;

    public LinearLayer(NetworkBuilder builder, string name, int inputs, int outputs)
    {
        _inputScale = builder.TakeInputScale();
        _weight = builder.Layout.Add($"{name}.weight", [outputs, inputs], Initializers.Weight(builder.Init, Math.Sqrt(2)));
        _bias = builder.AddBias(name, outputs, inputs);
    }

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass)
    {
        var weight = _inputScale == 1 ? parameters[_weight] : parameters[_weight] * _inputScale;
        return functional.linear(input, weight, _bias < 0 ? null : parameters[_bias]);
    }
}

/// <summary>
/// Linear layer with factorised Gaussian noise (Fortunato et al. 2018, equations 9 to 11): weight mu + sigma * f(e_out) f(e_in)^T. The
/// product is not formed: y = x mu^T + b + ((x * f(e_in)) sigma^T + sigma_b) * f(e_out).
/// </summary>
internal sealed class NoisyLinearLayer : Layer
{
    private readonly int _mu;
    private readonly int _sigma;
    private readonly int _biasMu;
    private readonly int _biasSigma;
    private readonly int _noise;

    public NoisyLinearLayer(NetworkBuilder builder, string name, int inputs, int outputs, double sigma0)
    {
        var bound = 1 / Math.Sqrt(inputs);
        _mu = builder.Layout.Add($"{name}.weight_mu", [outputs, inputs], Initializers.Uniform(bound));
        _sigma = builder.Layout.Add($"{name}.weight_sigma", [outputs, inputs], Initializers.Constant(sigma0 / Math.Sqrt(inputs)));
        _biasMu = builder.Layout.Add($"{name}.bias_mu", [outputs], Initializers.Uniform(bound));
        _biasSigma = builder.Layout.Add($"{name}.bias_sigma", [outputs], Initializers.Constant(sigma0 / Math.Sqrt(inputs)));
        _noise = builder.AddNoise(inputs, outputs);
    }

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass)
    {
        var mean = functional.linear(input, parameters[_mu], parameters[_biasMu]);
        if (pass.Noise is not { } noise)
            return mean;
        var spread = functional.linear(input * noise.Inputs(_noise), parameters[_sigma], parameters[_biasSigma]);
        return mean.addcmul(spread, noise.Outputs(_noise), 1);
    }
}

internal sealed class ReluLayer : Layer
{
    // In place: no layer before a ReLU needs its own output for the backward pass.
    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass) => functional.relu(input, inplace: true);
}

/// <summary>ReLU that leaves its input as it is, for residual branches.</summary>
internal sealed class BranchReluLayer : Layer
{
    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass) => functional.relu(input);
}

/// <summary>(B, ...) to (B, elements).</summary>
internal sealed class FlattenLayer : Layer
{
    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass) => input.flatten(1);
}

/// <summary>LayerNorm over everything but the batch, with scale and shift.</summary>
internal sealed class LayerNormLayer : Layer
{
    private readonly int _weight;
    private readonly int _bias;
    private readonly long[] _shape;

    public LayerNormLayer(NetworkBuilder builder, string name, long[] shape)
    {
        _shape = shape;
        _weight = builder.Layout.Add($"{name}.weight", shape, Initializers.Ones);
        _bias = builder.Layout.Add($"{name}.bias", shape, Initializers.Zeros);
    }

    // Scale and shift by themselves: libtorch's fused gradient of theirs adds up a partial sum a thread, so that its bits depend on
    // the number of threads.
    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass) =>
        addcmul(parameters[_bias], functional.layer_norm(input, _shape), parameters[_weight], 1);
}

/// <summary>Batch norm over (B, H, W) of each channel, momentum 0.1.</summary>
internal sealed class BatchNormLayer : Layer
{
    private readonly int _weight;
    private readonly int _bias;
    private readonly int _mean;
    private readonly int _variance;

    public BatchNormLayer(NetworkBuilder builder, string name, int channels)
    {
        _weight = builder.Layout.Add($"{name}.weight", [channels], Initializers.Ones);
        _bias = builder.Layout.Add($"{name}.bias", [channels], Initializers.Zeros);
        _mean = builder.Layout.AddBuffer($"{name}.running_mean", [channels], Initializers.Zeros);
        _variance = builder.Layout.AddBuffer($"{name}.running_var", [channels], Initializers.Ones);
    }

    public override Tensor Forward(ParameterSet parameters, Tensor input, in Pass pass) =>
        functional.batch_norm(
            input,
            parameters.Buffer(_mean),
            parameters.Buffer(_variance),
            parameters[_weight],
            parameters[_bias],
            pass.Training);
}
