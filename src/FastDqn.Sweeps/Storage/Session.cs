using System.Data.Common;
using System.Globalization;

namespace FastDqn.Sweeps.Storage;

/// <summary>One transaction with short forms for commands; parameters are @0, @1, ... in order.</summary>
internal sealed class Session(DbConnection connection, DbTransaction transaction)
{
    public int Execute(string sql, params object?[] values)
    {
        using var command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row, or null.</summary>
    public object? Scalar(string sql, params object?[] values)
    {
        using var command = Command(sql, values);
        return command.ExecuteScalar() is { } value and not DBNull ? value : null;
    }

    public long Long(string sql, params object?[] values) =>
        Convert.ToInt64(Scalar(sql, values) ?? 0L, CultureInfo.InvariantCulture);

    public List<T> Rows<T>(string sql, Func<DbDataReader, T> read, params object?[] values)
    {
        using var command = Command(sql, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    private DbCommand Command(string sql, object?[] values)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // The texts are this folder's constants; values go in as parameters only.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < values.Length; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = "p" + i.ToString(CultureInfo.InvariantCulture);
            parameter.Value = values[i] ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
