namespace FastDqn.Core.Tests;

public sealed class MinibatchTests
{
    [Fact]
    public void NoFieldReachesIntoAnother()
    {
        using var batch = new Minibatch(3, observationBytes: 5000, prioritized: true, ahead: 2);
        batch.ObservationSpan.Fill(1);
        batch.NextObservationSpan.Fill(2);
        batch.ActionSpan.Fill(3);
        batch.ReturnSpan.Fill(4);
        batch.DiscountSpan.Fill(5);
        batch.WeightSpan.Fill(6);
        batch.ErrorSpan.Fill(7);
        batch.FollowingSpan.Fill(8);
        batch.FollowingActionSpan.Fill(9);
        batch.FollowingValidSpan.Fill(10);
        Assert.Equal(Enumerable.Repeat((byte)1, 15000), batch.ObservationSpan.ToArray());
        Assert.Equal(Enumerable.Repeat((byte)2, 15000), batch.NextObservationSpan.ToArray());
        Assert.Equal([3, 3, 3], batch.ActionSpan.ToArray());
        Assert.Equal([4, 4, 4], batch.ReturnSpan.ToArray());
        Assert.Equal([5, 5, 5], batch.DiscountSpan.ToArray());
        Assert.Equal([6, 6, 6], batch.WeightSpan.ToArray());
        Assert.Equal([7, 7, 7], batch.ErrorSpan.ToArray());
        Assert.Equal(Enumerable.Repeat((byte)8, 30000), batch.FollowingSpan.ToArray());
        Assert.Equal(Enumerable.Repeat(9L, 6), batch.FollowingActionSpan.ToArray());
        Assert.Equal(Enumerable.Repeat(10f, 6), batch.FollowingValidSpan.ToArray());
        nint[] addresses =
        [
            batch.Observations, batch.Actions, batch.Returns, batch.Discounts, batch.Weights, batch.Errors, batch.FollowingActions,
            batch.FollowingValid,
        ];
        Assert.All(addresses, address => Assert.Equal(0, address % 4096));
        // One copy takes all observations to a device.
        Assert.Equal((15000, 30000), (batch.NextObservations - batch.Observations, batch.Following - batch.Observations));
    }

    [Fact]
    public void NoFieldOfSequencesReachesIntoAnother()
    {
        var shape = new SequenceShape(BurnIn: 200, Length: 400, Beyond: 100, StateSize: 700);
        using var batch = new Minibatch(3, observationBytes: 7, prioritized: true, shape);
        batch.ObservationSpan.Fill(1);
        batch.ActionSpan.Fill(2);
        batch.ReturnSpan.Fill(3);
        batch.DiscountSpan.Fill(4);
        batch.ValidSpan.Fill(5);
        batch.BootstrapSpan.Fill(6);
        batch.LastActionSpan.Fill(7);
        batch.LastRewardSpan.Fill(8);
        batch.StartSpan.Fill(9);
        batch.StateSpan.Fill(10);
        Assert.Empty(batch.NextObservationSpan.ToArray());
        Assert.Equal(Enumerable.Repeat((byte)1, 14700), batch.ObservationSpan.ToArray());
        Assert.Equal(Enumerable.Repeat(2L, 1200), batch.ActionSpan.ToArray());
        Assert.Equal(Enumerable.Repeat(3f, 1200), batch.ReturnSpan.ToArray());
        Assert.Equal(Enumerable.Repeat(4f, 1200), batch.DiscountSpan.ToArray());
        Assert.Equal(Enumerable.Repeat(5f, 1200), batch.ValidSpan.ToArray());
        Assert.Equal(Enumerable.Repeat(6L, 1200), batch.BootstrapSpan.ToArray());
        Assert.Equal(Enumerable.Repeat(7L, 2100), batch.LastActionSpan.ToArray());
        Assert.Equal(Enumerable.Repeat(8f, 2100), batch.LastRewardSpan.ToArray());
        Assert.Equal(Enumerable.Repeat(9f, 2100), batch.StartSpan.ToArray());
        Assert.Equal(Enumerable.Repeat(10f, 2100), batch.StateSpan.ToArray());
        var registrar = new Registrar();
        using var locked = batch.Lock(registrar);
        Assert.InRange(batch.States + (2100 * sizeof(float)), registrar.Address, registrar.Address + (nint)registrar.Bytes);
    }

    [Fact]
    public void AllOfItIsLocked()
    {
        using var batch = new Minibatch(3, observationBytes: 5000, prioritized: false, ahead: 2);
        var registrar = new Registrar();
        Assert.Null(batch.Lock(null));
        using (batch.Lock(registrar))
            Assert.Equal((batch.Observations, 1), (registrar.Address, registrar.Live));
        Assert.Equal(0, registrar.Live);
        Assert.InRange(batch.FollowingValid + (6 * sizeof(float)), registrar.Address, registrar.Address + (nint)registrar.Bytes);
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
