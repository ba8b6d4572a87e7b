namespace FastDqn.Core.Tests;

public sealed class MinibatchTests
{
    [Fact]
    public void NoFieldReachesIntoAnother()
    {
        using var batch = new Minibatch(3, observationBytes: 5000, prioritized: true);
        batch.ObservationSpan.Fill(1);
        batch.NextObservationSpan.Fill(2);
        batch.ActionSpan.Fill(3);
        batch.ReturnSpan.Fill(4);
        batch.DiscountSpan.Fill(5);
        batch.WeightSpan.Fill(6);
        batch.ErrorSpan.Fill(7);
        Assert.Equal(Enumerable.Repeat((byte)1, 15000), batch.ObservationSpan.ToArray());
        Assert.Equal(Enumerable.Repeat((byte)2, 15000), batch.NextObservationSpan.ToArray());
        Assert.Equal([3, 3, 3], batch.ActionSpan.ToArray());
        Assert.Equal([4, 4, 4], batch.ReturnSpan.ToArray());
        Assert.Equal([5, 5, 5], batch.DiscountSpan.ToArray());
        Assert.Equal([6, 6, 6], batch.WeightSpan.ToArray());
        Assert.Equal([7, 7, 7], batch.ErrorSpan.ToArray());
        nint[] addresses =
            [batch.Observations, batch.NextObservations, batch.Actions, batch.Returns, batch.Discounts, batch.Weights, batch.Errors];
        Assert.All(addresses, address => Assert.Equal(0, address % 4096));
    }

    [Fact]
    public void AllOfItIsLocked()
    {
        using var batch = new Minibatch(3, observationBytes: 5000, prioritized: false);
        var registrar = new Registrar();
        Assert.Null(batch.Lock(null));
        using (batch.Lock(registrar))
            Assert.Equal((batch.Observations, 1), (registrar.Address, registrar.Live));
        Assert.Equal(0, registrar.Live);
        Assert.InRange(batch.Errors + (3 * sizeof(float)), registrar.Address, registrar.Address + (nint)registrar.Bytes);
    }

    private sealed class Registrar : IPinnedMemoryRegistrar
    {
        public nint Address { get; private set; }

        public long Bytes { get; private set; }

        public int Live { get; private set; }

        public IDisposable Register(nint address, long bytes)
        {
            (Address, Bytes, Live) = (address, bytes, Live + 1);
            return new Lock(this);
        }

        private sealed class Lock(Registrar registrar) : IDisposable
        {
            public void Dispose() => registrar.Live--;
        }
    }
}
