using System.Runtime.InteropServices;
using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// An n-dimensional array of libtorch behind a handle. Disposed by its scope, by its owner, or, last, by the
    /// garbage collector. The methods of its many files carry PyTorch's names and meanings.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        internal IntPtr handle;

        // Its place in OwningDisposeScope's list.
        internal int ScopeIndex;

        private static long _totalCount;
        private static long _peakCount;

        internal Tensor(IntPtr handle, bool register = true)
        {
            this.handle = handle;
            var total = Interlocked.Increment(ref _totalCount);
            if (total > Volatile.Read(ref _peakCount))
                Volatile.Write(ref _peakCount, total);
            if (register)
                DisposeScopeManager.ThreadSingleton.RegisterOnCurrentDisposeScope(this);
        }

        ~Tensor() => Dispose(false);

        /// <summary>How many tensors this process has open.</summary>
        public static long TotalCount => Interlocked.Read(ref _totalCount);

        /// <summary>The most tensors that were open at once.</summary>
        public static long PeakCount => Interlocked.Read(ref _peakCount);

        public string? name { get; set; }

        public bool IsInvalid => handle == IntPtr.Zero;

        /// <exception cref="InvalidOperationException">The tensor was disposed.</exception>
        public IntPtr Handle
        {
            get
            {
                if (handle == IntPtr.Zero)
                    ThrowEmpty();
                return handle;
            }
        }

        internal DisposeScope? OwningDisposeScope { get; set; }

        /// <summary>Takes ownership of a native handle, such as one that THSTensor_new gave.</summary>
        public static Tensor UnsafeCreateTensor(IntPtr handle) => new(handle);

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        /// <summary>Whether both have the same size and elements.</summary>
        public bool Equals(Tensor target)
        {
            if (target is null)
                return false;
            var equal = NativeMethods.THSTensor_equal(Handle, target.Handle);
            if (!equal)
                CheckForErrors();
            GC.KeepAlive(this);
            GC.KeepAlive(target);
            return equal;
        }

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var old = Interlocked.Exchange(ref handle, IntPtr.Zero);
            if (old == IntPtr.Zero)
                return;
            var scope = OwningDisposeScope;
            if (disposing)
            {
                DisposeScopeManager.ThreadSingleton.CountDisposal(scope is not null);
                scope?.Forget(this);
            }

            Release(old);
        }

        /// <summary>Hands the tensor to the scope around the one that owns it.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        /// <summary>No scope will dispose the tensor.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is { } owner)
                owner.MoveToOther(other, this);
            else
                other?.Attach(this);
            return this;
        }

        /// <summary>Gives the native handle away; this object is empty afterwards.</summary>
        public IntPtr DecoupleFromNativeHandle()
        {
            GC.SuppressFinalize(this);
            if (handle == IntPtr.Zero)
                ThrowEmpty();
            Interlocked.Decrement(ref _totalCount);
            return Interlocked.Exchange(ref handle, IntPtr.Zero);
        }

        public override string ToString()
        {
            if (handle == IntPtr.Zero)
                return "[disposed]";
            var sizes = shape;
            return $"[{string.Join("x", sizes)}], type = {dtype}, device = {device}";
        }

        // The scope is going: it forgets its list at once, so the tensor only lets go of the memory.
        internal void DisposeWithScope()
        {
            OwningDisposeScope = null;
            var old = Interlocked.Exchange(ref handle, IntPtr.Zero);
            if (old == IntPtr.Zero)
                return;
            DisposeScopeManager.ThreadSingleton.CountDisposal(true);
            Release(old);
            GC.SuppressFinalize(this);
        }

        internal IntPtr MoveHandle()
        {
            GC.SuppressFinalize(this);
            Interlocked.Decrement(ref _totalCount);
            return Interlocked.Exchange(ref handle, IntPtr.Zero);
        }

        internal static ref readonly long First(ReadOnlySpan<long> values) => ref MemoryMarshal.GetReference(values);

        internal static IntPtr HandleOrNull(Tensor? tensor) => tensor is null ? IntPtr.Zero : tensor.Handle;

        internal static sbyte TypeOrNone(ScalarType? type) => type is { } t ? (sbyte)t : (sbyte)-1;

        // The operands are passed so that the collector cannot finalize them while the native call reads their handles.
        internal static Tensor Wrap(IntPtr result, object? a, object? b = null, object? c = null, object? d = null)
        {
            GC.KeepAlive(a);
            GC.KeepAlive(b);
            GC.KeepAlive(c);
            GC.KeepAlive(d);
            if (result == IntPtr.Zero)
                CheckForErrors();
            return new Tensor(result);
        }

        internal static Tensor[] WrapHandles(IntPtr first, long count) => WrapHandlesUnsafe(first, count);

        private static void Release(IntPtr old)
        {
            Interlocked.Decrement(ref _totalCount);
            NativeMethods.THSTensor_dispose(old);
        }

        private static void ThrowEmpty() => throw new InvalidOperationException("Tensor invalid -- empty handle.");

        private static unsafe Tensor[] WrapHandlesUnsafe(IntPtr first, long count)
        {
            var handles = (IntPtr*)first;
            if (handles is null)
                CheckForErrors();
            var result = new Tensor[count];
            for (var i = 0; i < result.Length; i++)
                result[i] = handles[i] == IntPtr.Zero ? null! : new Tensor(handles[i]);
            NativeMethods.THSTorch_free(handles);
            return result;
        }

        private (Tensor, Tensor) WrapPair(IntPtr first, IntPtr second, object? b = null)
        {
            GC.KeepAlive(this);
            GC.KeepAlive(b);
            if (first == IntPtr.Zero)
                CheckForErrors();
            return (new Tensor(first), new Tensor(second));
        }

        private unsafe Tensor[] WrapList(IntPtr* handles, long count, object? b = null)
        {
            GC.KeepAlive(this);
            GC.KeepAlive(b);
            return WrapHandlesUnsafe((IntPtr)handles, count);
        }

        private Tensor Done(int status, object? b = null, object? c = null)
        {
            GC.KeepAlive(this);
            GC.KeepAlive(b);
            GC.KeepAlive(c);
            if (status != 0)
                CheckForErrors();
            return this;
        }
    }
}
