using System.Buffers.Binary;
using System.Text;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>
/// Reads event files as TensorBoard does: by name, and a session's start drops what is of its step or later.
/// </summary>
internal static class EventFile
{
    public static IEnumerable<(string Tag, long Step)> Shown(string directory)
    {
        var shown = new List<(string Tag, long Step)>();
        foreach (var path in Directory.GetFiles(directory, "events.out.tfevents.*").Order(StringComparer.Ordinal))
        {
            foreach (var record in Records(File.ReadAllBytes(path)))
            {
                var fields = Fields(record);
                var step = fields.Where(f => f.Number == 2).Select(f => f.Value).FirstOrDefault();
                if (fields.Any(f => f.Number == 7 && f.Data.AsSpan().SequenceEqual((byte[])[0x08, 1])))
                    shown.RemoveAll(s => s.Step >= step);
                foreach (var summary in fields.Where(f => f.Number == 5))
                {
                    shown.AddRange(Fields(summary.Data)
                        .Select(value => (Encoding.UTF8.GetString(Fields(value.Data).First(f => f.Number == 1).Data), step)));
                }
            }
        }

        return shown;
    }

    public static IEnumerable<byte[]> Records(byte[] bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(
                TensorBoardWriter.MaskedCrc32C(bytes.AsSpan(at, 8)),
                BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            var data = bytes.AsSpan(at + 12, length);
            Assert.Equal(TensorBoardWriter.MaskedCrc32C(data), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            yield return data.ToArray();
            at += 16 + length;
        }
    }

    /// <summary>The hyperparameters that the HParams tab shows of a run: number, flag or text.</summary>
    public static Dictionary<string, object> HyperParameters(string directory)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var data in PluginData(directory, "_hparams_/session_start_info"))
        {
            foreach (var entry in Fields(One(data, 3)).Where(f => f.Number == 1))
            {
                var value = Assert.Single(Fields(One(entry.Data, 2)));
                values[Encoding.UTF8.GetString(One(entry.Data, 1))] = value.Number switch
                {
                    2 => BinaryPrimitives.ReadDoubleLittleEndian(value.Data),
                    3 => Encoding.UTF8.GetString(value.Data),
                    _ => value.Value == 1,
                };
            }
        }

        return values;
    }

    /// <summary>The graphs that a folder's events hold: each a list of nodes.</summary>
    public static List<List<GraphNode>> Graphs(string directory) =>
    [
        .. from path in Directory.GetFiles(directory, "events.out.tfevents.*").Order(StringComparer.Ordinal)
           from record in Records(File.ReadAllBytes(path))
           from graph in Fields(record).Where(f => f.Number == 4)
           select Fields(graph.Data).Where(f => f.Number == 1).Select(node => Node(node.Data)).ToList(),
    ];

    /// <summary>How the HParams tab says that the run ended: 1 for well, 2 for badly; 0: it is under way.</summary>
    public static long EndStatus(string directory) => PluginData(directory, "_hparams_/session_end_info")
        .Select(data => Fields(One(data, 4)).First(f => f.Number == 1).Value).LastOrDefault();

    private static IEnumerable<byte[]> PluginData(string directory, string tag) =>
        from path in Directory.GetFiles(directory, "events.out.tfevents.*").Order(StringComparer.Ordinal)
        from record in Records(File.ReadAllBytes(path))
        from summary in Fields(record).Where(f => f.Number == 5)
        from value in Fields(summary.Data)
        where Encoding.UTF8.GetString(One(value.Data, 1)) == tag
        let plugin = One(One(value.Data, 9), 1)
        where Encoding.UTF8.GetString(One(plugin, 1)) == "hparams"
        select One(plugin, 2);

    private static GraphNode Node(byte[] node)
    {
        var attributes = Fields(node).Where(f => f.Number == 5)
            .ToDictionary(f => Encoding.UTF8.GetString(One(f.Data, 1)), f => One(f.Data, 2));
        var shape = One(One(attributes["_output_shapes"], 1), 7);
        return new GraphNode(
            Encoding.UTF8.GetString(One(node, 1)),
            Encoding.UTF8.GetString(One(node, 2)),
            [.. Fields(node).Where(f => f.Number == 3).Select(f => Encoding.UTF8.GetString(f.Data))],
            [.. Fields(shape).Where(f => f.Number == 2).Select(f => Fields(f.Data).Single(d => d.Number == 1).Value)],
            Fields(attributes["parameters"]).Single(f => f.Number == 3).Value);
    }

    private static byte[] One(byte[] message, int number) => Fields(message).Single(f => f.Number == number).Data;

    private static List<(int Number, long Value, byte[] Data)> Fields(byte[] message)
    {
        var fields = new List<(int, long, byte[])>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            switch (tag & 7)
            {
                case 0:
                    fields.Add(((int)(tag >> 3), Varint(message, ref at), []));
                    break;
                case 1:
                    fields.Add(((int)(tag >> 3), 0, message[at..(at + 8)]));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    fields.Add(((int)(tag >> 3), 0, message[at..(at + length)]));
                    at += length;
                    break;
                default:
                    at += 4;
                    break;
            }
        }

        return fields;
    }

    private static long Varint(byte[] bytes, ref int at)
    {
        var value = 0L;
        for (var shift = 0; ; shift += 7)
        {
            value |= (long)(bytes[at] & 0x7F) << shift;
            if (bytes[at++] < 0x80)
                return value;
        }
    }
}

/// <summary>A layer as TensorBoard's graph has it.</summary>
internal sealed record GraphNode(string Name, string Operation, string[] Inputs, long[] Shape, long Parameters);
