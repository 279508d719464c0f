// The supervisor in every order of events: starts, reloads, deaths and stops that overlap.
using Authd.Core.Configuration;
using Authd.Daemon.Supervisor;
using Xunit;

namespace Authd.Tests.Unit.Daemon;

public class SupervisionTests
{
    private const int Crash = 0x100; // exit status 1
    private const int Killed = 9;

    [Fact]
    public void A_start_is_reported_once_when_all_workers_accept_clients()
    {
        using SupervisedDaemon daemon = new(2);
        daemon.AreReady(daemon.Workers[..1]);
        Assert.Equal(0, daemon.Reports);

        daemon.AreReady(daemon.Workers[1..]);
        daemon.Reload();
        daemon.AreReady(daemon.Workers[2..]);

        Assert.Equal(1, daemon.Reports);
    }

    [Fact]
    public void Sockets_of_a_new_configuration_are_served_when_its_workers_do()
    {
        using SupervisedDaemon daemon = new(1);
        daemon.AreReady(daemon.Workers);
        daemon.Reload();
        Assert.Single(daemon.Served);

        daemon.AreReady(daemon.Workers[1..]);
        Assert.Equal([daemon.Workers[0].Configuration, daemon.Workers[1].Configuration], daemon.Served);
    }

    [Theory]
    [InlineData("authuserdb authpgsql", "", 0)]
    [InlineData("authuserdb authmysql", "", 0)]
    [InlineData("authldap", "", 0)]
    [InlineData("authldap", "[workers]\nlistening = 3\n", 3)]
    public void As_many_workers_accept_clients_as_suits_the_modules(string modules, string ini, int expected)
    {
        using SupervisedDaemon daemon = new(5, $"authmodulelist=\"{modules}\"\n", ini);

        int half = Math.Clamp(Environment.ProcessorCount / 2, 1, 5);
        Assert.Equal(expected == 0 ? half : expected, daemon.Workers.Count(static worker => !worker.StandsBy));
    }

    [Fact]
    public void A_start_whose_workers_never_get_ready_ends_with_status_1()
    {
        using SupervisedDaemon daemon = new(2);
        daemon.AreReady(daemon.Workers[..1]);

        daemon.Pass(9.9);
        Assert.All(daemon.Workers, static worker => Assert.Null(worker.Told));
        daemon.Pass(0.1);

        Assert.Contains("Crit: the workers were not ready within 10 s", daemon.LogLines);
        Assert.All(daemon.Workers, static worker => Assert.Equal(ControlMessage.Stop, worker.Told));
        Assert.False(daemon.Ended);
        daemon.End(daemon.Workers);
        Assert.True(daemon.Ended);
        Assert.Equal(1, daemon.ExitCode);
    }

    [Fact]
    public void A_worker_that_dies_before_the_start_is_over_is_replaced_and_waited_for()
    {
        using SupervisedDaemon daemon = new(2);
        daemon.AreReady(daemon.Workers[..1]);
        daemon.End(daemon.Workers[1..]);

        Assert.Equal(3, daemon.Workers.Count);
        Assert.Equal(0, daemon.Reports);
        daemon.AreReady(daemon.Workers[2..]);

        Assert.Equal(1, daemon.Reports);
    }

    [Fact]
    public void A_reload_before_the_start_is_over_takes_its_place()
    {
        using SupervisedDaemon daemon = new(2);
        daemon.Reload();
        daemon.AreReady(daemon.Workers[2..]);
        daemon.Pass(20);

        Assert.Equal(1, daemon.Reports);
        Assert.All(daemon.Workers[..2], static worker => Assert.Equal(ControlMessage.Finish, worker.Told));
        Assert.All(daemon.Workers[2..], static worker => Assert.Null(worker.Told));
    }

