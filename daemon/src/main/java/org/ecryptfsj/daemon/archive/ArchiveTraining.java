package org.ecryptfsj.daemon.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.ecryptfsj.daemon.DaemonOptions;
import org.ecryptfsj.daemon.control.ControlCommands;
import org.ecryptfsj.daemon.control.ControlSocket;
import org.ecryptfsj.daemon.control.Ecryptfsctl;
import org.ecryptfsj.daemon.control.Status;
import org.ecryptfsj.daemon.lifecycle.DaemonPrivileges;
import org.ecryptfsj.daemon.lifecycle.GracefulRestart;
import org.ecryptfsj.daemon.lifecycle.RequestRecovery;
import org.ecryptfsj.daemon.lifecycle.SignalHandlers;
import org.ecryptfsj.daemon.lifecycle.Supervisor;
import org.ecryptfsj.daemon.logging.Logging;
import org.ecryptfsj.daemon.request.RequestLimits;
import org.ecryptfsj.daemon.request.RequestLoop;
import org.ecryptfsj.daemon.request.RequestMetrics;
import org.ecryptfsj.daemon.request.RequestPipeline;
import org.ecryptfsj.daemon.warmup.JitWarmUp;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.SocketPair;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.KernelChannel;
import org.ecryptfsj.netlink.MiscdevChannel;

/**
 * Loads the classes that a daemon uses at its start, for the JVM's class-data archive (see packaging/launcher/archive): runs a
 * start, with a socket in place of the device.
 */
public final class ArchiveTraining {
    private ArchiveTraining() {}

    /**
     * Runs a start, requests the status as ecryptfsctl does, and ends.
     *
     * @throws IOException if a socket cannot be created
     */
    public static void main(String[] arguments) throws IOException {
        DaemonOptions options = DaemonOptions.of(DaemonOptions.parser().parseArgs(arguments));
        Logging.start("error", options.foreground());
        Path directory = Files.createTempDirectory("ecryptfsd");
        Path socket = directory.resolve("control");
        RequestMetrics metrics = new RequestMetrics();
        UserKeyring keyring = new UserKeyring();
        try (SocketPair pair = SocketPair.open();
                Supervisor supervisor = Supervisor.ofThisProcess();
                InFlightStore store = InFlightStore.create();
                KernelChannel channel = MiscdevChannel.adopt(pair.here(), Optional.of(store));
                KeyModules modules = KeyModules.discover(Optional.empty());
                RequestPipeline pipeline =
                        new RequestPipeline(modules, keyring::find, metrics, RequestLimits.DEFAULT, 1);
                ControlSocket control =
                        ControlSocket.listen(socket, commands(supervisor, channel, pipeline, metrics, modules))) {
            JitWarmUp.run(1);
            SignalHandlers.handle("HUP", () -> modules.all().forEach(KeyModule::lock));
            Ecryptfsctl.run("--socket", control.path().toString(), "status");
            channel.stopReceiving();
            new RequestLoop(channel, pipeline, metrics).run();
            pipeline.finish(Duration.ZERO);
        } finally {
            Files.deleteIfExists(directory);
        }
    }

    private static ControlCommands commands(
            Supervisor supervisor,
            KernelChannel channel,
            RequestPipeline pipeline,
            RequestMetrics metrics,
            KeyModules modules)
            throws IOException {
        RequestRecovery recovery = new RequestRecovery(channel, pipeline);
        recovery.start();
        RequestLoop loop = new RequestLoop(channel, pipeline, metrics);
        DaemonPrivileges privileges = DaemonPrivileges.ofThisProcess();
        return new ControlCommands(
                new Status(channel, modules, pipeline, metrics, supervisor, privileges, Optional.empty()),
                modules,
                new GracefulRestart(supervisor, channel, loop, pipeline, recovery),
                Optional.empty());
    }
}
