namespace FastDqn.Learning.Specs;

/// <summary>How weights start.</summary>
public enum InitKind
{
    /// <summary>PyTorch's layer default: weights and biases uniform in +-1/sqrt(fan in).</summary>
    TorchDefault,

    /// <summary>He et al. 2015: weights normal with deviation sqrt(2 / fan in), biases zero.</summary>
    He,

    /// <summary>
    /// Saxe et al. 2014: orthogonal weights with gain sqrt(2), biases zero (CleanRL's <c>layer_init</c>).
    /// </summary>
    Orthogonal,

    /// <summary>LeCun et al. 1998: weights normal with deviation 1/sqrt(fan in), biases zero.</summary>
    LeCun,

    /// <summary>
    /// Glorot and Bengio 2010: weights uniform in +-sqrt(6 / (fan in + fan out)), biases zero (Keras's default).
    /// </summary>
    Glorot,

    /// <summary>Weights normal with a deviation that is given, biases zero.</summary>
    Normal,
}

/// <summary>An initialisation, with its deviation where it has one: <c>he</c>, <c>normal(0.35)</c>.</summary>
public readonly record struct Initialization
{
    /// <summary>What can be written.</summary>
    public const string Forms = "torch_default | he | orthogonal | le_cun | glorot | normal(DEVIATION)";

    private const double UsualDeviation = 0.05;

    public InitKind Kind { get; private init; }

    /// <summary>Of <see cref="InitKind.Normal"/>; 0 for all others.</summary>
    public double Deviation { get; private init; }

    public static implicit operator Initialization(InitKind kind) => FromInitKind(kind);

    /// <summary>The initialisation of a kind; the normal one has Keras's deviation of 0.05.</summary>
    public static Initialization FromInitKind(InitKind kind) =>
        kind == InitKind.Normal ? Normal(UsualDeviation) : new Initialization { Kind = kind };

    /// <summary>Normal weights with a deviation of their own.</summary>
    public static Initialization Normal(double deviation) => new() { Kind = InitKind.Normal, Deviation = deviation };

    /// <exception cref="FormatException">The text is none of <see cref="Forms"/>.</exception>
    public static Initialization Parse(string text)
    {
        var (kind, deviation) = NamedForm.Parse<InitKind>(text, Forms);
        if (deviation is null)
            return kind;
        return kind == InitKind.Normal && deviation is > 0 and <= 1000
            ? Normal(deviation.Value)
            : throw new FormatException($"is none of {Forms}, with a deviation above 0, at most 1000");
    }

    public override string ToString() => Kind == InitKind.Normal ? NamedForm.Write(Kind, Deviation) : NamedForm.Write(Kind);
}
