package org.ecryptfsj.daemon.archive;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.ecryptfsj.daemon.DaemonOptions;
import org.ecryptfsj.daemon.Ecryptfsd;
import org.ecryptfsj.daemon.guard.Guard;
import org.ecryptfsj.daemon.logging.Logging;
import org.ecryptfsj.keyfile.guard.GuardedMounts;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.linux.SocketPair;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.KernelChannel;
import org.ecryptfsj.netlink.MiscdevChannel;

/**
 * Loads the classes of a daemon's start, for the JVM's class-data archive: starts one that serves a socket in place of the device,
 * with files in a directory of its own, and ends it. The classes for what not every machine has, such as the device and a TPM, are
 * loaded from the jars. The acceptance test of the daemon's start finds what is missing.
 */
public final class StartTraining {
    /** A class of each jar all of whose classes are loaded: which ones are used depends on the machine. */
    private static final List<String> OF_WHOLE_JARS = List.of(
            "org.ecryptfsj.daemon.Ecryptfsd",
            "org.ecryptfsj.keymodule.KeyModule",
            "org.ecryptfsj.libcrypto.AesGcm",
            "org.ecryptfsj.linux.Descriptor");

    private static final String CLASS_END = ".class";

    private StartTraining() {}

    /**
     * Starts a daemon and ends it.
     *
     * @throws IOException if a file or socket cannot be made in the directory for temporary files
     * @throws ReflectiveOperationException if a class that is loaded by name does not exist
     * @throws URISyntaxException if the place of a jar is no file name
     */
    public static void main(String[] arguments) throws IOException, ReflectiveOperationException, URISyntaxException {
        Path directory = Files.createTempDirectory("ecryptfsd");
        Path socket = directory.resolve("control");
        Path pid = directory.resolve("pid");
        Path records = Files.createDirectory(directory.resolve("guarded"));
        Path modules = Files.createDirectory(directory.resolve("modules"));
        DaemonOptions options = DaemonOptions.of(DaemonOptions.parser()
                .parseArgs("--foreground", "--control-socket", socket.toString(), "--pidfile", pid.toString()));
        Logging.start(options.logLevel(), options.foreground());
        try (SocketPair pair = SocketPair.open();
                InFlightStore store = InFlightStore.create();
                KernelChannel channel = MiscdevChannel.adopt(pair.here(), Optional.of(store));
                KeyModules found = KeyModules.discover(Optional.of(modules));
                Guard guard = Guard.start(new GuardedMounts(records), modules)) {
            found.problems().forEach(System.err::println);
            channel.stopReceiving();
            Ecryptfsd.serve(options, channel, guard);
            for (KeyModule module : found.all()) {
                loadJarOf(module.getClass());
            }
        } finally {
            for (Path file : List.of(socket, pid, records, modules, directory)) {
                Files.deleteIfExists(file);
            }
        }
        for (String name : OF_WHOLE_JARS) {
            loadJarOf(load(name));
        }
    }

    private static void loadJarOf(Class<?> one) throws IOException, ReflectiveOperationException, URISyntaxException {
        Path jar =
                Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : Collections.list(file.entries())) {
                String name = entry.getName();
                if (name.endsWith(CLASS_END)) {
                    load(name.substring(0, name.length() - CLASS_END.length()).replace('/', '.'));
                }
            }
        }
    }

    private static Class<?> load(String name) throws ClassNotFoundException {
        return Class.forName(name, false, StartTraining.class.getClassLoader());
    }
}
