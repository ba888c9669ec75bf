package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import org.ecryptfsj.tools.platform.LinuxPlatform;
import org.ecryptfsj.tools.platform.Platform;
import org.ecryptfsj.tools.platform.Platform.FileContent;
import org.ecryptfsj.tree.AtomicFileWriter;

/** A file with a wrapped passphrase. */
final class WrappedPassphraseFile {
    private static final int GROUP_OR_OTHERS_READ = 044;

    private final Path file;
    private final Platform platform;

    WrappedPassphraseFile(Path file) {
        this(file, LinuxPlatform.INSTANCE);
    }

    /** @param platform reads the file */
    WrappedPassphraseFile(Path file, Platform platform) {
        this.file = file;
        this.platform = platform;
    }

    /** The default file: {@code ~/.ecryptfs/wrapped-passphrase}. */
    static WrappedPassphraseFile defaultFile(Path home) {
        return defaultFile(home, LinuxPlatform.INSTANCE);
    }

    /** The same, read by a platform. */
    static WrappedPassphraseFile defaultFile(Path home, Platform platform) {
        return new WrappedPassphraseFile(home.resolve(".ecryptfs").resolve("wrapped-passphrase"), platform);
    }

    /** Its path, for messages. */
    String name() {
        return file.toString();
    }

    /** Reads a file with one wrapped passphrase.
     *
     * @throws PassphraseFailure if it cannot be read, is not a wrapped passphrase, or contains two
     */
    WrappedPassphrase read() throws PassphraseFailure {
        List<WrappedPassphrase> all = readAll();
        if (all.size() > 1) {
            throw new PassphraseFailure(
                    Errno.EINVAL,
                    name() + " contains two wrapped passphrases, one for contents and one for file names",
                    "use ecryptfs-recover-private, or ecryptfs-decrypt --wrapped");
        }
        return all.get(0);
    }

    /** Reads a file with one or two wrapped passphrases.
     *
     * @return one, or that for contents and that for file names
     * @throws PassphraseFailure if it cannot be read or is not a wrapped passphrase
     */
    List<WrappedPassphrase> readAll() throws PassphraseFailure {
        try {
            FileContent content = platform.read(file, WrappedPassphrases.MAX_FILE_BYTES);
            if (content.status().isDirectory()) {
                throw isDirectory();
            }
            if (!content.status().isRegular()) {
                throw new PassphraseFailure(
                        Errno.EINVAL, name() + " is not a regular file", "name a file of ecryptfs-wrap-passphrase");
            }
            return WrappedPassphrases.parse(content.bytes(), name());
        } catch (IOException e) {
            throw PassphraseFailure.of(
                    e,
                    name() + " cannot be read",
                    "name a file of ecryptfs-wrap-passphrase, and run this command as its owner");
        }
    }

    /** A warning if users other than the owner can read the file. */
    Optional<String> exposure() {
        try {
            return (platform.read(file, 0).status().mode() & GROUP_OR_OTHERS_READ) != 0
                    ? Optional.of("other users can read " + file + " and try passphrases on it: chmod 600 " + file)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.of("cannot check the permissions of " + file + ": " + e.getMessage());
        }
    }

    /**
     * Replaces the file in one step, or changes nothing. Only its owner can read the new file.
     *
     * @throws PassphraseFailure if the file cannot be written
     */
    void write(WrappedPassphraseV2 wrapped) throws PassphraseFailure {
        if (Files.isDirectory(file)) {
            throw isDirectory();
        }
        Path directory = file.toAbsolutePath().getParent();
        try {
            new AtomicFileWriter().replace(file, ByteBuffer.wrap(wrapped.bytes()), "rw-------");
        } catch (IOException e) {
            throw PassphraseFailure.of(
                    e,
                    name() + " cannot be written; nothing was changed",
                    "check that " + directory + " exists, that you can write there, and that the disk is not full");
        }
    }

    private PassphraseFailure isDirectory() {
        return new PassphraseFailure(Errno.EISDIR, name() + " is a directory", "name a file");
    }
}
