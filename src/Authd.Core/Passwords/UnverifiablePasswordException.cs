namespace Authd.Core.Passwords;

/// <summary>A password cannot be checked because the library for its stored form is not installed. It is not wrong. The log has a
/// line about it.</summary>
public sealed class UnverifiablePasswordException(DllNotFoundException missing) : Exception(missing.Message, missing);
