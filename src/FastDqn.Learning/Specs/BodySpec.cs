using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>The network's body: options <c>body.*</c>.</summary>
public sealed record BodySpec
{
    private static readonly IReadOnlyList<ConvolutionSpec> Dqn2013 = [new(16, 8, 8, 4), new(32, 4, 4, 2)];
    private static readonly IReadOnlyList<ConvolutionSpec> Nature = [new(32, 8, 8, 4), new(64, 4, 4, 2), new(64, 3, 3, 1)];
    private static readonly IReadOnlyList<ConvolutionSpec> GridWorld = [new(16, 3, 3, 1)];
    private static readonly IReadOnlyList<ConvolutionSpec> Conv5x5 = [new(16, 5, 5, 2), new(32, 5, 5, 2), new(32, 5, 5, 2)];

    [Option("Layers between the observation and the head")]
    public BodyKind Kind { get; init; } = BodyKind.Nature;

    /// <summary>Whoever gives convolutions means a composed body, whatever the layers below chose.</summary>
    [Option("Convolutions of a composed body, as 32 8x8/4, 64 4x4/2 (docs/configuration.md)", TurnsOff = ["body.kind=composed"])]
    public IReadOnlyList<ConvolutionSpec> Convolutions { get; init; } = [];

    /// <summary>The default is CleanRL's.</summary>
    [Option("Widths of the hidden fully connected layers (body.kind mlp and composed)")]
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

    [Option("How the network sees bytes: x / 255, as they are, or (x - 128) / 128")]
    public InputRange Input { get; init; } = InputRange.Unit;

    /// <summary>IMPALA pads by itself.</summary>
    [Option("Zeros around what convolutions see: none, as TensorFlow's SAME, or so many on each side")]
    public Padding Padding { get; init; }

    /// <summary>Schrittwieser et al. 2020 (MuZero); SPR's transition model does the same.</summary>
    [Option("What convolutions give is rescaled to 0..1, by the lowest and the highest number of an observation")]
    public bool Renormalize { get; init; }

    [Option("Normalisation of the body")]
    public NormKind Norm { get; init; } = NormKind.None;

    /// <summary>IMPALA has ReLU.</summary>
    [Option("Activation after each hidden layer, the head's too")]
    public Activation Activation { get; init; } = ActivationKind.Relu;

    [Option("How weights start")]
    public Initialization Init { get; init; } = InitKind.TorchDefault;

    /// <summary>Not for IMPALA and noisy or IQN heads, which always have them.</summary>
    [Option("Convolutions and fully connected layers, the head's too, have biases")]
    public bool Bias { get; init; } = true;

    /// <summary>
    /// After the body's layers and before the head; it takes the last action and the last reward besides. The replay
    /// then keeps and draws sequences (Kapturowski et al. 2019, R2D2).
    /// </summary>
    [Option("Width of the LSTM that makes the network recurrent; 0: none", Min = 0, Max = 8192)]
    public int Lstm { get; init; }

    /// <summary>The observation is one vector, whatever its shape.</summary>
    public bool IsFlat => Kind != BodyKind.Impala && Composition().Convolutions.Count == 0;

    /// <summary>The layers that <see cref="Kind"/> stands for; IMPALA has others.</summary>
    internal (IReadOnlyList<ConvolutionSpec> Convolutions, IReadOnlyList<int> Widths) Composition() => Kind switch
    {
        BodyKind.Mlp => ([], Widths),
        BodyKind.Dqn2013 => (Dqn2013, [256]),
        BodyKind.Nature => (Nature, [512]),
        BodyKind.GridWorld => (GridWorld, [128]),
        BodyKind.Conv5x5 => (Conv5x5, []),
        BodyKind.Composed => (Convolutions, Widths),
        _ => throw new FastDqnException(ErrorKind.Usage, $"body.kind {OptionRecord.Word(Kind)} is unknown"),
    };
}
