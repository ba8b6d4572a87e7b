using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FastDqn.Pixels.Cuda;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace FastDqn.Pixels.Tests;

/// <summary>
/// A driver without a card: device memory is host memory, and a launched kernel runs on ILGPU's CPU accelerator over
/// exactly the bytes that were passed. As a card does, it works on a stream's queue later (here: when somebody
/// waits), so that a missing wait shows. It checks addresses, contexts and handles, records every call, and fails
/// where it is told to.
/// </summary>
internal sealed unsafe partial class FakeCuda : ICudaCalls, IDisposable
{
    public const int Primary = 1000;
    public const int Foreign = 2000;
    private const int InvalidValue = 1;
    private const int InvalidContext = 201;
    private const int InvalidHandle = 400;
    private const int InvalidAddress = 700;

    private readonly Lazy<Accelerator> _accelerator = new(static () =>
        IlgpuContext.Create(builder => builder.CPU(new CPUDevice(2, 1, 1))) is var context
            ? context.Devices[0].CreateAccelerator(context)
            : null!);

    private readonly Dictionary<string, Kernel> _kernels = [];
    private readonly Dictionary<nint, long> _memory = [];
    private readonly Dictionary<nint, long> _registered = [];
    private readonly Dictionary<nint, List<Action>> _streams = new() { [0] = [] };
    private readonly Dictionary<nint, string> _modules = [];
    private readonly HashSet<nint> _events = [];
    private readonly Dictionary<string, int> _counts = [];
    private readonly ThreadLocal<nint> _current = new();
    private nint _next = 0x100;
    private int _retained;
    private bool _failed;

    /// <summary>Every call with its sizes, in order; handles of streams are numbered from 1.</summary>
    public List<string> Log { get; } = [];

    /// <summary>How often each call was made.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    /// <summary>The call that fails, which one of its kind (1 is the first), and the code.</summary>
    public (string Call, int Number, int Code)? Fail { get; init; }

    /// <summary>
    /// After the failure everything that needs a context fails with its code, as after a kernel's fault.
    /// </summary>
    public bool Sticky { get; init; }

    /// <summary>Whether copies and kernels do their work.</summary>
    public bool Works { get; init; } = true;

    public int Devices { get; init; } = 1;

    public (int Major, int Minor) Capability { get; init; } = (9, 0);

    /// <summary>What this thread works in.</summary>
    public nint Current
    {
        get => _current.Value;
        set => _current.Value = value;
    }

    /// <summary>What has not been given back.</summary>
    public IEnumerable<string> Live =>
        _memory.Select(m => $"{m.Value} bytes on the device")
            .Concat(_registered.Select(r => $"{r.Value} bytes registered"))
            .Concat(_streams.Keys.Where(stream => stream != 0).Select(stream => $"stream {stream}"))
            .Concat(_modules.Values.Select(module => $"module {module}"))
            .Concat(_events.Select(mark => $"event {mark}"))
            .Concat(Enumerable.Repeat("the primary context", _retained));

    public int Init() => Call("Init");

    public int ErrorName(int error, out string? name)
    {
        name = error == 999 ? null : $"CUDA_ERROR_FAKE_{error}";
        return error == 999 ? InvalidValue : 0;
    }

    public int DriverVersion(out int version)
    {
        version = 13000;
        return Call("DriverVersion");
    }

    public int DeviceCount(out int count)
    {
        count = Devices;
        return Call("DeviceCount");
    }

    public int Device(out int device, int ordinal)
    {
        device = 70 + ordinal;
        return Call($"Device {ordinal}");
    }

    public int DeviceName(out string? name, int device)
    {
        name = "Fake H100";
        return Call("DeviceName");
    }

    public int DeviceAttribute(out int value, int attribute, int device)
    {
        value = attribute switch { 75 => Capability.Major, 76 => Capability.Minor, 33 => 0x17, 34 => 0, 50 => 1, _ => 132 };
        return Call($"DeviceAttribute {attribute}");
    }

    public int DeviceMemory(out long bytes, int device)
    {
        bytes = 80L << 30;
        return Call("DeviceMemory");
    }

    public int RetainPrimaryContext(out nint context, int device)
    {
        context = Primary;
        var code = Call($"RetainPrimaryContext {device}");
        _retained += code == 0 ? 1 : 0;
        return code;
    }

    public int ReleasePrimaryContext(int device)
    {
        var code = Call($"ReleasePrimaryContext {device}");
        _retained -= code == 0 ? 1 : 0;
        return code;
    }

