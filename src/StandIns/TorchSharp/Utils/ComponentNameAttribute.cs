namespace TorchSharp.Utils;

/// <summary>The name under which a field is registered as a component of its module.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class ComponentNameAttribute : Attribute
{
    public string? Name { get; set; }
}
