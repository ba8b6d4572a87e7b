using System.Globalization;
using FastDqn.Tests;
using Parquet;
using Parquet.Schema;

namespace FastDqn.Reports.Tests;

/// <summary>The table as Parquet holds what the table as CSV does.</summary>
public sealed class ParquetTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData()]
    [InlineData("eval/mean_return", "losses/td_loss")]
    public async Task BothFormsHaveTheSameCells(params string[] metrics)
    {
        string[] runs =
        [
            MadeRun.Write(_folder.File("a"), "run.seed=7"), MadeRun.Write(_folder.File("b, \"two\""), "run.name=Ünï", episodes: 19_000),
        ];
        var table = MetricsTable.Of(runs, metrics, Assert.Fail);
        using var csv = new MemoryStream();
        using var parquet = new MemoryStream();
        var rows = table.WriteCsv(csv, _ => { });
        Assert.Equal(rows, table.WriteParquet(parquet, _ => { }));
        var wanted = Csv(System.Text.Encoding.UTF8.GetString(csv.ToArray()));
        Assert.Equal(rows + 1, wanted.Count);

        parquet.Position = 0;
        await using var reader = await ParquetReader.CreateAsync(parquet, cancellationToken: TestContext.Current.CancellationToken);
        var fields = reader.Schema.GetDataFields();
        Assert.Equal(wanted[0], fields.Select(f => f.Name));
        Assert.Equal(rows > 20_000 ? 2 : 1, reader.RowGroupCount);
        var at = 1;
        for (var i = 0; i < reader.RowGroupCount; i++)
        {
            using var group = reader.OpenRowGroupReader(i);
            var columns = new List<string[]>();
            foreach (var field in fields)
                columns.Add(await ReadAsync(group, field));
            for (var row = 0; row < group.RowCount; row++)
                Assert.Equal(wanted[at++], columns.Select(c => c[row]));
        }

        Assert.Equal(wanted.Count, at);
    }

    private static async Task<string[]> ReadAsync(ParquetRowGroupReader group, DataField field)
    {
        var (count, stop) = ((int)group.RowCount, TestContext.Current.CancellationToken);
        if (field.ClrType != typeof(double) && field.ClrType != typeof(long))
        {
            var texts = new string?[count];
            await group.ReadAsync(field, texts.AsMemory(), cancellationToken: stop);
            return [.. texts.Select(t => t ?? "")];
        }

        if (field.ClrType == typeof(double))
            return await NumbersAsync<double>();
        return field.IsNullable ? await NumbersAsync<long>() : await WholeAsync();

        async Task<string[]> NumbersAsync<T>()
            where T : struct, IFormattable
        {
            var values = new T?[count];
            await group.ReadAsync<T>(field, values.AsMemory(), cancellationToken: stop);
            return [.. values.Select(v => v?.ToString(typeof(T) == typeof(double) ? "R" : null, CultureInfo.InvariantCulture) ?? "")];
        }

        async Task<string[]> WholeAsync()
        {
            var values = new long[count];
            await group.ReadAsync<long>(field, values.AsMemory(), cancellationToken: stop);
            return [.. values.Select(v => v.ToString(CultureInfo.InvariantCulture))];
        }
    }

    /// <summary>Cells of RFC 4180.</summary>
    private static List<string[]> Csv(string text)
    {
        var (rows, cells, cell, quoted) = (new List<string[]>(), new List<string>(), new System.Text.StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted)
            {
                if (c == '"' && i + 1 < text.Length && text[i + 1] == '"')
                    cell.Append(text[++i]);
                else if (c == '"')
                    quoted = false;
                else
                    cell.Append(c);
            }
            else if (c == '"')
            {
                quoted = true;
            }
            else if (c is ',' or '\n')
            {
                cells.Add(cell.ToString());
                cell.Clear();
                if (c == '\n')
                {
                    rows.Add([.. cells]);
                    cells.Clear();
                }
            }
            else if (c != '\r')
            {
                cell.Append(c);
            }
        }

        return rows;
    }
}
