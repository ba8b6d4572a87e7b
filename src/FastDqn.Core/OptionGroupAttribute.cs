namespace FastDqn.Core;

/// <summary>
/// Marks a property whose record holds more options of the same section: they have its name before the point, not the
/// property's.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionGroupAttribute : Attribute;
