using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using FastDqn.Core;
using FastDqn.Environments;

namespace FastDqn.Cli.Play;

/// <summary>What a recorded session was played on.</summary>
/// <param name="Environment">The options that make the same environment again.</param>
/// <param name="Seed">Seed of its reset.</param>
internal sealed record SessionHeader(EnvironmentOptions Environment, ulong Seed)
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new NumberOrDefault() } };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public static SessionHeader? FromJson(string text) => JsonSerializer.Deserialize<SessionHeader>(text, Json);

    /// <summary>
    /// Recordings write null for a mode and a difficulty at the game's default, which the options call -1.
    /// </summary>
    private sealed class NumberOrDefault : JsonConverter<int>
    {
        public override bool HandleNull => true;

        public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? -1 : reader.GetInt32();

        public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options)
        {
            if (value < 0)
                writer.WriteNullValue();
            else
                writer.WriteNumberValue(value);
        }
    }
}

/// <summary>
/// A session as transitions: an 8-byte magic number, then a zlib stream of the header and the rows, each a flag,
/// action, reward, flags, lives, frames and the observation's bytes. Playing the actions again on the same environment
/// gives the same bytes.
/// </summary>
internal sealed class TransitionWriter : IDisposable
{
    internal static ReadOnlySpan<byte> Magic => "FDQTRAN1"u8;

    private readonly FileStream _file;
    private readonly ZLibStream _packed;
    private readonly StateWriter _writer;

    public TransitionWriter(string path, SessionHeader header, ObservationSpec spec)
    {
        _file = OutputFile.Writing(path, () => new FileStream(path, FileMode.Create, FileAccess.Write));
        _file.Write(Magic);
        _packed = new ZLibStream(_file, CompressionLevel.Fastest);
        _writer = new StateWriter(_packed);
        _writer.Section("transitions", 1);
        _writer.WriteString(header.ToJson());
        _writer.WriteInt32(spec.FrameBytes);
    }

    public void Add(Transition row)
    {
        _writer.WriteBool(true);
        _writer.WriteInt32(row.Action);
        _writer.WriteSingle(row.Reward);
        _writer.WriteInt32(row.Flags);
        _writer.WriteInt32(row.Lives);
        _writer.WriteInt32(row.Frames);
        _writer.WriteRaw(row.Frame);
    }

    public void Dispose()
    {
        _writer.WriteBool(false);
        _packed.Dispose();
        _file.Dispose();
    }
}

/// <summary>Reads what <see cref="TransitionWriter"/> wrote.</summary>
internal sealed class TransitionReader : IDisposable
{
    private const int MaxFrameBytes = 1 << 24;
    private readonly string _path;
    private readonly FileStream _file;
    private readonly ZLibStream _packed;
    private readonly StateReader _reader;

    public TransitionReader(string path)
    {
        if (FileKinds.WhyNotFile(path, "a recorded session") is { } why)
            throw new FastDqnException(ErrorKind.BadData, $"{path}: {why}");
        _path = path;
        try
        {
            _file = new FileStream(path, FileMode.Open, FileAccess.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var told = e.Message.ReplaceLineEndings(" ");
            throw new FastDqnException(ErrorKind.BadData, $"{path}: cannot be read as a recorded session: {told}", e);
        }

        Span<byte> magic = stackalloc byte[8];
        if (_file.ReadAtLeast(magic, 8, throwOnEndOfStream: false) < 8 || !magic.SequenceEqual(TransitionWriter.Magic))
        {
            _file.Dispose();
            throw new FastDqnException(ErrorKind.BadData, $"{path}: not a recorded session (fastdqn play --transitions FILE makes one)");
        }

        _packed = new ZLibStream(_file, CompressionMode.Decompress);
        _reader = new StateReader(_packed);
        try
        {
            (Header, FrameBytes) = Guarded(() =>
            {
                _reader.Section("transitions", 1);
                return (SessionHeader.FromJson(_reader.ReadString()) ?? throw Bad("the header is empty"), _reader.ReadInt32());
            });
            if (FrameBytes is < 1 or > MaxFrameBytes)
                throw Bad($"observations of {FrameBytes} bytes");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public SessionHeader Header { get; }

    public int FrameBytes { get; }

    /// <summary>The next row, or null at the end.</summary>
    public Transition? Next() => Guarded(() =>
    {
        if (!_reader.ReadBool())
            return null;
        var (action, reward, flags, lives, frames) = (
            _reader.ReadInt32(), _reader.ReadSingle(), _reader.ReadInt32(), _reader.ReadInt32(), _reader.ReadInt32());
        var frame = new byte[FrameBytes];
        _reader.ReadRaw(frame);
        return flags is >= 0 and <= 15 ? new Transition(action, reward, (byte)flags, lives, frames, frame) : throw Bad($"flags {flags}");
    });

    public void Dispose()
    {
        _packed.Dispose();
        _file.Dispose();
    }

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or NotSupportedException)
        {
            throw Bad("its data is damaged", e);
        }
        catch (FastDqnException e)
        {
            throw new FastDqnException(
                e.Kind, e.Message.StartsWith(_path, StringComparison.Ordinal) ? e.Message : $"{_path}: {e.Message}", e);
        }
    }

    private FastDqnException Bad(string what, Exception? inner = null) => new(ErrorKind.BadData, $"{_path}: {what}", inner);
}
