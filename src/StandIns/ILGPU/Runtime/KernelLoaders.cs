namespace ILGPU.Runtime;

/// <summary>
/// Kernels are static methods whose first parameter is the index. The launchers take the extent in its place; those named
/// Stream run on the accelerator's default stream, the others on the stream that they are given.
/// </summary>
public static class KernelLoaders
{
    public static Action<AcceleratorStream, TIndex, T0> LoadAutoGroupedKernel<TIndex, T0>(this Accelerator accelerator, Action<TIndex, T0> action)
        where TIndex : struct, IIndex
        where T0 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0) => stream.Launch(extent, index => action(index, param0));
    }

    public static Action<TIndex, T0> LoadAutoGroupedStreamKernel<TIndex, T0>(this Accelerator accelerator, Action<TIndex, T0> action)
        where TIndex : struct, IIndex
        where T0 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0) => kernel(accelerator.DefaultStream, extent, param0);
    }

    public static Action<AcceleratorStream, TIndex, T0, T1> LoadAutoGroupedKernel<TIndex, T0, T1>(this Accelerator accelerator, Action<TIndex, T0, T1> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0, param1) => stream.Launch(extent, index => action(index, param0, param1));
    }

    public static Action<TIndex, T0, T1> LoadAutoGroupedStreamKernel<TIndex, T0, T1>(this Accelerator accelerator, Action<TIndex, T0, T1> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0, param1) => kernel(accelerator.DefaultStream, extent, param0, param1);
    }

    public static Action<AcceleratorStream, TIndex, T0, T1, T2> LoadAutoGroupedKernel<TIndex, T0, T1, T2>(this Accelerator accelerator, Action<TIndex, T0, T1, T2> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0, param1, param2) => stream.Launch(extent, index => action(index, param0, param1, param2));
    }

    public static Action<TIndex, T0, T1, T2> LoadAutoGroupedStreamKernel<TIndex, T0, T1, T2>(this Accelerator accelerator, Action<TIndex, T0, T1, T2> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0, param1, param2) => kernel(accelerator.DefaultStream, extent, param0, param1, param2);
    }

    public static Action<AcceleratorStream, TIndex, T0, T1, T2, T3> LoadAutoGroupedKernel<TIndex, T0, T1, T2, T3>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0, param1, param2, param3) => stream.Launch(extent, index => action(index, param0, param1, param2, param3));
    }

    public static Action<TIndex, T0, T1, T2, T3> LoadAutoGroupedStreamKernel<TIndex, T0, T1, T2, T3>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0, param1, param2, param3) => kernel(accelerator.DefaultStream, extent, param0, param1, param2, param3);
    }

    public static Action<AcceleratorStream, TIndex, T0, T1, T2, T3, T4> LoadAutoGroupedKernel<TIndex, T0, T1, T2, T3, T4>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0, param1, param2, param3, param4) => stream.Launch(extent, index => action(index, param0, param1, param2, param3, param4));
    }

    public static Action<TIndex, T0, T1, T2, T3, T4> LoadAutoGroupedStreamKernel<TIndex, T0, T1, T2, T3, T4>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0, param1, param2, param3, param4) => kernel(accelerator.DefaultStream, extent, param0, param1, param2, param3, param4);
    }

    public static Action<AcceleratorStream, TIndex, T0, T1, T2, T3, T4, T5> LoadAutoGroupedKernel<TIndex, T0, T1, T2, T3, T4, T5>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0, param1, param2, param3, param4, param5) => stream.Launch(extent, index => action(index, param0, param1, param2, param3, param4, param5));
    }

    public static Action<TIndex, T0, T1, T2, T3, T4, T5> LoadAutoGroupedStreamKernel<TIndex, T0, T1, T2, T3, T4, T5>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0, param1, param2, param3, param4, param5) => kernel(accelerator.DefaultStream, extent, param0, param1, param2, param3, param4, param5);
    }

    public static Action<AcceleratorStream, TIndex, T0, T1, T2, T3, T4, T5, T6> LoadAutoGroupedKernel<TIndex, T0, T1, T2, T3, T4, T5, T6>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0, param1, param2, param3, param4, param5, param6) => stream.Launch(extent, index => action(index, param0, param1, param2, param3, param4, param5, param6));
    }

    public static Action<TIndex, T0, T1, T2, T3, T4, T5, T6> LoadAutoGroupedStreamKernel<TIndex, T0, T1, T2, T3, T4, T5, T6>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0, param1, param2, param3, param4, param5, param6) => kernel(accelerator.DefaultStream, extent, param0, param1, param2, param3, param4, param5, param6);
    }

    public static Action<AcceleratorStream, TIndex, T0, T1, T2, T3, T4, T5, T6, T7> LoadAutoGroupedKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0, param1, param2, param3, param4, param5, param6, param7) => stream.Launch(extent, index => action(index, param0, param1, param2, param3, param4, param5, param6, param7));
    }

    public static Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7> LoadAutoGroupedStreamKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0, param1, param2, param3, param4, param5, param6, param7) => kernel(accelerator.DefaultStream, extent, param0, param1, param2, param3, param4, param5, param6, param7);
    }

    public static Action<AcceleratorStream, TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8> LoadAutoGroupedKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0, param1, param2, param3, param4, param5, param6, param7, param8) => stream.Launch(extent, index => action(index, param0, param1, param2, param3, param4, param5, param6, param7, param8));
    }

    public static Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8> LoadAutoGroupedStreamKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0, param1, param2, param3, param4, param5, param6, param7, param8) => kernel(accelerator.DefaultStream, extent, param0, param1, param2, param3, param4, param5, param6, param7, param8);
    }

    public static Action<AcceleratorStream, TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9> LoadAutoGroupedKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9) => stream.Launch(extent, index => action(index, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9));
    }

    public static Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9> LoadAutoGroupedStreamKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9) => kernel(accelerator.DefaultStream, extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9);
    }

    public static Action<AcceleratorStream, TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> LoadAutoGroupedKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
        where T10 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10) => stream.Launch(extent, index => action(index, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10));
    }

    public static Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> LoadAutoGroupedStreamKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
        where T10 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10) => kernel(accelerator.DefaultStream, extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10);
    }

    public static Action<AcceleratorStream, TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> LoadAutoGroupedKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
        where T10 : struct
        where T11 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10, param11) => stream.Launch(extent, index => action(index, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10, param11));
    }

    public static Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> LoadAutoGroupedStreamKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
        where T10 : struct
        where T11 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10, param11) => kernel(accelerator.DefaultStream, extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10, param11);
    }

    public static Action<AcceleratorStream, TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> LoadAutoGroupedKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
        where T10 : struct
        where T11 : struct
        where T12 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10, param11, param12) => stream.Launch(extent, index => action(index, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10, param11, param12));
    }

    public static Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> LoadAutoGroupedStreamKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
        where T10 : struct
        where T11 : struct
        where T12 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10, param11, param12) => kernel(accelerator.DefaultStream, extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10, param11, param12);
    }

    public static Action<AcceleratorStream, TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> LoadAutoGroupedKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
        where T10 : struct
        where T11 : struct
        where T12 : struct
        where T13 : struct
    {
        ArgumentNullException.ThrowIfNull(action);
        return (stream, extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10, param11, param12, param13) => stream.Launch(extent, index => action(index, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10, param11, param12, param13));
    }

    public static Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> LoadAutoGroupedStreamKernel<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>(this Accelerator accelerator, Action<TIndex, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> action)
        where TIndex : struct, IIndex
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
        where T10 : struct
        where T11 : struct
        where T12 : struct
        where T13 : struct
    {
        var kernel = accelerator.LoadAutoGroupedKernel(action);
        return (extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10, param11, param12, param13) => kernel(accelerator.DefaultStream, extent, param0, param1, param2, param3, param4, param5, param6, param7, param8, param9, param10, param11, param12, param13);
    }
}
