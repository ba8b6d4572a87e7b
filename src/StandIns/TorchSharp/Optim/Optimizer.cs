using TorchSharp.Modules;

namespace TorchSharp
{
    public static partial class torch
    {
        /// <summary>What changes parameters by their gradients.</summary>
        public static partial class optim
        {
            public interface ILearningRateController
            {
                double LearningRate { get; set; }

                double InitialLearningRate { get; set; }
            }

            public interface IMomentum
            {
                double Momentum { get; set; }
            }

            public interface IBetas
            {
                (double, double) Betas { get; set; }
            }

            /// <summary>Holds groups of parameters with their options.</summary>
            public abstract partial class Optimizer : IDisposable
            {
                protected IList<ParamGroup> _parameter_groups = [];

                ~Optimizer() => Dispose(false);

                public virtual IEnumerable<ILearningRateController> ParamGroups => _parameter_groups;

                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                /// <summary>Zeroes the gradients in place.</summary>
                public abstract void zero_grad();

                public abstract void add_param_group(ParamGroup param_group);

                /// <summary>One step along the gradients; a closure, which may compute them, gives the loss.</summary>
                public abstract Tensor? step(Func<Tensor>? closure = null);

                public abstract IEnumerable<Parameter> parameters();

                protected virtual void Dispose(bool disposing)
                {
                }

                /// <summary>Options by group and state by parameter, the optimizer's own.</summary>
                public class StateDictionary
                {
                    internal StateDictionary()
                    {
                    }

                    public List<OptimizerOptions> Options { get; private set; } = [];

                    public List<OptimizerState> State { get; private set; } = [];

                    public List<List<int>> StateIndexRef { get; private set; } = [];
                }
            }
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>What the optimizers have in common.</summary>
    public abstract class OptimizerHelper : torch.optim.Optimizer
    {
        protected OptimizerOptions? _defaults;
        protected Utils.OrderedDict<IntPtr, OptimizerState> _state = new();

        // Handle arrays of the native call, kept from step to step.
        private IntPtr[][] _handles = [];
        private long[] _steps = [];

        /// <exception cref="ArgumentException">The groups or states differ in number.</exception>
        public virtual void load_state_dict(StateDictionary state_dict)
        {
            var own = this.state_dict();
            if (state_dict.Options.Count != own.Options.Count)
                throw new ArgumentException("Invalid optimizer state -- different number of parameter groups.");
            if (state_dict.State.Count != own.State.Count)
                throw new ArgumentException("Invalid optimizer state -- different number of states.");
            for (var i = 0; i < own.Options.Count; i++)
            {
                if (!ReferenceEquals(own.Options[i], state_dict.Options[i]))
                    own.Options[i].LoadStateDict(state_dict.Options[i]);
            }

            for (var i = 0; i < own.State.Count; i++)
            {
                if (!ReferenceEquals(own.State[i], state_dict.State[i]))
                    own.State[i].LoadStateDict(state_dict.State[i]);
            }
        }

        public virtual StateDictionary state_dict()
        {
            var result = new StateDictionary();
            var index = 0;
            foreach (var group in _parameter_groups)
            {
                result.Options.Add(group.Options);
                List<int> places = [];
                result.StateIndexRef.Add(places);
                foreach (var parameter in group.Parameters)
                {
                    places.Add(index++);
                    result.State.Add(_state[parameter.Handle]);
                }
            }

            return result;
        }

        public void to(torch.Device device)
        {
            foreach (var parameter in parameters())
                _state[parameter.Handle].to(device);
        }

        public override void zero_grad()
        {
            foreach (var parameter in parameters())
            {
                using var grad = parameter.grad;
                grad?.zero_();
            }
        }

        public override IEnumerable<Parameter> parameters() => _parameter_groups.SelectMany(group => group.Parameters);

        public override void add_param_group(ParamGroup param_group)
        {
            // Counted once: a step walks the list without asking a lazy sequence again.
            param_group.Parameters = param_group.Parameters as IReadOnlyList<Parameter> ?? [.. param_group.Parameters];
            _parameter_groups.Add(param_group);
        }

        protected torch.Tensor? _step<T>(Action<T> body, Func<torch.Tensor>? loss_closure = null)
            where T : ParamGroup
        {
            torch.Tensor? loss = null;
            if (loss_closure is not null)
            {
                using var mode = torch.enable_grad();
                loss = loss_closure();
            }

            for (var i = 0; i < _parameter_groups.Count; i++)
                body((T)_parameter_groups[i]);
            return loss;
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (!disposing)
                return;
            foreach (var (_, state) in _state)
                (state as IDisposable)?.Dispose();
            _state.Clear();
        }

