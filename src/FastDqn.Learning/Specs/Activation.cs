namespace FastDqn.Learning.Specs;

/// <summary>A function of each of a layer's outputs.</summary>
public enum ActivationKind
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x above 0, the slope times x below.</summary>
    LeakyRelu,

    Tanh,

    /// <summary>x above 0, e^x - 1 below.</summary>
    Elu,

    /// <summary>x itself.</summary>
    None,
}

/// <summary>An activation, with its slope where it has one: <c>relu</c>, <c>leaky_relu(0.01)</c>.</summary>
public readonly record struct Activation
{
    /// <summary>What can be written.</summary>
    public const string Forms = "relu | leaky_relu(SLOPE) | tanh | elu | none";

    private const double UsualSlope = 0.01;

    public ActivationKind Kind { get; private init; }

    /// <summary>Of the leaky ReLU below 0; 0 for all others.</summary>
    public double Slope { get; private init; }

    public static implicit operator Activation(ActivationKind kind) => FromActivationKind(kind);

    /// <summary>The activation of a kind; the leaky ReLU has PyTorch's slope of 0.01.</summary>
    public static Activation FromActivationKind(ActivationKind kind) =>
        kind == ActivationKind.LeakyRelu ? Leaky(UsualSlope) : new Activation { Kind = kind };

    /// <summary>Leaky ReLU with a slope below 0 of its own.</summary>
    public static Activation Leaky(double slope) => new() { Kind = ActivationKind.LeakyRelu, Slope = slope };

    /// <exception cref="FormatException">The text is none of <see cref="Forms"/>.</exception>
    public static Activation Parse(string text)
    {
        var (kind, slope) = NamedForm.Parse<ActivationKind>(text, Forms);
        if (slope is null)
            return kind;
        return kind == ActivationKind.LeakyRelu && slope is >= 0 and <= 1
            ? Leaky(slope.Value)
            : throw new FormatException($"is none of {Forms}, with a slope of 0 to 1");
    }

    public override string ToString() =>
        Kind == ActivationKind.LeakyRelu ? NamedForm.Write(Kind, Slope) : NamedForm.Write(Kind);
}
