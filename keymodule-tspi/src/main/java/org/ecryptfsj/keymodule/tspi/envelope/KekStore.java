package org.ecryptfsj.keymodule.tspi.envelope;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.tree.AtomicFileWriter;
import org.ecryptfsj.tree.Trust;

/**
 * Stores the sealed KEK with which new files of a key are written, so that a restarted daemon uses the same KEK. Without it
 * nothing is lost: each file contains its sealed KEK.
 *
 * <p>One file for each sealing key, {@code NAME.kek}, in a directory of mode 0700. Frozen, integers big endian:
 *
 * <pre>
 * offset  size  field
 * 0       4     45 4a 4b 01: "EJK", version 1
 * 4       16    the KEK's id
 * 20      2     s, the size of the sealed KEK
 * 22      s     the sealed KEK; the file ends here
 * </pre>
 */
public final class KekStore {
    private static final int MAGIC = 0x454a4b01;
    private static final int HEADER_BYTES = 22;
    private static final int MAX_BYTES = 1024;

    private final Path directory;

    /** @param directory created when the first KEK is stored */
    public KekStore(Path directory) {
        this.directory = directory;
    }

    /**
     * The stored KEK of a sealing key.
     *
     * @throws IOException if it cannot be read, is damaged, or another user could have written it
     */
    Optional<SealedKek> current(String keyName) throws IOException {
        Path file = file(keyName);
        try {
            Trust.requireTrustedPath(directory);
            try (Descriptor opened = Trust.open(file)) {
                byte[] content = opened.bytes(MAX_BYTES + 1);
                if (content.length > MAX_BYTES) {
                    throw new IOException(file + " is too large for a sealed KEK");
                }
                return Optional.of(parse(content, file));
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * Stores the KEK with which new files are written from now on, replacing the file atomically.
     *
     * @throws IOException if it cannot be written; the stored KEK is unchanged then
     */
    void store(String keyName, SealedKek kek) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Trust.requireTrustedPath(directory);
        new AtomicFileWriter().replace(file(keyName), bytes(kek), "rw-------");
    }

    private Path file(String keyName) {
        return directory.resolve(keyName + ".kek");
    }

    static ByteBuffer bytes(SealedKek kek) {
        return ByteBuffer.allocate(HEADER_BYTES + kek.bytes().length)
                .putInt(MAGIC)
                .put(kek.id().bytes())
                .putShort((short) kek.bytes().length)
                .put(kek.bytes())
                .flip();
    }

    static SealedKek parse(byte[] bytes, Path file) throws IOException {
        if (bytes.length <= HEADER_BYTES) {
            throw new IOException(file + " is truncated: " + bytes.length + " bytes");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (in.getInt() != MAGIC) {
            throw new IOException(file + " is not a sealed KEK of version 1");
        }
        byte[] id = new byte[KekId.BYTES];
        in.get(id);
        byte[] sealed = new byte[in.getShort() & 0xffff];
        if (sealed.length != in.remaining()) {
            throw new IOException(
                    file + " has " + in.remaining() + " bytes of a sealed KEK instead of " + sealed.length);
        }
        in.get(sealed);
        return new SealedKek(KekId.of(id), sealed);
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
