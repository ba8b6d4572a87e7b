using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

/// <summary>One subscript of <c>tensor[...]</c>: native/torch/subscript.cpp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Subscript
{
    internal long Kind;
    internal ScalarValue Start;
    internal ScalarValue Stop;
    internal ScalarValue Step;
    internal IntPtr Tensor;
}
