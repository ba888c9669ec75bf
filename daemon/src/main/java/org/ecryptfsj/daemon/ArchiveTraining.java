package org.ecryptfsj.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.SocketPair;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.KernelChannel;
import org.ecryptfsj.netlink.MiscdevChannel;

/**
 * Walks once through what a daemon does at its start, so that the JVM's class-data archive holds those classes (see
 * packaging/launcher/archive). The kernel's side is a socket that is closed again.
 */
public final class ArchiveTraining {
    private ArchiveTraining() {}

    /**
     * Runs the start, asks for the status as ecryptfsctl does, and ends.
     *
     * @throws IOException if a socket cannot be made
     */
    public static void main(String[] arguments) throws IOException {
        DaemonOptions options = DaemonOptions.of(DaemonOptions.parser().parseArgs(arguments));
        Logging.start("error", options.foreground());
        Path directory = Files.createTempDirectory("ecryptfsd");
        Path socket = directory.resolve("control");
        Journal journal = new Journal();
        UserKeyring keyring = new UserKeyring();
        try (SocketPair pair = SocketPair.open();
                Keeper keeper = Keeper.ofThisProcess();
                InFlightStore record = InFlightStore.create();
                KernelChannel channel = MiscdevChannel.adopt(pair.here(), Optional.of(record));
                KeyModules modules = KeyModules.discover(Optional.empty());
                Dispatcher dispatcher = new Dispatcher(modules, keyring::find, journal, RequestLimits.DEFAULT, 1);
                ControlSocket control = ControlSocket.listen(
                        socket, control(keeper, channel, dispatcher, journal, modules, DaemonRights.ofThisProcess()))) {
            Rehearsal.run(1);
            CaughtSignal.handle("HUP", () -> modules.all().forEach(KeyModule::lock));
            Ecryptfsctl.run("--socket", control.path().toString(), "status");
            channel.stopReceiving();
            new RequestLoop(channel, dispatcher, journal).run();
            dispatcher.finish(Duration.ZERO);
        } finally {
            Files.deleteIfExists(directory);
        }
    }

    private static Control control(
            Keeper keeper,
            KernelChannel channel,
            Dispatcher dispatcher,
            Journal journal,
            KeyModules modules,
            DaemonRights rights) {
        Inheritance inheritance = new Inheritance(channel, dispatcher);
        inheritance.answer();
        RequestLoop loop = new RequestLoop(channel, dispatcher, journal);
        return new Control(
                new Status(channel, modules, dispatcher, journal, keeper, rights),
                modules,
                new HandOver(keeper, channel, loop, dispatcher, inheritance));
    }
}
