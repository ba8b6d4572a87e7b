using System.Collections;
using System.Globalization;
using TorchSharp.Modules;

namespace TorchSharp.Modules
{
    /// <summary>Modules one after the other, under their names or their places.</summary>
    public class Sequential : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly List<torch.nn.IModule<torch.Tensor, torch.Tensor>> _modules = [];
        private readonly List<string> _names = [];

        protected internal Sequential(params (string name, torch.nn.Module<torch.Tensor, torch.Tensor> submodule)[] modules)
            : base(nameof(Sequential))
        {
            foreach (var (moduleName, module) in modules)
                append(moduleName, module);
        }

        protected internal Sequential(params torch.nn.Module<torch.Tensor, torch.Tensor>[] modules)
            : base(nameof(Sequential))
        {
            foreach (var module in modules)
                append(module);
        }

        public int Count => _modules.Count;

        [System.Runtime.CompilerServices.IndexerName("SequentialItems")]
        public torch.nn.IModule<torch.Tensor, torch.Tensor> this[int index] => _modules[index];

        public Sequential append(string name, torch.nn.IModule<torch.Tensor, torch.Tensor> module)
        {
            register_module(name, (torch.nn.Module)module);
            _modules.Add(module);
            _names.Add(name);
            return this;
        }

        public Sequential append(torch.nn.IModule<torch.Tensor, torch.Tensor> module) =>
            append(_modules.Count.ToString(CultureInfo.InvariantCulture), module);

        public override torch.Tensor forward(torch.Tensor tensor)
        {
            if (_modules.Count == 0)
                return tensor.alias();
            var current = _modules[0].call(tensor);
            for (var i = 1; i < _modules.Count; i++)
            {
                var previous = current;
                current = _modules[i].call(previous);
                // Intermediate results end here; a module may also have handed its input back.
                if (!ReferenceEquals(previous, tensor) && !ReferenceEquals(previous, current))
                    previous.Dispose();
            }

            return current;
        }

        protected override void RegisterComponents()
        {
        }
    }

    /// <summary>A list of modules under their places.</summary>
    public class ModuleList<T> : torch.nn.Module, IList<T>
        where T : torch.nn.Module
    {
        private readonly List<T> _list = [];
        private bool _registered;

        public ModuleList(params T[] modules)
            : base("ModuleList")
        {
            _list.AddRange(modules);
        }

        public int Count => _list.Count;

        public bool IsReadOnly => false;

        public T this[int index]
        {
            get => _list[index];
            set => _list[index] = value;
        }

        public void Add(T item) => _list.Add(item);

        public void append(params T[] parameters) => _list.AddRange(parameters);

        public void extend(IEnumerable<T> modules) => _list.AddRange(modules);

        public void Clear() => _list.Clear();

        public bool Contains(T item) => _list.Contains(item);

        public void CopyTo(T[] array, int arrayIndex) => _list.CopyTo(array, arrayIndex);

        public int IndexOf(T item) => _list.IndexOf(item);

        public void Insert(int index, T item) => _list.Insert(index, item);

        public bool Remove(T item) => _list.Remove(item);

        public void RemoveAt(int index) => _list.RemoveAt(index);

        public IEnumerator<T> GetEnumerator() => _list.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        protected override void RegisterComponents()
        {
            if (_registered)
                return;
            for (var i = 0; i < _list.Count; i++)
                register_module(i.ToString(CultureInfo.InvariantCulture), _list[i]);
            _registered = true;
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Sequential Sequential() => new(Array.Empty<Module<Tensor, Tensor>>());

            public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => new(modules);

            public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) => new(modules);

            public static Sequential Sequential(params Tuple<string, Module<Tensor, Tensor>>[] modules) =>
                new(Array.ConvertAll(modules, pair => (pair.Item1, pair.Item2)));

            public static Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules) => new(modules.ToArray());

            public static Sequential Sequential(IEnumerable<Tuple<string, Module<Tensor, Tensor>>> modules) => Sequential(modules.ToArray());

            public static Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules) => new(modules.ToArray());

            public static ModuleList<Module> ModuleList(params Module[] modules) => new(modules);

            public static ModuleList<T> ModuleList<T>(params T[] modules)
                where T : Module => new(modules);
        }
    }
}
