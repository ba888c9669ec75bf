package com.example.keymodule.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.tree.Trust;
import org.ecryptfsj.tree.UntrustedFileException;

/** A file that holds a key: 32 bytes and nothing else. */
final class KeyFile {
    private static final int KEY_BYTES = 32;

    private KeyFile() {}

    /**
     * Reads the key.
     *
     * @return the key, closed by the caller
     * @throws KeyModuleException KEY_NOT_FOUND if the file does not exist; BAD_PARAMETER if other users could read, write or
     *     replace it, or if it cannot be read; KEY_UNUSABLE if it does not have 32 bytes
     */
    static Secret read(Path file) throws KeyModuleException {
        try (Descriptor in = Trust.openSecret(file);
                Secret room = Secret.allocate(KEY_BYTES + 1)) {
            ByteBuffer into = room.buffer();
            while (into.hasRemaining() && in.read(into) > 0) {}
            if (into.position() != KEY_BYTES) {
                throw new KeyModuleException(
                        Reason.KEY_UNUSABLE,
                        "the key file " + file + " has "
                                + (into.hasRemaining() ? into.position() : "more than " + KEY_BYTES)
                                + " bytes instead of " + KEY_BYTES,
                        "Restore it from a backup.");
            }
            return Secret.copyOf(into.flip());
        } catch (UntrustedFileException e) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER, "the key file " + file + " is not used: " + e.reason(), e.advice(), 0, e);
        } catch (NoSuchFileException e) {
            throw new KeyModuleException(
                    Reason.KEY_NOT_FOUND,
                    "the key file " + file + " does not exist",
                    "Restore it from a backup.",
                    0,
                    e);
        } catch (IOException e) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    "the key file " + file + " cannot be read: " + e.getMessage(),
                    "Check that it is a file, and its permissions.",
                    0,
                    e);
        }
    }
}
