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
 * A secret the storage root key (SRK) may have. The TPM asks for it when a key is loaded or made. It is set by
 * tpm_takeownership: the well-known one (20 zero bytes) with {@code -z}, the SHA-1 of what was typed without it, which is
 * the SHA-1 of nothing if only Enter was pressed (docs/spec/tspi.md, section 4).
 *
 * <p>Which one is configured by the environment variable {@value #VARIABLE} or the system property {@value #PROPERTY},
 * which goes first:
 *
 * <ul>
 *   <li>{@code well-known}: 20 zero bytes;
 *   <li>{@code empty}: what Enter sets;
 *   <li>{@code file:/path}: the file's first line without its newline, hashed with SHA-1 as tpm_takeownership does. The file
 *       belongs to root or to the user who runs this, and nobody else may read or write it (mode 0600);
 *   <li>nothing: the well-known one, then the empty one.
 * </ul>
 *
 * @param kind which of the three
 * @param file where the secret is, for {@link Kind#FILE}
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

    /** What this process was configured with. */
    static Optional<String> setting() {
        return Optional.ofNullable(System.getProperty(PROPERTY))
                .or(() -> Optional.ofNullable(System.getenv(VARIABLE)))
                .filter(text -> !text.isEmpty());
    }

    /**
     * The secrets to try, in order.
     *
     * @throws KeyModuleException BAD_PARAMETER if the setting is none of those above
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
                VARIABLE + "=" + text + " names no SRK secret; it is one of well-known, empty, file:/path",
                "Correct it.");
    }

    /** When its file was last changed; empty if it is in none, or that file is not there. */
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

    /** Whether {@link #read()} gives the secret's SHA-1, not the secret itself. */
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
            while (into.hasRemaining() && opened.read(into) > 0) {}
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
                "Let the file belong to root or to you, with mode 0600 and the secret in its first line.",
                0,
                cause);
    }

    /** What it is, never the secret. */
    @Override
    public String toString() {
        return switch (kind) {
            case WELL_KNOWN -> "the well-known one";
            case EMPTY -> "the empty one";
            case FILE -> "the one in " + file.orElseThrow();
        };
    }
}
