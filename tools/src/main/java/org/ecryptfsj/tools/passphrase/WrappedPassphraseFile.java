package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.Set;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.FileStatus;

/** The file a wrapped passphrase is kept in. */
final class WrappedPassphraseFile {
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final int GROUP_OR_OTHERS_READ = 044;

    private final Path file;

    WrappedPassphraseFile(Path file) {
        this.file = file;
    }

    /** Where it is kept unless another place is named: {@code ~/.ecryptfs/wrapped-passphrase}. */
    static WrappedPassphraseFile defaultFile(Path home) {
        return new WrappedPassphraseFile(home.resolve(".ecryptfs").resolve("wrapped-passphrase"));
    }

    /** As messages call it. */
    String name() {
        return file.toString();
    }

    /**
     * Reads it.
     *
     * @throws PassphraseFailure if it cannot be read or is something else
     */
    WrappedPassphrase read() throws PassphraseFailure {
        try (Descriptor opened = Descriptor.openToRead(file, true)) {
            FileStatus status = opened.status();
            if (status.isDirectory()) {
                throw isDirectory();
            }
            if (!status.isRegular()) {
                throw new PassphraseFailure(
                        Errno.EINVAL,
                        name() + " is not a regular file",
                        "name the file that ecryptfs-wrap-passphrase made");
            }
            ByteBuffer bytes = ByteBuffer.allocateDirect(WrappedPassphraseV2.MAX_BYTES);
            while (bytes.hasRemaining() && opened.read(bytes) > 0) {}
            byte[] content = new byte[bytes.flip().remaining()];
            bytes.get(content);
            return WrappedPassphrase.parse(content, name());
        } catch (IOException e) {
            throw PassphraseFailure.of(
                    e,
                    name() + " cannot be read",
                    "name the file that ecryptfs-wrap-passphrase made, and run this as its owner");
        }
    }

    /** What to say when others than the owner may read the file. */
    Optional<String> exposure() {
        try (Descriptor opened = Descriptor.openToRead(file, true)) {
            return (opened.status().mode() & GROUP_OR_OTHERS_READ) != 0
                    ? Optional.of(
                            "others than its owner may read " + file + ", and try passphrases on it: chmod 600 " + file)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.of("who may read " + file + " cannot be told: " + e.getMessage());
        }
    }

    /**
     * Replaces it in one step, or leaves everything as it was. Only its owner may read it.
     *
     * @throws PassphraseFailure if the directory or the file system does not let it
     */
    void write(WrappedPassphraseV2 wrapped) throws PassphraseFailure {
        if (Files.isDirectory(file)) {
            throw isDirectory();
        }
        Path directory = file.toAbsolutePath().getParent();
        try {
            Path temporary = temporary(directory);
            try {
                writeNew(temporary, wrapped.bytes());
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            throw PassphraseFailure.of(
                    e,
                    name() + " cannot be written, nothing was changed",
                    "check that " + directory + " exists, that you may write there, and that the disk has room");
        }
    }

    private Path temporary(Path directory) {
        return directory.resolve(file.getFileName() + "-" + Long.toUnsignedString(new SecureRandom().nextLong(), 36));
    }

    /** Makes it and writes to what it made: a name that is opened a second time could be another file by then. */
    private static void writeNew(Path temporary, byte[] content) throws IOException {
        try (FileChannel channel =
                FileChannel.open(temporary, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), OWNER_ONLY)) {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        }
    }

    private PassphraseFailure isDirectory() {
        return new PassphraseFailure(Errno.EISDIR, name() + " is a directory", "name a file in it");
    }
}
