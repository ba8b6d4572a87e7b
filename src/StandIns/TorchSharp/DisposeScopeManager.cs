namespace TorchSharp;

/// <summary>This thread's stack of dispose scopes.</summary>
public class DisposeScopeManager
{
    [ThreadStatic]
    private static DisposeScopeManager? _threadSingleton;

    public static ThreadDisposeScopeStatistics Statistics => ThreadSingleton.StatisticsInstance;

    internal static DisposeScopeManager ThreadSingleton => _threadSingleton ??= new DisposeScopeManager();

    internal ThreadDisposeScopeStatistics StatisticsInstance { get; } = new();

    internal DisposeScope? CurrentDisposeScope { get; private set; }

    // A scope's list is kept for the next scope: a training step opens several and must not allocate their lists anew.
    internal Stack<List<IDisposable?>> SpareLists { get; } = new();

    internal DisposeScope? RegisterOnCurrentDisposeScope(torch.Tensor item)
    {
        var statistics = StatisticsInstance.TensorStatistics;
        var scope = CurrentDisposeScope;
        if (scope is null)
        {
            statistics.CreatedOutsideScopeCount++;
            return null;
        }

        statistics.CreatedInScopeCount++;
        scope.Register(item);
        return scope;
    }

    internal void CountDisposal(bool owned)
    {
        if (owned)
            StatisticsInstance.TensorStatistics.DisposedInScopeCount++;
        else
            StatisticsInstance.TensorStatistics.DisposedOutsideScopeCount++;
    }

    internal DisposeScope NewDisposeScope() => CurrentDisposeScope = new DisposeScope(this);

    internal void RemoveDisposeScope(DisposeScope scope)
    {
        if (ReferenceEquals(CurrentDisposeScope, scope))
        {
            CurrentDisposeScope = scope.OuterScope;
            return;
        }

        // Disposed out of order: unlink it.
        for (var inner = CurrentDisposeScope; inner is not null; inner = inner.OuterScope)
        {
            if (!ReferenceEquals(inner.OuterScope, scope))
                continue;
            inner.OuterScope = scope.OuterScope;
            return;
        }
    }
}
