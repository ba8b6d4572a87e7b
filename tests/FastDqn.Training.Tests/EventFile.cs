using System.Buffers.Binary;
using System.Text;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>Reads event files as TensorBoard does: by name, and a session's start drops what is of its step or later.</summary>
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
                    shown.AddRange(Fields(summary.Data).Select(value => (Encoding.UTF8.GetString(Fields(value.Data).First(f => f.Number == 1).Data), step)));
            }
        }

        return shown;
    }

    public static IEnumerable<byte[]> Records(byte[] bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(TensorBoardWriter.MaskedCrc32C(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            var data = bytes.AsSpan(at + 12, length);
            Assert.Equal(TensorBoardWriter.MaskedCrc32C(data), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            yield return data.ToArray();
            at += 16 + length;
        }
    }

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