    [Fact]
    public void Old_workers_serve_until_all_new_ones_do()
    {
        using SupervisedDaemon daemon = Serving(2);
        daemon.Reload();
        daemon.AreReady(daemon.Workers[2..3]);
        Assert.All(daemon.Workers, static worker => Assert.Null(worker.Told));

        daemon.AreReady(daemon.Workers[3..]);

        Assert.All(daemon.Workers[..2], static worker => Assert.Equal(ControlMessage.Finish, worker.Told));
        Assert.All(daemon.Workers[2..], static worker => Assert.Null(worker.Told));
    }

    [Fact]
    public void Reloads_during_a_reload_are_one_more_that_reads_the_files_again()
    {
        using SupervisedDaemon daemon = Serving(1);
        daemon.Reload();
        daemon.Write("authmodulelist=authuserdb\ndaemons=2\n");
        daemon.Reload();
        daemon.Reload();
        Assert.Equal(2, daemon.Workers.Count);

        daemon.AreReady(daemon.Workers[1..]);
        daemon.Pass(0);
        Assert.Equal(4, daemon.Workers.Count);
        daemon.AreReady(daemon.Workers[2..]);
        daemon.Pass(60);

        Assert.Equal(4, daemon.Workers.Count);
        Assert.Equal(
            [ControlMessage.Finish, ControlMessage.Finish, null, null], daemon.Workers.Select(static worker => worker.Told));
    }

    [Fact]
    public void A_reload_of_a_bad_file_changes_nothing()
    {
        using SupervisedDaemon daemon = Serving(2);
        daemon.Write("daemons\n");
        daemon.Reload();
        daemon.Pass(20);

        Assert.StartsWith("Err: ", daemon.LogLines[^1], StringComparison.Ordinal);
        Assert.EndsWith("; not reloaded, the old configuration stays in use", daemon.LogLines[^1], StringComparison.Ordinal);
        Assert.Equal([null, null], daemon.Workers.Select(static worker => worker.Told));
    }

    [Fact]
    public void A_reload_with_a_wrong_file_of_a_module_changes_nothing()
    {
        using SupervisedDaemon daemon = Serving(2);
        daemon.ModuleFindings.AddRange(
            [new Finding(true, "x:1: first"), new Finding(false, "x:2: odd"), new Finding(true, "y:3: second")]);
        daemon.Reload();
        daemon.Pass(20);

        Assert.Equal(
            ["Err: x:1: first", "Err: y:3: second; not reloaded, the old configuration stays in use"], daemon.LogLines.TakeLast(2));
        Assert.Equal([null, null], daemon.Workers.Select(static worker => worker.Told));
    }

    [Fact]
    public void A_start_with_a_wrong_file_of_a_module_says_so_and_serves()
    {
        using SupervisedDaemon daemon = new(1, findings: [new Finding(true, "x:1: wrong"), new Finding(false, "x:2: odd")]);
        Assert.Contains("Err: x:1: wrong", daemon.LogLines);
        Assert.Contains("Warn: x:2: odd", daemon.LogLines);
        Assert.Single(daemon.Workers);
    }

    [Fact]
    public void A_reload_that_cannot_start_workers_changes_nothing()
    {
        using SupervisedDaemon daemon = Serving(2);
        daemon.Exhausted = true;
        daemon.Reload();
        daemon.Pass(20);

        Assert.Equal("Err: reload failed: no more processes; the old configuration stays in use", daemon.LogLines[^1]);
        Assert.Equal([null, null], daemon.Workers.Select(static worker => worker.Told));
    }

    [Fact]
    public void A_reload_is_given_up_when_a_new_worker_dies()
    {
        using SupervisedDaemon daemon = Serving(2);
        daemon.Reload();
        daemon.AreReady(daemon.Workers[2..3]);
        daemon.End(daemon.Workers[3..]);

        Assert.Equal(
            "Err: reload failed: a new worker (pid 103) ended: exit status 0; the old configuration stays in use",
            daemon.LogLines[^1]);
        Assert.Equal(4, daemon.Workers.Count);
        Assert.Equal([null, null, ControlMessage.Stop, null], daemon.Workers.Select(static worker => worker.Told));

        // The rest of it does not matter any more, either.
        daemon.End(daemon.Workers[2..3]);
        daemon.Pass(20);
        Assert.Equal(4, daemon.Workers.Count);
        Assert.All(daemon.Workers[..2], static worker => Assert.Null(worker.Told));
    }

