package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.tree.Trust;

/**
 * The key files that the administrator allows the machine's TPM to unlock at a login: lines of a user's name and the id of a key
 * file. Without it, a user could have any key file unlocked of which there is a copy, also one of root's.
 *
 * @param text lines, in which {@code #} begins a comment
 */
record LoginKeyFiles(String text) {
    /** Where they are. */
    static final String FILE = "/etc/ecryptfsj/login-keys";

    private static final int MOST_BYTES = 1 << 20;

    /**
     * Those of this machine.
     *
     * @throws IOException if the file cannot be read, or others than root can have written it
     */
    static LoginKeyFiles ofThisMachine() throws IOException {
        try (Descriptor opened = Trust.open(Path.of(FILE))) {
            return new LoginKeyFiles(new String(opened.bytes(MOST_BYTES), StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return new LoginKeyFiles("");
        }
    }

    /** Whether this user's login may use the TPM for the key file with this id. */
    boolean allows(String user, UUID id) {
        return text.lines().map(line -> line.replaceFirst("#.*", "").strip()).anyMatch(line -> isEntry(line, user, id));
    }

    private static boolean isEntry(String line, String user, UUID id) {
        String[] fields = line.split("\\s+", -1);
        return fields.length == 2 && fields[0].equals(user) && fields[1].equals(id.toString());
    }
}
