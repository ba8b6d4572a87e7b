using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace FastDqn.Sweeps.Storage;

/// <summary>
/// A piece of work on a connection with short forms for commands; parameters are @p0, @p1, ... in order. What is
/// handed over by <see cref="Later"/> makes the trip to the server together with the command that comes next.
/// </summary>
internal sealed partial class Session(DbConnection connection)
{
    private readonly StringBuilder _text = new();
    private readonly List<object?> _values = [];
    private int _resultsBefore;

    /// <summary>Executes a command, whose effect nothing asks for, before the next one.</summary>
    public void Later(string sql, params object?[] values)
    {
        Append(sql, values);
        _text.Append(";\n");
    }

    /// <summary>Takes a lock by a query, before the next command; none where the dialect has no such query.</summary>
    public void LockLater(string query, params object?[] values)
    {
        if (query.Length == 0)
            return;
        Later(query, values);
        _resultsBefore++;
    }

    /// <summary>Executes what is left.</summary>
    public void Flush()
    {
        if (_text.Length == 0)
            return;
        using var command = Take();
        command.ExecuteNonQuery();
    }

    /// <summary>Executes a command; returns how many rows it touched.</summary>
    public int Execute(string sql, params object?[] values)
    {
        // The server counts the rows of all commands that come together.
        Flush();
        Append(sql, values);
        using var command = Take();
        return command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row, or null.</summary>
    public object? Scalar(string sql, params object?[] values) =>
        Rows(sql, r => r.IsDBNull(0) ? null : r.GetValue(0), values) is { Count: > 0 } rows ? rows[0] : null;

    public long Long(string sql, params object?[] values) =>
        Convert.ToInt64(Scalar(sql, values) ?? 0L, CultureInfo.InvariantCulture);

    public List<T> Rows<T>(string sql, Func<DbDataReader, T> read, params object?[] values)
    {
        var before = _resultsBefore;
        Append(sql, values);
        using var command = Take();
        using var reader = command.ExecuteReader();
        for (var i = 0; i < before; i++)
            reader.NextResult();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    // Values of commands that come together are numbered through.
    private void Append(string sql, object?[] values)
    {
        var first = _values.Count;
        _text.Append(first == 0
            ? sql
            : Parameter().Replace(sql, m => "@" + Name(first + int.Parse(m.ValueSpan[2..], CultureInfo.InvariantCulture))));
        _values.AddRange(values);
    }

    private DbCommand Take()
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are this folder's constants; values go in as parameters only.
        command.CommandText = _text.ToString();
#pragma warning restore CA2100
        for (var i = 0; i < _values.Count; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = Name(i);
            parameter.Value = _values[i] ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        _text.Clear();
        _values.Clear();
        _resultsBefore = 0;
        return command;
    }

    private static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"p{index}");

    [GeneratedRegex("@p[0-9]+")]
    private static partial Regex Parameter();
}
