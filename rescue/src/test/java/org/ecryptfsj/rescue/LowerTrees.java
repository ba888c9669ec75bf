package org.ecryptfsj.rescue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Lower directories written by the real kernel: those of the tests of lower/, where lower-trees.txt says how they were made. */
final class LowerTrees {
    /** Unit tests run in their module's directory. */
    private static final Path ARCHIVE = Path.of("../lower/src/test/resources/org/ecryptfsj/lower/lower-trees.tgz");

    private static final int[] SIZES = {0, 1, 15, 4096, 4097};

    private LowerTrees() {}

    static void unpackInto(Path directory) throws IOException, InterruptedException {
        Process tar = new ProcessBuilder(
                        "tar", "xzf", ARCHIVE.toString(), "-C", directory.toString(), "--no-same-owner")
                .inheritIO()
                .start();
        if (tar.waitFor() != 0) {
            throw new IOException("tar cannot unpack " + ARCHIVE);
        }
    }

    /** A file with the trees' passphrase, for its owner only. */
    static Path passphraseFile(Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("passphrase"), "passphrase_passwd=test\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    /** What a tree holds, decrypted: names with contents, targets, or the word directory. */
    static Map<String, String> expected() {
        Map<String, String> expected = new TreeMap<>(Map.of("link", "-> dir/target", "dir", "directory"));
        for (int size : SIZES) {
            expected.put("f" + size, plaintext(size));
        }
        expected.put("dir/abcdefghijklmnopqrstuvwxyz0123456789", plaintext(20));
        expected.put("grüße", plaintext(10));
        return expected;
    }

    static String plaintext(int size) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < size; i++) {
            text.append((char) (33 + (7 * i + i / 94) % 94));
        }
        return text.toString();
    }

    /** The entries of a directory, in the same form, without ecryptfs-decrypt's own files. */
    static Map<String, String> found(Path directory) throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.filter(p -> !p.equals(directory)).toList()) {
                String name = directory.relativize(path).toString().replace('\\', '/');
                if (Files.isSymbolicLink(path)) {
                    found.put(
                            name,
                            "-> " + Files.readSymbolicLink(path).toString().replace('\\', '/'));
                } else if (Files.isDirectory(path)) {
                    found.put(name, "directory");
                } else if (!name.startsWith(".ecryptfs-decrypt")) {
                    found.put(name, Files.readString(path, StandardCharsets.ISO_8859_1));
                }
            }
        }
        return found;
    }
}
