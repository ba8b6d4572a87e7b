using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FastDqn.Core;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Bench;

/// <summary>Byte streams with and without a pipe, in turn: time and managed allocation.</summary>
internal static class StreamsSuite
{
    private const int Rows = 20_000;
    private const int NewRows = 10;

    public static IReadOnlyList<BenchRow> Run()
    {
        var folder = Directory.CreateTempSubdirectory("fastdqn-bench-").FullName;
        try
        {
            var rows = new List<BenchRow>();
            Lines(rows, Path.Combine(folder, "metrics.jsonl"));
            Tail(rows, Path.Combine(folder, "tail.jsonl"));
            Files(rows, folder);
            Verifying(rows, Path.Combine(folder, "whole"));
            return rows;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Row(int step) =>
        FormattableString.Invariant($"{{\"kind\":\"train\",\"step\":{step},\"frames\":{4 * step},")
        + FormattableString.Invariant($"\"metrics\":{{\"losses/td_loss\":0.{step},\"charts/epsilon\":0.1,\"r\":{step % 97}}},")
        + FormattableString.Invariant($"\"wall\":{{\"charts/SPS\":512.{step % 1000},\"perf/seconds\":{step}}}}}\n");

    private static void Lines(List<BenchRow> rows, string path)
    {
        File.WriteAllText(path, string.Concat(Enumerable.Range(0, Rows).Select(Row)));
        void Piped()
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
            using var lines = new LineReader(file, path);
            while (lines.Read())
                JsonDocument.Parse(lines.Line).Dispose();
        }

        void Plain()
        {
            foreach (var line in File.ReadLines(path))
                JsonDocument.Parse(line).Dispose();
        }

        Compare(rows, $"{Rows} rows of metrics read and parsed", 31, Piped, "File.ReadLines", Plain);
    }

    private static void Tail(List<BenchRow> rows, string path)
    {
        var step = 0;
        File.WriteAllText(path, "");
        var tail = new MetricsTail(path, new MetricSpec("r", Goal.Maximize));
        var (offset, best) = (0L, double.NegativeInfinity);
        var names = new HashSet<string>(StringComparer.Ordinal);
        void Grow()
        {
            using var file = File.AppendText(path);
            for (var i = 0; i < NewRows; i++)
                file.Write(Row(step++));
        }

        void Plain()
        {
            Grow();
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = offset;
            var bytes = new byte[file.Length - offset];
            file.ReadExactly(bytes);
            var end = Array.LastIndexOf(bytes, (byte)'\n') + 1;
            offset += end;
            foreach (var line in Encoding.UTF8.GetString(bytes, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                // As the tail reads a row.
                using var document = JsonDocument.Parse(line);
                var (row, found) = (document.RootElement, double.NaN);
                _ = row.GetProperty("step").GetInt64();
                var prefix = row.GetProperty("kind").GetString() is { } word and not "train" ? word + "/" : "";
                foreach (var property in row.GetProperty("metrics").EnumerateObject())
                {
                    names.Add(prefix + property.Name);
                    if (prefix + property.Name == "r")
                        found = property.Value.GetDouble();
                }

                best = Math.Max(best, found);
            }
        }

        void Piped()
        {
            Grow();
            tail.Read();
        }

        // Each sees what both append.
        Compare(rows, $"a look at a run's metrics after {2 * NewRows} new rows", 301, Piped, "bytes, one string, Split", Plain);
    }

    private static void Files(List<BenchRow> rows, string folder)
    {
        // The parts of a checkpoint of the Nature network with a million transitions, about.
        int[] sizes = [20 << 20, 15 << 20, 7 << 20, 40_000, 4_000, 1_000, 100, 30];
        var state = new byte[sizes[0]];
        new Random(1).NextBytes(state);
        void Save(Stream stream, int size)
        {
            var writer = new StateWriter(stream);
            for (var i = 0; i < 100; i++)
                writer.WriteInt64(i);
            writer.WriteRaw(state.AsSpan(0, size));
        }

        void Piped()
        {
            var writing = sizes.Select((size, i) => HashedFile.WriteAsync(Path.Combine(folder, $"piped{i}"), stream => Save(stream, size)));
            Task.WhenAll(writing.ToList()).GetAwaiter().GetResult();
        }

        void Plain()
        {
            for (var i = 0; i < sizes.Length; i++)
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                using var file = new FileStream(Path.Combine(folder, $"plain{i}"), FileMode.Create, FileAccess.Write, FileShare.None, 1);
                using (var stream = new BufferedStream(new Hashing(file, hash), 1 << 16))
                    Save(stream, sizes[i]);
                file.Flush(flushToDisk: true);
            }
        }

        var name = $"{sizes.Sum() >> 20} MiB of state in {sizes.Length} durable, hashed files";
        Compare(rows, name, 31, Piped, "one after the other on one thread", Plain);
    }

    private static void Verifying(List<BenchRow> rows, string path)
    {
        var bytes = new byte[64 << 20];
        new Random(2).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        var expected = Convert.ToHexStringLower(SHA256.HashData(bytes));
        void Plain() => HashedFile.Damage(path, bytes.Length, expected, mayGoOn: false);

        // Reading ahead on another thread, hashing on this one.
        void Piped()
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var pipe = new Pipe(new PipeOptions(
                pauseWriterThreshold: 2 << 20, resumeWriterThreshold: 1 << 20,
                minimumSegmentSize: 1 << 18, useSynchronizationContext: false));
            var reading = Task.Run(async () =>
            {
                while (file.Read(pipe.Writer.GetSpan(1 << 18)) is > 0 and var count)
                {
                    pipe.Writer.Advance(count);
                    await pipe.Writer.FlushAsync().ConfigureAwait(false);
                }

                await pipe.Writer.CompleteAsync().ConfigureAwait(false);
            });
            while (pipe.Reader.ReadAsync().AsTask().GetAwaiter().GetResult() is var read && !(read.IsCompleted && read.Buffer.IsEmpty))
            {
                foreach (var piece in read.Buffer)
                    hash.AppendData(piece.Span);
                pipe.Reader.AdvanceTo(read.Buffer.End);
            }

            pipe.Reader.Complete();
            reading.Wait();
            if (Convert.ToHexStringLower(hash.GetHashAndReset()) != expected)
                throw new FastDqnException("the pipe lost bytes");
        }

        Compare(rows, "64 MiB verified, as it is (no pipe)", 31, Plain, "read ahead through a pipe", Piped);
    }

    private static void Compare(List<BenchRow> rows, string name, int rounds, Action own, string peer, Action other)
    {
        var times = Measure.InTurn(rounds, own, other);
        rows.Add(BenchRow.LessIsBetter(name, times[0] * 1e3, "ms", peer, times[1] * 1e3));
        rows.Add(BenchRow.LessIsBetter($"{name}: allocation", Allocated(own), "kB", peer, Allocated(other)));
    }

    private static double Allocated(Action action)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        action();
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / 1e3;
    }

    /// <summary>Hashes and writes what it is given.</summary>
    private sealed class Hashing(FileStream file, IncrementalHash hash) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => file.Length;

        public override long Position { get => file.Position; set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            hash.AppendData(buffer);
            file.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
            // The file is flushed at its end.
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
