// The broker does for the workers, which are not root, the few things that only root may do.
using Authd.Core.Logging;
using Authd.Daemon.Logging;
using Authd.Linux.Processes;
using Authd.Linux.Sockets;

namespace Authd.Daemon.Broker;

/// <summary>The broker's main program: one thread with one poll(2), and further threads for slow questions.</summary>
public static class BrokerProgram
{
    private static readonly TimeSpan SettingsPatience = TimeSpan.FromSeconds(10);

    /// <summary>The pause between attempts to collect a killed process, milliseconds.</summary>
    private const int CollectPause = 5;

    /// <summary>Serves until the supervisor and all workers are gone; the exit code.</summary>
    public static int Run()
    {
        ProcessHardening.HideMemory();
        using HeldSignals signals = HeldSignals.Listen(); // never read: the supervisor decides when the broker ends
        using MessageSocket control = new(BrokerRole.Control);
        byte[] message = new byte[MessageSocket.MaxMessage];
        if (!control.Wait(SettingsPatience) || control.Receive(message, out int length, out _) != Reception.Message)
        {
            return 1; // The supervisor has ended.
        }

        BrokerSettings settings = BrokerSettings.Read(message.AsSpan(0, length));
        using DaemonLog log = DaemonLog.Open(settings.DebugLogin, LoggerOptions.Parse(settings.LoggerOptions));
        using BrokerDesk desk = new(settings, log.Log);
        Serve(control, desk, log.Log);
        return 0;
    }

    private static void Serve(MessageSocket control, BrokerDesk desk, Log log)
    {
        List<BrokerPeer> workers = [];
        List<BrokerPeer> gone = [];
        DescriptorWait wait = new();
        bool supervised = true;
        while (supervised || workers.Count > 0)
        {
            try
            {
                wait.Clear();
                int supervisor = supervised ? wait.Add(control.Descriptor) : -1;
                BrokerPeer[] asking = [.. workers];
                int[] places = [.. asking.Select(worker => wait.Add(worker.Socket.Descriptor))];
                foreach (StartedPam pam in asking.SelectMany(static worker => worker.Pam).Where(static pam => pam.Killed == 0))
                {
                    wait.Add(pam.Line.Descriptor);
                }

                bool ending = false;
                foreach (BrokerPeer worker in asking.Concat(gone))
                {
                    ending |= BrokerDesk.CollectPam(worker, all: gone.Contains(worker));
                }

                gone.RemoveAll(static worker => worker.Pam.Count == 0);
                wait.Wait(ending ? CollectPause : -1);

                // One question of each worker in turn, so that a busy worker does not delay the others.
                for (int i = 0; i < asking.Length; i++)
                {
                    if (wait.HasInput(places[i]) && !desk.Serve(asking[i]))
                    {
                        asking[i].Socket.Dispose();
                        workers.Remove(asking[i]);
                        gone.Add(asking[i]);
                    }
                }

                supervised = supervised && (!wait.HasInput(supervisor) || Obey(control, workers));
            }
            catch (Exception e)
            {
                log.Err($"internal error in the broker, which continues; please report it: {e}");
                Thread.Sleep(100); // A repeated failure must not use the whole processor.
            }
        }

        while (gone.Exists(static worker => BrokerDesk.CollectPam(worker, all: true)))
        {
            Thread.Sleep(CollectPause);
        }
    }

    /// <summary>Takes one message of the supervisor; false: it has ended.</summary>
    private static bool Obey(MessageSocket control, List<BrokerPeer> workers)
    {
        byte[] message = new byte[1 + sizeof(int)];
        Reception reception = control.Receive(message, out int length, out int[] descriptors);
        if (reception == Reception.Message && message[0] == BrokerRole.NewWorker && length == message.Length
            && descriptors is [var socket])
        {
            workers.Add(new BrokerPeer(new MessageSocket(socket), BitConverter.ToInt32(message, 1)));
        }
        else if (reception == Reception.Message && message[0] == BrokerRole.Beat)
        {
            _ = control.Send([BrokerRole.Beat]);
        }

        return reception != Reception.End;
    }
}
