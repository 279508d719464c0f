// The answers to PAM modules.
using System.Text;
using Authd.Modules.SystemAccounts.Pam;
using Xunit;

namespace Authd.Tests.Unit.Modules.SystemAccounts.Pam;

public class ConversationTests
{
    private static readonly PamRequest Request = new()
    {
        Task = PamTask.Change,
        Service = "imap",
        User = "john",
        Password = Encoding.ASCII.GetBytes("old"),
        NewPassword = Encoding.ASCII.GetBytes("new"),
    };

    [Fact]
    public void A_login_gives_the_name_to_prompts_that_echo_and_the_password_to_the_others()
    {
        List<string> shown = [];
        LoginConversation login = new(Request, shown.Add);
        Assert.Equal("john", Text(login.Answer(true, "login: ")));
        Assert.Equal("old", Text(login.Answer(false, "Password: ")));
        Assert.Equal("old", Text(login.Answer(false, "New PIN: ")));
        login.Show("hello");
        Assert.Equal(["hello"], shown);
    }

    [Theory]
    [InlineData("Current password: |New password: |Retype new password: ", "old new new")]
    [InlineData("New password: |Retype new password: ", "new new")]
    [InlineData("(current) UNIX password: |New UNIX password: |Retype new UNIX password: ", "old new new")]
    [InlineData("Current Kerberos password: |(current) LDAP Password: |New password: |Retype new password: ", "old old new new")]
    [InlineData("Enter login(LDAP) password: |New password: |Re-enter new password: ", "old new new")]
    [InlineData("Mot de passe : |Mot de passe : |Mot de passe : ", "old new new")]
    public void A_change_gives_the_old_password_where_it_is_asked_for(string prompts, string answers)
    {
        ChangeConversation change = new(Request, _ => { });
        Assert.Equal(answers, string.Join(' ', prompts.Split('|').Select(prompt => Text(change.Answer(false, prompt)))));
        Assert.Equal("john", Text(change.Answer(true, "login: ")));
    }

    private static string Text(ReadOnlySpan<byte> answer) => Encoding.ASCII.GetString(answer);
}
