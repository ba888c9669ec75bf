package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.tools.machine.Machine;
import org.ecryptfsj.tree.Trust;

/**
 * A user with an encrypted home or private directory, that is with a directory {@code ~/.ecryptfs}.
 *
 * @param machine that has the user
 * @param name login name
 * @param uid user id
 * @param home home directory
 */
record PrivateUser(Machine machine, String name, int uid, String home) {
    private static final int NAME = 0;
    private static final int UID = 2;
    private static final int HOME = 5;

    /** More than any configuration file has. */
    private static final int MOST_BYTES = 256 * 1024;

    /** All of them, in the order of /etc/passwd. */
    static List<PrivateUser> all(Machine machine) throws IOException {
        return machine.lines("/etc/passwd").stream()
                .map(line -> line.split(":", -1))
                .filter(fields ->
                        fields.length > HOME && fields[UID].matches("[0-9]{1,9}") && fields[HOME].startsWith("/"))
                .map(fields -> new PrivateUser(machine, fields[NAME], Integer.parseInt(fields[UID]), fields[HOME]))
                .filter(user -> machine.exists(user.home() + "/.ecryptfs"))
                .toList();
    }

    /** The path of a file in {@code ~/.ecryptfs}. */
    String configuration(String file) {
        return home + "/.ecryptfs/" + file;
    }

    /** Whether {@code ~/.ecryptfs} has a file. */
    boolean has(String file) {
        return machine.exists(configuration(file));
    }

    /** The directory with the encrypted files: for an encrypted home, it is outside the home. */
    String lowerDirectory() {
        String outside = "/home/.ecryptfs/" + name + "/.Private";
        return machine.exists(outside) ? outside : home + "/.Private";
    }

    /**
     * The content of a file in {@code ~/.ecryptfs}, which the user may have replaced by anything: only a regular file of the user's
     * is read.
     *
     * @return empty if there is none
     * @throws IOException if it is something else or cannot be read
     */
    Optional<byte[]> read(String file) throws IOException {
        Path path = machine.resolve(configuration(file));
        try (Descriptor opened = Trust.openOwned(path, uid)) {
            return Optional.of(opened.bytes(MOST_BYTES));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
