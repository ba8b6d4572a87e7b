using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning.Interop;

namespace FastDqn.Learning.Cuda;

/// <summary>The real library, beside the program where somebody built it (docs/gpu.md).</summary>
internal sealed unsafe partial class CudaCalls : ICudaCalls
{
    private const string Library = "fastdqn_cuda";
    private const string File = "libfastdqn_cuda.so";
    private const int Version = 4;
    private const string Again = "build it again (build-cuda.sh)";

    private static readonly Lazy<(CudaCalls? Calls, string? Problem)> Loaded = new(Load);

    private CudaCalls() { }

    /// <summary>The library; null where <see cref="Problem"/> says why not.</summary>
    public static CudaCalls? Instance => Loaded.Value.Calls;

    /// <summary>Why the library cannot be used, in one line; null where it can.</summary>
    public static string? Problem => Loaded.Value.Problem;

    public string LastError => Marshal.PtrToStringUTF8((nint)fdq_cuda_last_error()) ?? "";

    public int CreateStream(int device, out nint stream) => fdq_cuda_stream_create(device, out stream);

    public int DestroyStream(nint stream) => fdq_cuda_stream_destroy(stream);

    public int EnterStream(nint stream, out CudaPlace before) => fdq_cuda_stream_enter(stream, out before);

    public int LeaveStream(in CudaPlace before) => fdq_cuda_stream_leave(before);

    public int FollowStream(nint stream, nint other) => fdq_cuda_stream_follow(stream, other);

    public int SynchronizeStream(nint stream) => fdq_cuda_stream_synchronize(stream);

    public nint StreamHandle(nint stream) => fdq_cuda_stream_handle(stream);

    public void Queue<T>(Action<T> work, T state) => work(state);

    public int Capture(Action work, out nint graph)
    {
        var status = fdq_cuda_graph_begin(out graph);
        if (status != 0)
            return status;
        try
        {
            work();
        }
        catch
        {
            _ = fdq_cuda_graph_destroy(graph);
            throw;
        }

        status = fdq_cuda_graph_end(graph);
        if (status != 0)
            _ = fdq_cuda_graph_destroy(graph); // it leaves no message where it succeeds
        return status;
    }

    public int Replay(nint graph) => fdq_cuda_graph_replay(graph);

    public int DestroyGraph(nint graph) => fdq_cuda_graph_destroy(graph);

    public int CountGraph(nint graph, out long kernels, out long copies) => fdq_cuda_graph_count(graph, out kernels, out copies);

    public int CreateEvent(bool timed, out nint mark) => fdq_cuda_event_create(timed ? 1 : 0, out mark);

    public int DestroyEvent(nint mark) => fdq_cuda_event_destroy(mark);

    public int RecordEvent(nint mark) => fdq_cuda_event_record(mark);

    public int SynchronizeEvent(nint mark) => fdq_cuda_event_synchronize(mark);

    public int ElapsedTime(nint start, nint end, out float milliseconds) => fdq_cuda_event_elapsed(start, end, out milliseconds);

    public int AllocateHost(long bytes, out nint memory) => fdq_cuda_host_allocate(bytes, out memory);

    public int FreeHost(nint memory) => fdq_cuda_host_free(memory);

    public int Upload(nint tensor, long offset, nint host, long bytes) => fdq_cuda_upload(tensor, offset, host, bytes);

    public int View(nint tensor, long offset, long bytes, int type, out nint view) =>
        fdq_cuda_view(tensor, offset, bytes, type, out view);

    public int Download(nint tensor, long offset, nint host, long bytes, long rows, long pitch) =>
        fdq_cuda_download(tensor, offset, host, bytes, rows, pitch);

    /// <summary>A library that was compiled against another libtorch would read its objects wrongly: refused.</summary>
    internal static string? Mismatch(int version, string? compiledFor, Version? libtorch)
    {
        if (version != Version)
            return $"{File} has interface {version}, this program needs {Version}: {Again}";
        var found = libtorch?.ToString(3);
        return found is null || found != compiledFor
            ? $"{File} was built against libtorch {compiledFor ?? "?"}, this one is {found ?? "of an unknown version"}: {Again}"
            : null;
    }

    private static (CudaCalls? Calls, string? Problem) Load()
    {
        LibTorch.Load();
        var path = Path.Combine(AppContext.BaseDirectory, File);
        if (!System.IO.File.Exists(path))
            return (null, $"{File} is not beside the program: build-cuda.sh builds it");
        try
        {
            _ = LibTorch.Open(path);
            var problem = Mismatch(fdq_cuda_abi_version(), Marshal.PtrToStringUTF8((nint)fdq_cuda_torch_version()), LibTorch.Version);
            return problem is null ? (new CudaCalls(), null) : (null, problem);
        }
        catch (Exception e) when (e is FastDqnException or DllNotFoundException or EntryPointNotFoundException)
        {
            return (null, $"{e.Message.Split('\n')[0]}: {Again}");
        }
    }

    [LibraryImport(Library)]
    private static partial int fdq_cuda_abi_version();

    [LibraryImport(Library)]
    private static partial byte* fdq_cuda_torch_version();

    [LibraryImport(Library)]
    private static partial byte* fdq_cuda_last_error();

    [LibraryImport(Library)]
    private static partial int fdq_cuda_stream_create(int device, out nint stream);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_stream_destroy(nint stream);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_stream_enter(nint stream, out CudaPlace before);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_stream_leave(in CudaPlace before);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_stream_follow(nint stream, nint other);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_stream_synchronize(nint stream);

    [LibraryImport(Library)]
    private static partial nint fdq_cuda_stream_handle(nint stream);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_graph_begin(out nint graph);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_graph_end(nint graph);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_graph_replay(nint graph);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_graph_destroy(nint graph);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_graph_count(nint graph, out long kernels, out long copies);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_event_create(int timed, out nint mark);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_event_destroy(nint mark);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_event_record(nint mark);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_event_synchronize(nint mark);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_event_elapsed(nint start, nint end, out float milliseconds);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_host_allocate(long bytes, out nint memory);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_host_free(nint memory);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_upload(nint tensor, long offset, nint host, long bytes);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_view(nint tensor, long offset, long bytes, int type, out nint view);

    [LibraryImport(Library)]
    private static partial int fdq_cuda_download(nint tensor, long offset, nint host, long bytes, long rows, long pitch);
}