    [Fact]
    public void A_reload_that_was_asked_for_during_one_that_fails_still_happens()
    {
        using SupervisedDaemon daemon = Serving(1);
        daemon.Reload();
        daemon.Reload();
        daemon.End(daemon.Workers[1..]);
        daemon.Pass(0);
        daemon.AreReady(daemon.Workers[2..]);

        Assert.Equal(ControlMessage.Finish, daemon.Workers[0].Told);
        Assert.Null(daemon.Workers[2].Told);
    }

    [Fact]
    public void A_reload_whose_workers_never_get_ready_is_given_up()
    {
        using SupervisedDaemon daemon = Serving(1);
        daemon.Reload();
        daemon.Pass(10);

        Assert.Equal(
            "Err: reload failed: new workers were not ready within 10 s; the old configuration stays in use",
            daemon.LogLines[^1]);
        Assert.Equal([null, ControlMessage.Stop], daemon.Workers.Select(static worker => worker.Told));

        // Too late: the daemon has reported that its configuration is unchanged.
        daemon.AreReady(daemon.Workers[1..]);
        Assert.Null(daemon.Workers[0].Told);
    }

    [Fact]
    public void The_limit_of_one_reload_is_not_that_of_the_next()
    {
        using SupervisedDaemon daemon = Serving(1);
        daemon.Reload();
        daemon.Pass(9);
        daemon.End(daemon.Workers[1..]);
        daemon.Reload();
        daemon.Pass(9);
        daemon.AreReady(daemon.Workers[2..]);

        Assert.Equal(ControlMessage.Finish, daemon.Workers[0].Told);
    }

    [Fact]
    public void A_worker_that_dies_during_a_reload_is_replaced_and_its_replacement_leaves_with_the_others()
    {
        using SupervisedDaemon daemon = Serving(1);
        daemon.Reload();
        daemon.End(daemon.Workers[..1]);
        Assert.Equal(3, daemon.Workers.Count);

        daemon.AreReady(daemon.Workers[2..]);
        Assert.Null(daemon.Workers[2].Told);
        daemon.AreReady(daemon.Workers[1..2]);

        Assert.Equal(ControlMessage.Finish, daemon.Workers[2].Told);
        Assert.Null(daemon.Workers[1].Told);
    }

    [Fact]
    public void An_old_worker_that_ends_after_a_reload_is_not_missed()
    {
        using SupervisedDaemon daemon = Serving(2);
        daemon.Reload();
        daemon.AreReady(daemon.Workers[2..]);
        int lines = daemon.LogLines.Count;
        daemon.End(daemon.Workers[..2]);
        daemon.Pass(20);

        Assert.Equal(4, daemon.Workers.Count);
        Assert.Equal(lines, daemon.LogLines.Count);
    }

    [Fact]
    public void A_dead_worker_is_replaced_at_once_and_those_that_die_young_ever_more_slowly()
    {
        using SupervisedDaemon daemon = Serving(1);
        Dies(young: false, pause: 0);
        Dies(young: false, pause: 0);
        Dies(young: true, pause: 0);
        foreach (double pause in new[] { 0.4, 0.8, 1.6, 3.2, 5, 5 })
        {
            Dies(young: true, pause);
        }

        Dies(young: false, pause: 0);

        void Dies(bool young, double pause)
        {
            int count = daemon.Workers.Count;
            daemon.Workers[^1].Age = TimeSpan.FromSeconds(young ? 1.9 : 2);
            daemon.End(daemon.Workers[^1..], Crash);
            daemon.Pass(pause * 0.99);
            Assert.Equal(pause == 0 ? count + 1 : count, daemon.Workers.Count);
            daemon.Pass(pause * 0.02);
            Assert.Equal(count + 1, daemon.Workers.Count);
        }
    }

