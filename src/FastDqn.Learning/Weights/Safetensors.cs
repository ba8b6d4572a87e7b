using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using FastDqn.Core;

namespace FastDqn.Learning.Weights;

/// <summary>A named array of 32-bit floats in row-major order.</summary>
public sealed record NamedTensor(string Name, IReadOnlyList<long> Shape, ReadOnlyMemory<float> Values);

/// <summary>A file's tensors, in the order of their bytes, and what else it says.</summary>
public sealed record SafetensorsFile(IReadOnlyList<NamedTensor> Tensors, IReadOnlyDictionary<string, string> Metadata);

/// <summary>
/// The safetensors format (huggingface.co/docs/safetensors): an 8-byte little-endian header length, a JSON header, then
/// the bytes. Reads F32, F64, F16, BF16 and integers (as floats); writes F32. Everything a header claims is checked
/// against the file before anything is allocated.
/// </summary>
public static class Safetensors
{
    private const string Metadata = "__metadata__";
    private const long MaxHeaderBytes = 100_000_000;
    private const int MaxDimensions = 16;

    /// <summary>Writes a file, in the order given, with optional string metadata.</summary>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/>: tensors that the format cannot hold.
    /// </exception>
    public static void Write(string path, IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write);
        Write(stream, tensors, metadata);
    }

    /// <summary>
    /// As <see cref="Write(string, IReadOnlyList{NamedTensor}, IReadOnlyDictionary{string, string})"/>, to a stream.
    /// </summary>
    public static void Write(Stream stream, IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        Check(tensors);
        var header = Header(tensors, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        foreach (var tensor in tensors)
        {
            var values = tensor.Values.Span;
            while (values.Length > 0)
            {
                var count = Math.Min(values.Length, buffer.Length / 4);
                for (var i = 0; i < count; i++)
                    BinaryPrimitives.WriteSingleLittleEndian(buffer.AsSpan(i * 4), values[i]);
                stream.Write(buffer, 0, count * 4);
                values = values[count..];
            }
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>
    /// Reads all tensors of a file. Throws <see cref="ErrorKind.BadData"/> with the file's name when it is not a sound
    /// safetensors file.
    /// </summary>
    public static IReadOnlyList<NamedTensor> Read(string path) => Open(path).Tensors;

    /// <summary>As <see cref="Read(string)"/>, with the metadata.</summary>
    public static SafetensorsFile Open(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
            return Open(stream, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// As <see cref="Read(string)"/>, from a seekable stream; <paramref name="name"/> stands in messages.
    /// </summary>
    public static IReadOnlyList<NamedTensor> Read(Stream stream, string name) => Open(stream, name).Tensors;

    private static SafetensorsFile Open(Stream stream, string name)
    {
        var available = stream.Length - stream.Position;
        Span<byte> prefix = stackalloc byte[8];
        if (available < 8)
            throw Bad(name, $"{available} bytes are too few");
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length < 2 || length > Math.Min(MaxHeaderBytes, available - 8))
            throw Bad(name, $"the header claims {length} bytes, {available - 8} follow");
        var header = new byte[length];
        stream.ReadExactly(header);
        var data = stream.Position;
        var dataLength = stream.Length - data;
        var tensors = new List<NamedTensor>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in Entries(header, dataLength, name, metadata))
        {
            stream.Position = data + entry.Begin;
            tensors.Add(new NamedTensor(entry.Name, entry.Shape, Decode(stream, entry)));
        }

        return new SafetensorsFile(tensors, metadata);
    }

    private static void Check(IReadOnlyList<NamedTensor> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (tensor.Name == Metadata)
                throw Unwritable($"no tensor can be called {Metadata}, the name of the file's metadata");
            if (!names.Add(tensor.Name))
                throw Unwritable($"two tensors are called '{Shown(tensor.Name)}'");
            var (shape, count) = (string.Join('x', tensor.Shape), tensor.Shape.Aggregate((Int128)1, (product, side) => product * side));
            if (tensor.Shape.Any(side => side < 0) || count != tensor.Values.Length)
                throw Unwritable($"'{Shown(tensor.Name)}' has {tensor.Values.Length} values for the shape {shape}");
        }

        static FastDqnException Unwritable(string what) => new(ErrorKind.Usage, $"safetensors: {what}");
    }

    private static byte[] Header(IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(Metadata);
                foreach (var (key, value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            var offset = 0L;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (var side in tensor.Shape)
                    json.WriteNumberValue(side);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += tensor.Values.Length * 4L;
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Data starts on an 8-byte border, as the reference writer has it: the header is padded with spaces.
        var header = new byte[(buffer.WrittenCount + 7) / 8 * 8];
        header.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header);
        return header;
    }

    private static List<Entry> Entries(byte[] header, long dataLength, string name, Dictionary<string, string> metadata)
    {
        var entries = new List<Entry>();
        if (header[0] != '{')
            throw new FastDqnException(ErrorKind.BadData, $"{name}: not a safetensors file: the header is not sound JSON");
        try
        {
            using var json = JsonDocument.Parse(header.AsMemory(), new JsonDocumentOptions { MaxDepth = 8 });
            foreach (var property in Properties(json.RootElement, name))
            {
                if (property.Name != Metadata)
                {
                    entries.Add(ParseEntry(property, dataLength, name));
                    continue;
                }

                foreach (var value in Properties(property.Value, name))
                {
                    metadata[value.Name] = value.Value.ValueKind == JsonValueKind.String
                        ? value.Value.GetString()!
                        : throw Bad(name, $"{Metadata} holds more than strings");
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException
            or KeyNotFoundException or DecoderFallbackException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{name}: not a safetensors file: the header is not sound JSON", e);
        }

        // The tensors cover the bytes once, from the first to the last.
        entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        var end = 0L;
        foreach (var entry in entries)
        {
            if (entry.Begin < end)
                throw Bad(name, $"'{Shown(entry.Name)}' overlaps another tensor");
            if (entry.Begin > end)
                throw Bad(name, $"bytes {end}..{entry.Begin} belong to no tensor");
            end = entry.End;
        }

        return end == dataLength ? entries : throw Bad(name, $"bytes {end}..{dataLength} after the last tensor belong to none");
    }

    /// <summary>An object's properties, none of which may be there twice.</summary>
    private static List<JsonProperty> Properties(JsonElement element, string name)
    {
        var (properties, names) = (new List<JsonProperty>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var property in element.EnumerateObject())
        {
            if (!names.Add(property.Name))
                throw Bad(name, $"'{Shown(property.Name)}' is there twice");
            properties.Add(property);
        }

        return properties;
    }

    private static Entry ParseEntry(JsonProperty property, long dataLength, string name)
    {
        var shown = Shown(property.Name);
        _ = Properties(property.Value, name);
        var type = property.Value.GetProperty("dtype").GetString() ?? "";
        if (ElementSize(type) == 0)
            throw Bad(name, $"'{shown}' has the unsupported element type '{Shown(type)}'");
        var dimensions = property.Value.GetProperty("shape");
        if (dimensions.GetArrayLength() > MaxDimensions)
            throw Bad(name, $"'{shown}' has {dimensions.GetArrayLength()} dimensions");
        long[] shape = [.. dimensions.EnumerateArray().Select(side => side.GetInt64())];
        var offsets = property.Value.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2)
            throw Bad(name, $"'{shown}' needs two data offsets");
        var (begin, end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
        if (begin < 0 || end < begin || end > dataLength)
            throw Bad(name, $"'{shown}' lies at {begin}..{end} of {dataLength} bytes");
        var count = 1L;
        foreach (var side in shape)
        {
            if (side < 0 || (side > 0 && count > dataLength / side))
                throw Bad(name, $"'{shown}' claims the shape {string.Join('x', shape)}");
            count *= side;
        }

        if (end - begin != count * ElementSize(type) || count > Array.MaxLength)
            throw Bad(name, $"'{shown}' has {end - begin} bytes for {count} values of {type}");
        return new Entry(property.Name, type, shape, begin, end, (int)count);
    }

    private static int ElementSize(string type) => type switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" => 1,
        _ => 0,
    };

    private static float[] Decode(Stream stream, Entry entry)
    {
        var values = new float[entry.Count];
        var size = ElementSize(entry.Type);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        for (var done = 0; done < values.Length;)
        {
            var count = Math.Min(values.Length - done, buffer.Length / size);
            var bytes = buffer.AsSpan(0, count * size);
            stream.ReadExactly(bytes);
            for (var i = 0; i < count; i++)
                values[done + i] = Element(bytes.Slice(i * size, size), entry.Type);
            done += count;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return values;
    }

    private static float Element(ReadOnlySpan<byte> bytes, string type) => type switch
    {
        "F32" => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        "F64" => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        "F16" => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        "BF16" => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        "I64" => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        "U64" => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        "I32" => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        "U32" => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        "I16" => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        "U16" => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        "I8" => (sbyte)bytes[0],
        _ => bytes[0],
    };

    private static FastDqnException Bad(string name, string what) =>
        new(ErrorKind.BadData, $"{name}: not a sound safetensors file: {what}");

    private static string Shown(string text)
    {
        var cut = text.Length > 60 ? text[..60] : text;
        return string.Concat(cut.Select(c => char.IsControl(c) ? '?' : c));
    }

    private readonly record struct Entry(string Name, string Type, long[] Shape, long Begin, long End, int Count);
}