        // Options that a group leaves open come from the defaults.
        internal void AddGroup<TOptions>(ParamGroup group, Func<Parameter, OptimizerState> newState)
            where TOptions : OptimizerOptions, new()
        {
            group.Options ??= new TOptions();
            var options = group.Options;
            options.LearningRate ??= _defaults!.LearningRate;
            options.InitialLearningRate = options.LearningRate!.Value;
            group.Parameters = group.Parameters as IReadOnlyList<Parameter> ?? [.. group.Parameters];
            _parameter_groups.Add(group);
            foreach (var parameter in group.Parameters)
            {
                var state = newState(parameter);
                _state[parameter.Handle] = state;
                state.Initialize(options);
            }
        }

        internal static bool HasGradient(Parameter parameter) => PInvoke.NativeMethods.THSTensor_has_grad(parameter.Handle);

        internal TState StateOf<TState>(Parameter parameter)
            where TState : OptimizerState => (TState)_state[parameter.Handle];

        // Arrays for one native call over a group: `count` handle lists as long as the group, and the step counts.
        internal (IReadOnlyList<Parameter> Parameters, IntPtr[][] Handles, long[] Steps) Lists(ParamGroup group, int count)
        {
            var parameters = group.Parameters as IReadOnlyList<Parameter> ?? [.. group.Parameters];
            if (_handles.Length != count || _steps.Length < parameters.Count)
            {
                _handles = new IntPtr[count][];
                for (var i = 0; i < count; i++)
                    _handles[i] = new IntPtr[Math.Max(parameters.Count, 1)];
                _steps = new long[Math.Max(parameters.Count, 1)];
            }

            return (parameters, _handles, _steps);
        }
    }

    /// <summary>Options of a group; null where the defaults hold.</summary>
    public class OptimizerOptions
    {
        public double? LearningRate { get; set; }

        public double InitialLearningRate { get; set; }

        public virtual void LoadStateDict(OptimizerOptions source)
        {
            InitialLearningRate = source.InitialLearningRate;
            LearningRate = source.LearningRate;
        }
    }

    /// <summary>What an optimizer remembers of one parameter.</summary>
    public abstract class OptimizerState
    {
        protected Parameter _parameter;

        protected OptimizerState(Parameter parameter)
        {
            _parameter = parameter;
        }

        public abstract void LoadStateDict(OptimizerState source);

        public virtual bool ApproximatelyEquals(OptimizerState other) => false;

        public abstract void Initialize(OptimizerOptions options);

        public virtual void to(torch.Device device)
        {
        }

        internal torch.Tensor Zeros() => torch.zeros_like(_parameter).DetachFromDisposeScope();

        internal torch.Tensor Copy(torch.Tensor source) => source.to(_parameter.device, copy: true).DetachFromDisposeScope();

        internal static torch.Tensor Moved(torch.Tensor tensor, torch.Device device) =>
            tensor.to(device, copy: true, disposeAfter: true).DetachFromDisposeScope();

        // Whether both are missing, or both are there and close.
        internal static bool Close(torch.Tensor? a, torch.Tensor? b) => a is null ? b is null : b is not null && a.allclose(b);
    }

    /// <summary>Parameters that share options.</summary>
    public class ParamGroup : torch.optim.ILearningRateController
    {
        public IEnumerable<Parameter> Parameters { get; set; } = [];

        public OptimizerOptions Options { get; set; } = null!;

        public double LearningRate
        {
            get => Options.LearningRate!.Value;
            set => Options.LearningRate = value;
        }

        public double InitialLearningRate
        {
            get => Options.InitialLearningRate;
            set => Options.InitialLearningRate = value;
        }
    }

    /// <summary>A group with the options of one optimizer.</summary>
    public class ParamGroup<TOptions> : ParamGroup
        where TOptions : OptimizerOptions
    {
        public ParamGroup()
        {
        }

        public ParamGroup(IEnumerable<Parameter> parameters, TOptions? options = null)
        {
            Parameters = parameters;
            base.Options = options!;
        }

        public new TOptions Options
        {
            get => (TOptions)base.Options;
            set => base.Options = value;
        }
    }
}
