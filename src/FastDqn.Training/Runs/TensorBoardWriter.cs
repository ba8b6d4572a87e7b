using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using FastDqn.Core;
using FastDqn.Learning.Networks;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Runs;

/// <summary>
/// Writes TensorBoard event files: TFRecord framing (length, masked CRC-32C of the length, data, masked CRC-32C of the
/// data) around <c>tensorflow.Event</c> messages, encoded by hand because few fields are all that scalars, pictures,
/// hyperparameters and a graph need.
/// </summary>
public sealed class TensorBoardWriter : IDisposable
{
    private const string Prefix = "events.out.tfevents.";
    private readonly FileStream _file;
    private readonly MemoryStream _event = new();
    private readonly MemoryStream _summary = new();
    private readonly MemoryStream _value = new();
    private readonly TimeProvider _clock;

    /// <param name="directory">Where the file goes.</param>
    /// <param name="purgeFrom">
    /// For a run that goes on: what earlier files hold of this step and later ones counts no more (a SessionLog START,
    /// which TensorBoard answers by dropping it). Null for a new run.
    /// </param>
    /// <param name="clock">Where dates come from.</param>
    public TensorBoardWriter(string directory, long? purgeFrom = null, TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        // TensorBoard reads the files by name: a later one sorts last even where the clock went back.
        var newest = NewestSeconds(directory);
        IsFirst = newest < 0;
        var seconds = Math.Max(_clock.GetUtcNow().ToUnixTimeSeconds(), newest + 1);
        var name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{seconds:D10}.{Environment.MachineName}.{Environment.ProcessId}");
        _file = new FileStream(Path.Combine(directory, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, 4096);
        Begin(0);
        Bytes(_event, 3, Encoding.ASCII.GetBytes("brain.Event:2"));
        WriteRecord();
        if (purgeFrom is not { } step)
            return;
        const int sessionStart = 1;
        Begin(step);
        _value.SetLength(0);
        Number(_value, 1, sessionStart);
        Bytes(_event, 7, Written(_value));
        WriteRecord();
    }

    /// <summary>The folder held no events before.</summary>
    public bool IsFirst { get; }

    /// <summary>
    /// The network's layers for the Graphs tab: a <c>tensorflow.GraphDef</c> of a node a layer, with the shape of its
    /// output (the observations' number first, which is open) and its parameters.
    /// </summary>
    public void Graph(IEnumerable<NetworkRow> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        const int node = 1, versions = 4, producer = 1, graph = 4;
        using var nodes = new MemoryStream();
        foreach (var layer in layers)
            Bytes(nodes, node, Node(layer));
        using var version = new MemoryStream();
        Number(version, producer, 22);
        Bytes(nodes, versions, Written(version));
        Begin(0);
        Bytes(_event, graph, Written(nodes));
        WriteRecord();
    }

    /// <summary>Adds scalars at a step.</summary>
    public void Scalars(long step, IEnumerable<KeyValuePair<string, double>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Begin(step);
        _summary.SetLength(0);
        Span<byte> number = stackalloc byte[4];
        foreach (var (tag, value) in values)
        {
            _value.SetLength(0);
            Bytes(_value, 1, Encoding.UTF8.GetBytes(tag));
            Tag(_value, 2, 5);
            BinaryPrimitives.WriteSingleLittleEndian(number, (float)value);
            _value.Write(number);
            Bytes(_summary, 1, Written(_value));
        }

        Bytes(_event, 5, Written(_summary));
        WriteRecord();
    }

    /// <summary>Adds a PNG picture at a step.</summary>
    public void Image(long step, string tag, int width, int height, ReadOnlySpan<byte> png)
    {
        using var image = new MemoryStream();
        Number(image, 1, height);
        Number(image, 2, width);
        Number(image, 3, 3);
        Bytes(image, 4, png);
        Begin(step);
        _value.SetLength(0);
        Bytes(_value, 1, Encoding.UTF8.GetBytes(tag));
        Bytes(_value, 4, Written(image));
        _summary.SetLength(0);
        Bytes(_summary, 1, Written(_value));
        Bytes(_event, 5, Written(_summary));
        WriteRecord();
    }

    /// <summary>
    /// The hyperparameters of the run, for the HParams tab (<c>tensorboard.hparams.HParamsPluginData</c> with a
    /// SessionStartInfo); TensorBoard puts the columns together from all runs.
    /// </summary>
    public void SessionStart(long step, IEnumerable<KeyValuePair<string, object?>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        const int hyperParameters = 1, startTime = 5, startInfo = 3;
        using var info = new MemoryStream();
        using var entry = new MemoryStream();
        foreach (var (name, value) in values)
        {
            entry.SetLength(0);
            Bytes(entry, 1, Encoding.UTF8.GetBytes(name));
            Bytes(entry, 2, Value(value));
            Bytes(info, hyperParameters, Written(entry));
        }

        Double(info, startTime, Now());
        HyperParameterData(step, "_hparams_/session_start_info", startInfo, Written(info));
    }

    /// <summary>The run is over.</summary>
    /// <param name="step">Agent steps.</param>
    /// <param name="success">It is over as it should be.</param>
    public void SessionEnd(long step, bool success)
    {
        const int status = 1, succeeded = 1, failed = 2, endTime = 2, endInfo = 4;
        using var info = new MemoryStream();
        Number(info, status, success ? succeeded : failed);
        Double(info, endTime, Now());
        HyperParameterData(step, "_hparams_/session_end_info", endInfo, Written(info));
    }

    public void Flush() => _file.Flush();

    public void Dispose()
    {
        _file.Dispose();
        _event.Dispose();
        _summary.Dispose();
        _value.Dispose();
    }

    /// <summary>CRC-32C as TFRecord masks it: rotated right by 15 and offset.</summary>
    internal static uint MaskedCrc32C(ReadOnlySpan<byte> data) => BitOperations.RotateRight(~Crc32C.Of(data), 15) + 0xA282EAD8u;

    private static long NewestSeconds(string directory) => Directory.EnumerateFiles(directory, Prefix + "*")
        .Select(path => Path.GetFileName(path)[Prefix.Length..].Split('.')[0])
        .Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : -1)
        .DefaultIfEmpty(-1)
        .Max();

