// authpostfix: after a login by POP3 or IMAP the client's address may send mail through Postfix.
using Authd.Core;
using Authd.Core.Configuration;

namespace Authd.Modules.Postfix;

/// <summary>The entry <c>authpostfix</c> of authmodulelist. It answers nothing; it records what others have accepted.</summary>
public static class PostfixModule
{
    /// <summary>As in authmodulelist.</summary>
    public const string Name = "authpostfix";

    /// <summary>The variable that names the login table, <c>type:name</c>.</summary>
    public const string TableVariable = "LOGINDB";

    /// <summary>The file, in the daemon's state directory, whose lock the worker holds that removes old entries.</summary>
    private const string ExpiryLock = "relay-expiry.lock";

    /// <summary>The observer; <c>null</c> when there is no table: <see cref="Doubts"/> has said so.</summary>
    public static ILoginObserver? Create(ModuleServices services)
    {
        string notation = WireText.FromUnicode(Environment.GetEnvironmentVariable(TableVariable) ?? "");
        return Problem(notation) is not null ? null : new LoginRecorder(
            LoginTable.Open(notation, services.StateDirectory),
            RelaySettings.Read(services.Ini),
            Path.Combine(services.StateDirectory, ExpiryLock),
            services.Log);
    }

    /// <summary>What the administrator should know when authpostfix is listed.</summary>
    /// <param name="names">authmodulelist.</param>
    /// <param name="notation">LOGINDB; wire text.</param>
    public static IEnumerable<string> Doubts(IReadOnlyList<string> names, string? notation)
    {
        if (!names.Contains(Name))
        {
            yield break;
        }

        if (names[^1] != Name)
        {
            yield return $"authmodulelist: {Name} is not the last module (it records the logins of those after it as well)";
        }

        if (Problem(notation) is { } problem)
        {
            yield return $"{TableVariable}: {problem}; {Name} records nothing";
        }
    }

    private static string? Problem(string? notation)
    {
        if (string.IsNullOrEmpty(notation))
        {
            return "not set";
        }

        try
        {
            using ILoginTable table = LoginTable.Open(notation, stateDirectory: "");
            return null;
        }
        catch (ConfigurationException wrong)
        {
            return wrong.Message;
        }
    }
}