    [Fact]
    public void Workers_that_somebody_kills_are_replaced_at_once_each_time()
    {
        using SupervisedDaemon daemon = Serving(5);
        for (int round = 1; round <= 5; round++)
        {
            daemon.End(daemon.Workers[^5..], Killed);

            Assert.Equal(5 * (round + 1), daemon.Workers.Count);
            daemon.AreReady(daemon.Workers[^5..]);
        }
    }

    [Fact]
    public void Workers_that_are_killed_before_they_are_ready_are_replaced_soon_and_never_as_fast_as_the_machine_can()
    {
        using SupervisedDaemon daemon = Serving(5);
        daemon.End(daemon.Workers, Killed);
        for (int round = 1; round <= 5; round++)
        {
            int count = daemon.Workers.Count;
            daemon.End(daemon.Workers[^5..], Killed);
            Assert.InRange(daemon.Workers.Count, count, count + 1);
            daemon.Pass(0.25);

            Assert.Equal(count + 5, daemon.Workers.Count);
        }
    }

    [Fact]
    public void Workers_that_are_killed_for_lack_of_memory_are_replaced_ever_more_slowly_until_all_live()
    {
        using SupervisedDaemon daemon = Serving(1);
        daemon.MemoryKill = "memory ran out";
        IsReplacedAfter(0);
        IsReplacedAfter(0.05);
        IsReplacedAfter(0.1);
        Assert.EndsWith(
            "ended: killed by signal 9 (memory ran out); it is replaced, the other workers continue",
            daemon.LogLines[^1], StringComparison.Ordinal);

        daemon.Workers[^1].Age = TimeSpan.FromSeconds(2);
        daemon.Pass(1);
        daemon.Workers[^1].Age = TimeSpan.Zero;
        IsReplacedAfter(0);

        void IsReplacedAfter(double pause)
        {
            int count = daemon.Workers.Count;
            daemon.End(daemon.Workers[^1..], Killed);
            daemon.Pass(pause * 0.9);
            Assert.Equal(pause == 0 ? count + 1 : count, daemon.Workers.Count);
            daemon.Pass(pause * 0.2);
            Assert.Equal(count + 1, daemon.Workers.Count);
            daemon.AreReady(daemon.Workers[^1..]);
        }
    }

    [Fact]
    public void Workers_that_crash_after_they_have_served_are_replaced_at_once()
    {
        using SupervisedDaemon daemon = Serving(1);
        for (int i = 1; i <= 5; i++)
        {
            daemon.HaveServed(daemon.Workers[^1..]);
            daemon.End(daemon.Workers[^1..], Crash);

            Assert.Equal(i + 1, daemon.Workers.Count);
            daemon.AreReady(daemon.Workers[^1..]);
        }
    }

    [Fact]
    public void A_worker_that_hangs_is_killed_and_replaced_and_nobody_waits_for_its_end()
    {
        using SupervisedDaemon daemon = Serving(2);
        daemon.Workers[0].Hangs = true;
        daemon.Pass(4);
        Assert.Equal(2, daemon.Workers.Count);
        daemon.Pass(1);

        Assert.Equal([true, false, false], daemon.Workers.Select(static worker => worker.Killed));
        Assert.Equal(
            "Err: a worker (pid 100) has not answered the supervisor for 4 s (it was stopped, or hangs); it is killed and replaced",
            daemon.LogLines[^1]);
        daemon.AreReady(daemon.Workers[2..]);
        daemon.End(daemon.Workers[..1], Killed);
        daemon.Pass(60);
        Assert.Equal(3, daemon.Workers.Count);
    }

