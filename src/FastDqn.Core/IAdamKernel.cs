namespace FastDqn.Core;

/// <summary>A step of Adam over numbers in a device's memory; all addresses are the device's, of floats.</summary>
/// <param name="Values">What moves.</param>
/// <param name="Gradient">Where to.</param>
/// <param name="Mean">First moments.</param>
/// <param name="Square">Second moments.</param>
/// <param name="Numbers">What changes from step to step: minus the step's size, epsilon, the factor of decoupled weight
/// decay, 1 - beta1.</param>
/// <param name="Count">Of values.</param>
/// <param name="Beta2">Of the second moments.</param>
/// <param name="Decoupled">Weights decay by themselves (AdamW).</param>
public readonly record struct AdamStep(
    nint Values, nint Gradient, nint Mean, nint Square, nint Numbers, int Count, double Beta2, bool Decoupled);

/// <summary>Takes steps of Adam where the numbers are.</summary>
public interface IAdamKernel : IDisposable
{
    /// <summary>Queues a step on a stream. Any thread may call.</summary>
    /// <param name="step">What it is about.</param>
    /// <param name="stream">The driver's handle; 0: the default stream.</param>
    void Queue(in AdamStep step, nint stream);
}