    public int CurrentContext(out nint context)
    {
        context = Current;
        return Failing("CurrentContext");
    }

    public int SetCurrentContext(nint context)
    {
        var code = Failing("SetCurrentContext");
        if (code == 0)
            Current = context;
        return code;
    }

    public int MemoryInfo(out long free, out long total)
    {
        (free, total) = (70L << 30, 80L << 30);
        return InContext("MemoryInfo");
    }

    public int Allocate(out nint memory, long bytes)
    {
        memory = 0;
        var code = InContext($"Allocate {bytes}");
        if (code != 0)
            return code;
        memory = (nint)NativeMemory.AlignedAlloc((nuint)bytes, 256);
        new Span<byte>((void*)memory, (int)bytes).Fill(0xA5);
        _memory.Add(memory, bytes);
        return 0;
    }

    public int Free(nint memory)
    {
        var code = InContext("Free", _memory.ContainsKey(memory));
        if (code != 0)
            return code;
        _memory.Remove(memory);
        NativeMemory.AlignedFree((void*)memory);
        return 0;
    }

    public int RegisterHost(nint address, long bytes, int flags)
    {
        var code = InContext($"RegisterHost {bytes} flags {flags}", address % 4096 == 0);
        if (code == 0)
            _registered.Add(address, bytes);
        return code;
    }

    public int UnregisterHost(nint address)
    {
        var code = InContext("UnregisterHost", _registered.ContainsKey(address));
        if (code == 0)
            _registered.Remove(address);
        return code;
    }

    public int CopyToDevice(nint memory, nint host, long bytes, nint stream) =>
        Queued($"CopyToDevice {bytes}", stream, Holds(memory, bytes), () => Buffer.MemoryCopy((void*)host, (void*)memory, bytes, bytes));

    public int CopyToHost(nint host, nint memory, long bytes, nint stream) =>
        Queued($"CopyToHost {bytes}", stream, Holds(memory, bytes), () => Buffer.MemoryCopy((void*)memory, (void*)host, bytes, bytes));

    public int CreateStream(out nint stream, int flags)
    {
        stream = _streams.Keys.Max() + 1;
        var code = InContext($"CreateStream {stream} flags {flags}");
        if (code == 0)
            _streams.Add(stream, []);
        return code;
    }

    public int DestroyStream(nint stream)
    {
        var code = InContext($"DestroyStream {stream}", _streams.TryGetValue(stream, out var queue) && (queue.Count == 0 || _failed));
        if (code == 0)
            _streams.Remove(stream);
        return code;
    }

    public int SynchronizeStream(nint stream)
    {
        var code = InContext($"SynchronizeStream {stream}", _streams.ContainsKey(stream));
        if (code == 0)
            Work(stream);
        return code;
    }

    public int CreateEvent(out nint mark, int flags)
    {
        mark = _next++;
        var code = InContext($"CreateEvent flags {flags}");
        if (code == 0)
            _events.Add(mark);
        return code;
    }

    public int DestroyEvent(nint mark)
    {
        var code = InContext("DestroyEvent", _events.Contains(mark));
        if (code == 0)
            _events.Remove(mark);
        return code;
    }

    public int RecordEvent(nint mark, nint stream) => Queued("RecordEvent", stream, _events.Contains(mark), static () => { });

    public int SynchronizeEvent(nint mark)
    {
        var code = InContext("SynchronizeEvent", _events.Contains(mark));
        if (code == 0)
            foreach (var stream in _streams.Keys)
                Work(stream);
        return code;
    }

    public int ElapsedTime(out float milliseconds, nint start, nint end)
    {
        milliseconds = 2;
        return InContext("ElapsedTime", _events.Contains(start) && _events.Contains(end));
    }

    public int LoadModule(out nint module, string ptx, out string? log)
    {
        module = _next++;
        var entry = Entry().Match(ptx).Groups[1].Value;
        var code = InContext($"LoadModule {entry}", PixelKernels.Every.Any(kernel => kernel.Name == entry));
        log = code == 0 ? null : "ptxas fatal   : made up\nmore\0\0\0";
        if (code == 0)
            _modules.Add(module, entry);
        return code;
    }

    public int UnloadModule(nint module)
    {
        var code = InContext($"UnloadModule {_modules.GetValueOrDefault(module)}", _modules.ContainsKey(module));
        if (code == 0)
            _modules.Remove(module);
        return code;
    }

    public int Function(out nint function, nint module, string name)
    {
        function = module + 0x10000;
        return InContext($"Function {name}", name == "Kernel_" + _modules.GetValueOrDefault(module));
    }

