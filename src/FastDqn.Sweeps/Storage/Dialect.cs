using System.Data.Common;
using System.Globalization;
using FastDqn.Core;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace FastDqn.Sweeps.Storage;

/// <summary>What differs between the databases.</summary>
internal abstract class Dialect
{
    public abstract string Description { get; }

    /// <summary>The column type of an auto-numbered key.</summary>
    public abstract string IdColumn { get; }

    /// <summary>Seconds since 1970 by the database's clock, as an expression.</summary>
    public abstract string Now { get; }

    /// <summary>
    /// Begins a transaction that writes, or one that reads a single moment of the database and makes no writer wait.
    /// </summary>
    public abstract string Begin(bool write);

    /// <summary>
    /// Appended to a SELECT that picks a row of <paramref name="tables"/> to take; rows that another worker is taking
    /// are passed over.
    /// </summary>
    public abstract string SkipLocked(string tables);

    /// <summary>
    /// A query that locks rows until the transaction's end; none where one that writes makes all others wait.
    /// </summary>
    public abstract string Lock(string table, string where);

    /// <summary>The same for the order of the results of a trial's (@p0) study, which is nobody's row.</summary>
    public abstract string LockOrder { get; }

    /// <summary>The same for the schema, so that two processes do not change it at once.</summary>
    public abstract string LockSchema { get; }

    /// <summary>Whether any schema is there, as a query.</summary>
    public abstract string HasSchema { get; }

    /// <summary>Opens a connection that is ready for use.</summary>
    public abstract DbConnection Open();

    /// <summary>Whether the database was taken away from under its connection, which would not notice.</summary>
    public virtual bool IsGone => false;

    /// <summary>Whether trying again may help: a lost connection, a deadlock, a busy file.</summary>
    public abstract bool IsTransient(DbException e);

    public abstract FastDqnException Unreachable(Exception e);
}

/// <summary>
/// SQLite in WAL mode: readers never wait, writers queue. A commit survives the death of any process; after a power cut
/// the newest ones may be missing (never half there), and their runs are then continued from their folders.
/// </summary>
internal sealed class SqliteDialect(string path) : Dialect
{
    // Of SQLite's result codes.
    private const int ReadOnly = 8;
    private const int CannotOpen = 14;

    public override string Description => path;

    public override string IdColumn => "INTEGER PRIMARY KEY AUTOINCREMENT";

    public override string Now => "unixepoch('subsec')";

    public override string Begin(bool write) => write ? "BEGIN IMMEDIATE" : "BEGIN";

    public override string SkipLocked(string tables) => "";

    public override string Lock(string table, string where) => "";

    public override string LockOrder => "";

    public override string LockSchema => "";

    public override string HasSchema => "SELECT count(*) FROM sqlite_master WHERE name = 'schema_version'";

    public override DbConnection Open()
    {
        try
        {
            return Open(path, SqliteOpenMode.ReadWriteCreate);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is CannotOpen or ReadOnly && File.Exists(path))
        {
            // A folder that nobody here may write in. With a log beside it somebody else is writing; without one
            // nobody can, and SQLite needs no files of its own.
            return File.Exists(path + "-wal")
                ? Open(path, SqliteOpenMode.ReadOnly)
                : Open($"file:{Uri.EscapeDataString(Path.GetFullPath(path))}?immutable=1", SqliteOpenMode.ReadOnly);
        }
    }

    private static SqliteConnection Open(string source, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = source, DefaultTimeout = 60, Pooling = false, Mode = mode }.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = mode == SqliteOpenMode.ReadOnly
                ? "SELECT count(*) FROM sqlite_master"
                : "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public override bool IsGone => !File.Exists(path);

    // 5: busy, 6: locked.
    public override bool IsTransient(DbException e) => e is SqliteException { SqliteErrorCode: 5 or 6 };