    private static ReadOnlySpan<byte> Written(MemoryStream stream) => stream.GetBuffer().AsSpan(0, (int)stream.Length);

    private static void Varint(Stream stream, ulong value)
    {
        while (value >= 0x80)
        {
            stream.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        stream.WriteByte((byte)value);
    }

    private static void Tag(Stream stream, int field, int wireType) => Varint(stream, (ulong)((field << 3) | wireType));

    private static void Number(Stream stream, int field, long value)
    {
        Tag(stream, field, 0);
        Varint(stream, unchecked((ulong)value));
    }

    private static void Double(Stream stream, int field, double value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        Tag(stream, field, 1);
        stream.Write(bytes);
    }

    /// <summary>A <c>google.protobuf.Value</c>: a number, a flag or a text (infinity, which JSON lacks).</summary>
    private static byte[] Value(object? value)
    {
        const int number = 2, text = 3, flag = 4;
        using var stream = new MemoryStream();
        switch (value)
        {
            case bool set:
                Number(stream, flag, set ? 1 : 0);
                break;
            case int or long:
            case double and > double.NegativeInfinity and < double.PositiveInfinity:
                Double(stream, number, Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            case IntRange { IsFixed: true } range:
                Double(stream, number, range.Least);
                break;
            default:
                Bytes(stream, text, Encoding.UTF8.GetBytes(ConfigKey.Format(value)));
                break;
        }

        return stream.ToArray();
    }

    private static void Text(Stream stream, int field, string text) => Bytes(stream, field, Encoding.UTF8.GetBytes(text));

    private static byte[] Node(NetworkRow layer)
    {
        const int name = 1, operation = 2, input = 3, text = 2, number = 3;
        using var node = new MemoryStream();
        Text(node, name, layer.Name);
        Text(node, operation, layer.Inputs.Count == 0 ? "Placeholder" : Operation(layer.Kind));
        foreach (var source in layer.Inputs)
            Text(node, input, source);
        Attribute(node, "_output_shapes", value => Bytes(value, 1, Shapes(layer.Shape)));
        Attribute(node, "kind", value => Text(value, text, layer.Kind));
        Attribute(node, "parameters", value => Number(value, number, layer.Parameters));
        return node.ToArray();
    }

    /// <summary>The words of a layer's kind without its sizes, as one: what TensorBoard colours nodes by.</summary>
    private static string Operation(string kind) =>
        string.Join('_', kind.Split([' ', ',', '(', ')'], StringSplitOptions.RemoveEmptyEntries).TakeWhile(word => char.IsLetter(word[0])));

    /// <summary>An entry of a node's map of attributes.</summary>
    private static void Attribute(Stream node, string key, Action<Stream> write)
    {
        const int attributes = 5;
        using var value = new MemoryStream();
        write(value);
        using var entry = new MemoryStream();
        Text(entry, 1, key);
        Bytes(entry, 2, Written(value));
        Bytes(node, attributes, Written(entry));
    }

    /// <summary>A list of the one shape.</summary>
    private static byte[] Shapes(IReadOnlyList<long> sides)
    {
        const int open = -1, dimension = 2, size = 1, shapes = 7;
        using var shape = new MemoryStream();
        foreach (var side in sides.Prepend(open))
        {
            using var one = new MemoryStream();
            Number(one, size, side);
            Bytes(shape, dimension, Written(one));
        }

        using var list = new MemoryStream();
        Bytes(list, shapes, Written(shape));
        return list.ToArray();
    }

    private static void Bytes(Stream stream, int field, ReadOnlySpan<byte> bytes)
    {
        Tag(stream, field, 2);
        Varint(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    /// <summary>A summary without a value, whose metadata carry the HParams plugin's data.</summary>
    private void HyperParameterData(long step, string tag, int field, ReadOnlySpan<byte> data)
    {
        const int version = 0;
        using var content = new MemoryStream();
        Number(content, 1, version);
        Bytes(content, field, data);
        using var plugin = new MemoryStream();
        Bytes(plugin, 1, "hparams"u8);
        Bytes(plugin, 2, Written(content));
        using var metadata = new MemoryStream();
        Bytes(metadata, 1, Written(plugin));
        Begin(step);
        _value.SetLength(0);
        Bytes(_value, 1, Encoding.UTF8.GetBytes(tag));
        Bytes(_value, 9, Written(metadata));
        _summary.SetLength(0);
        Bytes(_summary, 1, Written(_value));
        Bytes(_event, 5, Written(_summary));
        WriteRecord();
    }

    private double Now() => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    private void Begin(long step)
    {
        _event.SetLength(0);
        Double(_event, 1, Now());
        Number(_event, 2, step);
    }

    private void WriteRecord()
    {
        Span<byte> header = stackalloc byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)_event.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], MaskedCrc32C(header[..8]));
        _file.Write(header);
        var data = Written(_event);
        _file.Write(data);
        Span<byte> footer = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(footer, MaskedCrc32C(data));
        _file.Write(footer);
    }
}
