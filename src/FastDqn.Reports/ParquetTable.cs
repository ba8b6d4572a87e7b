using FastDqn.Training.Curves;
using Parquet;
using Parquet.Schema;

namespace FastDqn.Reports;

/// <summary>
/// The columns of <see cref="MetricsTable"/> as Parquet: texts, whole numbers, and doubles that may be missing.
/// </summary>
internal static class ParquetTable
{
    private const int GroupRows = 20_000;

    public static async Task<long> WriteAsync(
        Stream output, IReadOnlyList<string> metrics, IEnumerable<(RunLabels Run, MetricsRow Row, double[] Values)> rows)
    {
        DataField[] fields =
        [
            .. MetricsTable.RunColumns.Select(Field), .. metrics.Select(name => new DataField<double?>(name)),
        ];
        var count = 0L;
        var writer = await ParquetWriter.CreateAsync(new ParquetSchema([.. fields]), output).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            foreach (var group in rows.Chunk(GroupRows))
            {
                using var to = writer.CreateRowGroup();
                foreach (var field in fields.Take(MetricsTable.RunColumns.Count))
                {
                    await (field.Name switch
                    {
                        "seed" => to.WriteAsync<long>(field, group.Select(r => r.Run.Seed).ToArray()),
                        "step" => to.WriteAsync<long>(field, group.Select(r => (long)r.Row.Step).ToArray()),
                        "frames" => to.WriteAsync<long>(field, group.Select(r => (long?)Known(r.Row.Frames)).ToArray()),
                        _ => to.WriteAsync(field, [.. group.Select(r => Text(field.Name, r.Run, r.Row))]),
                    }).ConfigureAwait(false);
                }

                for (var i = 0; i < metrics.Count; i++)
                {
                    var column = i;
                    var values = group.Select(r => Known(r.Values[column])).ToArray();
                    await to.WriteAsync<double>(fields[MetricsTable.RunColumns.Count + i], values).ConfigureAwait(false);
                }

                count += group.Length;
            }
        }

        return count;
    }

    private static DataField Field(string name) => name switch
    {
        "seed" or "step" => new DataField<long>(name),
        "frames" => new DataField<long?>(name),
        _ => new DataField<string>(name),
    };

    private static string Text(string column, RunLabels run, MetricsRow row) => column switch
    {
        "run" => run.Folder,
        "environment" => run.Environment,
        "algorithm" => run.Algorithm,
        "name" => run.Name,
        _ => row.Kind,
    };

    private static double? Known(double value) => double.IsFinite(value) ? value : null;
}
