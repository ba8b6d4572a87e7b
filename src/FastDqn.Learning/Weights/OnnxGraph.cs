using System.Globalization;
using System.Runtime.InteropServices;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Weights;

/// <summary>
/// A network as an ONNX model (onnx.proto, operators of set 17) under construction. A value is known by its name.
/// </summary>
/// <param name="layout">Of the network.</param>
/// <param name="weights">The layout's parameters, then its buffers.</param>
internal sealed class OnnxGraph(ParameterLayout layout, IReadOnlyList<NamedTensor> weights)
{
    private const int IrVersion = 8, OperatorSet = 17;
    private const int Float = 1, Byte = 2, Int64 = 7;
    private readonly ProtobufWriter _graph = new();
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);
    private int _values;

    /// <summary>A number that a node is told.</summary>
    public static (string, object) With(string name, double value) => (name, value);

    /// <summary>A whole number that a node is told.</summary>
    public static (string, object) With(string name, long value) => (name, value);

    /// <summary>Whole numbers that a node is told.</summary>
    public static (string, object) With(string name, params long[] values) => (name, values);

    /// <summary>The tensor of a parameter.</summary>
    public NamedTensor TensorOf(int parameter) => weights[parameter];

    /// <summary>The tensor of a buffer.</summary>
    public NamedTensor TensorOfBuffer(int buffer) => weights[layout.Parameters.Count + buffer];

    /// <summary>The value that a parameter is.</summary>
    public string Parameter(int parameter) => Hold(TensorOf(parameter));

    /// <summary>The value that a buffer is.</summary>
    public string Buffer(int buffer) => Hold(TensorOfBuffer(buffer));

    /// <summary>Numbers as a value.</summary>
    public string Hold(NamedTensor tensor)
    {
        if (_held.Add(tensor.Name))
            Initializer(tensor.Name, Float, tensor.Shape, MemoryMarshal.AsBytes(tensor.Values.Span));
        return tensor.Name;
    }

    /// <summary>A number as a value.</summary>
    public string Constant(double value) => Hold(new NamedTensor(Next("constant"), [], new[] { (float)value }));

    /// <summary>Whole numbers as a value.</summary>
    public string Whole(params long[] values)
    {
        var name = Next("numbers");
        Initializer(name, Int64, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()));
        return name;
    }

    /// <summary>Another shape; -1 once for what follows from the others.</summary>
    public string Reshape(string x, params long[] shape) => Node("Reshape", [x, Whole(shape)]);

    /// <summary>x times a number, where it is not 1.</summary>
    public string Scale(string x, double scale) => scale is 1 ? x : Node("Mul", [x, Constant(scale)]);

    /// <summary>The activation of x.</summary>
    public string Activation(string x, Activation activation) => activation.Kind switch
    {
        ActivationKind.Relu => Node("Relu", [x]),
        ActivationKind.LeakyRelu => Node("LeakyRelu", [x], With("alpha", activation.Slope)),
        ActivationKind.Tanh => Node("Tanh", [x]),
        ActivationKind.Elu => Node("Elu", [x]),
        _ => x,
    };

    /// <summary>Float numbers of whole ones.</summary>
    public string ToFloat(string x) => Node("Cast", [x], With("to", Float));

    /// <summary>A node of one output, which is returned.</summary>
    public string Node(string operation, IReadOnlyList<string> inputs, params (string Name, object Value)[] attributes)
    {
        var output = Next(operation);
        Node(operation, inputs, output, attributes);
        return output;
    }

    /// <summary>The file, when <paramref name="output"/> is made of the inputs.</summary>
    public byte[] Finish(
        string output, int actions, IReadOnlyList<(string Name, bool Bytes, IReadOnlyList<string> Sides)> inputs,
        IReadOnlyDictionary<string, string> metadata)
    {
        const string result = "q_values";
        Node("Identity", [output], result);
        _graph.Add(2, "q_network");
        foreach (var (name, bytes, sides) in inputs)
            _graph.Add(11, Value(name, bytes ? Byte : Float, sides));
        _graph.Add(12, Value(result, Float, ["batch", actions.ToString(CultureInfo.InvariantCulture)]));
        var model = new ProtobufWriter()
            .Add(1, IrVersion)
            .Add(2, "fastdqn")
            .Add(7, _graph)
            .Add(8, new ProtobufWriter().Add(1, "").Add(2, OperatorSet));
        foreach (var (key, value) in metadata)
            model.Add(14, new ProtobufWriter().Add(1, key).Add(2, value));
        return model.ToArray();
    }

    private static ProtobufWriter Value(string name, int type, IReadOnlyList<string> sides)
    {
        var shape = new ProtobufWriter();
        foreach (var side in sides)
        {
            var known = long.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out var length);
            shape.Add(1, known ? new ProtobufWriter().Add(1, length) : new ProtobufWriter().Add(2, side));
        }

        var tensor = new ProtobufWriter().Add(1, type).Add(2, shape);
        return new ProtobufWriter().Add(1, name).Add(2, new ProtobufWriter().Add(1, tensor));
    }

    private static ProtobufWriter Attribute(string name, object value)
    {
        const int number = 1, whole = 2, several = 7;
        var attribute = new ProtobufWriter().Add(1, name);
        switch (value)
        {
            case double real: return attribute.Add(2, (float)real).Add(20, number);
            case long one: return attribute.Add(3, one).Add(20, whole);
            default:
                foreach (var each in (long[])value)
                    attribute.Add(8, each);
                return attribute.Add(20, several);
        }
    }

    private void Node(string operation, IReadOnlyList<string> inputs, string output, params (string Name, object Value)[] attributes)
    {
        var node = new ProtobufWriter();
        foreach (var input in inputs)
            node.Add(1, input);
        node.Add(2, output).Add(3, output).Add(4, operation);
        foreach (var (name, value) in attributes)
            node.Add(5, Attribute(name, value));
        _graph.Add(1, node);
    }

    private void Initializer(string name, int type, IReadOnlyList<long> shape, ReadOnlySpan<byte> bytes)
    {
        var tensor = new ProtobufWriter();
        foreach (var side in shape)
            tensor.Add(1, side);
        _graph.Add(5, tensor.Add(2, type).Add(8, name).Add(9, bytes));
    }

    private string Next(string what) => string.Create(CultureInfo.InvariantCulture, $"{what}_{_values++}");
}
