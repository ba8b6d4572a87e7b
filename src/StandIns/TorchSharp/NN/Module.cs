using System.Reflection;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Layers, losses and what builds them.</summary>
    public static partial class nn
    {
        /// <summary>
        /// A node of a network: parameters, buffers and submodules by name, in the order of registration. Names are the
        /// fields' own after <see cref="RegisterComponents"/>.
        /// </summary>
        public class Module : IDisposable
        {
            protected DeviceType _deviceType = DeviceType.CPU;
            protected int _deviceIndex = -1;
            protected OrderedDict<string, Module> _internal_submodules = new();
            protected OrderedDict<string, (Tensor, bool)> _internal_buffers = new();
            protected OrderedDict<string, Parameter> _internal_params = new();
            protected string? name;

            private bool _componentsRegistered;
            private bool _training = true;
            private bool _disposed;

            protected Module(string name)
            {
                this.name = name;
            }

            ~Module() => Dispose(false);

            public virtual bool training => _training;

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>Runs fn on every submodule, innermost first, then on this one.</summary>
            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, module) in _internal_submodules)
                    module.apply(fn);
                fn(this);
                return this;
            }

            public virtual void train(bool train = true)
            {
                _training = train;
                foreach (var (_, module) in named_children())
                    module.train(train);
            }

            public virtual void eval() => train(false);

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var (_, parameter) in named_parameters())
                {
                    using var grad = parameter.grad;
                    if (grad is null)
                        continue;
                    if (set_to_none)
                        parameter.grad = null;
                    else
                        grad.zero_();
                }
            }

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<IntPtr> { IntPtr.Zero };
                foreach (var (bufferName, (buffer, persistent)) in _internal_buffers)
                {
                    if ((persistent || include_nonpersistent) && seen.Add(buffer.handle))
                        yield return (bufferName, buffer);
                }

                if (!recurse)
                    yield break;
                foreach (var (moduleName, module) in _internal_submodules)
                {
                    foreach (var (bufferName, buffer) in module.named_buffers(true, include_nonpersistent))
                    {
                        if (seen.Add(buffer.handle))
                            yield return ($"{moduleName}.{bufferName}", buffer);
                    }
                }
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(pair => pair.buffer);

            public virtual IEnumerable<(string name, Module module)> named_children() => _internal_submodules;

            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var pair in _internal_submodules)
                    yield return pair;
                foreach (var (moduleName, module) in _internal_submodules)
                {
                    foreach (var (innerName, inner) in module.named_modules())
                        yield return ($"{moduleName}.{innerName}", inner);
                }
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(pair => pair.module);

            public virtual IEnumerable<Module> children() => named_children().Select(pair => pair.module);

            /// <summary>Parameters and persistent buffers by full name; the tensors are the module's own.</summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                foreach (var (key, parameter) in named_parameters())
                    destination.TryAdd(Full(prefix, key), parameter);
                foreach (var (key, buffer) in named_buffers(include_nonpersistent: false))
                    destination.TryAdd(Full(prefix, key), buffer);
                foreach (var (key, module) in _internal_submodules)
                    module.state_dict(destination, Full(prefix, key));
                return destination;
            }

            /// <summary>Copies tensors by name into the module's own.</summary>
            /// <exception cref="InvalidOperationException">strict, and names are missing or unexpected.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var destination = state_dict();
                bool Wanted(string key) => skip is null || !skip.Contains(key);
                List<string> unexpected = [.. source.Keys.Where(key => Wanted(key) && !destination.ContainsKey(key))];
                List<string> missing = [.. destination.Keys.Where(key => Wanted(key) && !source.ContainsKey(key))];
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                    throw new InvalidOperationException("The loaded state_dict is not identical to the target dictionary.");

                using var mode = no_grad();
                foreach (var (key, tensor) in source)
                {
                    if (Wanted(key) && destination.TryGetValue(key, out var target))
                        target.copy_(tensor);
                }

                return (missing, unexpected);
            }

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<IntPtr> { IntPtr.Zero };
                foreach (var (parameterName, parameter) in _internal_params)
                {
                    if (seen.Add(parameter.handle))
                        yield return (parameterName, parameter);
                }

                if (!recurse)
                    yield break;
                foreach (var (moduleName, module) in _internal_submodules)
                {
                    foreach (var (parameterName, parameter) in module.named_parameters(true))
                    {
                        if (seen.Add(parameter.handle))
                            yield return ($"{moduleName}.{parameterName}", parameter);
                    }
                }
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(pair => pair.parameter);

            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            public virtual Tensor? get_buffer(string target)
            {
                if (_internal_buffers.TryGetValue(target, out var buffer))
                    return buffer.Item1;
                return Inside(target, (module, rest) => module.get_buffer(rest));
            }

            public virtual Parameter? get_parameter(string target)
            {
                if (_internal_params.TryGetValue(target, out var parameter))
                    return parameter;
                return Inside(target, (module, rest) => module.get_parameter(rest));
            }

            /// <exception cref="InvalidOperationException">The name is taken.</exception>
            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                if (tensor is null || tensor.IsInvalid)
                    throw new ArgumentNullException(nameof(tensor), "A null tensor cannot be registered as a buffer.");
                if (_internal_buffers.ContainsKey(name))
                    throw new InvalidOperationException($"Tensor {name} is already registered.");
                _internal_buffers.Add(name, (tensor, persistent));
            }

            /// <exception cref="InvalidOperationException">The name is taken.</exception>
            public virtual void register_parameter(string name, Parameter param)
            {
                if (param is null || param.IsInvalid)
                    throw new ArgumentNullException(nameof(param), "A null tensor cannot be registered as a parameter.");
                if (_internal_params.ContainsKey(name))
                    throw new InvalidOperationException($"Parameter {name} is already registered.");
                _internal_params.Add(name, param);
            }

            public void add_module(string name, Module module) => register_module(name, module);

            /// <summary>Adds a submodule under a name without dots; null takes the name away.</summary>
            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null || submodule._disposed)
                {
                    _internal_submodules.Remove(name);
                    return;
                }

                if (name.Contains('.', StringComparison.Ordinal))
                    throw new ArgumentException($"module name can't contain \".\", got: {name}");
                if (string.IsNullOrEmpty(name))
                    throw new ArgumentException("module name can't be empty string \"\"");
                if (_internal_submodules.ContainsKey(name))
                    throw new InvalidOperationException($"Sub-module {name} is already registered.");
                submodule.RegisterComponents();
                _internal_submodules.Add(name, submodule);
            }

            public virtual string GetName() => string.IsNullOrEmpty(name) ? GetType().Name : name;

            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                CheckType(dtype);
                return Moved(dtype, device, non_blocking);
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) =>
                Moved(null, new Device(deviceType, deviceType == DeviceType.CUDA ? deviceIndex : -1), non_blocking);

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                CheckType(dtype);
                return Moved(dtype, null, non_blocking);
            }

            public Module _to(Tensor other, bool non_blocking)
            {
                _to(other.dtype, non_blocking);
                return _to(other.device_type, other.device_index, non_blocking);
            }

            /// <summary>Registers the fields that hold modules, parameters and tensors, under the fields' names.</summary>
            protected virtual void RegisterComponents()
            {
                if (_componentsRegistered)
                    return;
                foreach (var field in Fields(GetType()))
                {
                    var fieldName = field.ComponentName();
                    if (_internal_submodules.ContainsKey(fieldName) || _internal_params.ContainsKey(fieldName) || _internal_buffers.ContainsKey(fieldName))
                        continue;
                    switch (field.GetValue(this))
                    {
                        case Module module:
                            register_module(fieldName, module);
                            break;
                        case Parameter parameter:
                            register_parameter(fieldName, parameter);
                            break;
                        case Tensor tensor:
                            register_buffer(fieldName, tensor);
                            break;
                    }
                }

                _componentsRegistered = true;
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || _disposed)
                    return;
                _disposed = true;
                foreach (var (_, (buffer, _)) in _internal_buffers)
                    buffer.DetachFromDisposeScope().Dispose();
                foreach (var (_, parameter) in _internal_params)
                    parameter.DetachFromDisposeScope().Dispose();
                foreach (var (_, module) in _internal_submodules)
                    module.Dispose();
            }

            protected void ConditionallyRegisterParameter(string name, Tensor? value) =>
                ConditionallyRegisterParameter(name, value as Parameter);

            protected void ConditionallyRegisterParameter(string name, Parameter? value)
            {
                if (value is null)
                    _internal_params.Remove(name);
                else
                    _internal_params[name] = value;
            }

            protected void ConditionallyRegisterBuffer(string name, Tensor? value, bool persistent = true)
            {
                if (value is null)
                    _internal_buffers.Remove(name);
                else
                    _internal_buffers[name] = (value, persistent);
            }

            // A parameter property: the module owns the value and disposes the one before.
            internal void Replace(string name, ref Parameter? slot, Parameter? value)
            {
                if (ReferenceEquals(slot, value))
                    return;
                slot?.Dispose();
                slot = value;
                value?.DetachFromDisposeScope();
                ConditionallyRegisterParameter(name, value);
            }

            internal void Replace(string name, ref Tensor? slot, Tensor? value)
            {
                if (ReferenceEquals(slot, value))
                    return;
                slot?.Dispose();
                slot = value;
                value?.DetachFromDisposeScope();
                ConditionallyRegisterBuffer(name, value);
            }

            protected void ClearModules() => _internal_submodules.clear();

            protected static (Device device, ScalarType dtype) GetDefaultDeviceAndType(Device? device = null, ScalarType? dtype = null) =>
                (device ?? get_default_device(), dtype ?? get_default_dtype());

            private static string Full(string? prefix, string key) => string.IsNullOrEmpty(prefix) ? key : $"{prefix}.{key}";

            private static void CheckType(ScalarType type)
            {
                if (!is_floating_point(type) && !is_complex(type))
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={type}");
            }

            // Base classes' private fields too, each name once.
            private static IEnumerable<FieldInfo> Fields(Type type)
            {
                var seen = new HashSet<string>();
                for (var t = type; t is not null && t != typeof(object); t = t.BaseType)
                {
                    foreach (var field in t.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
                    {
                        if (seen.Add(field.Name))
                            yield return field;
                    }
                }
            }

            private T? Inside<T>(string target, Func<Module, string, T?> get)
                where T : class
            {
                var dot = target.IndexOf('.', StringComparison.Ordinal);
                if (dot <= 0)
                    return null;
                foreach (var (moduleName, module) in named_children())
                {
                    if (moduleName == target[..dot] && get(module, target[(dot + 1)..]) is { } found)
                        return found;
                }

                return null;
            }

            // Parameters and buffers are replaced only where type or device differ, as in the real package.
            private Module Moved(ScalarType? type, Device? device, bool nonBlocking)
            {
                if (device is not null)
                    InitializeDeviceType(device.type);
                foreach (var (_, module) in named_children())
                    module.MovedOrOverridden(type, device, nonBlocking);

                Dictionary<string, FieldInfo>? fields = null;
                FieldInfo? Field(string key)
                {
                    fields ??= Fields(GetType()).DistinctBy(field => field.ComponentName()).ToDictionary(field => field.ComponentName());
                    return fields.GetValueOrDefault(key);
                }

                foreach (var (key, parameter) in _internal_params.ToArray<(string, Parameter)>())
                {
                    if (!Differs(parameter, type, device))
                        continue;
                    Parameter moved;
                    using (no_grad())
                    {
                        moved = new Parameter(Converted(parameter, type, device, nonBlocking), parameter.requires_grad);
                        moved.DetachFromDisposeScope();
                        using var grad = parameter.grad;
                        if (grad is not null)
                        {
                            using var movedGrad = Converted(grad, type, device, nonBlocking);
                            moved.grad = movedGrad;
                        }
                    }

                    parameter.Dispose();
                    _internal_params[key] = moved;
                    SetMember(key, moved, Field);
                }

                foreach (var (key, (buffer, persistent)) in _internal_buffers.ToArray<(string, (Tensor, bool))>())
                {
                    if (!Differs(buffer, type, device))
                        continue;
                    var moved = Converted(buffer, type, device, nonBlocking).DetachFromDisposeScope();
                    buffer.Dispose();
                    _internal_buffers[key] = (moved, persistent);
                    SetMember(key, moved, Field);
                }

                if (device is not null)
                    (_deviceType, _deviceIndex) = (device.type, device.index);
                return this;
            }

            private void MovedOrOverridden(ScalarType? type, Device? device, bool nonBlocking)
            {
                if (device is null)
                    _to(type!.Value, nonBlocking);
                else if (type is null)
                    _to(device.type, device.index, nonBlocking);
                else
                    _to(device, type.Value, nonBlocking);
            }

            private void SetMember(string key, Tensor value, Func<string, FieldInfo?> field)
            {
                var property = GetType().GetProperty(key, BindingFlags.Public | BindingFlags.Instance);
                if (property is { CanWrite: true } && property.PropertyType.IsInstanceOfType(value))
                    property.SetValue(this, value);
                else if (field(key) is { } found && found.FieldType.IsInstanceOfType(value))
                    found.SetValue(this, value);
            }

            private static bool Differs(Tensor tensor, ScalarType? type, Device? device) =>
                (type is { } t && is_floating_point(tensor.dtype) && tensor.dtype != t)
                || (device is not null && (tensor.device_type != device.type || (device.index >= 0 && tensor.device_index != device.index)));

            private static Tensor Converted(Tensor tensor, ScalarType? type, Device? device, bool nonBlocking)
            {
                var target = type is { } t && is_floating_point(tensor.dtype) ? t : tensor.dtype;
                return tensor.to(target, device ?? tensor.device, copy: true, non_blocking: nonBlocking);
            }
        }
    }
}

