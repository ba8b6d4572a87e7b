using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    // Fills from a generator.
    public partial class Tensor
    {
        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            Done(NativeMethods.THSTensor_normal_(Handle, mean, std, torch.Generator.HandleOrNull(generator)), generator);

        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            Done(NativeMethods.THSTensor_uniform_(Handle, from, to, torch.Generator.HandleOrNull(generator)), generator);

        public Tensor bernoulli(Generator? generator = null) =>
            Wrap(NativeMethods.THSTensor_bernoulli(Handle, torch.Generator.HandleOrNull(generator)), this, generator);

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) =>
            Done(NativeMethods.THSTensor_bernoulli_(Handle, p, torch.Generator.HandleOrNull(generator)), generator);

        public Tensor bernoulli_(Tensor p, Generator? generator = null) =>
            Done(NativeMethods.THSTensor_bernoulli_2(Handle, p.Handle, torch.Generator.HandleOrNull(generator)), p, generator);

        public Tensor random_(double from, double to, Generator? generator = null) =>
            Done(NativeMethods.THSTensor_random_(Handle, from, to, torch.Generator.HandleOrNull(generator)), generator);

        public Tensor exponential_(double lambda = 1, Generator? generator = null) =>
            Done(NativeMethods.THSTensor_exponential_(Handle, lambda, torch.Generator.HandleOrNull(generator)), generator);

        public Tensor geometric_(double p, Generator? generator = null) =>
            Done(NativeMethods.THSTensor_geometric_(Handle, p, torch.Generator.HandleOrNull(generator)), generator);

        public Tensor log_normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            Done(NativeMethods.THSTensor_log_normal_(Handle, mean, std, torch.Generator.HandleOrNull(generator)), generator);

        public Tensor cauchy_(double median = 0, double sigma = 1, Generator? generator = null) =>
            Done(NativeMethods.THSTensor_cauchy_(Handle, median, sigma, torch.Generator.HandleOrNull(generator)), generator);

        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            Wrap(NativeMethods.THSTensor_multinomial(Handle, num_samples, replacement, torch.Generator.HandleOrNull(generator)), this, generator);
    }
}
