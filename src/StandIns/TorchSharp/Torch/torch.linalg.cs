using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Decompositions and norms.</summary>
    public static partial class linalg
    {
        public enum QRMode
        {
            Reduced = 0,
            Complete = 1,
            R = 2,
        }

        public static (Tensor Q, Tensor R) qr(Tensor input, QRMode mode = QRMode.Reduced)
        {
            var q = NativeMethods.THSLinalg_qr(input.Handle, (long)mode, out var r);
            return (Tensor.Wrap(q, input), new Tensor(r));
        }
    }
}
