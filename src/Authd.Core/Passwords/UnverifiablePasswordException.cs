// A password that cannot be checked here, which is not the same as a wrong one.
namespace Authd.Core.Passwords;

/// <summary>The library for a stored form is not installed. The log has been told.</summary>
public sealed class UnverifiablePasswordException(DllNotFoundException missing) : Exception(missing.Message, missing);
