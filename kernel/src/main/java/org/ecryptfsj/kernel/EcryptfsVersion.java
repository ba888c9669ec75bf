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
 * What the running kernel's eCryptfs can do (docs/spec/channel.md, section 1).
 *
 * @param mask the bits of {@link Feature}; others are kept and mean nothing
 */
public record EcryptfsVersion(int mask) {
    private static final Path FILE = Path.of("/sys/fs/ecryptfs/version");
    private static final List<String> LOADER = List.of("/sbin/modprobe", "ecryptfs");
    private static final int MOST_BYTES = 16;
    private static final Pattern FORM = Pattern.compile("([0-9]{1,10})\n?");

    /** A bit of the mask. */
    public enum Feature {
        /** Passphrase tokens. */
        PASSPHRASE(0x1, "passphrase"),
        /** Asks a daemon to wrap keys. */
        PUBKEY(0x2, "Userspace daemon support"),
        /** The mount option ecryptfs_passthrough. */
        PLAINTEXT_PASSTHROUGH(0x4, "plaintext passthrough"),
        /** Policy files; no kernel ever had them. */
        POLICY(0x8, "policy"),
        /** Metadata in an extended attribute. */
        XATTR(0x10, "metadata in extended attribute"),
        /** Several signatures for one mount. */
        MULTKEY(0x20, ""),
        /** The device /dev/ecryptfs. */
        MISCDEV(0x40, "/dev/ecryptfs daemon interface"),
        /** Integrity; no kernel ever had it. */
        HMAC(0x80, "hmac"),
        /** Encrypted file names. */
        FILENAME_ENCRYPTION(0x100, "filename encryption"),
        /** GCM; no released kernel has it. */
        GCM(0x200, "gcm cipher block chaining");

        private final int bit;
        private final String description;

        Feature(int bit, String description) {
            this.bit = bit;
            this.description = description;
        }

        /** Its place in the mask. */
        public int bit() {
            return bit;
        }

        /** What ecryptfs-utils calls it; empty for {@link #MULTKEY}, which it has no name for. */
        public String description() {
            return description;
        }
    }

    /** Whether the kernel has that feature. */
    public boolean has(Feature feature) {
        return (mask & feature.bit) != 0;
    }

    /**
     * The running kernel's version. If its eCryptfs module is not loaded, {@code /sbin/modprobe ecryptfs} is run once.
     *
     * @return empty if there is no such module, or it may not be loaded
     * @throws IOException if the version file is there but cannot be read or understood
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
     * The version a file tells.
     *
     * @return empty if there is no such file
     * @throws IOException if it cannot be read, or is not one decimal number and a newline
     */
    public static Optional<EcryptfsVersion> read(Path file) throws IOException {
        String content;
        try (InputStream in = Files.newInputStream(file)) {
            content = new String(in.readNBytes(MOST_BYTES), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        Matcher number = FORM.matcher(content);
        if (!number.matches() || Long.parseLong(number.group(1)) > Integer.MAX_VALUE) {
            throw new IOException(file + " does not hold a version mask, which is one decimal number, but "
                    + content.length() + " characters of something else");
        }
        return Optional.of(new EcryptfsVersion(Integer.parseInt(number.group(1))));
    }

    /** Its exit code is of no interest: whether the version file is there afterwards tells more. */
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
            throw new InterruptedIOException("interrupted while " + command + " ran");
        }
    }
}