    public int Launch(nint function, int blocks, int threads, nint stream, void** arguments)
    {
        if (!_modules.TryGetValue(function - 0x10000, out var name))
            return InContext("Launch unknown", valid: false);
        // The driver copies the arguments before it returns.
        var kernel = PixelKernels.Named(name);
        var extent = *(int*)arguments[0];
        var parameters = kernel.GetParameters();
        var values = new object[parameters.Length - 1];
        var valid = blocks == (extent + threads - 1) / threads && threads is > 0 and <= 1024;
        for (var i = 0; i < values.Length; i++)
        {
            var type = parameters[i + 1].ParameterType;
            values[i] = type == typeof(int) ? *(int*)arguments[i + 1]
                : type == typeof(KernelShape) ? *(KernelShape*)arguments[i + 1]
                : type == typeof(GrayWeights) ? *(GrayWeights*)arguments[i + 1]
                : type == typeof(StackShape) ? *(StackShape*)arguments[i + 1]
                : type == typeof(AdamShape) ? *(AdamShape*)arguments[i + 1]
                : *(ViewArgument*)arguments[i + 1];
            valid &= values[i] is not ViewArgument view || Holds(view.Address, view.Elements * ElementBytes(type));
        }

        return Queued(
            string.Create(CultureInfo.InvariantCulture, $"Launch {name} {extent} in {blocks} x {threads}"), stream, valid,
            () => Loaded(kernel).Launch(
                _accelerator.Value.DefaultStream, extent,
                [.. values.Select((value, i) => Viewed(value, parameters[i + 1].ParameterType))]));
    }

    public void Dispose()
    {
        foreach (var memory in _memory.Keys)
            NativeMemory.AlignedFree((void*)memory);
        if (_accelerator.IsValueCreated)
        {
            var context = _accelerator.Value.Context;
            _accelerator.Value.Dispose();
            context.Dispose();
        }

        _current.Dispose();
    }

    private Kernel Loaded(MethodInfo kernel)
    {
        if (!_kernels.TryGetValue(kernel.Name, out var loaded))
            _kernels.Add(kernel.Name, loaded = _accelerator.Value.LoadImplicitlyGroupedKernel(kernel, 1));
        return loaded;
    }

    private object Viewed(object value, Type type)
    {
        if (value is not ViewArgument view)
            return value;
        var buffer = CPUMemoryBuffer.Create(_accelerator.Value, view.Address, view.Elements, ElementBytes(type));
        return type == typeof(ArrayView<byte>) ? buffer.AsArrayView<byte>(0, view.Elements)
            : type == typeof(ArrayView<int>) ? buffer.AsArrayView<int>(0, view.Elements)
            : type == typeof(ArrayView<long>) ? buffer.AsArrayView<long>(0, view.Elements)
            : buffer.AsArrayView<float>(0, view.Elements);
    }

    private static int ElementBytes(Type view) => view == typeof(ArrayView<byte>) ? 1 : view == typeof(ArrayView<long>) ? 8 : 4;

    private bool Holds(nint address, long bytes) =>
        _memory.Any(block => address >= block.Key && address + bytes <= block.Key + (nint)block.Value);

    private void Work(nint stream)
    {
        if (Works)
            foreach (var action in _streams[stream])
                action();
        _streams[stream].Clear();
    }

    private int Queued(string call, nint stream, bool valid, Action work)
    {
        var code = InContext($"{call} on {stream}", valid && _streams.ContainsKey(stream), InvalidAddress);
        if (code == 0)
            _streams[stream].Add(work);
        return code;
    }

    private int InContext(string call, bool valid = true, int otherwise = InvalidHandle)
    {
        var code = Call(call);
        if (code == 0 && Sticky && _failed)
            code = Fail!.Value.Code;
        return code != 0 ? code : Current != Primary ? InvalidContext : valid ? 0 : otherwise;
    }

    private int Call(string call)
    {
        Log.Add(call);
        return Failing(call.Split(' ')[0]);
    }

    private int Failing(string name)
    {
        var number = _counts[name] = _counts.GetValueOrDefault(name) + 1;
        if (Fail is not { } fail || fail.Call != name || fail.Number != number)
            return 0;
        _failed = true;
        return fail.Code;
    }

    private readonly record struct ViewArgument(nint Address, long Elements);

    [GeneratedRegex(@"\.visible \.entry Kernel_(\w+)")]
    private static partial Regex Entry();
}
