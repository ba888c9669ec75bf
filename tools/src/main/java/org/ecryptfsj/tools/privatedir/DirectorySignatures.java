package org.ecryptfsj.tools.privatedir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ecryptfsj.keyfile.CipherChoice;
import org.ecryptfsj.keyfile.MountSettings;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * The signatures in {@code ~/.ecryptfs/ALIAS.sig}: the first line is that of the key for file contents, the optional
 * second line that of the key for file names (docs/spec/auth-tok.md, section 7).
 */
record DirectorySignatures(Signature contents, Optional<Signature> names) {
    private static final int MAX_SIGNATURES = 2;
    private static final CipherChoice CIPHER = new CipherChoice("aes", 16);

    /**
     * @param file path of the file, for messages
     * @throws ToolFailure if the text is not one or two signatures
     */
    static DirectorySignatures parse(String text, Path file) throws ToolFailure {
        List<String> lines =
                text.lines().map(line -> line.strip().toLowerCase(Locale.ROOT)).toList();
        List<Signature> found = new ArrayList<>();
        for (String line : lines) {
            if (line.isEmpty() && !found.isEmpty()) {
                continue;
            }
            if (found.size() == MAX_SIGNATURES || !line.matches("[0-9a-f]{16}")) {
                throw invalid(file);
            }
            found.add(new Signature(line));
        }
        if (found.isEmpty()) {
            throw invalid(file);
        }
        return new DirectorySignatures(
                found.get(0), found.size() == MAX_SIGNATURES ? Optional.of(found.get(1)) : Optional.empty());
    }

    private static ToolFailure invalid(Path file) {
        return new ToolFailure(
                1,
                "Invalid hex signature in " + file,
                "the file needs one line of 16 hex digits, or two if file names are encrypted;"
                        + " ecryptfs-setup-private writes it");
    }

    /** AES with 16-byte keys, as all private directories without a key file. */
    MountSettings mount() {
        return new MountSettings(
                contents, CIPHER, names.map(signature -> new MountSettings.NameEncryption(signature, CIPHER)), false);
    }

    List<Signature> all() {
        List<Signature> all = new ArrayList<>(List.of(contents));
        names.ifPresent(all::add);
        return List.copyOf(all);
    }
}
