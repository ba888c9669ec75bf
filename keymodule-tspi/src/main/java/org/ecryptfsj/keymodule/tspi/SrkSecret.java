package org.ecryptfsj.keymodule.tspi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.tree.Trust;
import org.ecryptfsj.tree.UntrustedFileException;

/**
 * A possible secret of the storage root key (SRK). The TPM needs it to load or create a key. It is set by tpm_takeownership:
 * the well-known one (20 zero bytes) with {@code -z}, else the SHA-1 of the typed password, which is the SHA-1 of nothing if
 * only Enter was pressed (docs/spec/tspi.md, section 4).
 *
 * <p>It is configured by the system property {@value #PROPERTY} or, without that, the environment variable
 * {@value #VARIABLE}:
 *
 * <ul>
 *   <li>{@code well-known}: 20 zero bytes;
 *   <li>{@code empty}: the one set by Enter;
 *   <li>{@code file:/path}: the file's first line without its newline, hashed with SHA-1 as tpm_takeownership does. The file
 *       belongs to root or to the user who runs this, and other users may not read or write it (mode 0600);
 *   <li>not set: the well-known one is tried first, then the empty one.
 * </ul>
 *
 * @param kind which of the three
 * @param file the file with the secret, for {@link Kind#FILE}
 */
record SrkSecret(Kind kind, Optional<Path> file) {
    static final String VARIABLE = "ECRYPTFSJ_TSPI_SRK";
    static final String PROPERTY = "ecryptfsj.tspi.srk";

    private static final SrkSecret WELL_KNOWN = new SrkSecret(Kind.WELL_KNOWN, Optional.empty());
    private static final SrkSecret EMPTY = new SrkSecret(Kind.EMPTY, Optional.empty());
    private static final String FILE_PREFIX = "file:";
    private static final byte[] SHA1_OF_NOTHING = HexFormat.of().parseHex("da39a3ee5e6b4b0d3255bfef95601890afd80709");
    private static final int SHA1_BYTES = 20;
    private static final int MAX_BYTES = 1024;

    enum Kind {
        WELL_KNOWN,
        EMPTY,
        FILE
    }

    /** The setting of this process. */
    static Optional<String> setting() {
        return Optional.ofNullable(System.getProperty(PROPERTY))
                .or(() -> Optional.ofNullable(System.getenv(VARIABLE)))
                .filter(text -> !text.isEmpty());
    }

    /**
     * The secrets to try, in order.
     *
     * @throws KeyModuleException BAD_PARAMETER if the setting has another value
     */
    static List<SrkSecret> candidates(Optional<String> setting) throws KeyModuleException {
        if (setting.isEmpty()) {
            return List.of(WELL_KNOWN, EMPTY);
        }
        String text = setting.get();
        if (text.equals("well-known")) {
            return List.of(WELL_KNOWN);
        }
        if (text.equals("empty")) {
            return List.of(EMPTY);
        }
        if (text.startsWith(FILE_PREFIX + "/")) {
            return List.of(new SrkSecret(Kind.FILE, Optional.of(Path.of(text.substring(FILE_PREFIX.length())))));
        }
        throw new KeyModuleException(
                Reason.BAD_PARAMETER,
                VARIABLE + "=" + text
                        + " is not a valid setting for the SRK secret; it must be one of well-known, empty, file:/path",
                "Correct the variable.");
    }

    /** The time of its file's last change; empty if it has no file, or the file does not exist. */
    Optional<FileTime> changed() {
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of((FileTime) Files.getAttribute(file.get(), "unix:ctime", LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whether {@link #read()} returns the secret's SHA-1 instead of the secret. */
    boolean isHashed() {
        return kind != Kind.FILE;
    }

    /**
     * The secret or its SHA-1, see {@link #isHashed()}; closed by the caller.
     *
     * @throws KeyModuleException BAD_PARAMETER if the file cannot be read, or others could have read or written it
     */
    Secret read() throws KeyModuleException {
        return switch (kind) {
            case WELL_KNOWN -> Secret.allocate(SHA1_BYTES);
            case EMPTY -> Secret.copyOf(ByteBuffer.wrap(SHA1_OF_NOTHING));
            case FILE -> firstLine(file.orElseThrow());
        };
    }

    private static Secret firstLine(Path file) throws KeyModuleException {
        try (Secret content = Secret.allocate(MAX_BYTES);
                Descriptor opened = Trust.openSecret(file)) {
            ByteBuffer into = content.buffer();
            opened.fill(into);
            ByteBuffer line = into.flip();
            for (int i = 0; i < line.limit(); i++) {
                if (line.get(i) == '\n') {
                    return Secret.copyOf(line.limit(i));
                }
            }
            if (line.limit() == MAX_BYTES) {
                throw unusable(file, "its first line is longer than " + (MAX_BYTES - 1) + " bytes", null);
            }
            return Secret.copyOf(line);
        } catch (UntrustedFileException e) {
            throw unusable(file, e.reason(), e);
        } catch (IOException e) {
            throw unusable(file, "it cannot be read (" + e + ")", e);
        }
    }

    private static KeyModuleException unusable(Path file, String why, IOException cause) {
        return new KeyModuleException(
                Reason.BAD_PARAMETER,
                "the SRK secret in " + file + " is not used: " + why,
                "Make the file belong to root or to you, with mode 0600 and the secret in its first line.",
                0,
                cause);
    }

    /** A description, never the secret. */
    @Override
    public String toString() {
        return switch (kind) {
            case WELL_KNOWN -> "the well-known one";
            case EMPTY -> "the empty one";
            case FILE -> "the one in " + file.orElseThrow();
        };
    }
}
