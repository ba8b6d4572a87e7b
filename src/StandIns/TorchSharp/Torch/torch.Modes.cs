using TorchSharp.PInvoke;

namespace TorchSharp;

// Gradient modes, seeds and devices.
public static partial class torch
{
    public static IDisposable no_grad() => new AutoGradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new AutoGradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new AutoGradMode(mode);

    public static bool is_grad_enabled() => NativeMethods.THSAutograd_isGradEnabled();

    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_inference_mode_enabled() => NativeMethods.THSAutograd_isInferenceModeEnabled();

    /// <summary>Seeds the generators of every device.</summary>
    public static Generator manual_seed(long seed) => random.manual_seed(seed);

    public static Tensor get_rng_state() => random.get_rng_state();

    public static void set_rng_state(Tensor new_state) => random.set_rng_state(new_state);

    /// <summary>The default generators.</summary>
    public static class random
    {
        public static Generator manual_seed(long seed)
        {
            Check(NativeMethods.THSTorch_manual_seed(seed));
            return Generator.Default;
        }

        public static long seed()
        {
            using var generator = Generator.Default;
            return generator.seed();
        }

        public static long initial_seed()
        {
            using var generator = Generator.Default;
            return generator.initial_seed();
        }

        public static Tensor get_rng_state()
        {
            using var generator = Generator.Default;
            return generator.get_state();
        }

        public static void set_rng_state(Tensor new_state)
        {
            using var generator = Generator.Default;
            generator.set_state(new_state);
        }
    }

    /// <summary>NVIDIA devices.</summary>
    public static class cuda
    {
        public static bool is_available() => NativeMethods.THSTorchCuda_is_available();

        public static bool is_cudnn_available() => NativeMethods.THSTorchCuda_cudnn_is_available();

        public static int device_count() => NativeMethods.THSTorchCuda_device_count();

        public static void synchronize(Device? device = null)
        {
            InitializeDeviceType(DeviceType.CUDA);
            Check(NativeMethods.THSTorchCuda_synchronize(device?.index ?? -1));
        }
    }

    /// <summary>A source of random numbers.</summary>
    public class Generator : IDisposable
    {
        public Generator(ulong seed = 0, Device? device = null)
            : this(NativeMethods.THSGenerator_new(seed))
        {
            this.device = device ?? CPU;
        }

        internal Generator(IntPtr handle)
        {
            if (handle == IntPtr.Zero)
                CheckForErrors();
            Handle = handle;
            device = CPU;
        }

        ~Generator() => Dispose(false);

        /// <summary>The CPU's, as a new handle on it.</summary>
        public static Generator Default => new(NativeMethods.THSGenerator_default_generator());

        public IntPtr Handle { get; private set; }

        public Device device { get; private set; }

        public Tensor get_state() => Tensor.Wrap(NativeMethods.THSGenerator_get_rng_state(Handle), this);

        public void set_state(Tensor value)
        {
            Check(NativeMethods.THSGenerator_set_rng_state(Handle, value.Handle));
            GC.KeepAlive(value);
            GC.KeepAlive(this);
        }

        public Generator manual_seed(long seed)
        {
            Check(NativeMethods.THSGenerator_gen_manual_seed(Handle, seed));
            return this;
        }

        public long seed()
        {
            var result = NativeMethods.THSGenerator_seed(Handle);
            GC.KeepAlive(this);
            return result;
        }

        public long initial_seed()
        {
            var result = NativeMethods.THSGenerator_initial_seed(Handle);
            GC.KeepAlive(this);
            return result;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        internal static IntPtr HandleOrNull(Generator? generator) => generator?.Handle ?? IntPtr.Zero;

        protected virtual void Dispose(bool disposing)
        {
            if (Handle == IntPtr.Zero)
                return;
            NativeMethods.THSGenerator_dispose(Handle);
            Handle = IntPtr.Zero;
        }
    }

    private sealed class AutoGradMode : IDisposable
    {
        private readonly bool _before = NativeMethods.THSAutograd_isGradEnabled();

        internal AutoGradMode(bool enabled) => NativeMethods.THSAutograd_setGrad(enabled);

        public void Dispose() => NativeMethods.THSAutograd_setGrad(_before);
    }

    private sealed class InferenceMode(bool mode) : IDisposable
    {
        private IntPtr _guard = NativeMethods.THSAutograd_getInferenceModeGuard(mode);

        public void Dispose() => NativeMethods.THSAutograd_deleteInferenceModeGuard(Interlocked.Exchange(ref _guard, IntPtr.Zero));
    }
}