    [Fact]
    public void A_replacement_that_never_gets_ready_is_replaced()
    {
        using SupervisedDaemon daemon = Serving(1);
        daemon.End(daemon.Workers, Killed);
        daemon.Workers[1].Age = TimeSpan.FromSeconds(11);
        daemon.Pass(1);

        Assert.True(daemon.Workers[1].Killed);
        Assert.Equal(3, daemon.Workers.Count);
    }

    [Fact]
    public void Workers_that_stand_by_help_out_while_those_that_listen_are_gone_or_silent()
    {
        using SupervisedDaemon daemon = new(3, "", "[workers]\nlistening = 1\n");
        daemon.AreReady(daemon.Workers);
        Assert.Equal([false, false, false], HelpingOut());

        daemon.Workers[0].Hangs = true;
        daemon.Pass(2);
        Assert.Equal([false, true, true], HelpingOut());
        daemon.Workers[0].Hangs = false;
        daemon.Pass(2);
        Assert.Equal([false, false, false], HelpingOut());

        daemon.End(daemon.Workers[..1], Killed);
        Assert.Equal([false, true, true, false], HelpingOut());
        daemon.AreReady(daemon.Workers[3..]);
        Assert.Equal([false, false, false, false], HelpingOut());

        IEnumerable<bool> HelpingOut() => daemon.Workers.Select(static worker => worker.HelpsOut);
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("\n  \n", "the file is empty")]
    [InlineData("daemons=2\n", "authmodulelist is not set")]
    public void A_reload_of_a_file_without_modules_changes_nothing(string text, string problem)
    {
        using SupervisedDaemon daemon = Serving(2);
        daemon.Write(text);
        daemon.Reload();

        Assert.StartsWith("Err: ", daemon.LogLines[^1], StringComparison.Ordinal);
        Assert.Contains($"authdaemonrc: {problem}", daemon.LogLines[^1], StringComparison.Ordinal);
        Assert.EndsWith("; not reloaded, the old configuration stays in use", daemon.LogLines[^1], StringComparison.Ordinal);
        Assert.Equal(2, daemon.Workers.Count);
    }

    [Fact]
    public void A_new_socket_gets_new_workers_and_the_old_ones_finish()
    {
        using SupervisedDaemon daemon = Serving(2);
        daemon.StateChange = StateChange.NewSocket;
        daemon.Pass(1);

        Assert.Equal(
            [ControlMessage.Finish, ControlMessage.Finish, null, null], daemon.Workers.Select(static worker => worker.Told));
    }

    [Fact]
    public void A_new_socket_during_a_reload_has_the_reload_begin_again()
    {
        using SupervisedDaemon daemon = Serving(1);
        daemon.Reload();
        daemon.StateChange = StateChange.NewSocket;
        daemon.Pass(1);

        Assert.Equal(4, daemon.Workers.Count);
        Assert.Equal(
            [ControlMessage.Finish, ControlMessage.Stop, null, null], daemon.Workers.Select(static worker => worker.Told));
        daemon.AreReady(daemon.Workers[3..]);
        Assert.Equal(ControlMessage.Finish, daemon.Workers[2].Told);
    }

    [Fact]
    public void A_daemon_whose_directory_another_one_has_taken_stops()
    {
        using SupervisedDaemon daemon = Serving(1);
        daemon.StateChange = StateChange.Lost;
        daemon.Pass(1);

        Assert.Equal(ControlMessage.Stop, daemon.Workers[0].Told);
        Assert.Contains(daemon.LogLines, static line => line.StartsWith("Crit: another daemon", StringComparison.Ordinal));
    }

    [Fact]
    public void A_worker_that_cannot_be_started_is_tried_again()
    {
        using SupervisedDaemon daemon = Serving(1);
        daemon.Exhausted = true;
        daemon.End(daemon.Workers);
        Assert.Equal("Crit: a worker cannot be started: no more processes; tried again in 5 s", daemon.LogLines[^1]);

        daemon.Exhausted = false;
        daemon.Pass(5);

        Assert.Equal(2, daemon.Workers.Count);
    }