    public override FastDqnException Unreachable(Exception e) => new(
        e is SqliteException { SqliteErrorCode: 26 } ? ErrorKind.BadData : ErrorKind.Unavailable,
        $"cannot open the study database {path}: {FirstLine(e)}", e);

    private static string FirstLine(Exception e) => e.Message.Split('\n')[0].Trim();
}

/// <summary>PostgreSQL, from a <c>postgres://user:password@host:port/database</c> address.</summary>
internal sealed class PostgresDialect : Dialect
{
    // Arbitrary keys of our own for pg_advisory_xact_lock.
    private const long MigrationLock = 0x46617374446171L;
    private const int OrderLock = 0x46617374;

    // A worker that is frozen in the middle of a transaction holds up all others no longer than this.
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(10);

    private readonly NpgsqlDataSource _source;

    public PostgresDialect(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.AbsolutePath.Length < 2)
            throw new FastDqnException(ErrorKind.Usage, "a PostgreSQL address is written postgres://user:password@host:port/database");
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port > 0 ? uri.Port : 5432,
            Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]),
            Timeout = 10,
            KeepAlive = 30,
            ApplicationName = "fastdqn",
            // A storage keeps its one connection.
            Pooling = false,
        };
        var user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
            builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1)
            builder.Password = Uri.UnescapeDataString(user[1]);
        foreach (var option in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = option.Split('=', 2);
            var (key, value) = (Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts.Length > 1 ? parts[1] : ""));
            try
            {
                // libpq's names, as people have them in their addresses.
                var keyword = key switch
                {
                    "sslmode" => "SSL Mode",
                    "host" => "Host",
                    "application_name" => "Application Name",
                    "connect_timeout" => "Timeout",
                    _ => key,
                };
                builder[keyword] = value;
            }
            catch (ArgumentException e)
            {
                throw new FastDqnException(ErrorKind.Usage, $"the PostgreSQL address has an unknown option '{key}={value}'", e);
            }
        }

        var source = new NpgsqlDataSourceBuilder(builder.ToString());
        // Ours are all built in; the query for others takes longer than all else that a connection begins with.
        source.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        _source = source.Build();
        Description = $"postgres://{builder.Host}:{builder.Port}/{builder.Database}";
    }

    public override string Description { get; }

    public override string IdColumn => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY";

    public override string Now => "extract(epoch from clock_timestamp())::double precision";

    public override string Begin(bool write) => $"BEGIN ISOLATION LEVEL {(write ? "READ COMMITTED" : "REPEATABLE READ")}";

    public override string SkipLocked(string tables) => $"FOR UPDATE OF {tables} SKIP LOCKED";

    public override string Lock(string table, string where) => $"SELECT id FROM {table} WHERE {where} FOR UPDATE";

    public override string LockOrder => $"SELECT pg_advisory_xact_lock({OrderLock}, CAST(study_id AS INTEGER)) FROM trials WHERE id = @p0";

    public override string LockSchema => $"SELECT pg_advisory_xact_lock({MigrationLock})";

    public override string HasSchema => "SELECT count(to_regclass('schema_version'))";

    public override DbConnection Open()
    {
        var connection = _source.CreateConnection();
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = string.Create(
                CultureInfo.InvariantCulture, $"SET idle_in_transaction_session_timeout = {(long)IdleLimit.TotalMilliseconds}");
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // 57P01..03: the server is being restarted; 40001, 40P01: lost a race; 53300: too many connections for now; 25P03:
    // this worker was asleep in a transaction.
    public override bool IsTransient(DbException e) =>
        e is PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "40001" or "40P01" or "53300" or "25P03" }
        || (e is NpgsqlException and not PostgresException
            && (e.IsTransient || e.InnerException is IOException or System.Net.Sockets.SocketException));

    public override FastDqnException Unreachable(Exception e) =>
        new(
            ErrorKind.Unavailable,
            $"cannot reach the study database {Description}: {(e.InnerException ?? e).Message.Split('\n')[0].Trim()}",
            e);
}
