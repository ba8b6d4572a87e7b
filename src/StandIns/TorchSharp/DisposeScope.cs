namespace TorchSharp;

/// <summary>
/// Owns the tensors that its thread makes while it is the innermost one, and disposes them with itself. A tensor knows its
/// owner and its place in the owner's list, so that moving and disposing cost constant time and no allocation.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    private DisposeScopeManager? _manager;
    private List<IDisposable?> _items;
    private int _count;

    internal DisposeScope(DisposeScopeManager manager)
    {
        _manager = manager;
        OuterScope = manager.CurrentDisposeScope;
        _items = manager.SpareLists.TryPop(out var spare) ? spare : [];
    }

    internal DisposeScope? OuterScope { get; set; }

    /// <summary>What the scope owns at this moment, as a copy.</summary>
    /// <exception cref="ObjectDisposedException">The scope was disposed.</exception>
    public IReadOnlyList<IDisposable> DisposablesView
    {
        get
        {
            _ = Manager;
            return [.. _items.Where(item => item is not null).Select(item => item!)];
        }
    }

    public int DisposablesCount
    {
        get
        {
            _ = Manager;
            return _count;
        }
    }

    private DisposeScopeManager Manager
    {
        get
        {
            ObjectDisposedException.ThrowIf(_manager is null, this);
            return _manager;
        }
    }

    public T MoveToOuter<T>(T disposable)
        where T : IDisposable
    {
        Move(OuterScope, disposable);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => (MoveToOuter(first), MoveToOuter(second));

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable => (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOther(OuterScope, disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(OuterScope, disposables);

    public T MoveToOther<T>(DisposeScope? scope, T disposable)
        where T : IDisposable
    {
        Move(scope, disposable);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOther<T1, T2>(DisposeScope? scope, T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => (MoveToOther(scope, first), MoveToOther(scope, second));

    public (T1 first, T2 second, T3 third) MoveToOther<T1, T2, T3>(DisposeScope? scope, T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable => (MoveToOther(scope, first), MoveToOther(scope, second), MoveToOther(scope, third));

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables) =>
        MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        _ = Manager;
        foreach (var disposable in disposables)
            Move(scope, disposable);
    }

    public T Detach<T>(T disposable)
        where T : IDisposable
    {
        Move(null, disposable);
        return disposable;
    }

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => (Detach(first), Detach(second));

    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable => (Detach(first), Detach(second), Detach(third));

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        _ = Manager;
        foreach (var disposable in disposables)
            Move(null, disposable);
    }

    public void Attach(IDisposable disposable) => AttachOne(disposable);

    public void Attach(params IDisposable[] disposables)
    {
        foreach (var disposable in disposables)
            AttachOne(disposable);
    }

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        List<IDisposable> result = [.. disposables];
        foreach (var disposable in result)
            AttachOne(disposable);
        return result;
    }

    public void DisposeEverything() => DisposeEverythingBut(Enumerable.Empty<IDisposable>());

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        _ = Manager;
        var keep = inKeep as IDisposable[] ?? [.. inKeep];
        var old = _items;
        _items = Manager.SpareLists.TryPop(out var spare) ? spare : [];
        _count = 0;
        foreach (var item in old)
        {
            if (item is not torch.Tensor tensor)
                continue;
            if (Array.Exists(keep, kept => ReferenceEquals(kept, tensor)))
                Register(tensor);
            else
                tensor.DisposeWithScope();
        }

        old.Clear();
        Manager.SpareLists.Push(old);
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public T DisposeEverythingBut<T>(T keep)
        where T : IDisposable
    {
        DisposeEverythingBut([keep]);
        return keep;
    }

    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable
    {
        DisposeEverythingBut([first, second]);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable
    {
        DisposeEverythingBut([first, second, third]);
        return (first, second, third);
    }

    /// <summary>Disposes what the scope owns; the scope outside it becomes the innermost one.</summary>
    public void Dispose()
    {
        if (_manager is not { } manager)
            return;
        foreach (var item in _items)
            (item as torch.Tensor)?.DisposeWithScope();
        _items.Clear();
        _count = 0;
        manager.SpareLists.Push(_items);
        _items = [];
        manager.RemoveDisposeScope(this);
        _manager = null;
    }

    public void MarkAsDisposed(IDisposable disposable)
    {
        _ = Manager;
        if (disposable is torch.Tensor tensor)
            Forget(tensor);
    }

    public bool Contains(IDisposable disposable) =>
        disposable is torch.Tensor tensor && ReferenceEquals(tensor.OwningDisposeScope, this);

    internal void Register(torch.Tensor tensor)
    {
        tensor.OwningDisposeScope = this;
        tensor.ScopeIndex = _items.Count;
        _items.Add(tensor);
        _count++;
    }

    internal void Forget(torch.Tensor tensor)
    {
        if (!ReferenceEquals(tensor.OwningDisposeScope, this))
            return;
        var index = tensor.ScopeIndex;
        tensor.OwningDisposeScope = null;
        _count--;
        // The list shrinks from its end, where the newest live; a hole elsewhere is filled by the last one.
        var last = _items.Count - 1;
        if (index != last && _items[last] is torch.Tensor moved)
        {
            _items[index] = moved;
            moved.ScopeIndex = index;
        }

        _items.RemoveAt(last);
    }

    internal static void ReplaceWith(torch.Tensor original, torch.Tensor replacement)
    {
        if (original.OwningDisposeScope is not { } scope)
            return;
        scope.Forget(original);
        scope.Register(replacement);
    }

    private static torch.Tensor TensorOf(IDisposable disposable) => disposable as torch.Tensor
        ?? throw new InvalidOperationException("DisposeScope can only manage Tensor or PackedSequence");

    private void Move(DisposeScope? scope, IDisposable disposable)
    {
        var manager = Manager;
        if (disposable is not torch.Tensor tensor || !ReferenceEquals(tensor.OwningDisposeScope, this))
            return;
        if (ReferenceEquals(scope, this))
            return;
        Forget(tensor);
        if (scope is null)
            manager.StatisticsInstance.TensorStatistics.DetachedFromScopeCount++;
        else
            scope.Register(tensor);
    }

    private void AttachOne(IDisposable disposable)
    {
        var manager = Manager;
        var tensor = TensorOf(disposable);
        if (ReferenceEquals(tensor.OwningDisposeScope, this))
            return;
        tensor.OwningDisposeScope?.Forget(tensor);
        Register(tensor);
        manager.StatisticsInstance.TensorStatistics.AttachedToScopeCount++;
    }
}
