// Tests in control groups, which not every machine lets root make.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Support;

/// <summary>A test that needs a <see cref="MemoryGroup"/>; where none can be made, the run says that it was skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MemoryGroupTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks at the machine.</summary>
    public MemoryGroupTheoryAttribute() =>
        Skip = MemoryGroup.IsPossible ? null : "this machine lets nobody make a control group with a limit of memory";
}
