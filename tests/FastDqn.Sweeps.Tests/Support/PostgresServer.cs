using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FastDqn.Core;
using FastDqn.Sweeps.Storage;
using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests.Support;

/// <summary>
/// A real PostgreSQL in a temporary folder, started once for the tests that need one. It refuses to run as root, so
/// root starts it as the user postgres or nobody.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private readonly Process? _server;
    private readonly TempFolder _folder = new();
    private readonly int _port;

    public PostgresServer()
    {
        var bin = FindBinaries();
        if (bin is null)
        {
            Problem = "PostgreSQL is not installed (apt-get install postgresql)";
            return;
        }

        var user = Environment.UserName == "root" ? FindUser() : null;
        if (Environment.UserName == "root")
        {
            if (user is null)
            {
                Problem = "PostgreSQL does not run as root and there is neither a user postgres nor nobody";
                return;
            }

            Shell("chown", user, _folder.Path);
        }

        var data = _folder.File("data");
        List<string> initialize =
        [
            .. As(user), Path.Combine(bin, "initdb"), "-D", data, "-U", "fastdqn", "-A", "trust",
            "--no-sync", "--encoding=UTF8", "--locale=C",
        ];
        var (code, output) = Shell([.. initialize]);
        if (code != 0)
        {
            Problem = $"initdb failed: {output}";
            return;
        }

        _port = FreePort();
        List<string> command =
        [
            .. As(user), Path.Combine(bin, "postgres"), "-D", data, "-p", $"{_port}",
            "-c", "listen_addresses=127.0.0.1", "-c", $"unix_socket_directories={_folder.Path}",
            "-c", "fsync=off", "-c", "max_connections=50",
        ];
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        _server = Process.Start(start)!;
        _server.ErrorDataReceived += (_, _) => { };
        _server.BeginErrorReadLine();
        for (var i = 0; i < 100; i++)
        {
            try
            {
                using var storage = StudyStorage.Open(Address("postgres"));
                return;
            }
            catch (FastDqnException)
            {
                Thread.Sleep(100);
            }
        }

        Problem = "PostgreSQL did not come up within 10 s";
    }

    /// <summary>Why there is no server, or null.</summary>
    public string? Problem { get; }

    /// <summary>The address of a new, empty database.</summary>
    public string NewDatabase()
    {
        Assert.SkipWhen(Problem is not null, Problem ?? "");
        var name = "t" + Guid.NewGuid().ToString("N")[..12];
        using var connection = new Npgsql.NpgsqlConnection($"Host=127.0.0.1;Port={_port};Username=fastdqn;Database=postgres;Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {name}";
        command.ExecuteNonQuery();
        return Address(name);
    }

    /// <summary>Throws every client off, as a restarting server does.</summary>
    public void DropConnections()
    {
        using var connection = new Npgsql.NpgsqlConnection($"Host=127.0.0.1;Port={_port};Username=fastdqn;Database=postgres;Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            + "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        Npgsql.NpgsqlConnection.ClearAllPools();
        if (_server is not null)
        {
            // INT: the fast shutdown. setpriv has become the server by exec, so the process is the postmaster.
            Shell("kill", "-INT", $"{_server.Id}");
            if (!_server.WaitForExit(10_000))
                _server.Kill(entireProcessTree: true);
            _server.Dispose();
        }

        _folder.Dispose();
    }

    private static string? FindBinaries()
    {
        const string debian = "/usr/lib/postgresql";
        var folders = Directory.Exists(debian)
            ? Directory.EnumerateDirectories(debian).OrderDescending().Select(d => Path.Combine(d, "bin"))
            : [];
        return folders
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")) && File.Exists(Path.Combine(d, "postgres")));
    }

    private static string? FindUser()
    {
        var users = File.ReadLines("/etc/passwd").Select(l => l.Split(':')[0]).ToHashSet();
        return new[] { "postgres", "nobody" }.FirstOrDefault(users.Contains);
    }

    private static string[] As(string? user) => user is null ? [] : ["setpriv", $"--reuid={user}", "--clear-groups", "--"];

    private static (int Code, string Output) Shell(params string[] command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string Address(string database) => $"postgres://fastdqn@127.0.0.1:{_port}/{database}";
}

/// <summary>The tests that share one server.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresTestGroup : ICollectionFixture<PostgresServer>
{
    public const string Name = "PostgreSQL";
}