/// <summary>Moves and conversions that keep the module's own type.</summary>
public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.ScalarType type, bool non_blocking = false)
        where T : torch.nn.Module => (T)module._to(type, non_blocking);

    public static T to<T>(this T module, torch.Device device, torch.ScalarType type, bool non_blocking = false)
        where T : torch.nn.Module => (T)module._to(device, type, non_blocking);

    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1, bool non_blocking = false)
        where T : torch.nn.Module => (T)module._to(deviceType, deviceIndex, non_blocking);

    public static T to<T>(this T module, torch.Device device, bool non_blocking = false)
        where T : torch.nn.Module => (T)module._to(device.type, device.index, non_blocking);

    public static T to<T>(this T module, string device, bool non_blocking = false)
        where T : torch.nn.Module => module.to(new torch.Device(device), non_blocking);

    public static T to<T>(this T module, torch.Tensor other, bool non_blocking = false)
        where T : torch.nn.Module => (T)module._to(other.device, other.dtype, non_blocking);

    public static T cpu<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => (T)module._to(DeviceType.CPU, -1, non_blocking);

    public static T cuda<T>(this T module, int deviceIndex = -1, bool non_blocking = false)
        where T : torch.nn.Module => (T)module._to(DeviceType.CUDA, deviceIndex, non_blocking);

    public static T half<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => module.to(torch.ScalarType.Float16, non_blocking);

    public static T @float<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => module.to(torch.ScalarType.Float32, non_blocking);

    public static T @double<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => module.to(torch.ScalarType.Float64, non_blocking);
}

/// <summary>Names of fields as components.</summary>
public static class FieldInfoExtensionMethods
{
    public static string ComponentName(this FieldInfo field) => field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name;
}
