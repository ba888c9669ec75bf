package org.ecryptfsj.tools.keys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ecryptfsj.tools.command.Questions.Choice;

/** The ciphers of a mount with their key sizes, the suggested size first (docs/spec/mount.md, section 3). */
public enum Cipher {
    AES(16, 16, 32, 16, 32, 24),
    BLOWFISH(8, 16, 56, 16, 32, 56),
    DES3_EDE(8, 24, 24, 24),
    TWOFISH(16, 16, 32, 16, 32),
    CAST6(16, 16, 32, 16, 32),
    CAST5(8, 5, 16, 16);

    private static final Path LOADED = Path.of("/proc/crypto");

    private final int blockBytes;
    private final int minKeyBytes;
    private final int maxKeyBytes;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Integer> keyBytes;

    Cipher(int blockBytes, int minKeyBytes, int maxKeyBytes, Integer... keyBytes) {
        this.blockBytes = blockBytes;
        this.minKeyBytes = minKeyBytes;
        this.maxKeyBytes = maxKeyBytes;
        this.keyBytes = List.of(keyBytes);
    }

    /** The kernel's name, such as {@code aes}. */
    public String kernelName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The sizes of its key, the suggested one first. */
    public List<Integer> keyBytes() {
        return keyBytes;
    }

    /** The cipher that the kernel calls so. */
    public static Optional<Cipher> named(String name) {
        return Arrays.stream(values()).filter(c -> c.kernelName().equals(name)).findFirst();
    }

    /** All names, for messages. */
    public static String names() {
        return Arrays.stream(values()).map(Cipher::kernelName).collect(Collectors.joining(", "));
    }

    /** The entries of a list of all ciphers; an entry shows whether the running kernel has loaded the cipher. */
    public static List<Choice> choices() throws IOException {
        Set<String> loaded = loaded();
        return Arrays.stream(values())
                .map(c -> new Choice(c.kernelName(), c.line(loaded.contains(c.kernelName()))))
                .toList();
    }

    private String line(boolean loaded) {
        return kernelName() + ": blocksize = " + blockBytes + "; min keysize = " + minKeyBytes + "; max keysize = "
                + maxKeyBytes + (loaded ? " (loaded)" : " (not loaded)");
    }

    /** The algorithms that the running kernel has loaded. */
    public static Set<String> loaded() throws IOException {
        return loaded(LOADED);
    }

    /** The values of the lines {@code name : ...} of /proc/crypto; empty if the file does not exist. */
    public static Set<String> loaded(Path procCrypto) throws IOException {
        try {
            return Files.readAllLines(procCrypto, StandardCharsets.ISO_8859_1).stream()
                    .filter(line -> line.matches("name\\s*:.*"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .collect(Collectors.toSet());
        } catch (NoSuchFileException e) {
            return Set.of();
        }
    }
}
