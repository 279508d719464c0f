using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;

namespace Authd.Modules.PostfixRelay;

/// <summary>The entry <c>authpostfix</c> of authmodulelist: after a login by POP3 or IMAP, the client's address may send mail
/// through Postfix. It answers no request; it records logins that modules have accepted.</summary>
public static class PostfixModule
{
    /// <summary>The name in authmodulelist.</summary>
    public const string Name = "authpostfix";

    /// <summary>The entry of authmodulelist.</summary>
    public static ModuleDescriptor Descriptor { get; } = new(Name)
    {
        Stores = StoredPasswords.None,
        ReadSettings = static ini => RelaySettings.Read(ini),
        FindDoubts = FindDoubts,
        AddNeeds = AddNeeds,
        CreateObserver = Create,
    };

    /// <summary>The variable that names the login table, <c>type:name</c>.</summary>
    public const string TableVariable = "LOGINDB";

    /// <summary>The file in the daemon's state directory whose lock the worker holds that removes old entries.</summary>
    private const string ExpiryLock = "relay-expiry.lock";

    /// <summary>The observer; <c>null</c> without a usable table, which <see cref="FindDoubts"/> has reported.</summary>
    private static LoginRecorder? Create(ModuleServices services)
    {
        string notation = WireText.FromUnicode(Environment.GetEnvironmentVariable(TableVariable) ?? "");
        return Problem(notation) is not null ? null : new LoginRecorder(
            LoginTable.Open(notation, services.StateDirectory),
            RelaySettings.Read(services.Ini),
            Path.Combine(services.StateDirectory, ExpiryLock),
            services.Log);
    }

    private static IEnumerable<string> FindDoubts(ModuleCheck check)
    {
        if (check.Modules[^1] != Name)
        {
            yield return $"{check.Variables.FileName}: authmodulelist: {Name} is not the last module (it records the logins of those after it as well)";
        }

        if (Problem(check.Variables[TableVariable]) is { } problem)
        {
            yield return $"{check.Variables.FileName}: {TableVariable}: {problem}; {Name} records nothing";
        }
    }

    /// <summary>The needs of writers to the table in LOGINDB.</summary>
    internal static void AddNeeds(WorkerNeeds needs)
    {
        string notation = WireText.FromUnicode(needs.Variable(TableVariable) ?? "");
        if (Problem(notation) is null)
        {
            needs.Use(Name, Path.Combine(needs.StateDirectory, ExpiryLock), write: true);
            using ILoginTable table = LoginTable.Open(notation, needs.StateDirectory);
            try
            {
                table.AddNeeds(needs);
            }
            catch (ConfigurationException wrong)
            {
                needs.NeedsRoot(Name, $"the needs of its table are unknown: {wrong.Message}");
            }
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
