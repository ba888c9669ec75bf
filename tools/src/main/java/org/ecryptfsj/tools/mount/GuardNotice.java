package org.ecryptfsj.tools.mount;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keyfile.guard.WatchedRegisters;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.UnixStreamSocket;

/** Tells whether a daemon watches the PCRs of a mount. */
public final class GuardNotice {
    /** Path of the control socket of root's daemon. */
    public static final String CONTROL_SOCKET = "/run/ecryptfsj/control";

    private GuardNotice() {}

    /** What to print if no daemon of root's runs; empty if one does. */
    static Optional<String> of(WatchedRegisters watched, Path mountPoint) {
        return of(watched, mountPoint, Path.of(CONTROL_SOCKET));
    }

    static Optional<String> of(WatchedRegisters watched, Path mountPoint, Path controlSocket) {
        if (daemonListens(controlSocket)) {
            return Optional.empty();
        }
        return Optional.of("no ecryptfsd runs: the key of " + mountPoint + " is not revoked when "
                + alternatives(watched.values().keySet())
                + " changes. What to do: start ecryptfsd; it guards the mounts that"
                + " are there already");
    }

    /** {@code PCR 4}, {@code PCR 0, 2 or 4}. */
    private static String alternatives(Set<Integer> registers) {
        List<String> numbers = registers.stream().map(String::valueOf).toList();
        int last = numbers.size() - 1;
        return "PCR " + (last == 0 ? "" : String.join(", ", numbers.subList(0, last)) + " or ") + numbers.get(last);
    }

    /** Whether a daemon listens on this socket. */
    public static boolean daemonListens(Path socket) {
        // Most often there is none, and an exception with the name of an error takes long to make.
        if (!Files.exists(socket)) {
            return false;
        }
        try (Descriptor connection = UnixStreamSocket.connect(socket)) {
            return connection.number() >= 0;
        } catch (LinuxException e) {
            return false;
        }
    }
}
