using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>The network's body: options <c>body.*</c>.</summary>
public sealed record BodySpec
{
    [Option("Layers between the observation and the head")]
    public BodyKind Kind { get; init; } = BodyKind.Nature;

    /// <summary>The default is CleanRL's.</summary>
    [Option("Widths of the MLP's hidden layers (body.kind mlp)")]
    public IReadOnlyList<int> Widths { get; init; } = [120, 84];

    /// <summary>The "large" network of Espeholt et al. has 1.</summary>
    [Option("Multiplier of IMPALA's channels", Min = 1, Max = 16)]
    public int Scale { get; init; } = 1;

    /// <summary>A head with hidden layers of its own takes its place.</summary>
    [Option("Width of IMPALA's fully connected layer; 0: none", Min = 0, Max = 65536)]
    public int Hidden { get; init; } = 256;

    /// <summary>Before the fully connected layer; BTR has 6.</summary>
    [Option("Side of IMPALA's adaptive max-pool; 0: none", Min = 0, Max = 11)]
    public int MaxPoolSide { get; init; }

    /// <summary>One power iteration per update (BTR).</summary>
    [Option("Spectral normalisation of IMPALA's residual convolutions")]
    public bool SpectralNorm { get; init; }

    [Option("Normalisation of the body")]
    public NormKind Norm { get; init; } = NormKind.None;

    [Option("How weights start")]
    public InitKind Init { get; init; } = InitKind.TorchDefault;

    /// <summary>Not for IMPALA and noisy or IQN heads, which always have them.</summary>
    [Option("Convolutions and fully connected layers, the head's too, have biases")]
    public bool Bias { get; init; } = true;

    /// <summary>The strides must divide the sides. IMPALA pads by itself.</summary>
    [Option("Convolutions pad with zeros, so that stride s gives one s-th of each side (TensorFlow's SAME)")]
    public bool SamePadding { get; init; }
}
