package org.ecryptfsj.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Features of the running kernel's eCryptfs (docs/spec/channel.md, section 1).
 *
 * @param mask the bits of {@link Feature}; other bits have no meaning
 */
public record EcryptfsVersion(int mask) {
    private static final Path FILE = Path.of("/sys/fs/ecryptfs/version");
    private static final List<String> LOADER = List.of("/sbin/modprobe", "ecryptfs");
    private static final int MAX_BYTES = 16;
    private static final Pattern FORMAT = Pattern.compile("([0-9]{1,10})\n?");

    /** A bit of the mask. */
    public enum Feature {
        /** Passphrase tokens. */
        PASSPHRASE(0x1, "passphrase"),
        /** Keys wrapped by a daemon. */
        PUBKEY(0x2, "Userspace daemon support"),
        /** The mount option ecryptfs_passthrough. */
        PLAINTEXT_PASSTHROUGH(0x4, "plaintext passthrough"),
        /** Policy files; not in any kernel. */
        POLICY(0x8, "policy"),
        /** Metadata in an extended attribute. */
        XATTR(0x10, "metadata in extended attribute"),
        /** Several signatures for one mount. */
        MULTKEY(0x20, ""),
        /** The device /dev/ecryptfs. */
        MISCDEV(0x40, "/dev/ecryptfs daemon interface"),
        /** Authenticated contents; not in any kernel. */
        HMAC(0x80, "hmac"),
        /** Encrypted file names. */
        FILENAME_ENCRYPTION(0x100, "filename encryption"),
        /** GCM; not in any released kernel. */
        GCM(0x200, "gcm cipher block chaining");

        private final int bit;
        private final String description;

        Feature(int bit, String description) {
            this.bit = bit;
            this.description = description;
        }

        /** The bit in the mask. */
        public int bit() {
            return bit;
        }

        /** Name in ecryptfs-utils; empty for {@link #MULTKEY}, which has none there. */
        public String description() {
            return description;
        }
    }

    /** Whether the kernel has that feature. */
    public boolean has(Feature feature) {
        return (mask & feature.bit) != 0;
    }

    /**
     * The features of the running kernel. Runs {@code /sbin/modprobe ecryptfs} once if the module is not loaded.
     *
     * @return empty if there is no such module, or it may not be loaded
     * @throws IOException if the version file exists but cannot be read or parsed
     */
    public static Optional<EcryptfsVersion> current() throws IOException {
        return current(FILE, LOADER);
    }

    static Optional<EcryptfsVersion> current(Path file, List<String> loader) throws IOException {
        Optional<EcryptfsVersion> loaded = read(file);
        if (loaded.isPresent() || !Files.isExecutable(Path.of(loader.get(0)))) {
            return loaded;
        }
        run(loader);
        return read(file);
    }

    /**
     * The features in a version file.
     *
     * @return empty if the file does not exist
     * @throws IOException if it cannot be read, or is not one decimal number and a newline
     */
    public static Optional<EcryptfsVersion> read(Path file) throws IOException {
        String content;
        try (InputStream in = Files.newInputStream(file)) {
            content = new String(in.readNBytes(MAX_BYTES), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        Matcher number = FORMAT.matcher(content);
        if (!number.matches() || Long.parseLong(number.group(1)) > Integer.MAX_VALUE) {
            throw new IOException(file + " does not contain a version mask, which is one decimal number, but "
                    + content.length() + " other characters");
        }
        return Optional.of(new EcryptfsVersion(Integer.parseInt(number.group(1))));
    }

    /** The exit code is ignored: whether the version file exists afterwards is what matters. */
    private static void run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while running " + command);
        }
    }
}