    [Fact]
    public void No_worker_is_started_once_the_daemon_stops()
    {
        using SupervisedDaemon daemon = Serving(2);
        foreach (FakeWorker worker in daemon.Workers.ToArray())
        {
            daemon.End([worker], Crash); // The second one's replacement is due after a pause.
        }

        Assert.Equal(3, daemon.Workers.Count);
        daemon.Stop();
        daemon.Reload();
        daemon.Pass(1);

        Assert.Equal(3, daemon.Workers.Count);
        daemon.End(daemon.Workers[2..]);
        Assert.True(daemon.Ended);
        Assert.Equal(0, daemon.ExitCode);
    }

    [Fact]
    public void A_stop_during_a_reload_ends_old_and_new_workers()
    {
        using SupervisedDaemon daemon = Serving(1);
        daemon.Reload();
        daemon.Reload();
        daemon.Stop();
        daemon.AreReady(daemon.Workers[1..]);
        daemon.Pass(0);

        Assert.All(daemon.Workers, static worker => Assert.Equal(ControlMessage.Stop, worker.Told));
        Assert.Equal(2, daemon.Workers.Count);
        daemon.End(daemon.Workers[1..]);
        Assert.False(daemon.Ended);
        daemon.End(daemon.Workers[..1]);
        Assert.True(daemon.Ended);
        Assert.Equal(0, daemon.ExitCode);
    }

    [Fact]
    public void A_stop_hurries_the_workers_that_a_reload_has_sent_away()
    {
        using SupervisedDaemon daemon = Serving(1);
        daemon.Reload();
        daemon.AreReady(daemon.Workers[1..]);
        Assert.Equal(ControlMessage.Finish, daemon.Workers[0].Told);

        daemon.Stop();

        Assert.Equal(ControlMessage.Stop, daemon.Workers[0].Told);
    }

    [Fact]
    public void A_stop_during_the_start_is_no_failure()
    {
        using SupervisedDaemon daemon = new(1);
        daemon.Stop();
        daemon.End(daemon.Workers);

        Assert.True(daemon.Ended);
        Assert.Equal(0, daemon.ExitCode);
    }

    [Fact]
    public void Workers_that_do_not_leave_are_killed()
    {
        using SupervisedDaemon daemon = Serving(2);
        daemon.Stop();
        daemon.End(daemon.Workers[..1]);
        daemon.Pass(11.9);
        Assert.False(daemon.Workers[1].Killed);
        daemon.Pass(0.1);

        Assert.Equal([false, true], daemon.Workers.Select(static worker => worker.Killed));
        Assert.Equal("Warn: 1 workers have not finished within 12 s and are killed", daemon.LogLines[^1]);
        daemon.End(daemon.Workers[1..]);
        Assert.True(daemon.Ended);
    }

    [Fact]
    public void The_limits_of_a_start_and_of_a_reload_do_not_cut_a_stop_short()
    {
        using SupervisedDaemon daemon = Serving(1);
        daemon.Pass(5);
        daemon.Reload();
        daemon.Stop();
        daemon.Pass(11.9);

        Assert.All(daemon.Workers, static worker => Assert.False(worker.Killed));
    }

    [Fact]
    public void A_start_that_was_stopped_is_not_said_to_have_taken_too_long()
    {
        using SupervisedDaemon daemon = new(1);
        daemon.Stop();
        daemon.Pass(11.9);

        Assert.DoesNotContain(daemon.LogLines, static line => line.StartsWith("Crit", StringComparison.Ordinal));
        Assert.False(daemon.Workers[0].Killed);
    }

    private static SupervisedDaemon Serving(int daemons)
    {
        SupervisedDaemon daemon = new(daemons);
        daemon.AreReady(daemon.Workers);
        return daemon;
    }
}
