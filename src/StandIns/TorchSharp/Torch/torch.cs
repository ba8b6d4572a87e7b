using System.Runtime.InteropServices;
using System.Text;
using TorchSharp.PInvoke;

namespace TorchSharp;

/// <summary>PyTorch's module of that name: functions, factories, and the types within.</summary>
public static partial class torch
{
    private static ScalarType _defaultType = ScalarType.Float32;
    private static Device _defaultDevice = CPU;

    /// <summary>The innermost dispose scope of this thread.</summary>
    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.ThreadSingleton.CurrentDisposeScope;

    public static DisposeScope NewDisposeScope() => DisposeScopeManager.ThreadSingleton.NewDisposeScope();

    /// <summary>Runs expr in a scope of its own, out of which only the result comes.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }

    /// <exception cref="ExternalException">This thread's last native call failed; the message is libtorch's.</exception>
    public static void CheckForErrors()
    {
        var error = NativeMethods.THSTorch_get_and_reset_last_err();
        if (error != IntPtr.Zero)
            throw new ExternalException(Marshal.PtrToStringUTF8(error));
    }

    public static ScalarType get_default_dtype() => _defaultType;

    public static void set_default_dtype(ScalarType dtype)
    {
        if (!is_floating_point(dtype))
            throw new ArgumentException("only floating-point types are supported as the default type");
        _defaultType = dtype;
    }

    public static Device get_default_device() => _defaultDevice;

    public static void set_default_device(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        _defaultDevice = device;
    }

    public static void set_default_device(string device) => set_default_device(new Device(device));

    public static bool is_tensor(object obj) => obj is Tensor;

    public static bool is_floating_point(Tensor input) => is_floating_point(input.dtype);

    public static bool is_complex(Tensor input) => is_complex(input.dtype);

    public static long numel(Tensor input) => input.numel();

    public static int get_num_threads() => NativeMethods.THSTorch_get_num_threads();

    public static void set_num_threads(int num) => Check(NativeMethods.THSTorch_set_num_threads(num));

    public static int get_num_interop_threads() => NativeMethods.THSTorch_get_num_interop_threads();

    public static void set_num_interop_threads(int num) => Check(NativeMethods.THSTorch_set_num_interop_threads(num));

    internal static void Check(int status)
    {
        if (status != 0)
            CheckForErrors();
    }

    internal static sbyte TypeOrDefault(ScalarType? type) => (sbyte)(type ?? _defaultType);

    // Fills in the default device and gives its kind.
    internal static int PlaceOf(ref Device? device, Tensor? like = null)
    {
        device ??= like is null ? _defaultDevice : like.device;
        InitializeDeviceType(device.type);
        return (int)device.type;
    }

    private static Tensor Make(IntPtr handle)
    {
        if (handle == IntPtr.Zero)
            CheckForErrors();
        return new Tensor(handle);
    }

    private static unsafe Tensor Named(Tensor tensor, string[]? names)
    {
        if (names is not { Length: > 0 })
            return tensor;
        var texts = Array.ConvertAll(names, name => Encoding.UTF8.GetBytes((name ?? "*") + '\0'));
        var pins = Array.ConvertAll(texts, text => GCHandle.Alloc(text, GCHandleType.Pinned));
        try
        {
            var pointers = stackalloc byte*[pins.Length];
            for (var i = 0; i < pins.Length; i++)
                pointers[i] = (byte*)pins[i].AddrOfPinnedObject();
            Check(NativeMethods.THSTensor_rename_(tensor.Handle, pointers, pins.Length));
        }
        finally
        {
            foreach (var pin in pins)
                pin.Free();
        }

        return tensor;
    }
}
